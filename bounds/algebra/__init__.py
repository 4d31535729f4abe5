"""Scalar steps of the proofs, discharged by machine."""

from bounds.algebra.discharge import counterexample, prove, verified_witness
from bounds.algebra.step import Evidence, Status, Step
from bounds.algebra.steps import STEPS

__all__ = [
    "STEPS",
    "Evidence",
    "Status",
    "Step",
    "counterexample",
    "prove",
    "prove_all",
    "verified_witness",
]


def prove_all(*, timeout: float = 10.0) -> tuple[Evidence, ...]:
    """The evidence for every step of every derivation, in order; `as_dict` makes it JSON."""
    return tuple(prove(step, timeout=timeout) for step in STEPS.values())
