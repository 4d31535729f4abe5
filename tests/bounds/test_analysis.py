"""False if a scaling answer disagrees with the numbers it summarizes."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

import bounds

L = bounds.symbol("L")
POINT = {"beta": 0.77, "nu": 1.0, "xi": 1.0, "phi0": 0.0, "omega": 0.5, "K": 1.0, "p": 0.5}


def _value(name: str, L: float, m: float, **change: float) -> float:
    bound = bounds.get(name)
    point = POINT | {"L": L, "m": m, "m_min": m, "m_max": m, "rho_1": 0.0} | change
    return float(bound.evaluate(**{k: point[k] for k in bound.symbols}))


@pytest.mark.parametrize(
    "name",
    [
        "gradient.summed",
        "hessian.closed.summed",
        pytest.param("hessian.sharp.summed", marks=pytest.mark.slow),
        "hessian.recursive",
    ],
)
@pytest.mark.parametrize("symbol", ["m", "omega"])
def test_a_local_exponent_is_the_slope_of_the_evaluated_bound(name, symbol):
    point = {
        k: v
        for k, v in (POINT | {"L": 3, "m": 50.0}).items()
        if k in (*bounds.get(name).symbols, "m")
    }
    here, step = point[symbol], 1e-5
    tops = [
        _value(name, **({"L": 3, "m": 50.0} | {symbol: here * np.exp(s * step)})) for s in (-1, 1)
    ]
    slope = np.log(tops[1] / tops[0]) / (2 * step)
    assert bounds.local_exponent(bounds.get(name), symbol, **point) == pytest.approx(
        slope, abs=1e-6
    )


def test_the_local_exponent_in_depth_tends_to_the_limit_exponent():
    closed = bounds.get("hessian.closed.summed")
    exponents = [
        bounds.local_exponent(closed, "L", m=100, L=depth, **POINT) for depth in (2, 100, 10**6)
    ]
    assert exponents[0] < exponents[1] < exponents[2] == pytest.approx(2, abs=1e-3)
    with pytest.raises(bounds.BoundsError, match="whole depths"):
        bounds.local_exponent(bounds.get("hessian.recursive"), "L", m=9, L=3, **POINT)


@pytest.mark.parametrize("name, path, expected", [
    ("hessian.closed.summed.phi0_zero", {"m": L**2}, 0),
    ("hessian.sharp.summed.phi0_zero", {"m": L**2}, -sp.Rational(1, 2)),
    ("hessian.closed.summed.phi0_zero", {"m": L**6}, -sp.Rational(5, 2)),
])  # fmt: skip
def test_exponents_along_a_path_match_the_numbers(name, path, expected):
    assert bounds.exponent_along(bounds.get(name), "L", path) == expected
    depths = (2000, 4000)
    tops = [_value(name, depth, float(path["m"].subs(L, depth))) for depth in depths]
    assert np.log2(tops[1] / tops[0]) == pytest.approx(float(expected), abs=0.05)


def test_regimes_name_the_largest_term():
    found = bounds.regimes(bounds.get("hessian.closed.summed"), "m", L=64, **POINT)
    assert [r.exponent for r in found] == [-1, -sp.Rational(1, 2)]
    assert found[0].high == found[1].low
    below, above = (float(r.term.subs(bounds.symbol("m"), found[0].high)) for r in found)
    assert below == pytest.approx(above, rel=0.02)


def test_the_smallest_width_is_the_smallest():
    closed = bounds.get("hessian.closed.summed")
    answer = bounds.smallest_width(closed, 0.01, L=4, **POINT)
    assert answer.bound <= 0.01 < answer.below
    assert answer.monotone
    assert _value("hessian.closed.summed", 4, answer.width) == answer.bound
    assert (
        bounds.smallest_width(bounds.get("hessian.sharp.summed"), 0.01, L=4, **POINT).width
        < answer.width
    )
    with pytest.raises(bounds.BoundsError, match="target"):
        bounds.smallest_width(closed, 1e-3, L=4, **(POINT | {"phi0": 0.5}))


@pytest.mark.parametrize("ask, named", [
    (lambda b: bounds.exponent_along(b, "L", {"m": 1 / L}), "m"),
    (lambda b: bounds.exponent_along(b, "L", {"m": bounds.symbol("n")}), "m"),
    (lambda b: bounds.local_exponent(b, "m", m=4.0, **{k: v for k, v in POINT.items()
                                                       if k != "xi"}, L=2), "xi"),
    (lambda b: bounds.local_exponent(b, "m", m=0.5, L=2, **POINT), "m"),
    (lambda b: bounds.local_exponent(b, "m", m=4.0, L=2, n=4, **POINT), "n"),
    (lambda b: bounds.smallest_width(b, -1, L=2, **POINT), "target"),
    (lambda b: b.at_depth(2.5), "L"),
])  # fmt: skip
def test_bad_questions_are_refused_by_name(ask, named):
    with pytest.raises(bounds.BoundsError) as caught:
        ask(bounds.get("hessian.closed.summed"))
    assert caught.value.argument == named


def test_published_claims_are_implied_and_the_deep_ones_improved():
    checks = {name: bounds.check_claim(claim) for name, claim in bounds.published_claims().items()}
    assert all(check.implied for check in checks.values())
    assert {name for name, check in checks.items() if check.improved} == {
        "gradient depth",
        "gradient depth, bias",
        "hessian depth",
        "hessian depth, summed",
        "hessian depth, sharp",
        "hessian depth, wide",
        "hessian depth, bias",
        "rademacher depth, odd",
    }
    assert "improved" in str(checks["hessian depth"])


def test_a_false_claim_is_not_implied():
    """Negative control: nobody may claim that the summed bound is linear in the depth."""
    from dataclasses import replace

    claim = replace(bounds.published_claims()["hessian depth, summed"], exponent=sp.Integer(1))
    assert not bounds.check_claim(claim).implied


def test_gains_grow_with_depth_and_with_sharpness():
    gains = bounds.gains((2, 4, 8))
    for rung in gains.values():
        assert rung == sorted(rung)
    for low, high in (("closed.summed", "sharp.summed"), ("sharp.summed", "recursive"),
                      ("closed", "sharp"), ("closed.summed", "closed")):  # fmt: skip
        assert all(a <= b for a, b in zip(gains[low], gains[high], strict=True)), (low, high)
