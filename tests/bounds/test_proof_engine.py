"""False if the engine can call proved what was refuted, skipped, given up, or never asked."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sympy as sp

import bounds
from bounds import derivation
from bounds.algebra import Evidence, Status, Step, discharge, prove, smt, verified_witness
from bounds.algebra.steps import STEPS
from bounds.weightnorm import second_order
from bounds.weightnorm.steps import STEPS as OURS

x, y, z = sp.symbols("x y z", real=True)
BY_NAME = {step.name: step for step in (*STEPS.values(), *OURS)}


@pytest.mark.parametrize("answer", ["unknown: timeout", "sat", "", "unknown: unsat"])
def test_only_unsat_is_a_proof(answer, monkeypatch):
    monkeypatch.setattr(discharge, "refute", lambda *args: (answer, {}))
    assert prove(STEPS["two_squares"]).status is Status.NOT_PROVED
    monkeypatch.setattr(discharge, "refute", lambda *args: ("unsat", {}))
    assert prove(STEPS["two_squares"]).status is Status.PROVED


def test_a_goal_beyond_the_provers_time_is_not_proved():
    hard = Step("hard", "", (("x", x**7 - 3 * x**5 * y + y**9 <= 2), ("y", y**8 + z**6 <= x)),
                (x**4 * y**3 * z <= 10**6 + x**8,))  # fmt: skip
    found = prove(hard, timeout=0.02)
    assert found.status is Status.NOT_PROVED
    assert found.detail.startswith("unknown")
    assert found.seconds < 5, "the limit is in seconds"


def test_a_limit_of_some_seconds_is_enough_for_a_step_that_takes_a_millisecond():
    assert prove(STEPS["cauchy_schwarz"], timeout=5.0).status is Status.PROVED


def test_every_identity_and_every_goal_is_looked_at():
    good, bad = (x + y) ** 2 - x**2 - 2 * x * y - y**2, x - y
    for identities in ((good, bad), (bad, good)):
        assert prove(Step("i", "", identities=identities)).status is Status.NOT_PROVED
    assert prove(Step("i", "", identities=(good, good))).status is Status.PROVED
    for goals in ((x**2 + y >= y, x >= 0), (x >= 0, x**2 + y >= y)):
        assert prove(Step("g", "", goals=goals)).status is Status.NOT_PROVED
    mixed = Step("m", "", goals=(x**2 + y >= y,), identities=(bad,))
    assert prove(mixed).status is Status.NOT_PROVED


def test_a_step_without_a_prover_is_not_run(monkeypatch):
    monkeypatch.setattr(discharge, "available", lambda: None)
    assert prove(STEPS["two_squares"]).status is Status.NOT_RUN


WITNESSED = Step("w", "", (("x", x >= 0), ("y", y >= 0), ("sum", x + y <= 1)), (x + y >= 0, x <= 2))


@pytest.mark.parametrize(
    "dropped, witness, accepted",
    [
        ("x", {"x": "-2/1", "y": "0/1"}, True),
        ("x", {"x": "-2/1", "y": "-1/1"}, False),  # breaks y >= 0 too
        ("x", {"x": "2/1", "y": "0/1"}, False),  # breaks the sum, and no goal
        ("sum", {"x": "3/1", "y": "0/1"}, True),
        ("sum", {"x": "-3/1", "y": "0/1"}, False),
        ("x", {"x": "-1.41?", "y": "0/1"}, False),
        ("x", {"x": "1/2", "y": "0/1"}, False),  # breaks nothing
    ],
)
def test_a_witness_keeps_every_other_hypothesis_and_breaks_a_goal(dropped, witness, accepted):
    assert verified_witness(WITNESSED, dropped, witness) is accepted


def test_a_relation_that_has_no_value_at_the_witness_is_neither_kept_nor_broken():
    divided = Step("d", "", (("x", x >= 0), ("y", 1 / y >= 0)), (x >= -1, 1 / y >= -1))
    assert verified_witness(divided, "x", {"x": "-2/1", "y": "1/1"})
    assert not verified_witness(divided, "x", {"x": "-2/1", "y": "0/1"})
    assert not verified_witness(divided, "x", {"x": "0/1", "y": "0/1"})
    rooted = Step("r", "", (("x", x >= 0),), (sp.sqrt(x) >= -1,))  # a root of -2: no real number
    assert not verified_witness(rooted, "x", {"x": "-2/1"})


@pytest.mark.parametrize(
    "relation, status",
    [
        (sp.Or(x >= 0, x <= 0), Status.PROVED),
        (sp.And(x >= 0, x <= 0), Status.NOT_PROVED),
        (sp.Or(x > 0, x < 0), Status.NOT_PROVED),
        (sp.Le(x, x, evaluate=False), Status.PROVED),
        (sp.Lt(x, x, evaluate=False), Status.NOT_PROVED),
        (sp.Ge(x**2, 0, evaluate=False), Status.PROVED),
        (sp.Gt(x**2, 0, evaluate=False), Status.NOT_PROVED),
        (sp.Ne(x**2 + 1, 0, evaluate=False), Status.PROVED),
        (sp.Eq(x, y), Status.NOT_PROVED),
        (sp.Le(x ** (-2), x**2, evaluate=False), Status.NOT_PROVED),
    ],
)
def test_a_relation_means_to_the_prover_what_it_means_to_us(relation, status):
    assert prove(Step("r", "", (("x", sp.Ne(x, 0)),) if relation.has(x ** (-2)) else (),
                      (relation,))).status is status  # fmt: skip


def test_negative_powers_are_quotients():
    inverse = Step("q", "", (("x", x >= 2),), (x**-1 <= sp.Rational(1, 2), x**-2 <= x**-1))
    assert prove(inverse).status is Status.PROVED
    assert prove(replace(inverse, goals=(x**-1 >= 1,))).status is Status.NOT_PROVED


def test_the_counterexample_of_a_refuted_goal_refutes_it():
    """The model comes from the negated goal: in it the hypotheses hold and the goal does not."""
    answer, model = smt.refute([x >= 1], x >= 2, smt.available(), 5.0)
    assert answer == "sat"
    assert 1 <= sp.Rational(model["x"]) < 2


def test_a_step_that_was_never_run_or_not_proved_is_unproved():
    tree = bounds.get("hessian.closed.summed").derivation()
    names = {node.name for node in tree.walk() if node.kind == "step"}
    assert names
    assert set(derivation.unproved(tree)) == names

    def with_status(status: Status | None) -> derivation.Node:
        evidence = status and Evidence("s", status, "z3", 0.0, "")
        return derivation.Node("s", "step", "", "", evidence=evidence)

    for status in (None, Status.NOT_RUN, Status.NOT_PROVED):
        assert derivation.unproved(with_status(status)) == ("s",), status
    assert derivation.unproved(with_status(Status.PROVED)) == ()


def test_the_proof_of_a_bound_is_not_that_of_another_of_its_name():
    shipped = bounds.get("hessian.closed.summed")
    assert shipped.derivation().name == "hessian.closed.summed"
    assert shipped.substitute(K=1).derivation().name == "hessian.closed.summed"
    with pytest.raises(bounds.BoundsError, match="not known"):
        replace(shipped, expression=shipped.expression / 2).derivation()


# each step says what the bounds make of it


def test_output_split_is_what_makes_sharp_and_closed():
    """sharp is (C + sqrt(C^2 + 4 Q^2))/2, closed is C + Q with its own C: the goals of the step."""
    C, Q, R = (sp.Symbol(name, real=True) for name in "CQR")
    first, last = BY_NAME["output_split"].goals
    assert last.lhs == first.rhs
    sharp = first.rhs.subs(R, sp.sqrt(C**2 + 4 * Q**2))
    curvature, order = (
        second_order.CURVATURE_SHARP,
        second_order.named("Q", second_order.FIRST_ORDER),
    )
    assert (
        sp.simplify(sharp.subs({C: curvature, Q: order}) - second_order.SHARP_SUMMED.expression)
        == 0
    )
    bent = second_order.nu * (second_order.TURN + second_order.MIXED + second_order.BEND_CLOSED)
    closed = last.rhs.subs({C: bent, Q: second_order.FIRST_ORDER})
    assert sp.expand(closed - second_order.CLOSED_SUMMED.expression) == 0


def test_the_goals_of_the_curvature_steps_are_the_constants_in_the_bounds():
    sharpest = BY_NAME["normalization_sharp"].goals[0].rhs
    assert sp.sqrt(sharpest) == second_order.TWO_OVER_ROOT3
    mixed = BY_NAME["mixed_pairs"].goals[0].rhs
    L, T = (sp.Symbol(name, real=True) for name in "LT")
    assert mixed == (L - 1) * T
    assert second_order.MIXED.has(second_order.L - 1)


#: Steps whose proof is exact expansion: how many identities each has. A step that loses one still
#: expands to 0, so the number is kept here.
IDENTITIES = {
    "normalization_sharp": 1, "split_form": 1, "row_sum_value": 2, "convex_weights": 1,
    "edge_maximum": 1, "integrated_remainder": 1,
}  # fmt: skip
GOALS = {
    "output_split": 2, "sharp_below_closed": 4, "shape_linear": 2, "shape_quadratic": 3,
    "loss_pointwise": 1, "cauchy_schwarz": 1, "normalization_sharp": 1, "convex_weights": 1,
}  # fmt: skip


def test_no_step_has_lost_an_identity_or_a_goal():
    assert {n: len(BY_NAME[n].identities) for n in IDENTITIES} == IDENTITIES
    assert {n: len(BY_NAME[n].goals) for n in GOALS} == GOALS


@pytest.mark.parametrize("depth", [2, 3, 5])
def test_the_row_sums_of_the_edge_form_are_what_its_step_says(depth):
    """R_j = W_j (j+1)/2 + sum_(l>j) W_l/2 for the matrix of sum_l W_l t_l S_l, entry by entry."""
    W = sp.symbols(f"W1:{depth + 1}", positive=True)
    t = sp.symbols(f"t1:{depth + 1}", real=True)
    form = sum(W[l] * t[l] * sum(t[: l + 1]) for l in range(depth))
    matrix = sp.hessian(form, t) / 2
    squares = sp.hessian(sum(W[l] * sum(t[: l + 1]) ** 2 for l in range(depth)), t) / 2
    for j in range(depth):
        said = W[j] * sp.Rational(j + 2, 2) + sum(W[j + 1 :], sp.S.Zero) / 2
        assert sp.expand(sum(matrix[j, :]) - said) == 0
        whole = sum((l + 1) * W[l] for l in range(j, depth))
        assert sp.expand(sum(squares[j, :]) - whole) == 0


#: What each bound rests on directly; a statement that loses an edge claims a proof it has not.
EDGES = {
    "gradient.summed": {"feature_norm", "back_propagated_norm", "layer_sensitivity",
                        "layer_gradient"},
    "output": {"feature_norm", "cauchy_schwarz_inequality"},
    "hessian.recursive": {"feature_norm", "back_propagated_norm", "first_order_recursion",
                          "second_order_recursion", "output_second", "rayleigh"},
    "hessian.closed.summed": {"hessian.sharp.summed", "closed_bend", "cauchy_schwarz",
                              "sharp_below_closed", "output_split"},
    "hessian.closed": {"hessian.sharp", "output_split"},
    "loss": {"output", "loss_pointwise_bound"},
    "loss_gradient": {"gradient", "loss_cauchy_schwarz"},
    "rademacher.odd": {"peeling", "contraction", "sign_average"},
    "descent.contraction": {"descent", "restricted_strong_convexity", "contraction_from_descent"},
}  # fmt: skip


@pytest.mark.parametrize("name", EDGES)
def test_a_bound_rests_on_what_its_proof_uses(name):
    assert set(bounds.get(name).uses) == EDGES[name]
