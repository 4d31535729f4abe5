"""False if an interval loses a number, knows more than it may, or hides that it knows nothing."""

from __future__ import annotations

import math

import flint
import numpy as np
import pytest
import sympy as sp
import torch

import bounds
import bounds.interval.functions
from bounds import Interval
from bounds.backends import namespace
from bounds.interval import arrays, scalar
from bounds.interval.core import as_interval
from bounds.interval.eigenvalue import top_eigenvalue
from bounds.printing import compile_expression
from tests.bounds.interval_oracle import exceeds, matrix, misses
from tests.bounds.test_evaluate import NAMES as ALL_NAMES
from tests.bounds.test_evaluate import point_values

x, y = sp.symbols("x y", real=True)
INF, PI, MOST = math.inf, math.pi, 1.7976931348623157e308
FUNCTIONS = {
    "exp": np.exp, "expm1": np.expm1, "log": np.log, "log1p": np.log1p, "sin": np.sin,
    "cos": np.cos, "tan": np.tan, "sinh": np.sinh, "cosh": np.cosh, "tanh": np.tanh,
    "asin": np.arcsin, "acos": np.arccos, "atan": np.arctan, "asinh": np.arcsinh,
}  # fmt: skip


@pytest.mark.parametrize("block", range(4))
def test_random_formulas_hold_every_point_of_their_intervals(block):
    """Single intervals and arrays alike; `misses(seed)` repeats any of them by itself."""
    for seed in range(150 * block, 150 * block + 150):
        assert misses(seed) == [], f"seed {seed}"
        assert misses(seed, array=True) == [], f"seed {seed}, array"


@pytest.mark.parametrize("fault", ["no step outward", "no margin for a library"])
def test_without_widening_the_same_search_finds_a_miss(monkeypatch, fault):
    """Negative control."""
    if fault == "no step outward":
        monkeypatch.setattr(arrays, "_stepped", lambda ends: ends)
        monkeypatch.setattr(scalar, "_stepped", lambda low, high: (low, high))
    else:
        for place in (arrays, bounds.interval.functions):
            monkeypatch.setattr(place, "padded", lambda value, *_: (value, value))
    namespace.cache_clear()
    try:
        assert any(misses(seed) for seed in range(300))
    finally:
        namespace.cache_clear()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_numpys_error_is_well_below_the_margin_that_is_stated(name):
    rng = np.random.default_rng(3)
    n = 300
    at = np.concatenate([
        rng.normal(size=n) * 10 ** rng.uniform(-3, 2.5, n), rng.uniform(-1, 1, n),
        rng.choice([-1, 1], n) * 10 ** rng.uniform(-280, 280, n),
        1 + rng.normal(size=n) * 10 ** rng.uniform(-16, -1, n),
    ])  # fmt: skip
    if name in ("sin", "cos", "tan"):
        at = at[np.abs(at) < 1e6]
    with np.errstate(all="ignore"):
        values = FUNCTIONS[name](at)
    assert _worst(values, [_ball(name, v) for v in at]) < bounds.interval.functions.ULPS / 2


def test_numpys_power_is_well_below_the_margin_that_is_stated():
    rng = np.random.default_rng(4)
    base = np.where(
        rng.random(800) < 0.5, 10 ** rng.uniform(-300, 300, 800), rng.uniform(0.9, 1.1, 800)
    )
    power = rng.uniform(-5, 5, 800) * rng.choice([1e-2, 1.0, 10.0, 1e3], 800)
    with np.errstate(all="ignore"):
        values = np.power(base, power)
    with flint.ctx.workprec(300):
        true = [
            flint.arb(float(a)) ** flint.arb(float(b)) for a, b in zip(base, power, strict=True)
        ]
    assert _worst(values, true) < scalar.POWER_ULPS / 2


def _ball(name: str, at: float) -> flint.arb:
    with flint.ctx.workprec(300):
        return getattr(flint.arb(float(at)), name)()


