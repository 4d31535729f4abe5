"""The scaling laws of the report: old and new bounds of gradient and Hessian in depth and width."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from verify.families import all_claims
from verify.report.section import Context, Section
from verify.scaling import Effort, ScalingLaw, scaling_laws
from verify.scaling.section import section as made

__all__ = ["section"]


_EFFORT = Effort(starts=3, steps=30)


@dataclass(frozen=True)
class Question:
    """Bounds on one quantity, the regime (nu large: the part of the weights rules), activations."""

    claims: tuple[str, ...]
    nu: float
    groups: tuple[str, ...]
    depths: tuple[int, ...]
    effort: Effort = _EFFORT


_GRADIENT = ("gradient.summed", "gradient")
_HESSIAN = ("hessian.closed.summed", "hessian.sharp.summed", "hessian.closed", "hessian.sharp")
_LOOK = (Question(_GRADIENT, 100.0, ("identity",), (2, 4, 8), Effort(2, 20, 8)),)
_DEFAULT = (
    Question(_GRADIENT, 100.0, ("identity",), (2, 4, 8, 16)),
    Question(_HESSIAN, 1000.0, ("identity",), (2, 4, 6, 8)),
)
_DEEP = (
    Question(_GRADIENT, 100.0, ("identity", "tanh"), (2, 4, 8, 12, 16)),
    Question(_HESSIAN, 1000.0, ("identity", "tanh"), (2, 4, 8, 12, 16)),
    Question(_HESSIAN, 1.0, ("tanh",), (2, 4, 8, 12, 16)),
)
_BY_EFFORT = {"quick": _LOOK, "default": _DEFAULT, "deep": _DEEP}
_WIDTHS = {"deep": (2, 4, 8, 16, 32)}


def section(context: Context) -> Section | None:
    """The laws of the chosen claims; None where none is asked for."""
    known, found = all_claims(), []
    over: Mapping[str, Any] = {"m": _WIDTHS["deep"]} if context.effort.name == "deep" else {}
    for question in _BY_EFFORT.get(context.effort.name, _LOOK):
        chosen = [known[name] for name in question.claims if name in context.chosen]
        if chosen:
            context.progress(f"scaling of {chosen[0].name}")
            found.append(_asked(question, chosen, over, context.seed))
    return made(found, ("L", *over)) if found else None


def _asked(
    question: Question, chosen: list[Any], over: Mapping[str, Any], seed: int
) -> list[ScalingLaw]:
    return scaling_laws(
        chosen,
        ("L", *over),
        regime={"nu": question.nu, "omega": 1.0, "xi": 1.0},
        sizes={"L": question.depths, **over},
        effort=question.effort,
        groups=question.groups,
        seed=seed,
    )
