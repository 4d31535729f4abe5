"""How quantities and symbols of this family are written down: functions of a case, by level."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

from numerics import Enclosure, Quality
from numerics.relu_two_layer.balls import Ball
from verify.quantity import Quantity
from verify.relu_two_layer.cases import ENTRIES
from verify.subject import Reading

__all__ = ["Symbols", "edges", "enclosed", "flat", "in_float64", "joined", "quantity", "tables"]

#: Symbol -> what it ranges over ("data": one number for the whole case) and how it is read.
Symbols = Mapping[str, tuple[str, Callable[[Any], Any]]]

_BALLS = "midpoint-radius arithmetic, every rounding included"


def enclosed(found: Ball) -> Enclosure:
    return found.enclosure(_BALLS)


def flat(found: Enclosure) -> Enclosure:
    """(B, n, n) as (B, n n)."""
    ends = found.lower.flatten(1), found.upper.flatten(1)
    return Enclosure(*ends, found.quality, found.method)


def edges(found: Enclosure) -> Enclosure:
    """The entries i < j of (B, n, n), (B, n (n-1)/2)."""
    n = found.lower.shape[-1]
    i, j = torch.triu_indices(n, n, offset=1)
    ends = found.lower[:, i, j], found.upper[:, i, j]
    return Enclosure(*ends, found.quality, found.method)


def joined(parts: list[Enclosure]) -> Enclosure:
    """Batches of one shape as one."""
    ends = torch.cat([p.lower for p in parts]), torch.cat([p.upper for p in parts])
    return Enclosure(*ends, parts[0].quality, parts[0].method)


def in_float64(found: Enclosure) -> Enclosure:
    """A value that rests on a float64 run, whose own rounding nothing bounds."""
    return Enclosure(found.lower, found.upper, Quality.EXACT_TO_ROUNDING, "after a float64 run")


def quantity(
    key: str, latex: str, over: str, measure: Callable[[Any], Enclosure], **further: Any
) -> Quantity:
    """A quantity `relu.KEY`."""
    return Quantity(key=f"relu.{key}", latex=latex, over=over, measure=measure, **further)


def tables(symbols: Symbols, exact: Mapping[str, Callable[[Any], Any]]) -> dict[str, Any]:
    """What a quantity ranges over -> its readings: numbers of the case, and entries of its kind."""
    return {
        over: {
            name: Reading(_column(read) if over != level else read, exact.get(name))
            for name, (level, read) in symbols.items()
            if level in ("data", over)
        }
        for over in ENTRIES
    }


def _column(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """(B,) as (B, 1); numbers stay."""

    def column(case: Any) -> Any:
        value = read(case)
        if isinstance(value, Enclosure):
            ends = value.lower.unsqueeze(-1), value.upper.unsqueeze(-1)
            return Enclosure(*ends, value.quality, value.method)
        return value.unsqueeze(-1) if isinstance(value, Tensor) else value

    return column