def _worst(values: np.ndarray, true: list[flint.arb]) -> float:
    """The largest relative error in units of 2^-52, where both sides are normal numbers."""
    worst = 0.0
    with flint.ctx.workprec(300):
        for value, exact in zip(values, true, strict=True):
            if exact.is_finite() and np.isfinite(value) and abs(value) > 1e-290:
                near = flint.arb(float(value))
                worst = max(worst, abs(float((exact - near) / near)) * 2**52)
    return worst


@pytest.mark.parametrize("result, low, high", [
    (1 / Interval(0, 2), 0.5, INF), (1 / Interval(-1, 0), -INF, -1.0),
    (1 / Interval(-1, 1), -INF, INF), (1 / Interval(0, 0), -INF, INF),
    (Interval(0, 1) / Interval(0, 1), 0.0, INF), (Interval(-4, 9).sqrt(), 0.0, 3.0),
    (Interval(-4, -1).sqrt(), -INF, INF), (Interval(-2, 3) ** 2, 0.0, 9.0),
    (Interval(-2, 3) ** 3, -8.0, 27.0), (Interval(-2, 3) ** -1, -INF, INF),
    (Interval(-2, -1) ** -3, -1.0, -0.125), (Interval(-1, 2) ** 0.3, 0.0, 2**0.3),
    (Interval(-1, 1) ** Interval(2.9, 3.1), -INF, INF), (Interval(0, 0) ** -1, -INF, INF),
    (Interval(0, 0) * Interval(-INF, INF), 0.0, 0.0), (abs(Interval(-3, 2)), 0.0, 3.0),
    (Interval(math.nan, 1), -INF, 1.0), (Interval(1e308, 1e308) * 10, MOST, INF),
    (Interval(1e-200, 1e-200) * 1e-200, 0.0, 5e-324),
    (Interval.exact(2**53 + 1), 2.0**53, 2.0**53 + 2),
])  # fmt: skip
def test_edges(result, low, high):
    """The end itself, or further out by the margin of a power, never inside."""
    assert result.lower <= low
    assert result.upper >= high
    for end, exact in ((float(result.lower), low), (float(result.upper), high)):
        assert end == exact or abs(end - exact) <= max(abs(exact) * 4e-15, 5e-324)


@pytest.mark.parametrize("name, low, high, least, most", [
    ("sin", 0, 2, 0, 1), ("sin", 0, 7, -1, 1), ("cos", -1, 1, math.cos(1), 1),
    ("sin", 1e7, 1e7, -1, 1),
    ("tan", 1, 2, -INF, INF), ("cosh", -1, 2, 1, math.cosh(2)), ("log", 0, 1, -INF, 0),
    ("log", -2, -1, -INF, INF), ("asin", -2, 0, -PI / 2, 0), ("acos", 1, 1, 0, 0),
    ("asin", 2, 3, -INF, INF), ("exp", -800, 0, 0, 1), ("exp", 800, 900, MOST, INF),
    ("gamma", 1, 2, 0.8856031944109, 1), ("loggamma", 1, 3, -0.1214862905358, math.log(2)),
    ("gamma", -0.5, 1, -INF, INF), ("erfc", -1, 1, math.erfc(1), math.erfc(-1)),
    ("sign", -1, 0, -1, 0), ("floor", -0.5, 1.5, -1, 1), ("ceiling", -0.5, 1.5, 0, 2),
])  # fmt: skip
def test_functions_at_extrema_and_ends_of_domains(name, low, high, least, most):
    found = namespace("interval")[name](Interval(low, high))
    assert found.lower <= least
    assert found.upper >= most
    assert found.lower >= least - 1e-11 or math.isinf(least) or least > 1e308
    assert found.upper <= most + 1e-11 or math.isinf(most)


