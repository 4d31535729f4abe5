"""False if a statement on two-layer ReLU networks fails, or a wrong one gets through."""

from __future__ import annotations

import functools
from dataclasses import replace

import pytest
import sympy as sp
import torch
from flint import arb
from hypothesis import given, settings
from hypothesis import strategies as st

import bounds
import verify
from bounds.relu_two_layer import BOUNDS, DIRECTION, GAIN, NOTATION, PLAIN
from numerics import Enclosure, Quality
from numerics.relu_two_layer import ReluNetwork, kernels, limit_kernels
from numerics.relu_two_layer.dense import jacobian_gram
from numerics.relu_two_layer.quadrature import limit_quadrature
from tests.faulty import faults
from tests.rows import fast_if
from verify import Verdict, VerifyError, check, checker
from verify.check import in_float64, unmet
from verify.controls import refute
from verify.relu_two_layer import FAMILY, reading, sources
from verify.relu_two_layer.cases import CourseCase, DataCase, MoveCase, StateCase, StepCase
from verify.settle import covers, settle

CLAIMS = FAMILY.claims()
CONTROLS = {control.name: control for control in FAMILY.controls()}
#: What takes an integrator, a number of a certificate, or draws is beyond the checker.
BEYOND = {
    "relu_control.flow_price", "relu_control.flow_rate", "relu_control.turn_over_width",
    "relu_control.chernoff",
}  # fmt: skip
#: The last one is refuted by a fast test of the section.
SLOW = {"relu_control.flow_rate", "relu_control.chernoff"}


@functools.cache
def corners(kind: type) -> tuple:
    subject = next(s for s in FAMILY.subjects if s.case_type is kind)
    return tuple(subject.corners(None, 0))


@pytest.mark.parametrize("name", CLAIMS)
def test_relu_statement_holds_at_its_corners(name):
    claim = CLAIMS[name]
    found = [check(claim, case) for case in corners(claim.subject.case_type)]
    ran = [result for result in found if result.cases and result.codes.numel()]
    assert ran, [result.reason for result in found]
    verdicts = {result.verdict for result in ran}
    assert verdicts <= {Verdict.HOLDS, Verdict.TIGHT}, name


@settings(max_examples=12, deadline=None)
@given(st.data())
def test_relu_statement_holds_on_drawn_cases(data):
    name = data.draw(st.sampled_from(sorted(CLAIMS)))
    case = data.draw(CLAIMS[name].subject.strategy(CLAIMS[name]))
    found = check(CLAIMS[name], case)
    assert found.cases, found.reason
    assert faults([CLAIMS[name]], case) == []


@pytest.mark.parametrize(
    "name", fast_if(lambda name: name not in SLOW, CONTROLS)
)
def test_relu_control_is_refuted(name):
    outcome = refute(CONTROLS[name])
    assert outcome.refuted, f"best ratio {outcome.ratio} after {outcome.tried}"
    assert outcome.ratio > 1 + 1e-6


@pytest.mark.parametrize(
    "name",
    fast_if(lambda name: name != "relu_control.no_candidates", sorted(set(CONTROLS) - BEYOND)),
)
def test_relu_counterexample_is_confirmed_by_the_checker(name, tmp_path):
    claim = CONTROLS[name].claim
    case = next(
        c for c in corners(claim.subject.case_type) if check(claim, c).verdict is Verdict.VIOLATED
    )
    found = verify.counterexample(claim, case, simplify=False)
    confirmed, line = checker.check(str(found.save(tmp_path / "found.json")))
    assert confirmed, line
    assert check(claim, found.case()).verdict is Verdict.VIOLATED


def test_the_checker_does_not_confirm_a_true_relu_statement(tmp_path):
    from verify.counterexample.make import stated

    claim = CLAIMS["relu.jacobian_gram"]
    found = stated(claim, corners(StateCase)[1].one(0))
    answer = verify.confirm(found.save(tmp_path / "true.json"))
    assert not answer.confirmed
    assert not answer.rejected, answer.line


@pytest.mark.parametrize("kind", [StateCase, MoveCase, StepCase, DataCase])
def test_relu_values_in_balls_lie_in_the_float64_enclosures(kind):
    """Two arithmetics, written apart: both sides of every statement at a random case."""
    case = sources.DRAWN[kind](sources.shapes(kind)[3 if kind is not DataCase else 1], 1, 5)
    for claim in CLAIMS.values():
        if claim.subject.case_type is not kind or not covers(claim, case) or unmet(claim, case):
            continue
        result = in_float64(claim, case)
        for entry in range(result.codes.numel()):
            low, high, right_low, right_high = settle(claim, case, entry, (128,)).ends
            assert low <= float(result.upper[entry]), claim.name
            assert high >= float(result.lower[entry]), claim.name
            assert right_low <= float(result.high[entry]), claim.name
            assert right_high >= float(result.low[entry]), claim.name


@pytest.mark.parametrize("name", [n for n, c in CLAIMS.items() if c.subject.kind == "relu_run"])
def test_relu_run_in_balls_meets_the_run_in_float64(name):
    """Two arithmetics of one run: both sides at a certified corner with few numbers."""
    claim = CLAIMS[name]
    case = next(c for c in corners(CourseCase) if covers(claim, c) and not unmet(claim, c))
    result = in_float64(claim, case)
    for entry in range(min(result.codes.numel(), 4)):
        low, high, right_low, right_high = settle(claim, case, entry, (256,)).ends
        room = 1e-9 * (1.0 + abs(high))
        assert low - room <= float(result.upper[entry])
        assert high + room >= float(result.lower[entry])
        assert right_low - room <= float(result.high[entry])
        assert right_high + room >= float(result.low[entry])


