"""The walk over whole numbers: the best neighbour again and again, until none is better."""

from __future__ import annotations

import torch

from verify.attack.ascent import Found
from verify.attack.meter import Meter
from verify.subject import Stepping, rows

__all__ = ["descend"]

_MOST = 64  # neighbours measured at once


def descend(space: Stepping, start: Found, generator: torch.Generator, meter: Meter) -> Found:
    """The candidate that no neighbour betters, or where the budget ends."""
    best = Found(start.point, start.values.clone(), start.by)
    while meter.left > 0:
        near = space.neighbours(best.point, generator, min(_MOST, meter.left))
        if near is None:
            break
        values = space.measured(near).nan_to_num(nan=-1e3, posinf=torch.inf, neginf=-1e3)
        meter.spend(len(values))
        top = values.argmax().reshape(1)
        if not float(values[top]) > best.best:
            break
        best = Found(rows(near, top), values[top], "neighbours")
        meter.note(best.best)
    return best
