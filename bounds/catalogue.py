"""Every bound under its stable name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bounds import complexity, first_order, loss, optimization, predecessor, second_order
from bounds.bound import Bound
from bounds.errors import BoundsError

__all__ = ["catalogue", "get"]

_FAMILIES = (first_order, second_order, loss, complexity, predecessor, optimization)
_ALL: Mapping[str, Bound] = MappingProxyType(
    {bound.name: bound for family in _FAMILIES for bound in family.BOUNDS}
)


def catalogue() -> Mapping[str, Bound]:
    """All bounds, name to bound, first order before second; read only."""
    return _ALL


def get(name: str) -> Bound:
    """The bound of this name; BoundsError names the ones there are."""
    if name not in _ALL:
        raise BoundsError(argument="name", found=repr(name), accepted="one of " + ", ".join(_ALL))
    return _ALL[name]