def test_relu_drawn_networks_in_balls_lie_in_the_float64_enclosures():
    from verify.relu_two_layer import draws
    from verify.relu_two_layer.subjects import likely

    case = draws.drawn(sources.on_sphere(3, 4, 1), 12, alpha=0.5, seed=3, angle=0.3)
    told = [claim for claim in likely().values() if covers(claim, case)]
    assert len(told) == 7
    for claim in told:
        result = in_float64(claim, case)
        low, high, right_low, right_high = settle(claim, case, 0, (128,)).ends
        assert low <= float(result.upper[0]), claim.name
        assert high >= float(result.lower[0]), claim.name
        assert right_low <= float(result.high[0]), claim.name
        assert right_high >= float(result.low[0]), claim.name


def test_relu_momentum_is_refused_by_name():
    pushed = corners(StepCase)[1]
    assert "not_gradient_step" in check(CLAIMS["relu.rows_grow"], pushed).reason


def test_relu_statements_without_a_certificate_or_right_side_say_vacuous():
    far = sources._course(sources.shapes(CourseCase)[1], 1, 3)
    loud = replace(far, parts={**far.parts, "y": 1e3 * torch.ones_like(far["y"])}, later=None)
    for name in ("relu.certified_residual", "relu.gains_stay"):
        assert "vacuous" in check(CLAIMS[name], loud).reason


def test_relu_equal_inputs_zero_rows_and_wrong_signs_are_refused():
    case = corners(DataCase)[0]
    twice = replace(case, parts={**case.parts, "x": case["x"][:, [0, 0]]})
    assert "equal_inputs" in check(CLAIMS["relu.degeneracy"], twice).reason
    state = corners(StateCase)[1]
    for name, bad in (("v", 0.0), ("x", 0.0), ("c", 0.5)):
        with pytest.raises(VerifyError, match=f"`{name}`"):
            replace(state, parts={**state.parts, name: bad * torch.ones_like(state[name])})
    with pytest.raises(VerifyError, match="`g`"):
        replace(state, parts={**state.parts, "g": torch.ones(1, 7, dtype=torch.float64)})
    line = check(CLAIMS["relu.dirichlet"], corners(DataCase)[7 + 6])
    assert line.cases or "d >= 2" in line.reason


def test_relu_dense_jacobian_and_kernels_enclose_one_matrix():
    network = ReluNetwork.random(5, 9, seed=2, alpha=0.4)
    x = sources.on_sphere(4, 5, 1)
    dense, fast = jacobian_gram(network, x), kernels(network, x).tangent
    assert bool((dense.lower <= fast.upper).all() & (fast.lower <= dense.upper).all())
    assert float(dense.width.max()) < 1e-11


def test_relu_quadrature_meets_the_closed_forms_as_sympy_and_as_matrices():
    x = sources.on_sphere(6, 3, 4)
    slow, fast = limit_quadrature(x), limit_kernels(x)
    theta = torch.arccos((x @ x.T).clamp(-1, 1))[0, 1]
    for part, formula in (("plain", PLAIN), ("gain", GAIN), ("direction", DIRECTION)):
        a, b = getattr(slow, part), getattr(fast, part)
        assert bool((a.lower <= b.upper).all() & (b.lower <= a.upper).all()), part
        values = {"theta": float(theta), "d": 3}
        value = formula.subs({NOTATION.symbol(k): v for k, v in values.items()})
        assert float(value) == pytest.approx(float(b.value[0, 1]), abs=1e-14)


def test_relu_closed_forms_are_consistent_as_mathematics():
    assert sp.simplify(PLAIN - GAIN - DIRECTION) == 0
    theta = NOTATION.symbol("theta")
    s = sp.Symbol("s", real=True)
    product = sp.integrate(sp.expand_trig(sp.cos(s) * sp.cos(s - theta)), s)
    stretch = product.subs(s, sp.pi / 2) - product.subs(s, theta - sp.pi / 2)
    assert sp.simplify(2 / NOTATION.symbol("d") * stretch / (2 * sp.pi) - GAIN) == 0


def test_relu_root_of_a_maximum_with_zero_is_a_ball():
    """sqrt(max(0, x)) of a ball around 0 is no NaN."""
    descent = bounds.get("relu.descent")
    around = arb(0, 1e-20)
    values = {"eta": arb(1), "J_2": arb(0), "A": arb(1), "B": arb(0), "C": arb(0)}
    found = descent.evaluate(r=arb(1) + around, q_n=arb(0), **values)
    assert found.is_finite()
    assert found < 1e-9


def test_every_relu_bound_is_a_claim_or_a_likely_one():
    from verify.relu_two_layer.subjects import likely

    assert {*CLAIMS, *likely()} == {bound.name for bound in BOUNDS}
    assert all(bound.failure is None for bound in BOUNDS if bound.name in CLAIMS)


def test_what_rests_on_a_float64_run_is_no_enclosure_whatever_was_enclosed_along_it():
    one = torch.ones(2, dtype=torch.float64)
    certified = Enclosure(one, one, Quality.ENCLOSURE, "in balls")
    assert reading.in_float64(certified).quality is Quality.EXACT_TO_ROUNDING