def test_top_eigenvalues_are_enclosed_at_every_scale():
    """6,000 matrices of the same kind were run once."""
    for seed in range(200):
        low, high, inside = matrix(seed)
        rows = [(i, j) for i in range(len(low)) for j in range(i, len(low))]
        found = top_eigenvalue(*(Interval(low[ij], high[ij]) for ij in rows))
        assert exceeds(inside, float(found.upper)) is not True, seed
        assert exceeds(inside, float(found.lower)) is not False, seed
        if (low == high).all():
            assert found.upper - found.lower <= 1e-12 * np.abs(low).max() + 1e-300, seed


def test_an_eigenvalue_a_little_too_small_or_large_is_noticed():
    """Negative control of the oracle, at 4 ulps."""
    rows = np.array([[2.0, 1.0], [1.0, 2.0]])
    assert exceeds(rows, 3 * (1 - 1e-15)) is True
    assert exceeds(rows, 3 * (1 + 1e-15)) is False


def test_matrices_in_a_batch_and_zero_and_unbounded_ones():
    entries = [
        Interval([0.0, 1.0, 1.0], [0.0, 1.0, np.inf]),
        Interval([0.0] * 3, [0.0] * 3),
        Interval.exact(0.0),
    ]
    found = top_eigenvalue(*entries)
    assert found.lower.tolist()[0] == found.upper.tolist()[0] == 0.0
    assert found.contains(1.0).tolist()[1]
    assert (found.lower[2], found.upper[2]) == (-np.inf, np.inf)


def _balls(value: float | np.ndarray) -> flint.arb | list[flint.arb]:
    return [flint.arb(float(w)) for w in value] if np.ndim(value) else flint.arb(float(value))


NAMES = [n for n in ALL_NAMES if "phi0_zero" not in n]


@pytest.mark.parametrize("name", NAMES)
def test_every_bound_of_the_catalogue_is_enclosed_as_its_balls_are(name):
    bound = bounds.get(name)
    values = point_values(bound, 5)
    points = {k: v if k == "L" else Interval.exact(np.asarray(v, float)) for k, v in values.items()}
    found = as_interval(bound.evaluate(**points))
    with flint.ctx.workprec(200):
        balls = {k: v if k == "L" else _balls(v) for k, v in values.items()}
        true = flint.arb(bound.evaluate(**balls))
        low, high = flint.arb(float(found.lower)), flint.arb(float(found.upper))
        assert low <= true.upper()
        assert high >= true.lower()
    assert found.upper - found.lower <= 1e-12 * abs(float(true))


def test_intervals_plain_numbers_and_layers_mix_and_other_systems_do_not():
    bound = bounds.get("hessian.recursive")
    rest = {
        "L": 2,
        "K": 1,
        "beta": 0.5,
        "phi0": 0.1,
        "xi": np.array([1.0, 2.0]),
        "nu": 1.0,
        "p": 0.5,
    }
    omega = Interval([0.3, 0.4], [0.31, 0.41])
    whole = bound.evaluate(m=[4, 9], omega=omega, **rest)
    listed = bound.evaluate(m=[4, 9], omega=[omega[0], omega[1]], **rest)
    assert whole.ends.tolist() == listed.ends.tolist()
    for omegas in ([0.3, 0.41], [0.31, 0.4], [0.305, 0.405]):
        assert whole.contains(bound.evaluate(m=[4, 9], omega=omegas, **rest)).all()
    for other in (flint.arb(1), torch.tensor(1.0)):
        with pytest.raises(bounds.BoundsError, match="one of them"):
            bound.evaluate(m=[4, 9], omega=omega, **(rest | {"nu": other}))


