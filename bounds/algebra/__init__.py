"""Scalar steps of the proofs, discharged by machine."""

from bounds.algebra.discharge import counterexample, prove, verified_witness
from bounds.algebra.step import Evidence, Status, Step

__all__ = [
    "Evidence",
    "Status",
    "Step",
    "counterexample",
    "prove",
    "verified_witness",
]
