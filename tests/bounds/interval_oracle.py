"""Random formulas and points, in intervals and in 300-bit balls: does every interval hold?

A formula is a tree of names; `interval` runs it with the interval namespace on random intervals,
`ball` with python-flint on random points inside them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import flint
import numpy as np

from bounds.backends import namespace
from bounds.interval import Interval
from bounds.interval.core import as_interval

BITS = 300
UNARY = (
    "exp", "expm1", "log", "log1p", "sqrt", "sin", "cos", "tan", "sinh", "cosh", "tanh", "asin",
    "acos", "atan", "asinh", "erf", "erfc", "gamma", "loggamma", "Abs",
)  # fmt: skip
BINARY = ("+", "-", "*", "/", "Max", "Min")
POWERS = (-3, -2, -1, 0, 1, 2, 3, 5, 10, 0.5, -0.5, 1.5, 0.3)


@dataclass(frozen=True)
class Tree:
    """An operation and its operands; leaves are variables ("x", index) and powers ("**", n)."""

    name: str
    parts: tuple[Any, ...]

    def __str__(self) -> str:
        return f"{self.name}({', '.join(map(str, self.parts))})"


def random_tree(rng: np.random.Generator, depth: int) -> Tree:
    """A formula in x0, x1, x2."""
    if depth == 0:
        return Tree("x", (int(rng.integers(3)),))
    kind = rng.random()
    if kind < 0.4:
        return Tree(str(rng.choice(UNARY)), (random_tree(rng, depth - 1),))
    if kind < 0.55:
        power = POWERS[int(rng.integers(len(POWERS)))]
        return Tree("**", (random_tree(rng, depth - 1), power))
    if kind < 0.62:
        return Tree("pow", (random_tree(rng, depth - 1), random_tree(rng, depth - 1)))
    name = str(rng.choice(BINARY))
    return Tree(name, (random_tree(rng, depth - 1), random_tree(rng, depth - 1)))


def value_of(tree: Tree, values: list[Any], space: dict[str, Any]) -> Any:
    """The formula at the values, with the functions of a namespace."""
    if tree.name == "x":
        return values[tree.parts[0]]
    if tree.name == "**":
        return value_of(tree.parts[0], values, space) ** tree.parts[1]
    parts = [value_of(part, values, space) for part in tree.parts]
    if tree.name in space:
        return space[tree.name](*parts)
    x, y = parts
    return {"+": lambda: x + y, "-": lambda: x - y, "*": lambda: x * y, "/": lambda: x / y,
            "pow": lambda: x**y}[tree.name]()  # fmt: skip


#: Ends of domains, extrema, zeros, poles and limits of the floats.
SPECIAL = (
    0.0, 1.0, -1.0, 0.5, -0.5, 2.0,
    math.pi / 2, math.pi, -math.pi / 2, 1.5 * math.pi, 2 * math.pi,
    1.4616321449683623, 709.782712893384, -745.13, 710.4758600739439, 1e-300, 1e300, 5e-324,
    2.2250738585072014e-308, 1.7976931348623157e308, 1e6, 999999.9, 100 * math.pi, -1e-300,
    3.0, 170.6,
)  # fmt: skip


def random_number(rng: np.random.Generator) -> float:
    """Of any size from 1e-300 to 1e300, moderate, or next to a special one."""
    kind = rng.random()
    if kind < 0.3:
        return float(rng.choice([-1, 1]) * 10 ** rng.uniform(-300, 300))
    if kind < 0.75:
        return float(rng.normal() * 10 ** rng.uniform(-2, 2))
    near = float(rng.choice(SPECIAL))
    for _ in range(int(rng.integers(4))):
        near = math.nextafter(near, float(rng.choice([-np.inf, np.inf])))
    return near if math.isfinite(near) else 1e308


def random_interval(rng: np.random.Generator) -> tuple[Interval, list[float]]:
    """An interval (a point, narrow, or wide) and points in it, its ends among them."""
    low = random_number(rng)
    kind = rng.random()
    high = low
    if kind < 0.4:
        high = low + abs(low) * float(10 ** rng.uniform(-16, 0))
    elif kind < 0.7:
        high = random_number(rng)
    low, high = min(low, high), max(low, high)
    if not math.isfinite(high):
        high = low
    inner = [low + float(t) * (high - low) for t in rng.random(2)]
    points = [low, high, *(p for p in inner if low <= p <= high)]
    return Interval(low, high), points


def misses(seed: int, *, depth: int = 3, points: int = 4, array: bool = False) -> list[str]:
    """Points of one random formula that its interval does not hold; [] if there are none.

    array: in arrays of one element, which run other code than single intervals.
    """
    rng = np.random.default_rng(seed)
    tree = random_tree(rng, int(rng.integers(1, depth + 1)))
    drawn = [random_interval(rng) for _ in range(3)]
    intervals = [interval for interval, _ in drawn]
    if array:
        intervals = [Interval(x.lower[None], x.upper[None]) for x in intervals]
    found = as_interval(value_of(tree, intervals, namespace("interval")))
    out = []
    for _ in range(points):
        at = [float(rng.choice(inside)) for _, inside in drawn]
        with flint.ctx.workprec(BITS):
            true = flint.arb(value_of(tree, [flint.arb(x) for x in at], namespace("ball")))
            if true.is_finite() and not holds(found, true):
                out.append(f"{tree} at {at}: {true.str(20)} outside {found}")
    return out


def holds(interval: Interval, true: flint.arb) -> bool:
    """Is some number of a (narrow) ball inside? Only certain misses count."""
    below = bool(true < flint.arb(interval.lower.item()))
    return not below and not bool(true > flint.arb(interval.upper.item()))


def matrix(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(lower, upper, one inside) symmetric matrices: signed, non-negative, sparse, of any scale."""
    rng = np.random.default_rng(seed)
    size, kind = int(rng.integers(1, 8)), int(rng.integers(5))
    middle = rng.standard_normal((size, size))
    if kind == 1:
        middle = np.abs(middle) * 10 ** rng.uniform(-150, 150, (size, 1))
    if kind == 2:
        middle = middle * 10 ** float(rng.uniform(-300, 300))
    if kind == 3:
        middle = np.abs(np.where(rng.random((size, size)) < 0.6, 0.0, middle))
    if kind == 4:
        vector = rng.standard_normal(size)
        middle = np.outer(vector, vector) - np.eye(size) * rng.uniform(0, 2)
    radius = np.abs(middle) * (10 ** rng.uniform(-17, -1) if rng.random() < 0.5 else 0.0)
    middle, radius, place = (
        np.triu(a) + np.triu(a, 1).T for a in (middle, radius, rng.random(middle.shape))
    )
    low, high = middle - radius, middle + radius
    return low, high, np.clip(low + place * (high - low), low, high)


def exceeds(rows: np.ndarray, level: float) -> bool | None:
    """Is the top eigenvalue above a level, by the pivots of level I - M in 300 bits; None: open."""
    size = len(rows)
    with flint.ctx.workprec(BITS):
        work = [[flint.arb(level * (i == j)) - flint.arb(float(rows[i, j])) for j in range(size)]
                for i in range(size)]  # fmt: skip
        for k in range(size):
            if not work[k][k] > 0:
                return True if work[k][k] < 0 else None
            for i in range(k + 1, size):
                factor = work[i][k] / work[k][k]
                for j in range(k + 1, size):
                    work[i][j] = work[i][j] - factor * work[k][j]
    return False
