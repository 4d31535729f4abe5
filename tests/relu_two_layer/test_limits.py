"""The kernels at infinite width: closed forms, their Dirichlet form, degeneracy and bounds."""

from __future__ import annotations

import math

import pytest
import torch
from flint import arb
from hypothesis import given
from hypothesis import strategies as st

from numerics import NumericsError
from numerics.relu_two_layer.degeneracy import check_nondegenerate, degeneracy
from numerics.relu_two_layer.eigenvalues import least_eigenvalue
from numerics.relu_two_layer.kernels import kernels, plain_kernel
from numerics.relu_two_layer.limit_bounds import (
    angle_lower_bounds,
    block_upper_bounds,
    mean_relu,
    poincare_gap,
    series_lower_bounds,
    sphere_moment,
)
from numerics.relu_two_layer.limits import angles, limit_kernels, limit_tangent_kernel
from numerics.relu_two_layer.network import ReluNetwork
from tests.relu_two_layer.oracle import floats, inside, limit_entry, precision, sphere

NAMES = ("plain", "direction", "gain")


def circle(n: int) -> torch.Tensor:
    turn = torch.arange(n, dtype=torch.float64) * (2 * math.pi / n)
    return torch.stack([turn.cos(), turn.sin()], dim=-1)


def data(seed: int, n: int, d: int, kind: str) -> torch.Tensor:
    x = sphere(n, d, seed)
    if kind == "clustered":
        x = x[:1] + 0.05 * x
    elif kind == "positive":
        x = x.abs()
    elif kind == "close pair":
        x = x.clone()
        x[1] = x[0] + 1e-4 * x[1]
    elif kind == "antipodes":
        x = x.clone()
        x[1] = -x[0]
    return x / torch.linalg.vector_norm(x, dim=-1, keepdim=True)


KINDS = ("random", "clustered", "positive", "close pair", "antipodes")


@given(
    seed=st.integers(0, 10**6),
    d=st.integers(1, 30),
    scale=st.sampled_from([1.0, 1e-150, 1e150, 3.7]),
)
def test_closed_forms_contain_their_values_at_300_bits(seed, d, scale):
    x = sphere(4, d, seed) * scale**0.5
    found = limit_kernels(x)
    with precision():
        rows = [[arb(t) for t in row] for row in x.tolist()]
        for i in range(4):
            for j in range(i):
                truth = limit_entry(rows[i], rows[j], d)
                if not all(value.is_finite() for value in truth):
                    continue  # arccos of a ball around 1: d = 1
                for name, value in zip(NAMES, truth, strict=True):
                    part = getattr(found, name)
                    assert inside(float(part.lower[i, j]), float(part.upper[i, j]), value)


@pytest.mark.parametrize("exponent", [-1, -4, -8, -12, -16])
def test_nearly_parallel_and_nearly_opposite_rows_keep_their_digits(exponent):
    e = 10.0**exponent
    x = floats([[1.0, 0.0], [1.0, e], [-1.0, e]])
    found = angles(x)
    with precision():
        truth = arb(e).atan()
        assert inside(float(found.lower[0, 1]), float(found.upper[0, 1]), truth)
        assert inside(float(found.lower[0, 2]), float(found.upper[0, 2]), arb.pi() - truth)
    assert float(found.width.max()) < 3e-14


def test_closed_forms_agree_with_monte_carlo_and_one_over_d_is_needed():
    """K1 against 1e5 random directions in four dimensions; without 1/d the gain part is refuted."""
    worst, control = 0.0, 0.0
    for d in (2, 3, 5, 17):
        x = sphere(4, d, d)
        network = ReluNetwork.random(d, 25_000, seed=d, batch=4)
        found, limits = kernels(network, x), limit_kernels(x)
        draws = {
            "plain": plain_kernel(network, x).value,
            "direction": found.direction.value,
            "gain": found.gain.value,
        }
        for name, sample in draws.items():
            truth = getattr(limits, name).value
            bound = 1.0 if name != "gain" else 3.0 / (d * (d + 2.0))
            error = math.sqrt(bound / 100_000)  # second moment of one term, at most `bound`
            worst = max(worst, float((sample.mean(0) - truth).abs().max()) / error)
            if name == "gain":
                wrong = float((sample.mean(0) - d * truth).abs().max()) / error
                control = max(control, wrong)
    assert worst < 5.0
    assert control > 100.0


def test_orthonormal_inputs_have_the_eigenvalues_written_down_for_them():
    n = d = 7
    found = limit_kernels(torch.eye(n).double())
    truth = {
        "plain": 0.5,
        "direction": 0.5 * (1 - 1 / d) - (n - 1) / (2 * math.pi * d),
        "gain": (1 - 1 / math.pi) / (2 * d),
    }
    for name, value in truth.items():
        least = float(least_eigenvalue(getattr(found, name)).value)
        assert least == pytest.approx(value, abs=1e-12), name


