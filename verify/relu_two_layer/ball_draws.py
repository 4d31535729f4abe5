"""Drawn networks in ball arithmetic: quantities and symbols of C1 to C4."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from flint import arb

from verify.relu_two_layer.ball_limits import INPUTS, limit_matrix
from verify.relu_two_layer.ball_network import View, least, norm
from verify.relu_two_layer.in_balls import residual

__all__ = ["DRAW"]


def _part(v: View, name: str) -> Any:
    return v.parts[name]


def _alpha(v: View) -> arb:
    return v.parts["alpha"] * v.parts["alpha"]


def _direction(v: View) -> arb:
    return least((v.start.tangent() - v.start.gain()) * _alpha(v))


def _shortest(v: View) -> arb:
    found = v.start.norms[0]
    for size in v.start.norms[1:]:
        found = found.min(size)
    return found


def _share(v: View) -> arb:
    """The share of units within the angle of the first input's equator; open ones in the ball."""
    limit, size = v.parts["angle"].sin() * norm(v.parts["x"][0]), v.start.m
    inside = [abs(a) <= limit for a in v.start.a[0]]
    outside = [abs(a) > limit for a in v.start.a[0]]
    return arb(sum(inside)).union(arb(size - sum(outside))) / size


def _limit(v: View, part: str) -> arb:
    """A least eigenvalue at infinite width, from its closed form."""
    found: arb = INPUTS[f"relu.least_{part}"](v)
    return found.nonnegative_part()


def _limit_tangent(v: View) -> arb:
    direction, gain = (limit_matrix(v, part) for part in ("direction", "gain"))
    return least(direction * (1 / _alpha(v)) + gain).nonnegative_part()


def _density(v: View) -> arb:
    d = arb(len(v.parts["x"][0]))
    return (d / 2).gamma() / (arb.pi().sqrt() * ((d - 1) / 2).gamma())


def _largest_target(v: View) -> arb:
    found = arb(0)
    for y in v.parts["y"]:
        found = found.max(abs(y))
    return found


DRAW: Mapping[str, Callable[[Any], Any]] = {
    "relu.drawn_direction": _direction,
    "relu.drawn_gain": lambda v: least(v.start.gain()),
    "relu.drawn_tangent": lambda v: least(v.start.tangent()),
    "relu.drawn_output": lambda v: abs(v.start.outputs[0]),
    "relu.drawn_residual": lambda v: norm(residual(v)),
    "relu.drawn_row": _shortest,
    "relu.drawn_share": _share,
    "n": lambda v: len(v.parts["x"]),
    "d": lambda v: len(v.parts["x"][0]),
    "m": lambda v: v.start.m,
    "chi": lambda v: v.start.chi(),
    **{name: partial(_part, name=name) for name in ("alpha", "eps", "delta", "level", "angle")},
    "lam_V": lambda v: _limit(v, "direction"),
    "lam_G": lambda v: _limit(v, "gain"),
    "lam_L": _limit_tangent,
    "y_inf": _largest_target,
    "p_d": _density,
}  # fmt: skip
