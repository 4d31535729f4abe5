"""Published O(.) claims as data: do our explicit bounds imply them, and are they improved?

Each claim is one exponent along one explicit path. Implied: our bound grows no
faster. Improved: it grows strictly slower.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sympy as sp

from bounds.analysis import exponent_along
from bounds.catalogue import get
from bounds.families import gather
from bounds.statement import Bound, Source

__all__ = ["ClaimCheck", "PublishedClaim", "check_claim", "published_claims"]


@dataclass(frozen=True, slots=True)
class PublishedClaim:
    """quantity = O(name^exponent) as the symbol goes to `to`, others moving along `path`."""

    name: str
    sentence: str
    source: Source
    bound: str
    symbol: str
    exponent: sp.Expr
    to: object = None
    path: tuple[tuple[str, sp.Expr], ...] = ()


@dataclass(frozen=True, slots=True)
class ClaimCheck:
    """The exponent of our bound against the published one."""

    claim: PublishedClaim
    ours: sp.Expr
    implied: bool
    improved: bool

    def __str__(self) -> str:
        verdict = "improved" if self.improved else "implied" if self.implied else "not implied"
        c = self.claim
        return f"{c.name}: {c.bound} has {c.symbol}^{self.ours}, published {c.exponent}: {verdict}"


def published_claims() -> Mapping[str, PublishedClaim]:
    """All published claims that can be checked here, name to claim; read only.

    Returns
    -------
    mapping of str to PublishedClaim

    Examples
    --------
    >>> import bounds
    >>> len(bounds.published_claims()) > 5
    True
    """
    return gather("PUBLISHED")


def _power(bound: Bound, claim: PublishedClaim) -> sp.Expr:
    if claim.path:
        return exponent_along(bound, claim.symbol, dict(claim.path))
    return bound.scaling(claim.symbol, to=claim.to)


def check_claim(claim: PublishedClaim) -> ClaimCheck:
    """The exponent of our bound beside the published one.

    Implied if ours is at most as large, improved if it is smaller; for omega -> 0 growth is a more
    negative power.

    Parameters
    ----------
    claim : PublishedClaim
        One of `published_claims()`.

    Returns
    -------
    ClaimCheck
        With `ours`, `implied`, `improved`.

    Raises
    ------
    BoundsError
        No bound of the name that the claim speaks of.

    Examples
    --------
    >>> import bounds
    >>> claim = next(iter(bounds.published_claims().values()))
    >>> bounds.check_claim(claim).implied
    True
    """
    ours = _power(get(claim.bound), claim)
    slack = claim.exponent - ours if claim.to != 0 else ours - claim.exponent
    return ClaimCheck(claim, ours, bool(slack.is_nonnegative), bool(slack.is_positive))
