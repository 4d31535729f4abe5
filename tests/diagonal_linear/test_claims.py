"""False if a statement on diagonal linear networks fails, or a wrong one passes."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from flint import arb, ctx
from hypothesis import given, settings
from hypothesis import strategies as st

import verify
from bounds.algebra import Status, prove
from bounds.diagonal_linear import BOUNDS, STEPS
from numerics.diagonal_linear import limit
from tests.faulty import faults
from tests.rows import fast_if
from verify import Verdict, check, checker
from verify.attack import Budget, attack
from verify.controls import refute
from verify.diagonal_linear import FAMILY, draws
from verify.diagonal_linear.cases import NetCase
from verify.diagonal_linear.conditions import CONDITIONS
from verify.diagonal_linear.hard import family_shape
from verify.diagonal_linear.readings import READINGS, nets
from verify.diagonal_linear.subject import NETS
from verify.effort import EFFORTS
from verify.mutation import Looseness, compare, mutants
from verify.trajectory import along, conserved

CLAIMS = FAMILY.claims()
CONTROLS = FAMILY.controls()
P = "diagonal_linear."


@pytest.fixture(scope="module")
def population() -> list[NetCase]:
    return list(NETS.population(EFFORTS["quick"], 1, "cpu"))


@pytest.mark.parametrize("name", CLAIMS)
def test_no_diagonal_statement_fails_or_stays_open_on_random_problems(name, population):
    assert any(check(CLAIMS[name], case).cases for case in population)
    assert [line for case in population for line in faults([CLAIMS[name]], case)] == []


@given(st.data())
@settings(max_examples=15, deadline=None)
def test_diagonal_statements_are_never_broken_on_drawn_problems(data):
    name = data.draw(st.sampled_from(sorted(CLAIMS)))
    seed, shape = data.draw(st.integers(0, 2**16)), data.draw(st.sampled_from(SHAPES))
    open_ = {name: "no float64 run tells how far it is from a trap, or ends, from such a start"}
    assert faults([CLAIMS[name]], draws.drawn(shape, 1, seed), open_) == []


SHAPES = [draws.shape_of(2, 4, depth, kind) for depth in (2, 3) for kind in draws.KINDS]


#: Seconds each, and another control of the same statement, or of its kind, falls in every run.
LONG = tuple(P + n for n in ("loss.lyapunov.half", "step_gap.without_start", "step_balance.once"))


@pytest.mark.parametrize(
    "control", fast_if(lambda c: c.name not in LONG, CONTROLS, lambda c: c.name)
)
def test_a_wrong_diagonal_statement_is_refuted(control):
    assert refute(control).refuted


@pytest.mark.parametrize("control", [c for c in CONTROLS if c.claim.quantity.exact is not None],
                         ids=lambda c: c.name)  # fmt: skip
def test_the_checker_confirms_the_counterexample(control, tmp_path):
    corners = NETS.corners(control.claim, 0)
    case = next(c for c in corners if check(control.claim, c).verdict is Verdict.VIOLATED)
    found = verify.counterexample(control.claim, case, simplify=False)
    confirmed, line = checker.check(str(found.save(tmp_path / "found.json")))
    # zero_entry: its reading is wrong, its formula is the right one
    assert confirmed is ("zero_entry" not in control.name), line


def test_every_diagonal_statement_has_a_control():
    assert {control.base for control in CONTROLS} == set(CLAIMS)


@pytest.mark.parametrize("step", STEPS, ids=lambda s: s.name)
def test_every_scalar_step_is_proved(step):
    assert prove(step).status is Status.PROVED


def test_every_step_serves_a_statement():
    used = {node.name for bound in BOUNDS for node in bound.derivation().walk()}
    assert {step.name for step in STEPS} <= used


@pytest.mark.parametrize("name", ["l1_gap", "l1_excess"])
def test_the_gap_is_met_in_the_closed_form_family(name):
    """A1b and A1d cannot be improved by a constant: the family has ratios above 0.9999."""
    claim = CLAIMS[P + name]
    ratios = [check(claim, case).best_ratio for case in NETS.corners(claim, 0)
              if case.origin == "structured" and not verify.check(claim, case).reason]  # fmt: skip
    assert max(ratios) > 0.9999


def test_a_descent_balances_whether_or_not_it_interpolates():
    """D3 with <nu, e>: after 1 step and after 50; the defect itself is needed."""
    start = draws.drawn(draws.shape_of(2, 4, 2, "small"), 1, 3)
    states = [start.after(count) for count in (1, 7, 50)]
    for name in ("step_balance", "step_gap", "step_defect", "step_defect.total"):
        found = along(CLAIMS[P + name], states)
        assert found.verdict in (Verdict.HOLDS, Verdict.TIGHT), name
        assert found.whole.cases == 3


def test_the_search_finds_the_family_by_itself():
    shapes = [family_shape("two columns", 2)]
    found = attack(CLAIMS[P + "l1_gap.plain"], budget=Budget(60), candidates=shapes)
    assert found.verdict is not Verdict.VIOLATED
    assert found.ratio > 0.1


def _states(kind: str, depth: int) -> list[NetCase]:
    start = draws.drawn(draws.shape_of(2, 4, depth, kind), 1, 4)
    end = 2.0 * float(start.t[0])
    return [start.at(t=end * (k + 1) / 4, step=k + 1) for k in range(4)]


@pytest.mark.parametrize("depth", [2, 3])
def test_u1_and_the_rates_hold_along_a_whole_flow(depth):
    states = _states("small", depth)
    names = ("mirror_invariant", "loss.lyapunov") if depth == 2 else (
        "mirror_invariant.power", "loss.lyapunov_power")  # fmt: skip
    for name in (*names, "loss.rate", "scale_floor"):
        assert along(CLAIMS[P + name], states).verdict is Verdict.HOLDS, name


def test_a_quantity_that_moves_is_not_conserved():
    states = _states("small", 2)
    kept = conserved(CLAIMS[P + "mirror_invariant"].quantity, states, tolerance=1e-6)
    assert kept.verdict is Verdict.VIOLATED


def test_the_claims_read_the_limit_that_numerics_certifies():
    case = draws.drawn(draws.shape_of(2, 4, 2, "small"), 1, 1)
    found = limit(case.matrix[0], case.right[0], case.start(0), eta=float(case.eta[0]))
    assert float(nets(case)[0].T) == pytest.approx(float(found.mass.value), rel=1e-9)


def test_the_root_of_a4_has_its_closed_form_at_depth_four():
    case = draws.drawn(draws.shape_of(2, 4, 4, "small"), 1, 1)
    with ctx.workprec(128):
        one = nets(case)[0]
        closed = 1 / one.eta + (1 / one.eta**2 + one.Q).sqrt()
        assert abs(one.prior_root(one.Q) - closed) < arb("1e-30")


def test_a_problem_outside_its_domain_is_refused_by_name():
    case = draws.drawn(draws.shape_of(2, 4, 2, "small"), 1, 1)
    with pytest.raises(verify.VerifyError, match="RATIO"):
        replace(case, eta=-case.eta)
    with pytest.raises(verify.VerifyError, match="depth"):
        replace(case, depth=1)
    infeasible = replace(case, matrix=case.matrix.abs(), right=-case.right.abs())
    assert "FEASIBLE" in check(CLAIMS[P + "l1_gap"], infeasible).reason
    wide = torch.full_like(case.log_w, -1e4)
    assert "range" in check(CLAIMS[P + "loss.rate"], replace(case, log_w=wide)).reason


def _one_row(row: list[float], right: float, w: list[float], h: float, count: int) -> NetCase:
    values = {"matrix": [[row]], "right": [[right]], "eta": [0.5], "t": [1.0], "h": [h]}
    tensors = {name: torch.tensor(value, dtype=torch.float64) for name, value in values.items()}
    return NetCase(**tensors, log_w=torch.tensor([w], dtype=torch.float64).log(), count=count)


@pytest.mark.parametrize("name, row, right, w, met, unmet", [
    ("steps", [1.0, 0.0], 4.0, [1.0, 1.0], 0.15, 0.2),  # |h eta d/u| = 3h
    ("descent", [1.0, 1.0], 1.0, [1.2, 1.0], 0.05, 0.1),  # the first step goes too far
])  # fmt: skip
def test_a_condition_on_steps_is_met_on_one_side_of_its_threshold(name, row, right, w, met, unmet):
    count = 1 if name == "steps" else 12
    assert CONDITIONS[name](_one_row(row, right, w, met, count)) == ""
    assert CONDITIONS[name](_one_row(row, right, w, unmet, count)) != ""


def test_a_minimum_at_several_points_or_at_a_corner_with_a_zero_is_degenerate():
    def case(row: list[float]) -> NetCase:
        return _one_row(row, 2.0, [1.0] * len(row), 0.1, 1)

    assert CONDITIONS["nondegenerate"](case([1.0, 2.0, 1.0])) == ""
    assert CONDITIONS["nondegenerate"](case([1.0, 2.0, 2.0])) != ""


def test_the_weights_of_a_start_are_read_by_their_ends():
    """b = u_0^(2 - L), at L = 3 and w_0 = (1, 2): from sqrt(5)/2 to sqrt(5)."""
    case = replace(_one_row([1.0, 1.0], 1.0, [1.0, 2.0], 0.1, 1), depth=3)
    ends = [READINGS["net"][name].measure(case) for name in ("b_min", "b_max")]
    assert [float(end.value) for end in ends] == pytest.approx([5**0.5 / 2, 5**0.5], rel=1e-12)


def test_a_bound_that_overflows_at_one_problem_still_has_mutants():
    """e^(30 g_0^2) is beyond float64 at one structured problem: infinity over infinity there said
    that no mutant of A4v was a number, and none was attacked."""
    claim = CLAIMS["diagonal_linear.weighted_l1_gap.closed"]
    first = mutants(claim)[0]
    found = compare(first.claim, claim, factor=first.factor)
    assert found.looseness is Looseness.NOT
    assert found.least == pytest.approx(0.9)
