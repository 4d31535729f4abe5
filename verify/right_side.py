"""Both ends of a right side, from symbols that are exact or known between two ends."""

from __future__ import annotations

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
    given = {name: _interval(value) for name, value in values.items()}
    found = bound.evaluate(**given)
    if not isinstance(found, Interval):
        found = Interval.exact(found)
    lower, upper = torch.as_tensor(found.lower), torch.as_tensor(found.upper)
    slack = rounding * torch.maximum(lower.abs(), upper.abs())
    slack = torch.where(slack.isfinite(), slack, torch.zeros_like(slack))
    return Enclosure(lower - slack, upper + slack, Quality.ENCLOSURE, _METHOD)


def _interval(value: Any) -> Any:
    if isinstance(value, Enclosure):
        return Interval(value.lower.detach().cpu().numpy(), value.upper.detach().cpu().numpy())
    if isinstance(value, Tensor):
        return Interval.exact(value.detach().cpu().to(torch.float64).numpy())
    return value
