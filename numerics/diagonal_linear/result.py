"""What `limit` returns, in the units of the data."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from flint import arb, ctx
from torch import Tensor

from numerics.diagonal_linear.mirror import Flow
from numerics.diagonal_linear.problem import Problem
from numerics.diagonal_linear.solution import FLOAT_BITS, Ends, Solution
from numerics.enclosure import Enclosure, Quality
from numerics.linalg.scaling import shift
from numerics.linalg.tracked import ELEMENTARY

METHOD = (
    "Newton's method on the dual, then certificate C1 (a strongly convex neighbourhood of the dual "
    "point, its metric proved positive definite), rounding errors included, in {arithmetic}"
)


@dataclass(frozen=True, eq=False)
class Limit:
    """The limit of a flow: float64 enclosures, and balls where ball arithmetic was used.

    x (N,); parts (N,), or (2, N) = x_+, x_- for the signed model (x = x_+ - x_-); mass ||x||_1, the
    sum of the parts; scale g = ||parts||_(2/L)^(1/L). nu (n,) are the dual multipliers of A x = y.
    bits is 53 for float64; else `balls` are the parts, flat, and `square` is g^2 (None: plain).
    width is the largest uncertainty of the logarithm of a part.
    """

    x: Enclosure
    parts: Enclosure
    mass: Enclosure
    scale: Enclosure
    nu: Tensor
    flow: Flow
    bits: int
    width: float
    balls: tuple[arb, ...] | None = None
    square: arb | None = None


def assemble(problem: Problem, found: Solution) -> Limit:
    """The solution in the units of the data."""
    with ctx.workprec(found.bits):
        return _assembled(problem, found)


def _assembled(problem: Problem, found: Solution) -> Limit:
    exponent, depth = problem.exponent, problem.flow.depth
    step = exponent // depth
    arithmetic = "float64" if found.bits == FLOAT_BITS else f"ball arithmetic at {found.bits} bits"
    units = _Units(METHOD.format(arithmetic=arithmetic))
    shape = (2, -1) if problem.signed else (-1,)
    parts = units.enclosure(
        Ends(found.x.lower.reshape(shape), found.x.upper.reshape(shape)), exponent
    )
    square = found.square or _power_sum(found.x, 2.0 / depth)
    dual = 0 if problem.flow.normalized else -step * (depth - 2)
    return Limit(
        x=_difference(parts) if problem.signed else parts,
        parts=parts,
        mass=units.enclosure(found.mass, exponent),
        scale=units.enclosure(_root(square), step),
        nu=problem.source.multipliers(shift(found.nu, dual)),
        flow=problem.given,
        bits=found.bits,
        width=found.width,
        balls=_shifted(found.balls, exponent),
        square=None if found.ball_square is None else found.ball_square * arb(2) ** (2 * step),
    )


@dataclass(frozen=True)
class _Units:
    method: str

    def enclosure(self, ends: Ends, exponent: int) -> Enclosure:
        """2^exponent times the ends, rounded outward."""
        lower = outward(ends.lower, exponent, -math.inf)
        upper = outward(ends.upper, exponent, math.inf)
        return Enclosure(lower.clamp_min(0.0), upper, Quality.ENCLOSURE, self.method)


def outward(values: Tensor, exponent: int, toward: float) -> Tensor:
    moved = shift(values, exponent)
    exact = shift(moved, -exponent) == values
    return torch.where(exact, moved, torch.nextafter(moved, torch.full_like(moved, toward)))


def _shifted(entries: list[arb] | None, exponent: int) -> tuple[arb, ...] | None:
    unit = arb(2) ** exponent
    return None if entries is None else tuple(v * unit for v in entries)


def _difference(parts: Enclosure) -> Enclosure:
    (plus, minus), (plus_up, minus_up) = parts.lower, parts.upper
    low, high = plus - minus_up, plus_up - minus
    infinity = torch.full_like(low, torch.inf)
    return Enclosure(
        torch.nextafter(low, -infinity),
        torch.nextafter(high, infinity),
        parts.quality,
        parts.method,
    )


def _power_sum(x: Ends, power: float) -> Ends:
    """Ends of sum x^power."""
    # power = 2/L is itself rounded, which moves x^power by |log x| UNIT relatively
    slack = 4.0 * ELEMENTARY * (x.lower.numel() + 8 + 800)
    low = x.lower.pow(power).sum() * (1.0 - slack)
    return Ends(low, x.upper.pow(power).sum() * (1.0 + slack))


def _root(ends: Ends) -> Ends:
    slack = 4.0 * ELEMENTARY
    low, high = ends.lower.clamp_min(0.0).sqrt(), ends.upper.sqrt()
    return Ends(low * (1.0 - slack), high * (1.0 + slack))
