"""Every bound and every lemma of every family under its stable name."""

from __future__ import annotations

from collections.abc import Mapping

from bounds.errors import BoundsError
from bounds.families import gather
from bounds.statement import Bound

__all__ = ["catalogue", "get", "lemmas"]


def catalogue() -> Mapping[str, Bound]:
    """All bounds, name to bound, family by family, first order before second; read only."""
    return gather("BOUNDS")


def lemmas() -> Mapping[str, Bound]:
    """All lemmas, name to lemma, from the elementary to the last; read only."""
    return gather("LEMMAS")


def get(name: str) -> Bound:
    """The bound of this name; BoundsError names the ones there are."""
    known = catalogue()
    if name not in known:
        raise BoundsError(argument="name", found=repr(name), accepted="one of " + ", ".join(known))
    return known[name]
