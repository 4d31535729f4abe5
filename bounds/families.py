"""The table of families: which models the engine knows theorems of, and where they are.

A family is a folder of its name in each room: `bounds.NAME`, `numerics.NAME`, `verify.NAME`. Its
package in this room exposes NOTATION and BOUNDS and, where it has them, LEMMAS, STEPS, FACTS and
PUBLISHED. A family of one's own comes in by an entry point of the group `plumbline.families` that
names a package P of the same shape: `P.bounds`, `P.numerics`, `P.verify`.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
from collections.abc import Mapping
from importlib.metadata import entry_points
from types import MappingProxyType, ModuleType
from typing import Any

from bounds.errors import BoundsError

__all__ = ["FAMILIES", "GROUP", "gather", "packages"]

#: A new family adds its name here, and nothing else outside its folders.
FAMILIES: tuple[str, ...] = (
    "weightnorm",
    "unnormalized",
    "samples",
    "relu_two_layer",
    "least_squares",
    "diagonal_linear",
)
GROUP = "plumbline.families"


def _places(room: str) -> dict[str, str]:
    """Family -> where its package of a room is; BoundsError for two families of one name."""
    places = {name: f"{room}.{name}" for name in FAMILIES}
    for point in entry_points(group=GROUP):
        if point.name in places:
            accepted = "a name that no other family has"
            raise BoundsError(GROUP, f"a second family called {point.name}", accepted)
        places[point.name] = f"{point.value}.{room}"
    return places


def _exists(place: str) -> bool:
    try:
        return importlib.util.find_spec(place) is not None
    except ModuleNotFoundError:  # the package above it is missing
        return False


@functools.cache
def packages(room: str = "bounds") -> Mapping[str, ModuleType]:
    """Family -> its package in a room ("bounds", "numerics" or "verify"), in the table's order.

    A family may lack a room other than `bounds`. BoundsError for one that is not installed whole.
    """
    found = {}
    for name, place in _places(room).items():
        if _exists(place):
            found[name] = importlib.import_module(place)
        elif room == "bounds":
            raise BoundsError(GROUP, f"no package {place}", f"a package with the bounds of {name}")
    return MappingProxyType(found)


@functools.cache
def gather(kind: str) -> Mapping[str, Any]:
    """Everything the families expose under a name such as "BOUNDS", by its own name; read only.

    Each exposes a sequence of objects with a `name`. BoundsError for two objects of one name.
    """
    found: dict[str, Any] = {}
    for family, package in packages().items():
        for item in getattr(package, kind, ()):
            if found.setdefault(item.name, item) is not item:
                accepted = "names that differ between families"
                raise BoundsError(family, f"a second {item.name} in {kind}", accepted)
    return MappingProxyType(found)