def test_an_interval_is_refused_only_where_no_number_in_it_is_admissible():
    bound = bounds.get("output")
    rest = {"L": 1, "K": 1.0, "phi0": 0.0, "xi": 1.0}
    values = rest | {"nu": Interval(-1e-300, 2.0), "p": 0.5, "m": 4.0}
    values = {k: v for k, v in values.items() if k in bound.symbols}
    assert bound.evaluate(**values).lower == 0.0
    with pytest.raises(bounds.BoundsError, match="`nu`"):
        bound.evaluate(**(values | {"nu": Interval(-2.0, -1e-300)}))
    closed = bounds.get("hessian.closed.summed")
    point = {
        "L": 1,
        "K": 1.0,
        "phi0": 0.0,
        "xi": 1.0,
        "beta": 1.0,
        "nu": 1.0,
        "p": 0.5,
        "omega": 1.0,
    }
    touching = {"m_min": Interval(3.0, 5.0), "m_max": 4.0}
    assert closed.evaluate(**point, **touching).contains(
        closed.evaluate(**point, m_min=4.0, m_max=4.0)
    )
    with pytest.raises(bounds.BoundsError, match="bracket"):
        closed.evaluate(**point, m_min=Interval(4.5, 5.0), m_max=4.0)


def test_bare_formulas_are_enclosed():
    found = bounds.enclose(sp.sin(x) / y, {"x": Interval(1, 2), y: Interval(2, 4)})
    assert found.contains(0.5).item()
    assert found.lower == pytest.approx(math.sin(1) / 4, rel=1e-14)
    split = sp.Piecewise((x, x > 0), (-2 * x, True))
    found = bounds.enclose(split, {"x": Interval([1.0, -1.0, -1.0], [2.0, 1.0, 0.0])})
    assert found.lower.tolist() == [1.0, -2.0, 0.0]  # an open condition gives the hull of both
    assert found.upper.tolist() == [2.0, 2.0, 2.0]
    with pytest.raises(bounds.BoundsError, match="`y`"):
        bounds.enclose(x + y, {"x": Interval(1, 2)})
    twins = sp.Symbol("x", positive=True) + x
    with pytest.raises(bounds.BoundsError, match="`x`"):
        bounds.enclose(twins, {"x": Interval(1, 2)})


@pytest.mark.parametrize("number", [
    sp.sqrt(2), 4 / (3 * sp.sqrt(3)), sp.log(2), sp.Rational(1, 3), sp.Integer(7), sp.Float(0.1),
    sp.sin(sp.Integer(10) ** 22), sp.exp(1000), sp.exp(-1000), (1 + sp.erf(1)) / 2,
])  # fmt: skip
def test_constants_lie_between_neighbouring_floats(number):
    found = bounds.constant_interval(number)
    low, high = float(found.lower), float(found.upper)
    assert high in (low, math.nextafter(low, INF))
    exact = number.evalf(60)
    assert sp.Float(low, 60) <= exact
    assert high == INF or exact <= sp.Float(high, 60)


def test_what_is_no_finite_real_number_has_no_enclosure():
    for bad in (sp.oo, sp.nan, sp.sqrt(-2), x):
        with pytest.raises(bounds.BoundsError):
            bounds.constant_interval(bad)


def test_a_formula_is_compiled_once(monkeypatch):
    calls = []
    real = sp.lambdify
    monkeypatch.setattr(sp, "lambdify", lambda *a, **k: calls.append(1) or real(*a, **k))
    formula = sp.exp(x) * y + sp.Rational(12345, 67)
    for _ in range(20):
        bounds.enclose(formula, {"x": Interval(1, 2), "y": Interval(1, 2)})
        compile_expression([x, y], formula, namespace("numpy"))(1.0, 2.0)
    assert len(calls) == 2


def test_nothing_is_enclosed_where_subnormal_numbers_are_flushed():
    if not torch.set_flush_denormal(True):
        pytest.skip("this machine cannot flush subnormal numbers")
    try:
        with pytest.raises(bounds.BoundsError, match="flush"):
            bounds.enclose(x, {"x": Interval(1, 2)})
    finally:
        torch.set_flush_denormal(False)
    assert bounds.enclose(x, {"x": Interval(1, 2)}).upper == 2.0


def test_ends_in_the_wrong_order_are_refused():
    with pytest.raises(bounds.BoundsError, match="lower"):
        Interval(2.0, 1.0)
