"""False if a statement on weight-normalized least squares fails, or a wrong one passes."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import verify
from bounds.algebra import Status, prove
from bounds.least_squares import BOUNDS, STEPS
from numerics import Quality
from numerics.least_squares import flow
from tests.faulty import faults
from verify import Verdict, check, checker
from verify.controls import refute
from verify.effort import EFFORTS
from verify.least_squares import FAMILY, draws
from verify.least_squares.along import _saddle
from verify.least_squares.cases import FitCase
from verify.least_squares.conditions import CONDITIONS
from verify.least_squares.in_balls import Fit
from verify.least_squares.readings import flowing
from verify.least_squares.subject import FITS
from verify.trajectory import along, conserved

CLAIMS = FAMILY.claims()
CONTROLS = FAMILY.controls()


@pytest.fixture(scope="module")
def population() -> list[FitCase]:
    return list(FITS.population(EFFORTS["quick"], 1, "cpu"))


@pytest.mark.parametrize("name", CLAIMS)
def test_no_least_squares_statement_fails_or_stays_open_on_random_fits(name, population):
    assert sum(bool(check(CLAIMS[name], case).cases) for case in population) >= 2
    assert [line for case in population for line in faults([CLAIMS[name]], case)] == []


@given(st.data())
@settings(max_examples=15, deadline=None)
def test_least_squares_statements_are_never_broken_on_drawn_fits(data):
    name = data.draw(st.sampled_from(sorted(CLAIMS)))
    case = data.draw(FITS.strategy(CLAIMS[name]))
    open_ = {name: "float64 runs do not decide equality (n = 1), nor saddles that do not exist"}
    assert faults([CLAIMS[name]], case, open_) == []


@pytest.mark.parametrize("control", CONTROLS, ids=lambda c: c.name)
def test_a_wrong_least_squares_statement_is_refuted_and_the_checker_confirms_it(control, tmp_path):
    assert refute(control).refuted
    if control.claim.quantity.exact is None:  # float64 evidence: nothing to recompute in balls
        return
    corners = FITS.corners(control.claim, 0)
    case = next(c for c in corners if check(control.claim, c).verdict is Verdict.VIOLATED)
    found = verify.counterexample(control.claim, case, simplify=control is CONTROLS[0])
    confirmed, line = checker.check(str(found.save(tmp_path / "found.json")))
    assert confirmed, line
    assert check(control.claim, found.case()).verdict is Verdict.VIOLATED


def test_every_least_squares_statement_has_a_control():
    assert {control.base for control in CONTROLS} == set(CLAIMS)


@pytest.mark.parametrize("step", STEPS, ids=lambda s: s.name)
def test_every_scalar_step_is_proved(step):
    assert prove(step).status is Status.PROVED


def test_every_step_serves_a_statement_and_every_statement_has_a_proof():
    used = {node.name for bound in BOUNDS for node in bound.derivation().walk()}
    assert {step.name for step in STEPS} <= used


def test_the_checker_disbelieves_a_right_statement(tmp_path):
    """A file that says the right claim is broken is not confirmed."""
    control = next(c for c in CONTROLS if c.name.endswith("kernel_distance.constant"))
    case = next(iter(FITS.corners(control.claim, 0)))
    path = verify.counterexample(control.claim, case).save(tmp_path / "found.json")
    text = path.read_text().replace("(9/10)", "(10/9)")
    path.write_text(text)
    assert not verify.confirm(path).confirmed


def _states(count: int, end: float) -> list[FitCase]:
    start = draws.drawn(draws.shape_of(2, 4, "small"), 1, 3)
    return [start.at(t=end * (k + 1) / count, step=k + 1) for k in range(count)]


def test_w1_and_the_rate_hold_along_a_whole_flow():
    states = _states(5, 4.0)
    for name in ("kernel_invariant", "loss.rate", "scale_growth"):
        whole = along(CLAIMS[f"least_squares.{name}"], states)
        assert whole.verdict is Verdict.HOLDS, name
    kept = conserved(CLAIMS["least_squares.kernel_invariant"].quantity, states, tolerance=1e-3)
    assert kept.verdict is Verdict.VIOLATED  # the kernel part alone is not conserved


def test_phase_one_holds_after_every_number_of_steps():
    start = draws.drawn(draws.shape_of(3, 5, "small"), 1, 5)
    whole = along(CLAIMS["least_squares.phase_one"], [start.after(k) for k in (1, 2, 4, 8, 16)])
    assert whole.verdict is Verdict.HOLDS
    assert whole.ratios[-1] < 1


def test_the_certified_distance_is_where_the_flow_ends():
    """Another way: the flow integrated to its end in float64, by the numerics room itself."""
    case = draws.drawn(draws.shape_of(2, 4, "small"), 1, 2)
    times = torch.tensor([0.0, 400.0], dtype=torch.float64)
    run = flow(case.matrix[0], case.right[0], case.start(0), ratio=float(case.c), times=times)
    end = run.x[-1] - torch.linalg.pinv(case.matrix[0]) @ case.right[0]
    found = case.truth(FITS.quantities["least_squares.kernel_distance"])
    assert float(torch.linalg.vector_norm(end)) == pytest.approx(float(found.value), rel=1e-7)


def test_a_fit_outside_its_domain_is_refused():
    case = draws.sharp(0.3, 1.0, 0.5)
    for name in ("c", "t", "eta"):
        with pytest.raises(verify.VerifyError, match="g_0, c, t, eta"):
            case.with_tensors(case.tensors() | {name: torch.tensor(0.0, dtype=torch.float64)})
    with pytest.raises(verify.VerifyError, match="count"):
        case.after(0)


def test_least_squares_statements_hold_along_the_runs_of_the_report():
    from verify.least_squares.story import descent

    found = descent(0)
    assert {name for name, _ in found} >= {"step_defect", "step_defect.lower", "kernel_step"}
    for name, run in found:
        assert run.verdict in (Verdict.HOLDS, Verdict.TIGHT), name
        assert run.first_violation is None


@pytest.mark.parametrize("start", [(1.0, 0.0), (1.0, 1e-12)])
def test_a_start_along_the_data_leaves_the_saddle_open_and_ends_no_batch(start):
    matrix, right = torch.eye(2, dtype=torch.float64), torch.tensor([1.0, 0.0]).double()
    assert torch.isnan(_saddle(matrix, right, torch.tensor(start).double()))
    assert torch.isfinite(_saddle(matrix, right, torch.tensor([1.0, 1.0]).double()))


def _one_row(direction: list[float], count: int = 1, **scalars: float) -> FitCase:
    """A = (1, 0), y = 1, g_0 = 1, eta = 1/4, unless something else is said."""
    numbers = {"g_0": 1.0, "c": 1.0, "t": 1.0, "eta": 0.25} | scalars
    tensors = {name: torch.tensor([value], dtype=torch.float64) for name, value in numbers.items()}
    given = [torch.tensor(t, dtype=torch.float64) for t in ([[[1.0, 0.0]]], [[1.0]], [direction])]
    return FitCase(*given, **tensors, count=count)


@pytest.mark.parametrize("name, met, unmet", [
    ("M_0 > 0", {"g_0": 2.8}, {"g_0": 2.9}),  # 2 kappa_0 > g_0 s^2 up to 2^(3/2)
    ("short steps", {"c": 1e-3, "eta": 0.9}, {"c": 1e-3, "eta": 1.1}),
    ("after T_1", {"t": 0.7}, {"t": 0.69}),
])  # fmt: skip
def test_a_condition_is_met_on_one_side_of_its_threshold(name, met, unmet):
    assert CONDITIONS[name](_one_row([1.0, 1.0], **met)) == ""
    assert CONDITIONS[name](_one_row([1.0, 1.0], **unmet)) != ""


def test_what_an_integrator_says_is_no_enclosure():
    ends = torch.ones(1, dtype=torch.float64), torch.zeros(1, dtype=torch.float64)
    assert flowing(lambda _: ends)(_one_row([1.0, 1.0])).quality is Quality.EXACT_TO_ROUNDING


def test_a_start_without_a_kernel_part_is_no_nearer_by_either_method():
    tie = Fit(_one_row([3.0, 0.0]), 0).comparison()
    assert tie.contains(1)
    assert tie.contains(-1)


def test_the_shortest_of_several_steps_may_be_the_first():
    """From behind, the steps grow as the direction turns."""
    lengths = [float(Fit(_one_row([-1.0, 0.1], count), 0).growth().mid()) for count in (1, 4)]
    assert lengths[1] == pytest.approx(lengths[0], rel=1e-12)
    assert lengths[0] == pytest.approx(0.51, rel=0.05)
