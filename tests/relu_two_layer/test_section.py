"""False if the report's section on two-layer ReLU networks says what was not found."""

from __future__ import annotations

import functools

import numpy as np
import pytest
import torch

import bounds
from numerics import NumericsError
from verify import Verdict
from verify.effort import EFFORTS
from verify.probability import check_draws, tried
from verify.relu_two_layer import FAMILY, findings, likelihood, trained
from verify.relu_two_layer.cases import CourseCase, StepCase
from verify.relu_two_layer.section import section
from verify.relu_two_layer.subjects import likely
from verify.report.section import Context
from verify.trajectory import along

CLAIMS = FAMILY.claims()


@functools.cache
def envelope() -> findings.Envelope:
    return findings.envelope(5, 32, 400, steps=70)


@pytest.mark.slow  # the report makes the same draws
def test_relu_statements_with_probability_hold_on_draws():
    found = likelihood.judged(seed=1)
    assert {trial.claim.name for trial, _ in found} == set(likely())
    for trial, draws in found:
        assert draws.verdict is Verdict.HOLDS, (trial.words, draws.sentence)
        assert draws.open == 0


def test_relu_statements_with_probability_are_rows_of_the_report():
    from verify.families import Registry, all_trials
    from verify.report import cli

    few = [t for t in likelihood.trials() if t.claim.name in ("relu.width_gain", "relu.candidates")]
    registry = Registry(trials=all_trials)
    chosen, asked = cli._chosen("relu.width", registry, EFFORTS["default"])
    assert chosen == {}
    assert {t.claim.name for t in asked} == {n for n in likely() if n.startswith("relu.width")}
    counted = [draws for task in cli.trial_tasks(few, 2) for draws in task.do()]
    rows = cli.drawn_rows(few, counted)
    assert [row.verdict for row in rows] == [Verdict.HOLDS] * 2
    assert all(row.networks == 300 and "draws break" in row.worst_label for row in rows)
    assert all(row.evidence.grade.value == "statistical" for row in rows)


def test_relu_chernoff_exponent_that_is_too_good_is_refuted_by_draws():
    found = tried(likelihood.chernoff_control().trial, 1)
    assert found.verdict is Verdict.VIOLATED, found.sentence
    assert found.failures / found.draws == pytest.approx(2.0**-4, rel=0.1)


@pytest.mark.slow
def test_relu_chernoff_exponent_of_the_theory_page_is_refuted_by_draws():
    control = likelihood.chernoff_control(share="7/10", d=100, m=3, draws=320_000)
    found = tried(control.trial, 1)
    assert found.verdict is Verdict.VIOLATED, found.sentence


def test_relu_failure_may_speak_of_more_symbols_than_the_right_side():
    bound = bounds.get("relu.width_direction")
    assert set(bound.failure_symbols) - set(bound.symbols) == {"n", "m", "chi"}
    trial = likelihood.trials()[0]
    assert set(trial.claim.readings) >= set(bound.failure_symbols)
    found = check_draws(trial.claim, trial.draw, draws=3)
    assert 0.04 < found.delta <= 0.05


def test_relu_envelope_holds_where_it_was_promised_and_the_certificate_is_late_or_early():
    found = envelope()
    assert found.fired is not None
    later = found.residuals[found.fired :]
    assert all(r <= p * (1 + 1e-9) for r, p in zip(later, found.promised, strict=True))
    assert min(found.least[found.fired :]) >= found.floor
    assert found.worst <= 1 + 1e-9


def test_relu_widths_grow_with_inputs():
    found = findings.firing_widths(2**11, (2, 16, 1.0))
    by_n = next(row for row in found if row.axis == "n")
    assert by_n.slope > 0.5
    assert by_n.widths[0] is not None


def test_relu_widths_of_the_start_are_those_of_the_bounds_and_below_them():
    from verify.relu_two_layer import widths

    (row,) = widths.starts(((5, 5),))
    for k in range(2):
        assert row.simulated[k] < row.chernoff[k] < row.entrywise[k]
    t = 0.5 * 0.1 / 4  # the union bound at its own width is delta
    assert 2 * 16 * np.exp(-2 * widths.entrywise(4, 0.1, 2.0) * (t / 2.0) ** 2) == pytest.approx(
        0.05
    )


def test_relu_spectrum_obeys_the_laplacian_of_the_sphere():
    degree, gain, direction = findings.degrees(8)
    assert np.allclose(direction, degree * (degree + 1) * gain, atol=1e-7)
    assert abs(direction[0]) < 1e-7 < gain[0]


def test_relu_claims_hold_along_a_run_from_its_first_certified_step():
    made = trained.made("digits", 6, 1000, 1.0, 80)
    states = list(trained.trajectory(CourseCase, made, (1, 20, 60)))
    for name in ("certified_residual", "certified_least", "certified_flips", "certified_turn"):
        found = along(CLAIMS[f"relu.{name}"], states)
        assert found.verdict in (Verdict.HOLDS, Verdict.TIGHT), name
        assert found.first_violation is None
        assert found.whole.cases == 3, found.whole.reason


def test_relu_a_run_with_momentum_is_seen_along_the_run():
    """Negative control: the update that is no gradient step breaks M2 at its first step."""
    control = next(c for c in FAMILY.controls() if c.name == "relu_control.momentum")
    made = trained.made("digits", 6, 16, 1.0, 0)
    states = list(trained.trajectory(StepCase, made, (1, 2)))
    pushed = [
        StepCase(parts={**s.parts, "push_v": 0.1 * s["v"]}, step=s.step, label="pushed")
        for s in states
    ]
    assert along(control.claim, states).verdict is Verdict.HOLDS
    assert along(control.claim, pushed).first_violation == 1


def test_relu_mnist_cases_are_there_only_with_their_data():
    found = trained.pictures("mnist", 6)
    if found is None:
        pytest.skip("no MNIST folder: PLUMBLINE_DATA is not set")
    assert torch.allclose(found[0].norm(dim=-1), torch.ones(6, dtype=torch.float64))


def test_relu_section_shows_its_tables_pictures_and_verdicts():
    context = Context((), set(CLAIMS), EFFORTS["quick"], 0, None)
    found = section(context)
    assert found.survived == ()
    assert found.verdicts <= {Verdict.HOLDS, Verdict.TIGHT}
    assert len(found.tables) == 6
    assert all(svg.startswith("<svg") for _, svg in found.pictures)
    assert found.data["envelope"]["fired"] is not None
    assert section(Context((), {"hessian.closed"}, EFFORTS["quick"], 0, None)) is None


def test_relu_digits_need_no_folder():
    x, y = trained.pictures("digits", 5)
    assert x.shape == (5, 64)
    assert set(y.tolist()) <= {-1.0, 1.0}
    with pytest.raises(NumericsError):
        trained.data.load("nothing")