def test_the_tangent_kernel_weighs_directions_by_alpha():
    x = sphere(5, 4, 0)
    found, parts = limit_tangent_kernel(x, alpha=0.3), limit_kernels(x)
    expected = parts.direction.value / 0.09 + parts.gain.value
    assert torch.allclose(found.value, expected, rtol=1e-14)


def test_in_one_dimension_directions_do_nothing():
    found = limit_kernels(floats([[1.0], [-1.0], [2.0]]))
    assert float(found.direction.value.abs().max()) < 1e-15


@given(seed=st.integers(0, 10**6), n=st.integers(1, 25), d=st.integers(2, 12))
def test_the_poincare_gap_is_never_negative(seed, n, d):
    """K2; the matrix is (d-1) kappa^2 - sin(theta)/(2 pi)."""
    assert float(poincare_gap(data(seed, n, d, "random")).upper) >= 0.0


def test_the_poincare_gap_is_that_of_the_kernels_and_is_zero_for_an_antipodal_pair():
    x = sphere(6, 4, 0)
    found, d = limit_kernels(x), 4
    matrix = found.direction.value - (d - 1) * (found.gain.value - mean_relu(d) ** 2)
    direct = float(torch.linalg.eigvalsh(matrix)[0])
    assert float(poincare_gap(x).value) == pytest.approx(direct, abs=1e-13)
    pair = poincare_gap(torch.stack([x[0], -x[0]]))
    assert float(pair.lower) <= 0.0 <= float(pair.upper)
    assert float(pair.width) < 1e-13


@pytest.mark.parametrize("wrong", ["d for d - 1", "no mean term"])
def test_poincare_with_a_mistake_is_refuted(wrong):
    """Negative controls of K2: on an antipodal pair, and on inputs close to one another."""
    x = data(0, 2, 4, "antipodes" if wrong == "d for d - 1" else "clustered")
    found, d = limit_kernels(x), 4
    gap = d if wrong == "d for d - 1" else d - 1
    mean = 0.0 if wrong == "no mean term" else mean_relu(d) ** 2
    matrix = found.direction.value - gap * (found.gain.value - mean)
    assert float(torch.linalg.eigvalsh(matrix)[0]) < -5e-3


@pytest.mark.parametrize("d", [1, 2, 3, 4, 7, 50])
def test_means_over_the_sphere_are_those_of_the_gamma_function(d):
    gamma = math.gamma
    truth = gamma(d / 2) / (2 * math.sqrt(math.pi) * gamma((d + 1) / 2))
    assert mean_relu(d) == pytest.approx(truth, rel=1e-13)
    for j in (0, 1, 5):
        moment = gamma(d / 2) * gamma(j + 0.5) / (math.sqrt(math.pi) * gamma(j + d / 2))
        assert sphere_moment(d, j) == pytest.approx(moment, rel=1e-13)


@pytest.mark.parametrize("pairs", [1, 2, 3, 4])
def test_the_kernels_have_as_many_zero_eigenvalues_as_antipodal_directions_are_dependent(pairs):
    """K3 on the plane: rank 2 at most."""
    half = floats([[1.0, 0.0], [0.0, 1.0], [0.6, 0.8], [-0.8, 0.6]])[:pairs]
    x = torch.cat([half, -half, floats([[0.28, 0.96]])])
    found = degeneracy(x)
    assert len(found.pairs) == pairs
    assert found.kernel_dimension == max(0, pairs - 2)
    for name in NAMES:
        values = torch.linalg.eigvalsh(getattr(limit_kernels(x), name).value)
        assert int((values < 1e-12).sum()) == found.kernel_dimension, name


def test_degenerate_data_is_refused_by_name_and_nearly_degenerate_data_is_not():
    x = sphere(4, 3, 0)
    with pytest.raises(NumericsError, match="equal_inputs"):
        degeneracy(torch.cat([x, 2.0 * x[:1]]))
    flat = torch.cat([circle(7)[:3], -circle(7)[:3]])
    with pytest.raises(NumericsError, match="dependent_antipodes"):
        check_nondegenerate(flat)
    close = x.clone()
    close[1] = x[0]
    close[1, 0] = torch.nextafter(close[1, 0], floats(2.0))
    assert degeneracy(close).kernel_dimension == 0  # one last digit apart is not equal
    assert float(least_eigenvalue(limit_kernels(close).plain).lower) <= 1e-15


