"""The flows against their invariants, their limits and each other; and the dichotomy of a run."""

from __future__ import annotations

import math

import pytest
import torch

from numerics import NumericsError
from numerics.diagonal_linear import (
    Fate,
    Flow,
    Instance,
    Population,
    Potential,
    Start,
    Trajectory,
    decide,
    decided_fate,
    limit,
    loss_margin,
    magnification,
    minimizer,
    mirror_defect,
    plain_flow,
    plain_limit,
    polar_flow,
    random_instance,
    range_defect,
    signed_products,
    tangent_kernel,
    trap,
    weight_norm_flow,
    weight_norm_start,
)

DEPTHS = (2, 3, 4, 5)


def grid(end: float, points: int = 60) -> torch.Tensor:
    return end * torch.linspace(0.0, 1.0, points, dtype=torch.float64) ** 2


def easy(seed: int, depth: int, kind: Population = Population.GAUSSIAN) -> Instance:
    """An instance whose start is below the loss of zero and whose limit is well inside."""
    for shift in range(200):
        found = random_instance(seed + 1000 * shift, 2, 6, kind, depth=depth)
        margin = loss_margin(found.matrix, found.right, found.start, depth)
        if not margin > 0.05 * float(found.right.square().sum()):
            continue
        end = limit(found.matrix, found.right, found.start, eta=found.eta, depth=depth)
        if float(end.parts.lower.min()) > 0.01 * float(end.mass.upper):
            return found
    raise AssertionError("no instance below the loss of zero")


def run(instance: Instance, end: float = 30.0, plain: bool = False) -> Trajectory:
    given = (instance.matrix, instance.right, instance.start)
    options = {"depth": instance.depth, "times": grid(end)}
    if plain:
        return plain_flow(*given, **options)
    return polar_flow(*given, eta=instance.eta, **options)


@pytest.mark.parametrize("plain", [False, True])
@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("seed", range(3))
def test_the_gradient_of_the_potential_moves_by_the_pushed_residual(seed, depth, plain):
    found = run(easy(seed, depth), plain=plain)
    assert float(mirror_defect(found)[1:].max()) < 1e-7


@pytest.mark.parametrize("depth", DEPTHS)
def test_wrong_potentials_are_seen_to_be_wrong(depth):
    """Sheet section 6: U1 with 1, 1/eta, -eta for eta, or the plain invariant."""
    instance = easy(5, depth)
    found = run(instance)
    eta = instance.eta
    right = float(mirror_defect(found, Flow(depth, eta))[-1])
    assert right < 1e-7
    for wrong in (1.0, 1.0 / eta, -eta, None):
        assert float(mirror_defect(found, Flow(depth, wrong))[-1]) > 1e4 * right


@pytest.mark.parametrize("depth", DEPTHS)
def test_the_flow_ends_where_the_limit_says(depth):
    for seed in range(2):
        instance = easy(seed, depth)
        given = (instance.matrix, instance.right, instance.start)
        certified = limit(*given, eta=instance.eta, depth=depth)
        ended = polar_flow(*given, eta=instance.eta, depth=depth, times=grid(2e3), loss=1e-22)
        assert float((ended.x[-1] - certified.parts.value).abs().max()) < 1e-8
        plain = plain_flow(*given, depth=depth, times=grid(2e3), loss=1e-22)
        ends = plain_limit(*given, depth=depth)
        assert float((plain.x[-1] - ends.parts.value).abs().max()) < 1e-8


@pytest.mark.parametrize("depth", DEPTHS)
def test_the_plain_flow_is_the_polar_flow_with_eta_one_over_g_squared(depth):
    """Against an integration of w itself."""
    from numerics.integration import integrate

    instance = easy(7, depth)
    a, y = instance.matrix.numpy(), instance.right.numpy()

    def field(_, w):
        return -depth * (a.T @ (a @ w**depth - y)) * w ** (depth - 1)

    _, states = integrate(field, instance.start.w, grid(5.0))
    found = run(instance, 5.0, plain=True)
    w = found.g[:, None] * found.u
    assert float((w - states).abs().max()) < 1e-8


