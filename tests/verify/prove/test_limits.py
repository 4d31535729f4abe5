"""The checker's limits against balls far out: whatever limit it finds, the formula comes near."""

from __future__ import annotations

import random

import pytest
from flint import arb, ctx

from verify import checker

tree, limits = (checker.loaded(f"prove/recheck_{n}.py") for n in ("tree", "limit"))
ranges = limits.ranges
Ring = checker.loaded("prove/recheck_normal.py").Ring

LEAVES = ("x", "x", "1", "2", "y", "1/x", "3/2", "pi", "x**2", "sqrt(x)")
FUNCTIONS = ("exp", "log", "exp", "log", "exp", "log", "atan", "tanh", "erf", "erfc", "asinh",
             "sinh", "cosh", "sin", "cos", "Abs")  # fmt: skip
POWERS = ("2", "3", "-1", "1/2", "-1/2", "1/3")
FAR = (15, 300, 3000)  # powers of ten
Y = {"y": ranges.made(arb(1), arb(2))}


def formula(lot, depth):
    """A drawn formula in x and y."""
    if depth == 0:
        return lot.choice(LEAVES)
    first, kind = formula(lot, depth - 1), lot.random()
    if kind < 0.68:
        return f"({first}){lot.choice('++-**/')}({formula(lot, depth - 1)})"
    if kind < 0.74:
        return f"({first})**({lot.choice(POWERS)})"
    return f"{lot.choice(FUNCTIONS)}({lot.choice(['', '-'])}({first}))"


def value(t, x):
    """The formula at x and y = 3/2; None where balls do not say."""
    try:
        found = ranges.evaluate(t, {"x": ranges.made(x, x), "y": ranges.made(*[arb(3) / 2] * 2)})
    except (ranges.Undefined, ValueError, ZeroDivisionError, OverflowError):
        return None
    sharp = (found.hi - found.lo) < (abs(found.lo) + 1) * arb("1e-20")
    return (found.lo + found.hi) / 2 if sharp else None


def comes_near(t, limit, sign, *, at_zero):
    """Whether the formula comes nearer to its limit, or None if it cannot be seen."""
    with ctx.workprec(14_000):
        return _nearer(t, limit, sign, at_zero=at_zero)


def _nearer(t, limit, sign, *, at_zero):
    points = [sign * arb(10) ** (-k if at_zero else k) for k in FAR]
    seen = [v for v in (value(t, x) for x in points) if v is not None]
    centre = limit if isinstance(limit, int) else value(limit, arb(1))
    if len(seen) < 2 or centre is None:
        return None
    if isinstance(limit, int):
        return bool(seen[-1] * limit > 0 and abs(seen[-1]) > arb("1.01") * abs(seen[0]))
    first, last = abs(seen[0] - centre), abs(seen[-1] - centre)
    return bool(last < arb("1e-10") or last < arb("0.99") * first)


def walk(count, seed):
    """How many limits were compared; any that is wrong ends the test."""
    lot, compared = random.Random(seed), 0
    for _ in range(count):
        text, sign, at_zero = formula(lot, lot.choice((1, 2, 3))), lot.choice((1, -1)), lot.random()
        try:
            t = tree.parse(text, ("x", "y"))
            if at_zero < 0.3:
                found = limits.at_number(t, "x", tree.ZERO, sign, Y, Ring(frozenset()))
            else:
                found = limits.at_infinity(t, "x", sign, Y, Ring(frozenset()))
        except (checker.Rejected, ValueError, ZeroDivisionError):
            continue
        if found is None or "x" not in tree.variables(t):
            continue
        near = comes_near(t, found, sign, at_zero=at_zero < 0.3)
        assert near is not False, (text, sign, at_zero, found)
        compared += near is not None
    return compared


def test_drawn_formulas_come_near_the_limits_that_the_checker_finds():
    assert walk(150, 0) > 60


@pytest.mark.slow
def test_thousands_of_drawn_formulas_come_near_the_limits_that_the_checker_finds():
    assert walk(6000, 1) > 2500


def test_a_wrong_limit_would_be_noticed():
    t = tree.parse("x/(x + 1)", ("x",))
    assert comes_near(t, tree.ONE_, 1, at_zero=False)
    assert comes_near(t, tree.rat(999, 1000), 1, at_zero=False) is False
    assert comes_near(t, 1, 1, at_zero=False) is False