@given(
    seed=st.integers(0, 10**6),
    n=st.integers(2, 40),
    d=st.integers(2, 20),
    kind=st.sampled_from(KINDS),
)
def test_no_bound_on_a_least_eigenvalue_passes_it(seed, n, d, kind):
    """K4, K5 and K6 for all three kernels."""
    x = data(seed, n, d, kind)
    truth = limit_kernels(x)
    low, high, theta = series_lower_bounds(x), block_upper_bounds(x), angles(x)
    off = ~torch.eye(n, dtype=torch.bool)
    phi = float(torch.minimum(theta.lower, math.pi - theta.upper)[off].min())
    for name in NAMES:
        least = least_eigenvalue(getattr(truth, name))
        assert getattr(low, name) <= least.upper
        assert getattr(high, name) >= least.lower
        if phi > 0:
            assert getattr(angle_lower_bounds(n, d, phi), name) <= least.upper


@pytest.mark.parametrize("phi", [1.0, 1e-2, 1e-5])
def test_the_angle_bound_keeps_its_explicit_form(phi):
    """K5's second inequalities, for the plain and the gain kernel."""
    for n, d in ((2, 2), (30, 3), (1000, 100)):
        found = angle_lower_bounds(n, d, phi)
        log = math.log(2 * (n - 1))
        root = math.pi**1.5
        plain = phi / (4 * root * math.sqrt(log + phi**2 / 2))
        gain = phi**3 / (24 * root * d * (log + phi**2) ** 1.5)
        assert float(found.plain) >= plain * (1 - 1e-9)
        assert float(found.gain) >= gain * (1 - 1e-9)


def test_the_series_bound_is_reached_by_two_inputs_and_five_percent_more_is_refuted():
    """K4 is tight at n = 2 (positive correlation); 1.05 times it is not a bound."""
    x = floats([[1.0, 0.0, 0.0], [0.6, 0.8, 0.0]])
    truth = limit_kernels(x)
    ratios = {
        name: float(
            getattr(series_lower_bounds(x), name) / least_eigenvalue(getattr(truth, name)).value
        )
        for name in NAMES
    }
    assert all(ratio <= 1.0 for ratio in ratios.values())
    assert ratios["plain"] > 0.999
    assert 1.05 * ratios["plain"] > 1.0
    assert 1.05 * ratios["gain"] > 1.0


def test_dropping_the_sum_over_neighbours_in_zeta_is_refuted():
    """Negative control of K4: 21 points on the circle, the nearest neighbour alone."""
    x = circle(21)
    cosine = x @ x.T
    off = cosine.masked_fill(torch.eye(21, dtype=torch.bool), 0.0).abs()
    total, b = 0.0, 1.0
    for k in range(200):
        total += b / (2 * k + 1) * max(0.0, 1.0 - float(off.max()) ** (2 * k + 2))
        b *= (2 * k + 1) / (2 * k + 2)
    assert total / (2 * math.pi) > 1.5 * float(least_eigenvalue(limit_kernels(x).plain).upper)


def test_a_square_root_of_the_angle_for_the_angle_is_refuted():
    """Negative control of K5: sqrt(phi) in place of phi, for a close pair."""
    phi = 1e-3
    x = floats([[1.0, 0.0], [math.cos(phi), math.sin(phi)]])
    honest = float(angle_lower_bounds(2, 2, phi).plain)
    truth = least_eigenvalue(limit_kernels(x).plain)
    assert honest <= float(truth.upper)
    assert honest / math.sqrt(phi) > 3 * float(truth.upper)


def test_a_gain_bound_without_one_over_d_and_weights_of_another_kernel_are_refuted():
    """Negative controls of K4."""
    x = floats([[1.0, 0.0, 0.0], [0.6, 0.8, 0.0]])
    truth, found = limit_kernels(x), series_lower_bounds(x)
    assert 3 * float(found.gain) > 2.9 * float(least_eigenvalue(truth.gain).upper)
    assert float(found.plain) > 1.1 * float(least_eigenvalue(truth.direction).upper)


def test_statements_about_directions_are_refused_in_one_dimension():
    with pytest.raises(NumericsError, match="dimension"):
        poincare_gap(floats([[1.0], [-1.0]]))
    with pytest.raises(NumericsError, match="d >= 2"):
        angle_lower_bounds(2, 1, 0.1)


def test_the_rates_in_the_angle_are_attained_on_the_circle():
    """lam(H) ~ 0.25/n, lam(V) ~ 1/(12 n), lam(G) ~ 0.21/n^3 for odd n equally spaced."""
    n = 201
    found = limit_kernels(circle(n))
    values = {name: float(least_eigenvalue(getattr(found, name)).value) for name in NAMES}
    assert values["plain"] * n == pytest.approx(0.25, rel=0.05)
    assert values["direction"] * n == pytest.approx(1 / 12, rel=0.1)
    assert values["gain"] * n**3 == pytest.approx(0.21, rel=0.05)