@pytest.mark.parametrize("depth", DEPTHS)
def test_an_unnormalized_direction_is_the_polar_flow_and_keeps_its_norm(depth):
    instance = easy(9, depth)
    v = 1.7 * instance.start.w / torch.linalg.vector_norm(instance.start.w)
    scale = float(torch.linalg.vector_norm(instance.start.w))
    start, eta = weight_norm_start(scale, v)
    assert eta == pytest.approx(1.0 / 1.7**2)
    times = grid(5.0)
    g, vs = weight_norm_flow(instance.matrix, instance.right, scale, v, depth=depth, times=times)
    norms = torch.linalg.vector_norm(vs, dim=-1)
    assert float((norms - 1.7).abs().max()) < 1e-8
    polar = polar_flow(instance.matrix, instance.right, start, eta=eta, depth=depth, times=times)
    assert float((polar.g - g).abs().max()) < 1e-8
    assert float((polar.u - vs / norms[:, None]).abs().max()) < 1e-8
    forgotten = polar_flow(
        instance.matrix, instance.right, start, eta=1.0, depth=depth, times=times
    )
    assert float((forgotten.g - g).abs().max()) > 1e-4


@pytest.mark.parametrize("depth", DEPTHS)
def test_the_monotone_quantities_are_monotone(depth):
    """U3: M grows, (g^2)' = L (M - ||Ax||^2), g stays above its floor."""
    instance = easy(2, depth)
    found = run(instance, 10.0)
    size = float(found.right.square().sum())
    assert float(found.margin.diff().min()) > -1e-9 * size
    alpha = float(torch.linalg.vector_norm(found.matrix, dim=0).max())
    floor = torch.minimum(found.g[0] ** depth, found.margin[0].sqrt() / alpha)
    assert bool((found.g**depth >= floor * (1 - 1e-9)).all())
    h = 1e-5
    near = polar_flow(
        instance.matrix,
        instance.right,
        instance.start,
        eta=instance.eta,
        depth=depth,
        times=torch.tensor([0.0, h, 2.0 * h], dtype=torch.float64),
    )
    slope = float(near.g[2] ** 2 - near.g[0] ** 2) / (2.0 * h)
    image = near.x[1] @ near.matrix.mT
    expected = depth * float(near.margin[1] - image.square().sum())
    assert slope == pytest.approx(expected, rel=1e-5, abs=1e-6)


@pytest.mark.parametrize("depth", DEPTHS)
def test_the_lyapunov_bound_holds_and_half_of_it_does_not(depth):
    """U4: l <= V_0/(2 int kappa) for a feasible point; the limit itself is one."""
    worst = 0.0
    for seed in range(4):
        instance = easy(seed + 20, depth)
        found = run(instance, 20.0)
        end = limit(
            instance.matrix, instance.right, instance.start, eta=instance.eta, depth=depth
        ).parts.value
        potential = Potential.of(instance.start, found.flow)
        v0 = potential.divergence(end, found.x[0])
        ratio = found.loss[1:] * 2.0 * found.clock[1:] / v0
        worst = max(worst, float(ratio.max()))
    assert 0.05 < worst <= 1.0 + 1e-9


def test_bregman_divergences_are_not_negative_and_gradients_are_gradients():
    g = torch.Generator().manual_seed(0)
    for depth in DEPTHS:
        for eta in (None, 0.7):
            start = Start.of(torch.rand(4, generator=g, dtype=torch.float64) + 0.1)
            potential = Potential.of(start, Flow(depth, eta))
            x, y = torch.rand(2, 4, generator=g, dtype=torch.float64) + 0.1
            assert float(potential.divergence(x, y)) > 0.0
            assert abs(float(potential.divergence(x, x))) < 1e-13
            step = 1e-6 * torch.eye(4, dtype=torch.float64)
            slope = (potential.value(x + step) - potential.value(x - step)) / 2e-6
            assert float((slope - potential.gradient(x)).abs().max()) < 1e-7


