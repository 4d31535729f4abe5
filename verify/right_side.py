"""Both ends of a right side, from symbols that are exact or known between two ends."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

import bounds
from bounds import Interval
from numerics import Enclosure, Quality

__all__ = ["enclosed"]

_METHOD = "the formula in float64 intervals, every operation rounded outward"


def enclosed(bound: bounds.Bound, values: Mapping[str, Any], rounding: float = 0.0) -> Enclosure:
    """The right side between two ends, entry by entry.

    values: symbol name -> number or float64 tensor (taken as exact) or `Enclosure`. rounding: by
    how much, relatively, the result may be off for reasons outside the formula (a user's functions
    that fill in its symbols).
    """
    known, settled = _settled(bound, values)
    found = bound.evaluate_as("interval", {n: _interval(value) for n, value in settled.items()})
    if not isinstance(found, Interval):
        found = Interval.exact(found)
    lower, upper = torch.as_tensor(found.lower), torch.as_tensor(found.upper)
    if known is not None:
        lower, upper, known = torch.broadcast_tensors(lower, upper, known)
        lower = torch.where(known, lower, -torch.inf)
        upper = torch.where(known, upper, torch.inf)
    slack = rounding * torch.maximum(lower.abs(), upper.abs())
    slack = torch.where(slack.isfinite(), slack, torch.zeros_like(slack))
    return Enclosure(lower - slack, upper + slack, Quality.ENCLOSURE, _METHOD)


def _settled(
    bound: bounds.Bound, values: Mapping[str, Any]
) -> tuple[Tensor | None, Mapping[str, Any]]:
    """Where every symbol is finite (None: everywhere); the values, something harmless elsewhere.

    A reading of which nothing is known ([0, inf], NaN) makes its own entry undecided; it is no
    reason to refuse the others.
    """
    marks = {
        name: _finite(value, name in bound.per_layer)
        for name, value in values.items()
        if isinstance(value, Enclosure | Tensor) and not _all_finite(value)
    }
    if not marks:
        return None, values
    known = functools.reduce(torch.logical_and, torch.broadcast_tensors(*marks.values()))
    return known, {n: _harmless(v) if n in marks else v for n, v in values.items()}


def _ends(value: Enclosure | Tensor) -> tuple[Tensor, Tensor]:
    ends = (value.lower, value.upper) if isinstance(value, Enclosure) else (value, value)
    return ends[0].detach().cpu(), ends[1].detach().cpu()


def _all_finite(value: Enclosure | Tensor) -> bool:
    return all(bool(end.isfinite().all()) for end in _ends(value))


def _finite(value: Enclosure | Tensor, layered: bool) -> Tensor:
    """Entries of which both ends are finite; of a symbol with a value per layer, all of them."""
    low, high = _ends(value)
    found = low.isfinite() & high.isfinite()
    return found.all(-1) if layered and found.ndim else found


def _harmless(value: Enclosure | Tensor) -> Tensor | Enclosure:
    """The same with 1 where nothing is known, which every symbol may be."""
    low, high = _ends(value)
    good = low.isfinite() & high.isfinite()
    ends = torch.where(good, low, 1.0), torch.where(good, high, 1.0)
    return Enclosure(ends[0], ends[1], Quality.ENCLOSURE, _METHOD)


def _interval(value: Any) -> Any:
    if isinstance(value, Enclosure):
        return Interval(value.lower.detach().cpu().numpy(), value.upper.detach().cpu().numpy())
    if isinstance(value, Tensor):
        return Interval.exact(value.detach().cpu().to(torch.float64).numpy())
    return value
