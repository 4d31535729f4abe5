"""The claims of this folder: those that always hold, and those with a probability."""

from __future__ import annotations

from functools import cache

import bounds
from bounds.weightnorm.generalization import NOTATION
from verify.claim import Claim, claim_about
from verify.weightnorm.generalization.draws import DRAWS
from verify.weightnorm.generalization.finite import SUBJECTS

__all__ = ["finite_claims", "likely"]


@cache
def _all() -> dict[str, Claim]:
    found = {}
    for name, bound in bounds.catalogue().items():
        for subject in (*SUBJECTS, DRAWS):
            if bound.notation is NOTATION and bound.quantity in subject.quantities:
                found[name] = claim_about(subject, bound)
    return found


def finite_claims() -> dict[str, Claim]:
    """G1, G5, I1: statements that small instances decide."""
    return {name: claim for name, claim in _all().items() if claim.bound.failure is None}


def likely() -> dict[str, Claim]:
    """G3 to G9 and their competitors, which single samples say nothing about."""
    return {name: claim for name, claim in _all().items() if claim.bound.failure is not None}
