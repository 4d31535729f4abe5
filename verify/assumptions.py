"""Does a case meet the assumptions of a claim? One check for each assumption key of `bounds`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import bounds
from verify.case import Case, FunctionClassCase, SampleCase
from verify.errors import VerifyError

if TYPE_CHECKING:
    from verify.claim import Claim

_ALWAYS: Callable[[bounds.Activation], bool] = lambda activation: True  # noqa: E731

#: What a step case of `verify.optimization` meets by the way it is made; the conditions on numbers
#: among them are tested case by case in `verify.optimization.claims`.
_OF_STEPS = (
    "cone",
    "segment",
    "inside the ball",
    "gradient step",
    "smooth segment",
    "positive alpha",
    "short radius",
)

#: Assumption key -> whether an activation meets it. The keys that networks meet by construction
#: (unit rows, the placements, the ball whose radius is measured) are always met.
_MET: dict[str, Callable[[bounds.Activation], bool]] = {
    "unit rows": _ALWAYS,
    "placement": _ALWAYS,
    "extremes": _ALWAYS,
    "ball": _ALWAYS,
    "square loss": _ALWAYS,
    **dict.fromkeys(_OF_STEPS, _ALWAYS),
    "Lipschitz": lambda activation: activation.K is not None,
    "smooth": lambda activation: activation.beta is not None,
    "phi(0) = 0": lambda activation: activation.phi0 == 0,
    "odd": lambda activation: activation.odd,
}


def admits(claim: Claim, activation: str) -> bool:
    """Whether networks with this activation meet what the claim asks of an activation.

    Raises:
        VerifyError: an assumption that nothing here can check.
    """
    return not _unmet_by_activation(claim, activation)


def _unmet_by_activation(claim: Claim, name: str) -> str:
    activation = bounds.activation(name)
    for assumption in claim.bound.assumptions:
        if assumption.key not in _MET:
            raise VerifyError(
                "assumptions", f"{assumption.key!r} in {claim.name}", "one of " + ", ".join(_MET)
            )
        if not _MET[assumption.key](activation):
            return f"needs {assumption.sentence}; {name} does not meet it"
    if claim.quantity.needs_second_derivative and activation.beta is None:
        return f"needs a second derivative; {name} has none"
    return ""


def unmet(claim: Claim, case: Case) -> str:
    """The first assumption the case does not meet, as a sentence; empty if it meets all.

    Raises:
        VerifyError: an assumption that nothing here can check, which must not pass for met.
    """
    kind = {FunctionClassCase: "class", SampleCase: "sample"}.get(type(case), "network")
    level = claim.quantity.level
    wanted = level if level in ("class", "sample") else "network"
    if kind != wanted:
        return f"speaks of a {wanted}; this is a {kind}"
    if kind == "sample":
        return ""
    reason = _unmet_by_activation(claim, case.activation)
    if reason:
        return reason
    one_width = "m" in claim.bound.symbols and "m" not in claim.bound.per_layer
    if one_width and len(set(case.widths[1:])) > 1:
        return f"needs equal widths; these are {case.widths[1:]}"
    return ""