@pytest.mark.parametrize("depth", DEPTHS)
def test_the_tangent_kernel_is_the_rate_of_the_residual(depth):
    """e' = -K e; and K_WN >= K_plain exactly where eta g^2 >= 1 (R5)."""
    instance = easy(3, depth)
    h = 1e-6
    times = torch.tensor([0.0, h, 2.0 * h], dtype=torch.float64)
    for eta in (None, instance.eta):
        given = (instance.matrix, instance.right, instance.start)
        found = (
            plain_flow(*given, depth=depth, times=times)
            if eta is None
            else polar_flow(*given, eta=eta, depth=depth, times=times)
        )
        kernel = tangent_kernel(found.matrix, float(found.g[1]), found.u[1], found.flow)
        slope = (found.residual[2] - found.residual[0]) / (2.0 * h)
        expected = -kernel @ found.residual[1]
        assert float((slope - expected).abs().max()) < 1e-4 * float(expected.abs().max())
    g, u = float(found.g[0]), found.u[0]
    plain = tangent_kernel(found.matrix, g, u, Flow(depth, None))
    for eta in (0.3 / g**2, 3.0 / g**2):
        gap = tangent_kernel(found.matrix, g, u, Flow(depth, eta)) - plain
        sign = 1.0 if eta * g**2 > 1.0 else -1.0
        assert float(torch.linalg.eigvalsh(sign * gap).min()) > -1e-12 * float(plain.abs().max())
        assert float(torch.linalg.eigvalsh(-sign * gap).min()) < 0.0


def test_signed_products_are_constant_entry_by_entry():
    """S; a balanced start has M_0 = 0 exactly, is allowed, and interpolates."""
    instance = random_instance(4, 2, 5, Population.BALANCED)
    assert loss_margin(instance.matrix, instance.right, instance.start, 2).is_zero()
    found = run(instance, 10.0)
    products = signed_products(found)
    assert float((products - products[0]).abs().max()) < 1e-7
    assert decide(found).fate is Fate.INTERPOLATES


def test_separate_normalization_of_the_signs_breaks_the_joint_invariant():
    """ONE_NORMALIZATION: two polar systems side by side run on different clocks."""
    from numerics.integration import integrate

    instance = random_instance(6, 2, 5, Population.SIGNED)
    a, y, eta = instance.matrix.numpy(), instance.right.numpy(), instance.eta
    plus, minus = instance.start.w
    scales = [float(torch.linalg.vector_norm(w)) for w in (plus, minus)]

    def field(_, state):
        out, total = [], 0.0
        blocks = (state[:6], state[6:])
        total = sum(s * (b[0] * b[1:]) ** 2 for s, b in zip((1, -1), blocks, strict=True))
        r = a.T @ (a @ total - y)
        for s, b in zip((1, -1), blocks, strict=True):
            inner = s * (r @ b[1:] ** 2)
            out.append([-2.0 * b[0] * inner])
            out.append(-eta * 2.0 * b[0] ** 2 * (s * r * b[1:] - inner * b[1:]))
        return [v for part in out for v in part]

    pairs = zip(scales, (plus, minus), strict=True)
    parts = [torch.cat((torch.tensor([g]).double(), w / g)) for g, w in pairs]
    _, states = integrate(field, torch.cat(parts), grid(5.0))
    x = torch.cat(((states[:, :1] * states[:, 1:6]) ** 2, (states[:, 6:7] * states[:, 7:]) ** 2), 1)
    full = torch.cat((instance.matrix, -instance.matrix), dim=1)
    gradient = Potential.of(instance.start, Flow(2, eta)).gradient(x)
    assert float(range_defect(full, gradient)[-1]) > 1e-3
    joint = run(instance, 5.0)
    assert float(mirror_defect(joint)[1:].max()) < 1e-7


