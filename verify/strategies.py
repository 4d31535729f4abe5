"""Hypothesis strategies of cases: each subject draws its own."""

from __future__ import annotations

from hypothesis import strategies as st

from verify.case import Case
from verify.claim import Claim
from verify.errors import VerifyError

__all__ = ["cases_for"]


def cases_for(claim: Claim) -> st.SearchStrategy[Case]:
    """Cases a claim speaks of: within its assumptions, sharp corners first.

    Raises:
        VerifyError: the subject draws none, or nothing meets the claim's assumptions.
    """
    if claim.subject.strategy is None:
        raise VerifyError("claim", f"{claim.name}, about a {claim.subject.noun}", "one to draw")
    return claim.subject.strategy(claim)
