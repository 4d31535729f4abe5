"""Plumbline under one name: `import plumbnn as pl` opens the doors of bounds, numerics and verify.

`pl.bounds`, `pl.numerics` and `pl.verify` are the three packages; what they export is also here by
itself (`pl.Claim`, `pl.hessian_norm`, `pl.symbol`), loaded when it is asked for.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import bounds
    import numerics
    import verify

__all__ = ["bounds", "numerics", "verify"]

#: Where a name is looked for, first to last: what joins the two comes first.
_DOORS = ("verify", "numerics", "bounds")


def __getattr__(name: str) -> Any:
    if name in _DOORS:
        return importlib.import_module(name)
    if not name.startswith("_"):
        for door in map(importlib.import_module, _DOORS):
            if name in door.__all__:
                return getattr(door, name)
    raise AttributeError(f"module 'plumbnn' has no attribute {name!r}")


def __dir__() -> list[str]:
    doors = [importlib.import_module(name) for name in _DOORS]
    return sorted({*_DOORS, *(name for door in doors for name in door.__all__)})
