"""What holds on a segment is taken at its worst: each formula written anew, away from the start."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

import bounds
from numerics import WeightNormNetwork
from verify import check
from verify.verdict import Verdict
from verify.weightnorm import FAMILY
from verify.weightnorm.readings import PER_DATA
from verify.weightnorm.steps import claims as of_claims
from verify.weightnorm.steps.case import StepCase, step_case
from verify.weightnorm.steps.quantities import (
    cone_loss_gap,
    curvature_deficit,
    loss_ratio,
    row_norm_shrinkage,
)
from verify.weightnorm.steps.segment import (
    alpha,
    alpha_by,
    deficit,
    gradient_within,
    hessian_within,
    loss_within,
    smoothness,
    values_within,
)

D = torch.float64


@pytest.fixture(scope="module")
def case() -> StepCase:
    network = WeightNormNetwork.random((2, 3, 2), "tanh", seed=1, v_norm=2.0)
    x = torch.tensor([[1.0, 0.5], [-0.5, 2.0]], dtype=D)
    y = torch.tensor([2.0, -2.0], dtype=D)
    made = step_case(network, x, y, eta=0.05, kappa=0.6, radius=0.3, count=12, attack_steps=3)
    assert isinstance(made, StepCase)
    return made


def plain(case) -> dict:
    """The symbols at the start, as numbers."""
    rows = [w[0].norm(dim=1) for w in case.network.weights]
    return {
        "L": 2, "m": torch.tensor([3.0, 2.0], dtype=D), "K": 1.0, "p": 0.5, "phi0": 0.0,
        "beta": float(bounds.activation("tanh").beta), "xi": float(case.x[0].norm(dim=1).max()),
        "nu": float(case.network.v[0].norm()),
        "omega": torch.stack([r.min() for r in rows]),
    }  # fmt: skip


def worst(name: str, case, radius: float, *, rows_shrink: bool = True) -> float:
    values = plain(case)
    values["nu"] += radius
    if rows_shrink:
        values["omega"] = values["omega"] - radius
    bound = bounds.get(name)
    return float(bound.evaluate(**{s: values[s] for s in bound.symbols if s in values}))


@pytest.mark.parametrize("radius", [0.05, 0.3])
def test_gradient_and_hessian_in_a_ball_are_the_bounds_at_smaller_rows_and_larger_v(case, radius):
    within = torch.tensor([[radius]], dtype=D)
    assert float(gradient_within(case, within)) == pytest.approx(worst("gradient", case, radius))
    assert float(hessian_within(case, within)) == pytest.approx(
        worst("hessian.chain", case, radius)
    )
    on_step = hessian_within(case, within, rows_shrink=False)
    assert float(on_step) == pytest.approx(worst("hessian.chain", case, radius, rows_shrink=False))
    assert float(on_step) < float(hessian_within(case, within))


def test_the_symbols_within_a_radius_move_the_way_that_makes_bounds_larger(case):
    radius = torch.tensor([[0.25]], dtype=D)
    moved = values_within(case, radius, rows_shrink=True)
    start = plain(case)
    assert float(moved["nu"]) == pytest.approx(start["nu"] + 0.25)
    assert moved["omega"].reshape(-1).tolist() == pytest.approx((start["omega"] - 0.25).tolist())
    kept = values_within(case, radius, rows_shrink=False)["omega"]
    assert kept.reshape(-1).tolist() == pytest.approx(start["omega"].tolist())


def test_the_loss_in_a_ball_grows_with_the_gradient(case):
    radius = torch.tensor([[0.3]], dtype=D)
    expected = (case.level**0.5 + worst("gradient", case, 0.3) * 0.3) ** 2
    assert float(loss_within(case, radius)) == pytest.approx(expected)
    assert expected > case.level


def test_the_smoothness_is_taken_at_the_end_of_the_step_and_not_at_its_start(case):
    length = case.eta * case.slope
    values = plain(case)
    values["nu"] += length
    reach = case.level**0.5 + worst("gradient", case, length, rows_shrink=False) * length
    bound = bounds.get("loss_hessian")
    expected = bound.evaluate(**values, ell=reach**2)
    assert smoothness(case) == pytest.approx(float(expected))
    at_start = bound.evaluate(**plain(case), ell=case.level)
    assert smoothness(case) > 1.01 * float(at_start)


def test_alpha_is_the_gradients_part_with_its_cosine_less_the_deficit(case):
    rsc = bounds.get("restricted_strong_convexity")
    gained = 0.5 * 0.6**2 * case.slope**2 / case.level
    r = case.radius
    G, H = worst("gradient", case, r), worst("hessian.chain", case, r)
    lost = 2 * (case.level**0.5 + G * r) * H
    assert deficit(case, rsc) == pytest.approx(lost)
    assert alpha(case) == pytest.approx(gained - lost)
    suprema = bounds.get("restricted_strong_convexity.suprema")
    c = (case.level**0.5 + G * r) ** 2
    assert alpha_by(case, suprema) == pytest.approx(gained - (4 * G * r + 2 * c**0.5) * H)


def test_a_points_deficit_has_its_own_cosine_and_distance(case):
    points = case.points
    assert len(set(points.cosine.abs().tolist())) > 3
    found = curvature_deficit(case).value.reshape(-1)
    gained = 0.5 * points.cosine.square() * case.slope**2 / case.level
    expected = (gained - points.curvature).clamp_min(0.0)
    assert found.tolist() == pytest.approx(expected.tolist(), rel=1e-6, abs=1e-9)


def test_the_gap_is_that_of_the_lowest_point_of_sample_and_search(case):
    lowest = min(float(case.points.loss.min()), float(case.lowest.loss.min()))
    assert float(cone_loss_gap(case).lower) == pytest.approx(case.level - lowest, rel=1e-6)
    deeper = replace(case.lowest, loss=case.lowest.loss - 1.0)
    assert float(cone_loss_gap(replace(case, lowest=deeper)).lower) >= 0.99


def test_the_ratio_of_losses_is_after_over_before(case):
    def loss(network):
        return float((network(case.x) - case.y).square().mean())

    assert float(loss_ratio(case).value) == pytest.approx(loss(case.after) / loss(case.network))
    assert loss(case.after) < loss(case.network)


def test_rows_and_steps_make_a_right_angle(case):
    """(||W||^2 + ||step||^2)/||W - step||^2 is 1, and the step is long enough to matter."""
    assert float(row_norm_shrinkage(case).value) == pytest.approx(1.0, abs=1e-9)
    moved = [
        float(((a - b).square().sum(-1) / b.square().sum(-1)).max())
        for a, b in zip(case.after.weights, case.network.weights, strict=True)
    ]
    assert max(moved) > 1e-4


@pytest.mark.parametrize("factor", [0.25, 0.99, 1.01, 4.0])
def test_a_step_is_short_up_to_two_over_the_smoothness(case, factor, monkeypatch):
    monkeypatch.setattr(of_claims, "smoothness", lambda it: factor * 2 / it.eta)
    assert (of_claims._short_step(case) == "") is (factor < 1)


@pytest.mark.parametrize("value", [-1.0, 0.0, 1.0])
def test_alpha_has_to_be_positive(case, value, monkeypatch):
    monkeypatch.setattr(of_claims, "alpha", lambda it: value)
    assert (of_claims._positive_alpha(case) == "") is (value > 0)


@pytest.mark.parametrize("factor", [0.5, 1.0, 1.01])
def test_a_radius_is_short_up_to_the_gradient_over_alpha(case, factor, monkeypatch):
    monkeypatch.setattr(of_claims, "alpha", lambda it: factor * it.slope / it.radius)
    assert (of_claims._short_radius(case) == "") is (factor <= 1)


def test_the_contraction_is_silent_where_alpha_is_not_positive_or_the_step_too_long(
    case, monkeypatch
):
    claim = FAMILY.claims()["descent.contraction"]
    keys = {a.key for a in claim.bound.assumptions}
    assert {"positive alpha", "short step", "gradient step", "smooth segment"} <= keys
    for numbers, reason in (((-1.0, 1.0), "alpha_t"), ((1e-3, 3.0), "eta beta_loss")):
        monkeypatch.setattr(of_claims, "alpha", lambda it, a=numbers[0]: a)
        monkeypatch.setattr(of_claims, "smoothness", lambda it, b=numbers[1]: b / it.eta)
        found = check(claim, replace(case))
        assert found.verdict is Verdict.NOT_RUN
        assert reason in found.reason


def test_the_symbols_of_a_step_are_those_of_the_step(case):
    read = {n: float(of_claims.OF_STEPS[n].measure(case)) for n in
            ("ell", "grad_loss", "eta", "rho_2", "alpha_t", "beta_loss", "step_t")}  # fmt: skip
    assert read == {
        "ell": case.level, "grad_loss": case.slope, "eta": 0.05, "rho_2": case.radius,
        "alpha_t": alpha(case), "beta_loss": smoothness(case),
        "step_t": 0.05 * smoothness(case),
    }  # fmt: skip
    assert set(PER_DATA) <= set(of_claims.OF_STEPS)
    distances = of_claims.AT_POINTS["rho_2"].measure(case).reshape(-1)
    assert distances.tolist() == case.points.distance.tolist()
