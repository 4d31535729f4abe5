"""Formulas on many boxes at once: rigorous ends in float64, values at points, values in balls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp
from flint import arb

from bounds import Interval, enclose
from bounds.program import program
from verify.prove.statement import Side
from verify.settle import working_precision

__all__ = ["Boxes", "Floats", "ball_at", "ends", "sample", "values"]

Floats = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class Boxes:
    """n boxes in d variables: low and high, (n, d)."""

    variables: tuple[sp.Symbol, ...]
    low: Floats
    high: Floats

    @staticmethod
    def of(box: Mapping[sp.Symbol, Side]) -> Boxes:
        """One box."""
        pairs = np.array([side.floats for side in box.values()]).reshape(-1, 2)
        return Boxes(tuple(box), pairs[None, :, 0], pairs[None, :, 1])

    def __len__(self) -> int:
        return len(self.low)

    def take(self, index: Any) -> Boxes:
        return Boxes(self.variables, self.low[index], self.high[index])

    def moved(self, position: int, low: Floats, high: Floats) -> Boxes:
        """With other ends in one variable."""
        lows, highs = self.low.copy(), self.high.copy()
        lows[:, position], highs[:, position] = low, high
        return Boxes(self.variables, lows, highs)

    def interval(self, position: int) -> Interval:
        return Interval(self.low[:, position], self.high[:, position])


def interval_on(expression: sp.Expr, boxes: Boxes) -> Interval:
    """The values on each box between two floats."""
    known = {
        s: boxes.interval(k) for k, s in enumerate(boxes.variables) if s in expression.free_symbols
    }
    with np.errstate(all="ignore"):
        return enclose(expression, known)


def ends(expression: sp.Expr, boxes: Boxes) -> tuple[Floats, Floats]:
    """Lower and upper ends on each box, (n,) each."""
    found = interval_on(expression, boxes)
    shape = (len(boxes),)
    return np.broadcast_to(found.lower, shape), np.broadcast_to(found.upper, shape)


def values(expression: sp.Expr, variables: Sequence[sp.Symbol], points: Floats) -> Floats:
    """Plain float64 values at (n, d) points; NaN where undefined. No verdict rests on them."""
    known = {s: points[:, k] for k, s in enumerate(variables)}
    with np.errstate(all="ignore"):
        found = program(expression, "numpy")(known)
    return np.broadcast_to(np.asarray(found, dtype=np.float64), (len(points),))


def ball_at(expression: sp.Expr, point: Mapping[sp.Symbol, sp.Expr], bits: int = 256) -> arb:
    """The value at an exact point as a ball; not finite where it is not defined."""
    with working_precision(bits):
        exact = {s: arb(program(v, "ball")({})) for s, v in point.items()}
        try:
            return arb(program(expression, "ball")(exact))
        except (ZeroDivisionError, ValueError, OverflowError):
            return arb("nan")


def sample(box: Mapping[sp.Symbol, Side], count: int, seed: int = 0) -> Floats:
    """Points inside the box: uniform, close to finite ends, and through all scales, (n, d)."""
    rng = np.random.default_rng(seed)
    columns = [_column(side, count, rng) for side in box.values()]
    return np.stack(columns, axis=1) if columns else np.zeros((1, 0))


def _column(side: Side, count: int, rng: np.random.Generator) -> Floats:
    low, high = side.floats
    u, scale = rng.random(count), 10.0 ** rng.uniform(-8, 3, count)
    if np.isfinite(low) and np.isfinite(high):
        near = (high - low) * np.minimum(10.0 ** rng.uniform(-8, 0, count), 1.0)
        choice = rng.integers(0, 3, count)
        found = np.select([choice == 0, choice == 1], [low + near, high - near],
                          low + u * (high - low))  # fmt: skip
    elif np.isfinite(low):
        found = low + scale
    elif np.isfinite(high):
        found = high - scale
    else:
        found = np.where(u < 0.5, -scale, scale)
    if side.integer:
        found = np.clip(np.round(found), np.ceil(low), np.floor(high))
    return found
