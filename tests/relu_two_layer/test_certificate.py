"""The certificate is never wrong: along runs, against an adversary, at every scale; it fires."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from numerics import NumericsError
from numerics.relu_two_layer.certificate import (
    Certificate,
    NotCertified,
    Statement,
    certify_convergence,
)
from numerics.relu_two_layer.flow import gradient_flow
from numerics.relu_two_layer.kernels import kernels, tangent_kernel
from numerics.relu_two_layer.network import ReluNetwork
from numerics.relu_two_layer.refusals import Refusal
from numerics.relu_two_layer.tube import present, tube
from tests.relu_two_layer.adversary import worst_least_eigenvalue
from tests.relu_two_layer.oracle import floats, random_network, sphere
from tests.relu_two_layer.problems import Problem, descent, problem

SHARES = {"flow": None, "short steps": 0.08, "middle steps": 0.4, "long steps": 0.8}


def asked(found: Problem, dynamics: str, statement: Statement):
    share = SHARES[dynamics]
    rate = None if share is None else share / found.smoothness
    return certify_convergence(
        found.network, found.x, found.y, learning_rate=rate, statements=[statement]
    )


def follow(
    found: Problem, proof: Certificate, seed: int, updates: int = 40, euler: float = 0.02
) -> dict[str, float]:
    """Worst ratios of what a run does to what the certificate promises; flips outside."""
    generator = torch.Generator().manual_seed(seed)
    flow = proof.learning_rate is None
    step = euler / found.smoothness if flow else proof.learning_rate
    shares = torch.rand(updates, generator=generator).tolist()
    rates = [step if flow or j % 3 else step * shares[j] for j in range(updates)]
    first = found.network
    worst = dict.fromkeys(("residual", "turn", "gain", "least", "flips"), 0.0)
    unit = first.v[0] / first.v[0].norm(dim=-1, keepdim=True)
    promised, start, active = 1.0, None, (found.x @ unit.T) > 0
    for j, (network, residual) in enumerate(descent(found, rates)):
        start = residual if start is None else start
        if residual < 1e-9 * start or not math.isfinite(float(network.v.sum())):
            break  # solved; or float64 training overflowed, which says nothing of the exact course
        if j:
            factor = math.exp(-rates[j - 1] * proof.rate) if flow else 1 - rates[j - 1] * proof.rate
            promised *= factor
            worst["residual"] = max(worst["residual"], residual / (promised * start))
        u = network.v[0] / network.v[0].norm(dim=-1, keepdim=True)
        angle = 2 * torch.atan2((u - unit).norm(dim=-1), (u + unit).norm(dim=-1))
        change = (network.g - first.g)[0].abs()
        noise = 1e-13 * (1 + first.g[0].abs())
        worst["turn"] = max(worst["turn"], float(((angle - 1e-13) / proof.turn).max()))
        worst["gain"] = max(worst["gain"], float(((change - noise) / proof.gain_change).max()))
        if j % 8 == 0:
            value = kernels(network, found.x).tangent.value
            least = float(torch.linalg.eigvalsh(value)[0])
            worst["least"] = max(worst["least"], proof.least / least)
        if proof.may_flip is not None:
            flips = ((found.x @ u.T) > 0) != active
            worst["flips"] += float((flips & ~proof.may_flip).sum())
    return worst


@pytest.mark.parametrize("dynamics", SHARES)
def test_no_run_breaks_what_was_certified(dynamics):
    """F1 and F3, every form, flow (short Euler steps) and descent with changing step sizes."""
    fired = dict.fromkeys(Statement, 0)
    for seed in range(16):
        found = problem(seed, most_units=400)
        for statement in Statement:
            proof = asked(found, dynamics, statement)
            if not proof:
                continue
            fired[statement] += 1
            worst = follow(found, proof, seed)
            assert worst["flips"] == 0
            assert max(worst.values()) <= 1.0, (seed, statement, worst)
    assert fired[Statement.GLUED] > 3
    assert fired[Statement.SEPARATE] > 3
    assert dynamics != "flow" or fired[Statement.GAIN_REGIME] > 3


def test_no_adversary_in_the_tube_breaks_the_least_eigenvalue():
    fired, closest = 0, 0.0
    for seed in range(40):
        found = problem(seed, most_units=120)
        proof = asked(found, "flow", Statement.GLUED)
        if proof:
            fired += 1
            truth = worst_least_eigenvalue(found, proof, seed)
            assert proof.least <= truth, seed
            closest = max(closest, proof.least / truth)
    assert fired > 8
    assert closest > 0.5


@given(seed=st.integers(0, 10**6), exponent=st.sampled_from([-480, -60, 30, 480]))
def test_units_of_rows_gains_and_targets_do_not_matter(seed, exponent):
    """(v, g, y) times 2^k is the same course of training in other units."""
    found, scale = problem(seed, most_units=60), 2.0**exponent
    network = ReluNetwork(found.network.v * scale, found.network.g * scale, found.network.c, None)
    one = certify_convergence(found.network, found.x, found.y)
    other = certify_convergence(network, found.x, found.y * scale)
    assert bool(one) == bool(other)
    if one:
        assert other.rate == pytest.approx(one.rate, rel=1e-9)
        assert other.residual == pytest.approx(one.residual * scale, rel=1e-9)


@given(
    seed=st.integers(0, 10**6),
    scales=st.tuples(*(st.sampled_from([1e-150, 1e-20, 1.0, 1e20, 1e150]) for _ in range(4))),
)
def test_extreme_scales_are_certified_rightly_or_not_at_all(seed, scales):
    found = problem(seed, most_units=40)
    v, g, x, y = scales
    network = ReluNetwork(found.network.v * v, found.network.g * g, found.network.c, None)
    scaled = Problem(network, found.x * x, found.y * y)
    proof = certify_convergence(scaled.network, scaled.x, scaled.y)
    if proof and math.isfinite(scaled.smoothness):
        assert max(follow(scaled, proof, seed, updates=12).values()) <= 1.0


def whole(shape: tuple[int, ...], generator: torch.Generator) -> torch.Tensor:
    return torch.randint(-2, 3, shape, generator=generator).double()


@given(seed=st.integers(0, 10**6))
def test_degenerate_networks_and_data_are_certified_rightly_or_not_at_all(seed):
    """Exact zeros: inputs on the boundary of a unit, gains of zero, equal and antipodal inputs."""
    generator = torch.Generator().manual_seed(seed)
    n, d, m = (int(torch.randint(1, 5, (), generator=generator)) for _ in range(3))
    v, x, g = whole((m, d), generator), whole((n, d), generator), whole((m,), generator)
    v[(v == 0).all(-1), 0] = 1.0
    x = x / x.norm(dim=-1, keepdim=True).clamp_min(1.0)
    c = torch.where(whole((m,), generator) > 0, 1.0, -1.0).double()
    network = ReluNetwork.from_tensors(v, g, c)
    residual = torch.randn(n, generator=generator, dtype=torch.float64)
    found = Problem(network, x, network(x) - 1e-3 * residual)
    for rate in (None, 0.3 / max(found.smoothness, 1e-3)):
        proof = certify_convergence(network, x, found.y, learning_rate=rate)
        if proof:
            worst = follow(found, proof, seed)
            if rate is None and worst["residual"] > 1.0:
                # an Euler step from a kink is off by its length, where the flow is not: it shrinks
                finer = follow(found, proof, seed, updates=640, euler=0.02 / 16)
                assert finer["residual"] - 1.0 < (worst["residual"] - 1.0) / 10
                worst["residual"] = 1.0
            assert max(worst.values()) <= 1.0


def test_the_rate_of_a_certificate_is_at_most_its_least_eigenvalue_and_that_of_now():
    fired = 0
    for seed in range(12):
        found = problem(seed, most_units=300)
        proof = certify_convergence(found.network, found.x, found.y)
        if proof:
            fired += 1
            now = torch.linalg.eigvalsh(tangent_kernel(found.network, found.x).value)[0]
            assert proof.rate <= proof.least <= float(now)
    assert fired > 5


def test_of_several_statements_the_one_with_the_largest_rate_is_returned():
    different = 0
    for seed in range(5):
        found = problem(seed, most_units=300)
        alone = [asked(found, "flow", statement) for statement in Statement]
        rates = {proof.rate for proof in alone if proof}
        if rates:
            whole = certify_convergence(found.network, found.x, found.y)
            assert whole.rate == max(rates)
            different += len(rates) > 1
    assert different


@pytest.mark.parametrize("dynamics", ["flow", "middle steps"])
def test_the_tube_of_a_certificate_is_no_narrower_than_its_own_rate_needs(dynamics):
    fired = 0
    for seed in range(5):
        found = problem(seed, most_units=300)
        now = present(found.network, found.x, found.y)
        for statement in set(Statement) - {Statement.GAIN_REGIME}:
            proof = asked(found, dynamics, statement)
            if proof:
                fired += 1
                needed = tube(now, proof.rate, discrete=dynamics != "flow")
                assert bool((needed.turn <= proof.turn * (1 + 1e-9)).all()), (seed, statement)
    assert fired > 1


def test_a_smaller_residual_is_never_worse_and_a_large_one_is_refused():
    found = problem(3, most_units=300)
    f = found.network(found.x)
    direction = (f - found.y) / (f - found.y).norm()
    fired = []
    for size in (1e-8, 1e-6, 1e-4, 1e-2, 1.0, 1e2, 1e4):
        proof = certify_convergence(found.network, found.x, f - size * direction)
        fired.append(bool(proof))
        if not proof:
            assert proof.reason is Refusal.VACUOUS
            assert 0.0 <= proof.share < 1.0
    assert fired == sorted(fired, reverse=True)
    assert fired[0]
    assert not fired[-1]


@pytest.mark.parametrize("alpha", [0.3, 1.0, 3.0])
def test_it_fires_at_initialization_at_widths_of_thousands(alpha):
    """n = 5, d = 100, |y_i| = 1, pairs."""
    x = sphere(5, 100, 0)
    y = floats([1.0, -1.0, 1.0, 1.0, -1.0])
    wide = ReluNetwork.random(100, 4000, seed=0, alpha=alpha, paired=True)
    assert isinstance(certify_convergence(wide, x, y), Certificate)
    narrow = ReluNetwork.random(100, 100, seed=0, alpha=alpha, paired=True)
    assert isinstance(certify_convergence(narrow, x, y), NotCertified)


def test_a_step_too_long_for_the_statement_is_refused():
    found = problem(3, most_units=300)
    long = certify_convergence(
        found.network, found.x, found.y, learning_rate=1.5 / found.smoothness
    )
    assert not long
    assert "above 1" in long.found


def test_a_singular_kernel_is_refused():
    network = random_network(3, 40, 0)
    x = sphere(2, 3, 0)
    for more, reason in (
        (x[:1], Refusal.EQUAL_INPUTS), (torch.zeros(1, 3).double(), Refusal.ZERO_INPUT)
    ):  # fmt: skip
        found = certify_convergence(network, torch.cat([x, more]), torch.zeros(3).double())
        assert not found
        assert found.reason is reason


def test_the_paper_form_is_vouched_for_only_if_no_gain_can_reach_zero():
    """Gains of either sign are fine as long as |g_k| > dg_k."""
    x, y = sphere(5, 100, 0), floats([1.0, -1.0, 1.0, 1.0, -1.0])
    network = ReluNetwork.random(100, 4000, seed=0, paired=True)
    proof = certify_convergence(network, x, y)
    assert proof.same_form
    g = network.g.clone()
    g[0, 0] = 1e-9
    other = certify_convergence(ReluNetwork(network.v, g, network.c, None), x, y)
    assert other
    assert not other.same_form


def test_a_batch_and_a_bad_rate_are_refused():
    x, y = sphere(2, 3, 0), torch.zeros(2).double()
    with pytest.raises(NumericsError, match="select"):
        certify_convergence(ReluNetwork.random(3, 4, seed=0, batch=2), x, y)
    with pytest.raises(NumericsError, match="learning_rate"):
        certify_convergence(ReluNetwork.random(3, 4, seed=0), x, y, learning_rate=-1.0)


def at_initialization() -> Problem:
    """A case in which signs do change during training, within the candidates."""
    x, y = sphere(5, 100, 0), floats([1.0, -1.0, 1.0, 1.0, -1.0])
    return Problem(ReluNetwork.random(100, 3000, seed=0, paired=True), x, y)


def test_signs_change_in_training_and_only_where_the_certificate_says():
    """Negative control of F3: no candidates at all."""
    found = at_initialization()
    proof = asked(found, "short steps", Statement.GLUED)
    assert follow(found, proof, 0)["flips"] == 0
    none = replace(proof, may_flip=torch.zeros_like(proof.may_flip))
    assert follow(found, none, 0)["flips"] > 0


def test_rows_turn_further_than_a_root_of_the_width_less():
    """Negative control of F3: D_k / sqrt(m)."""
    found = at_initialization()
    proof = asked(found, "short steps", Statement.GLUED)
    wrong = replace(proof, turn=proof.turn / math.sqrt(found.network.m))
    assert follow(found, wrong, 0)["turn"] > 1.0


def test_the_largest_eigenvalue_is_no_rate():
    """Negative control of F3."""
    found = at_initialization()
    proof = asked(found, "short steps", Statement.GLUED)
    wrong = replace(proof, rate=found.smoothness)
    assert follow(found, wrong, 0)["residual"] > 1.0


def test_the_least_eigenvalue_can_fall_during_training():
    """Negative control of F3: "lam(Lambda) never falls"."""
    fell = 0.0
    for seed in range(10):
        found = problem(seed, most_units=200)
        values = [
            float(torch.linalg.eigvalsh(kernels(network, found.x).tangent.value)[0])
            for network, _ in descent(found, [0.4 / found.smoothness] * 30)
        ]
        fell = max(fell, values[0] / min(values))
    assert fell > 1.0 + 1e-6


CORNER = [[1.0, 0.0], [0.0, 1.0], [0.6, 0.8]]


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([[0.0, 0.0], [1.0, 0.0]], Refusal.ZERO_INPUT),
        ([[1.0, 0.0], [2.0, 0.0]], Refusal.EQUAL_INPUTS),
        ([[1.0, 0.0], [1.0, 1e-17]], Refusal.EQUAL_INPUTS),
        (CORNER + [[-a, -b] for a, b in CORNER], Refusal.DEPENDENT_ANTIPODES),
    ],
)
def test_relu_inputs_at_which_every_kernel_is_singular_are_refused_by_name(rows, reason):
    x = torch.tensor(rows, dtype=torch.float64)
    found = certify_convergence(ReluNetwork.random(2, 60, seed=0), x, torch.ones(len(x)).double())
    assert not found
    assert found.reason is reason, found.found
    assert "lam(Lambda)" in found.found


def test_relu_flow_that_slides_along_a_boundary_is_refused_and_not_followed_for_ever():
    x, y = sphere(2, 3, 0), torch.ones(2).double()
    network = ReluNetwork.random(3, 8, seed=0)
    with pytest.raises(NumericsError, match="time"):
        gradient_flow(network, x, y, 5.0, evaluations=20)
    assert torch.isfinite(gradient_flow(network, x, y, 0.1).v).all()
