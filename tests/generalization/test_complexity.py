"""The terms of G1 to G7 and I1: above the exact formula, and true on what can be enumerated."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import pytest
import torch
from flint import arb
from hypothesis import given
from hypothesis import strategies as st

from numerics import NumericsError
from numerics.weightnorm.generalization import (
    confidence,
    expected_signed_sum,
    margin_complexity,
    second_moment,
    signed_sum_bound,
    square_loss_complexity,
    square_loss_range,
    symmetrization_constant,
    top_eigenvalue_bound,
)
from numerics.weightnorm.generalization.complexity import class_margin_complexity, odd_factor


def exact_constant(n: int) -> arb:
    eta = arb(math.comb(2 * n, n)) / arb(4) ** n
    value = arb(2).sqrt() / (1 - eta)
    return arb(2) if value > 2 else value


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 7, 40, 100, 1600, 7000])
def test_the_symmetrization_constant_is_above_the_exact_one_and_near_it(n):
    found = symmetrization_constant(n)
    assert arb(found) >= exact_constant(n)
    assert found <= float(exact_constant(n).mid()) * (1 + 0.02 / n) + 1e-12


def test_the_symmetrization_constant_stays_finite_for_any_n():
    assert symmetrization_constant(10**12) == pytest.approx(math.sqrt(2), rel=1e-6)


@pytest.mark.parametrize(("n", "choices", "delta"), [(1, 1, 0.5), (1600, 2500, 0.05)])
def test_confidence_is_above_the_exact_value(n, choices, delta):
    exact = ((arb(choices) / arb(delta)).log() / (2 * n)).sqrt()
    assert exact <= arb(confidence(n, choices, delta)) <= exact * (1 + 1e-12)


@given(st.integers(1, 10**6), st.floats(0, 1e6), st.floats(0, 1e3))
def test_margin_complexity_is_above_the_exact_value(n, rho, r2):
    exact = arb(symmetrization_constant(n)) * arb(rho) * arb(r2) / arb(n).sqrt()
    assert exact <= arb(margin_complexity(n, rho, r2))
    if rho * r2 > 1e-250:
        assert margin_complexity(n, rho, r2) <= float(exact.mid()) * (1 + 1e-12)


def test_square_loss_terms_are_those_of_the_statement():
    c = symmetrization_constant(400)
    assert square_loss_complexity(400, 1.5, 1.0, 0.8) == pytest.approx(2 * 1.8 * c * 1.5 / 20)
    assert square_loss_range(1.0, 0.5, signs=True) == pytest.approx(2.0)
    assert square_loss_range(1.0, 0.5, signs=False) == pytest.approx(2.25)
    assert square_loss_range(1.0, 3.0, signs=True) == pytest.approx(16.0)


@pytest.mark.parametrize(("y", "m"), [(1.0, 0.3), (2.0, 1.5), (1.0, 1.0), (1.0, 2.5)])
def test_the_range_of_the_square_loss_covers_every_pair(y, m):
    grid = torch.linspace(-m, m, 101, dtype=torch.float64)
    losses = torch.cat([(y - grid).square(), (y + grid).square()])
    assert float(losses.max() - losses.min()) <= square_loss_range(y, m, signs=True)


def rademacher(class_values: torch.Tensor, points: torch.Tensor) -> float:
    """R_k of a finite class (G, Z) on iid uniform points, by enumeration; points (Z^k, k)."""
    signs = torch.tensor(list(itertools.product([-1.0, 1.0], repeat=points.shape[1])))
    values = class_values[:, points]  # (G, P, k)
    sums = torch.einsum("gpk,sk->gps", values, signs.double())
    return float(sums.amax(0).mean()) / points.shape[1]


def uniform_gap(class_values: torch.Tensor, points: torch.Tensor) -> float:
    gaps = class_values.mean(-1)[:, None] - class_values[:, points].mean(-1)
    return float(gaps.amax(0).mean())


@pytest.mark.parametrize("n", [1, 2])
def test_symmetrization_at_twice_the_sample_holds_on_finite_classes(n):
    """G1 by enumeration of all samples and all signs; hill climbing from 20 random classes."""
    support = 3
    small, large = (
        torch.tensor(list(itertools.product(range(support), repeat=k))) for k in (n, 2 * n)
    )
    eta = float(Fraction(math.comb(2 * n, n), 4**n))
    generator = torch.Generator().manual_seed(0)
    worst = 0.0
    for _ in range(20):
        values = torch.randn(4, support, generator=generator, dtype=torch.float64)
        best = 0.0
        for _ in range(30):
            step = values + 0.5 * torch.randn(values.shape, generator=generator).double()
            ratio = uniform_gap(step, small) / max(
                2.0 / (1.0 - eta) * rademacher(step, large), 1e-12
            )
            if ratio > best:
                best, values = ratio, step
        worst = max(worst, best)
    assert 0.3 < worst <= 1.0


def test_the_balanced_signs_cost_exactly_what_the_proof_says():
    """E[eps | s] = (1 - eta_n) s for the coupling of G1: the mean of D is 2n eta_n."""
    for n in (1, 2, 5, 20):
        mean = sum(
            Fraction(abs(2 * k - 2 * n) * math.comb(2 * n, k), 4**n) for k in range(2 * n + 1)
        )
        assert mean == 2 * n * Fraction(math.comb(2 * n, n), 4**n)


def test_maurers_constant_covers_every_small_n():
    """sum_k C(n,k) (k/n)^k (1-k/n)^(n-k) <= 2 sqrt n, proved for n >= 8, here for n <= 60."""
    for n in range(1, 61):
        total = sum(
            Fraction(math.comb(n, k)) * Fraction(k, n) ** k * Fraction(n - k, n) ** (n - k)
            for k in range(n + 1)
        )
        assert total**2 <= 4 * n


def exact_signed_sum(x: torch.Tensor) -> float:
    signs = torch.tensor(list(itertools.product([-1.0, 1.0], repeat=len(x)))).double()
    return float((signs @ x).norm(dim=-1).mean())


@pytest.mark.parametrize("seed", range(20))
def test_the_bound_on_the_signed_sum_is_between_the_truth_and_the_trace(seed):
    generator = torch.Generator().manual_seed(seed)
    n, d = 2 + seed % 7, 1 + seed % 4
    scale = 10.0 ** torch.empty(n, 1).uniform_(-2, 1, generator=generator).double()
    x = scale * torch.randn(n, d, generator=generator, dtype=torch.float64)
    bound = signed_sum_bound(x)
    assert exact_signed_sum(x) <= bound <= float(x.norm()) * (1 + 1e-12)


def test_the_signed_sum_of_orthogonal_inputs_is_the_trace_and_of_none_is_zero():
    eye = torch.eye(4, dtype=torch.float64)
    assert signed_sum_bound(eye) == pytest.approx(2.0, rel=1e-12)
    assert signed_sum_bound(torch.zeros(3, 2, dtype=torch.float64)) == 0.0


@pytest.mark.parametrize("seed", range(10))
def test_the_signed_sum_is_self_bounding(seed):
    """0 <= Z - Z_i <= 1 and sum (Z - Z_i) <= Z, which G5 (ii) needs."""
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(6, 2, generator=generator, dtype=torch.float64)
    x = x / x.norm(dim=1).max()
    z = exact_signed_sum(x)
    drops = [z - exact_signed_sum(torch.cat([x[:i], x[i + 1 :]])) for i in range(6)]
    assert min(drops) >= -1e-12
    assert max(drops) <= 1.0 + 1e-12
    assert sum(drops) <= z + 1e-12


def test_the_expected_signed_sum_solves_its_quadratic():
    z, delta = 30.0, 0.01
    found, t = expected_signed_sum(z, delta), math.log(1 / delta)
    assert found - math.sqrt(2 * t * found) == pytest.approx(z)


def test_the_second_moment_is_above_the_sample_and_below_the_radius_in_the_limit():
    x = torch.full((400, 1), 0.5, dtype=torch.float64)
    found = second_moment(x, 1.0, 0.05)
    assert found**2 == pytest.approx(0.25 + confidence(400, 1, 0.05))


def test_the_top_eigenvalue_is_above_the_samples():
    x = torch.randn(50, 3, generator=torch.Generator().manual_seed(0)).double()
    x = x / x.norm(dim=1, keepdim=True)
    top = float(torch.linalg.eigvalsh(x.T @ x / 50)[-1])
    assert top + confidence(50, 1, 0.05) <= top_eigenvalue_bound(x, 0.05) * (1 + 1e-12)
    assert class_margin_complexity(50, 1.0, 10, 0.1) == pytest.approx(
        math.sqrt(math.pi) * margin_complexity(50, 1.0) * 2.0
    )


def test_activations_that_are_not_odd_pay_for_depth():
    assert odd_factor(5, odd=True) == 1.0
    assert odd_factor(5, odd=False) == pytest.approx(math.sqrt(10 * math.log(2)) + 1)


def test_bad_numbers_raise_the_rooms_error():
    bad = (
        lambda: symmetrization_constant(0),
        lambda: symmetrization_constant(2.0),
        lambda: confidence(10, 0, 0.05),
        lambda: confidence(10, 1, 0.0),
        lambda: confidence(10, 1, 1.0),
        lambda: confidence(10, 1, math.nan),
        lambda: margin_complexity(10, -1.0),
        lambda: margin_complexity(10, math.nan),
        lambda: margin_complexity(10, math.inf),
        lambda: second_moment(torch.zeros(0, 2), 1.0, 0.05),
        lambda: second_moment(torch.full((2, 2), math.nan), 1.0, 0.05),
        lambda: signed_sum_bound(torch.zeros(3)),
        lambda: odd_factor(0, odd=True),
    )
    for call in bad:
        with pytest.raises(NumericsError):
            call()
