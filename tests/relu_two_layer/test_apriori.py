"""C1 to C4 against simulation, F5 against the chain of inequalities it abbreviates."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from numerics import NumericsError
from numerics.relu_two_layer import concentration as c
from numerics.relu_two_layer.apriori import APriori, conditions, gain_regime_width, width_demanded
from numerics.relu_two_layer.eigenvalues import least_eigenvalue
from numerics.relu_two_layer.gradient import gradient_step, residual_and_gradient
from numerics.relu_two_layer.kernels import kernels
from numerics.relu_two_layer.limits import limit_kernels, limit_tangent_kernel
from numerics.relu_two_layer.network import ReluNetwork
from numerics.relu_two_layer.state import input_norm
from tests.relu_two_layer.oracle import floats, sphere


def beyond_chance(failures: int, trials: int, p: float) -> bool:
    """Whether that many failures refute a failure probability of at most p (1 in 1e6)."""
    return bool(binom.sf(failures - 1, trials, p) < 1e-6)


@pytest.mark.parametrize(("n", "d", "m"), [(3, 4, 30), (5, 3, 60), (8, 8, 120)])
@pytest.mark.parametrize("eps", [0.5, 0.9])
def test_no_failure_rate_of_the_kernels_passes_chernoff(n, d, m, eps):
    """C1, for V and G."""
    x = sphere(n, d, n)
    chi = float(input_norm(x).upper)
    found = kernels(ReluNetwork.random(d, m, seed=0, batch=400), x)
    limits = limit_kernels(x)
    for part, limit in ((found.direction, limits.direction), (found.gain, limits.gain)):
        least = float(least_eigenvalue(limit).lower)
        failures = int((torch.linalg.eigvalsh(part.value)[:, 0] <= (1 - eps) * least).sum())
        p = c.kernel_failure(n=n, m=m, least=least, chi=chi, eps=eps)
        assert p == 1.0 or not beyond_chance(failures, 400, p)


def test_chernoff_with_a_smaller_constant_is_refuted_by_one_input():
    """Negative control of C1: n = 1, P(V = 0) = 2^-m; R = 0.7 chi^2 would give less."""
    for m in (5, 20):
        least = 0.5 * 99 / 100  # lam(V_inf), d = 100
        honest = c.kernel_failure(n=1, m=m, least=least, chi=1.0, eps=1 - 1e-9)
        wrong = c.kernel_failure(n=1, m=m, least=least, chi=math.sqrt(0.7), eps=1 - 1e-9)
        assert wrong < 2.0**-m < honest


def test_the_width_of_chernoff_is_the_first_that_suffices():
    args = {"n": 10, "least": 0.1, "chi": 1.7, "eps": 0.5}
    m = c.kernel_width(delta=0.05, **args)
    assert c.kernel_failure(m=m, **args) <= 0.05 < c.kernel_failure(m=m - 2, **args)


def test_outputs_residuals_rows_and_candidates_fail_no_more_often_than_stated():
    """C2, C3, C4."""
    n, d, m, trials = 4, 3, 50, 2000
    x, alpha, delta = sphere(n, d, 0), 0.7, 0.3
    network = ReluNetwork.random(d, m, seed=1, alpha=alpha, batch=trials)
    f = network(x)
    assert float(f.square().mean()) == pytest.approx(0.5, abs=0.05)
    for t in (0.5, 1.0, 2.0):
        failures = int((f[:, 0].abs() >= t).sum())
        assert not beyond_chance(failures, trials, c.output_tail(t))
    bound = c.initial_residual(n=n, delta=delta, target=1.0)
    y = floats([1.0, -1.0, 1.0, -1.0])
    assert not beyond_chance(int(((f - y).norm(dim=-1) > bound).sum()), trials, delta)
    low = c.shortest_row(d=d, units=m, alpha=alpha, delta=delta)
    rows = network.v.norm(dim=-1)
    assert not beyond_chance(int((rows.amin(-1) < low).sum()), trials, delta)
    a = ((network.v / rows.unsqueeze(-1)) @ x[0]).abs()
    for turn in (0.01, 0.1, 0.5):
        p = c.candidate_probability(d, turn)
        inside = torch.asin(a) <= turn
        assert not beyond_chance(int(inside.sum()), trials * m, p)
        share = c.candidate_share(p, m, delta)
        assert not beyond_chance(int((inside.double().mean(-1) > share).sum()), trials, delta)
        strip = (network.v @ x[0]).abs() <= turn
        assert not beyond_chance(int(strip.sum()), trials * m, c.strip_probability(turn, alpha))


@pytest.mark.parametrize("d", [2, 3, 4, 9, 60])
def test_the_density_of_latitude_is_that_of_the_gamma_function(d):
    truth = math.gamma(d / 2) / (math.sqrt(math.pi) * math.gamma((d - 1) / 2))
    assert c.latitude_density(d) == pytest.approx(truth, rel=1e-13)
    assert c.latitude_density(d) <= math.sqrt((d - 1) / (2 * math.pi)) * (1 + 1e-12)


def test_in_two_dimensions_the_candidate_probability_is_exact():
    assert c.candidate_probability(2, 0.3) == pytest.approx(2 * 0.3 / math.pi, rel=1e-13)


DATA = st.builds(
    APriori,
    n=st.integers(1, 500),
    d=st.integers(3, 400),
    least=st.floats(1e-6, 0.25),
    chi=st.floats(1.0, 20.0),
    target=st.floats(0, 3),
    size=st.floats(1e-3, 30),
    alpha=st.floats(-4, 6).map(math.exp),
    delta=st.floats(1e-4, 0.5),
    paired=st.booleans(),
    kernel=st.sampled_from(["tangent", "gain"]),
)


@given(data=DATA)
def test_f5_is_what_f3_gives_for_the_numbers_of_c1_to_c4(data):
    """Every line of the proof, at the width demanded: |rho|, D, e, tau, kappa, Gamma."""
    top = 0.5 / data.d + (0 if data.kernel == "gain" else 0.5 * (1 - 1 / data.d) / data.alpha**2)
    data = APriori(**{**vars(data), "least": min(data.least, top)})
    m = width_demanded(data)
    found, lam, alpha, chi = conditions(data, m), 0.5 * data.least, data.alpha, data.chi
    assert found.worst <= 1.0
    share = found.turn * 4 * alpha / 5  # b / rmin
    turn = share * (1 / alpha + share) / (1 - share**2)  # step 1 of F3 with s_k = chi
    ratio = 1 / alpha + share * (1 + turn)
    assert turn <= found.turn * (1 + 1e-9)
    assert ratio <= 5 / (4 * alpha) * (1 + 1e-9)
    few = min(1.0, found.candidates * alpha**2 * lam / (64 * chi**2)) or 1.0
    change = share * (1 + turn) + turn**2 / (2 * alpha)
    directions = chi * (change + math.sin(min(turn, math.pi / 2)) / alpha)
    cost = chi * turn
    if data.kernel == "tangent":
        cost = math.hypot(directions, cost) + chi / alpha * math.sqrt(few)
    assert cost <= math.sqrt(lam) / 4
    kept = (math.sqrt(lam) - cost) ** 2
    om = data.learning_rate * chi**2 * (1 + ratio**2)
    push = 3 * lam * share / (8 * chi)  # ||r|| / (sqrt(m) rmin)
    tau = (ratio * chi) ** 2 * few + (chi * data.learning_rate * ratio * chi * push) ** 2
    kappa = 0.5 * chi * om * push * ratio
    assert om <= 0.5 * (1 + 1e-9)
    assert ((2 - om) * kept - (1 + om) * tau / 2) / 2 - kappa >= data.rate


def test_the_condition_on_gains_needs_its_factor_one_plus_d():
    """With alpha b/rmin <= 1/4 alone the gain ratio passes 5/(4 alpha): d = 4, alpha = 5.4."""
    alpha, share = 5.412, 0.25 / 5.412
    turn = share * (1 / alpha + share) / (1 - share**2)
    assert 1 / alpha + share * (1 + turn) > 5 / (4 * alpha) * 1.001
    assert 4 * alpha * share * (1 + 5 * share / (4 * alpha)) > 1.0  # the condition used here


@pytest.mark.parametrize("alpha", [1.0, 10.0])
def test_runs_at_the_width_demanded_keep_the_promised_rate(alpha):
    """Small targets and pairs bring the width into reach."""
    n, d = 2, 60
    x = torch.eye(n, d).double()
    y = 1e-3 * floats([1.0, -1.0])
    least = float(least_eigenvalue(limit_tangent_kernel(x, alpha=alpha)).lower)
    chi = float(input_norm(x).upper)
    data = APriori(n, d, least, chi, 1e-3, 1.5e-3, alpha, 0.05, True)
    m = width_demanded(data)
    assert m < 50_000
    network = ReluNetwork.random(d, m, seed=0, alpha=alpha, paired=True)
    start = float(residual_and_gradient(network, x, y)[0].norm())
    for step in range(1, 31):
        network = gradient_step(network, x, y, data.learning_rate)
        now = float(residual_and_gradient(network, x, y)[0].norm())
        assert now <= (1 - data.learning_rate * data.rate) ** step * start


def test_the_gain_regime_needs_less_than_f5_for_large_alpha():
    x = sphere(20, 20, 1)
    least = float(least_eigenvalue(limit_kernels(x).gain).lower)
    chi = float(input_norm(x).upper)
    data = APriori(20, 20, least, chi, 1.0, 20**0.5, 100.0, 0.05, True, "gain")
    assert gain_regime_width(data) < width_demanded(data) / 1000


def test_impossible_questions_are_refused_by_name():
    with pytest.raises(NumericsError, match="dimension"):
        APriori(5, 2, 0.1, 1.0, 1.0, 1.0)
    with pytest.raises(NumericsError, match="vacuous"):
        width_demanded(APriori(5, 3, 1e-90, 2.0, 1.0, 2.0))
    with pytest.raises(NumericsError, match="delta"):
        APriori(5, 3, 0.1, 1.0, 1.0, 1.0, delta=1.0)
    with pytest.raises(NumericsError, match="kernel"):
        gain_regime_width(APriori(5, 3, 0.1, 1.0, 1.0, 1.0))
