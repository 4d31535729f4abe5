"""A scalar step of a proof as data, and the evidence that it was discharged.

A step is a claim about real numbers: hypotheses (named, so that each can be dropped) and a goal,
all polynomial or rational relations between sympy symbols. Evidence is what a prover returned;
nothing is concluded from the truth value of a sympy object.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import sympy as sp

__all__ = ["Evidence", "Status", "Step"]


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
            Status.NOT_PROVED: "The prover found a counterexample or gave up within its time.",
            Status.NOT_RUN: "No prover was available; nothing is known.",
        }[self]


@dataclass(frozen=True, slots=True)
class Step:
    """hypotheses |- goal over the reals; or an identity, if the goal is an expression equal to 0.

    name: stable name. sentence: what the step says and where it is used. hypotheses: (name,
    relation) pairs. goals: relations that all follow. identities: expressions that vanish.
    """

    name: str
    sentence: str
    hypotheses: tuple[tuple[str, sp.Basic], ...] = ()
    goals: tuple[sp.Basic, ...] = ()
    identities: tuple[sp.Expr, ...] = ()


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
