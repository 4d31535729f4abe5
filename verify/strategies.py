"""Hypothesis strategies of cases: each subject draws its own."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import TypeVar

from hypothesis import strategies as st

from verify.case import Case
from verify.check import unmet
from verify.claim import Claim
from verify.errors import VerifyError

__all__ = ["cases_for", "sharp_or"]

_C = TypeVar("_C", bound=Case)
_SHARP = 40  # corners that are looked through


def cases_for(claim: Claim) -> st.SearchStrategy[Case]:
    """Cases a claim speaks of: within its assumptions, sharp corners first.

    Raises:
        VerifyError: the subject draws none, or nothing meets the claim's assumptions.
    """
    if claim.subject.strategy is None:
        raise VerifyError("claim", f"{claim.name}, about a {claim.subject.noun}", "one to draw")
    return claim.subject.strategy(claim)


def sharp_or(
    random: st.SearchStrategy[_C], claim: Claim, corners: Iterable[_C]
) -> st.SearchStrategy[_C]:
    """Half of the draws among the first corners that the claim speaks of, half random ones."""
    sharp = [case for case in islice(corners, _SHARP) if not unmet(claim, case)]
    return (st.sampled_from(sharp) | random) if sharp else random