class TestTheMagnificationFactor:
    """U6: the limit is that of the plain flow from rho w_0."""

    @pytest.mark.parametrize("depth", DEPTHS)
    def test_the_plain_flow_from_the_magnified_start_has_the_same_limit(self, depth):
        instance = easy(8, depth)
        given = (instance.matrix, instance.right)
        one = limit(*given, instance.start, eta=instance.eta, depth=depth)
        before = float(torch.linalg.vector_norm(instance.start.w))
        rho = magnification(one.flow, before, float(one.scale.value))
        two = plain_limit(*given, Start.of(rho * instance.start.w), depth=depth)
        assert float((one.x.value - two.x.value).abs().max()) < 1e-8
        wrong = plain_limit(*given, Start.of(rho**0.5 * instance.start.w), depth=depth)
        assert float((one.x.value - wrong.x.value).abs().max()) > 1e-5


class TestTheDichotomy:
    def test_the_trap_falls_and_the_plain_flow_climbs_out(self):
        instance = trap(0.05, eta=1.0)
        given = (instance.matrix, instance.right, instance.start)
        assert decided_fate(*given, eta=instance.eta, time=1.0).fate is Fate.FALLS
        assert decided_fate(*given, eta=instance.eta, time=1.0).time == 0.0
        found = polar_flow(*given, eta=instance.eta, times=grid(20.0))
        mass = found.g**2
        bound = 0.05 * (-2.0 * 0.8 * found.times).exp()
        assert bool((mass <= bound * (1 + 1e-9)).all())
        assert float(found.loss[-1]) == pytest.approx(0.5)
        plain = plain_flow(*given, times=grid(200.0))
        assert float(plain.loss[-1]) < 1e-12
        with pytest.raises(NumericsError, match="BELOW_ZERO_LOSS"):
            limit(*given, eta=instance.eta)

    @pytest.mark.parametrize("depth", DEPTHS)
    def test_the_fate_is_the_end_of_the_run(self, depth):
        """Starts above the loss of zero: both fates occur, and each is what happens."""
        seen = set()
        for seed in range(12):
            g = torch.Generator().manual_seed(seed)
            matrix = torch.randn(2, 5, generator=g, dtype=torch.float64)
            right = torch.randn(2, generator=g, dtype=torch.float64)
            wrong = (matrix.mT @ right).clamp_max(0.0).abs() + 0.02
            w = (wrong / wrong.max()) ** (1.0 / depth) * 0.3
            try:
                end = minimizer(matrix, right, w, eta=0.5, depth=depth)
            except NumericsError:
                continue  # no interpolating point
            found = polar_flow(matrix, right, w, eta=0.5, depth=depth, times=grid(300.0, 200))
            decision = decide(found)
            seen.add(decision.fate)
            if decision.fate is Fate.INTERPOLATES:
                assert float((found.x[-1] - end.x.value).abs().max()) < 1e-4
            if decision.fate is Fate.FALLS:
                assert float(found.margin.max()) <= 0.0
                assert float(found.g[-1]) < 0.6 * float(found.g[0])
        assert {Fate.INTERPOLATES, Fate.FALLS} <= seen

    def test_a_run_that_ends_early_is_undecided(self):
        instance = random_instance(4, 2, 5, Population.BALANCED)
        found = polar_flow(
            instance.matrix,
            instance.right,
            instance.start,
            eta=instance.eta,
            times=torch.tensor([0.0, 1e-14], dtype=torch.float64),
        )
        assert decide(found).fate is Fate.UNDECIDED


def test_times_that_do_not_increase_are_refused():
    instance = easy(1, 2)
    with pytest.raises(NumericsError, match="times"):
        polar_flow(
            instance.matrix,
            instance.right,
            instance.start,
            eta=1.0,
            times=torch.tensor([1.0, 0.0], dtype=torch.float64),
        )


def test_starts_outside_float64_have_a_limit_but_no_run():
    start = Start.of_logs(torch.full((3,), -400.0, dtype=torch.float64))
    matrix = torch.tensor([[1.0, 2.0, 0.5]], dtype=torch.float64)
    one = torch.ones(1, dtype=torch.float64)
    assert math.isfinite(limit(matrix, one, start, eta=2.0).width)
    with pytest.raises(NumericsError, match="float64"):
        polar_flow(matrix, one, start, eta=2.0, times=grid(1.0))
