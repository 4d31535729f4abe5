"""A scalar step of a proof as data, and the evidence that it was discharged.

A step is a claim about real numbers: hypotheses (named, so that each can be dropped) and a goal,
all polynomial or rational relations between sympy symbols. Evidence is what a prover returned;
nothing is concluded from the truth value of a sympy object.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType

import sympy as sp

from bounds.errors import BoundsError

__all__ = ["Evidence", "Status", "Step", "Use"]


class Status(Enum):
    """What is known about a step, with the sentence that says it."""

    PROVED = "proved"
    NOT_PROVED = "not proved"
    NOT_RUN = "not run"

    @property
    def sentence(self) -> str:
        """The full sentence for a report."""
        return {
            Status.PROVED: "The negation of the step was shown to have no solution.",
            Status.NOT_PROVED: "The prover found a counterexample or gave up within its time, or "
            "the step claims nothing.",
            Status.NOT_RUN: "No prover was available; nothing is known.",
        }[self]


@dataclass(frozen=True, slots=True)
class Step:
    """hypotheses |- goal over the reals; or an identity, if the goal is an expression equal to 0.

    name: stable name. sentence: what the step says and where it is used. hypotheses: (name,
    relation) pairs, no name twice. goals: relations that all follow. identities: expressions that
    vanish, or equations `sp.Eq(left, right, evaluate=False)`, which keep what they equate apart.
    uses: where the conclusions enter proofs, see `Use`.
    """

    name: str
    sentence: str
    hypotheses: tuple[tuple[str, sp.Basic], ...] = ()
    goals: tuple[sp.Basic, ...] = ()
    identities: tuple[sp.Basic, ...] = ()
    uses: tuple[Use, ...] = ()

    def __post_init__(self) -> None:
        names = [name for name, _ in self.hypotheses]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise BoundsError(
                argument="hypotheses",
                found=f"{twice[0]!r} twice in {self.name}",
                accepted="a name of its own for each, so that each can be dropped alone",
            )


@dataclass(frozen=True, slots=True)
class Use:
    """Where one conclusion of a step enters a proof: what ties the step to the statement.

    claim: number of the claim, goals first, then identities. reading: what each symbol of the step
    stands for there, by its name, as an expression of the statement. large, small: what the two
    sides must be there (right and left of an identity), expressions of the statement; None where
    the proof does not use that side. `bounds.algebra.discharge.misuses` compares at given points.
    """

    serves: str
    claim: int
    reading: Mapping[str, sp.Expr] = field(default_factory=lambda: MappingProxyType({}))
    large: sp.Expr | None = None
    small: sp.Expr | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """The record of one attempt: which step, how it went, by what method, in how many seconds.

    `detail` is the prover's answer: `unsat`, a counterexample, or the reason it stopped.
    """

    step: str
    status: Status
    method: str
    seconds: float
    detail: str
    witness: tuple[tuple[str, str], ...] = ()

    def as_dict(self) -> dict[str, object]:
        """Plain data for a JSON file."""
        return {
            "step": self.step,
            "status": self.status.value,
            "method": self.method,
            "seconds": round(self.seconds, 4),
            "detail": self.detail,
            "witness": dict(self.witness),
        }
