"""The proved constants of an activation, between two floats, as readings of bounds use them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import torch

import bounds
from numerics import Enclosure, Quality
from verify.activation import definition_of
from verify.balls import constant as ball_constant

__all__ = ["constant", "constant_in_balls"]


@cache
def _between(definition: bounds.Activation, which: str) -> Enclosure:
    """K, beta or |phi(0)| of a definition; a missing beta is refused by name."""
    found = bounds.constant_interval(_number(definition, which))
    lower = torch.tensor(float(found.lower), dtype=torch.float64)
    upper = torch.tensor(float(found.upper), dtype=torch.float64)
    return Enclosure(lower, upper, Quality.ENCLOSURE, "the proved constant of the activation")


def _number(definition: bounds.Activation, which: str) -> Any:
    if which == "beta":
        return definition.require_beta("a bound on second derivatives")
    if which == "beta2":
        return definition.require_beta2("a bound that knows the third derivative")
    return getattr(definition, which)


def constant(which: str) -> Callable[[Any], Enclosure]:
    """The reading "K", "beta", "beta2" or "phi0" of a case with an activation `phi`."""
    return lambda case: _between(definition_of(case.phi), which)


def constant_in_balls(which: str) -> Callable[[Any], Any]:
    """The same of a ball view that carries the activation's `definition`."""
    return lambda view: ball_constant(_number(view.definition, which))
