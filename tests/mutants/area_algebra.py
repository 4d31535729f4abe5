"""Proof steps: identities, z3, witnesses, the tree that uses them."""

from tests.mutants.mistakes import area

DISCHARGE, SMT = "bounds/algebra/discharge.py", "bounds/algebra/smt.py"
ENGINE = "tests/bounds/test_proof_engine.py"
ALGEBRA = "tests/bounds/test_algebra.py"
TREE = "tests/bounds/test_derivation.py"
m = area("algebra", ENGINE, TREE, ALGEBRA)

MUTANTS = (
    m("unknown_counts_as_proved", DISCHARGE, 'if answer != "unsat":', 'if answer == "sat":',
      sheet="A"),
    m("without_a_prover_all_is_proved", DISCHARGE,
      "return record(Status.NOT_RUN,", "return record(Status.PROVED,", ENGINE, ALGEBRA, sheet="A"),
    m("steps_never_run_count_as_proved", "bounds/derivation.py",
      "(n.evidence is None or n.evidence.status is not Status.PROVED)",
      "n.evidence is not None and n.evidence.status is not Status.PROVED", ENGINE, TREE, sheet="A"),
    m("output_split_weakened", "bounds/algebra/steps.py",
      "(C + R) / 2 <= C + Q)", "(C + R) / 2 <= C + 2 * Q)", sheet="A"),
    m("an_identity_removed", "bounds/weightnorm/steps.py",
      "identities=(1 + (j - 1) / 2 - (j + 1) / 2, j + (l - j) - l),",
      "identities=(1 + (j - 1) / 2 - (j + 1) / 2,),", sheet="A"),
    m("only_the_first_identity_expanded", DISCHARGE,
      "map(_equated, step.identities):", "map(_equated, step.identities[:1]):", sheet="A"),
    m("only_the_first_goal_refuted", DISCHARGE,
      "for goal in step.goals:", "for goal in step.goals[:1]:", sheet="A"),
    m("a_witness_may_break_other_hypotheses", DISCHARGE,
      "return all(value is True for value in kept) and broken", "return broken", sheet="A"),
    m("a_witness_may_leave_hypotheses_open", DISCHARGE,
      "all(value is True for value in kept)", "all(value is not False for value in kept)",
      sheet="A"),
    m("a_goal_left_open_counts_as_broken", DISCHARGE,
      "truth(goal) is False for goal in step.goals", "truth(goal) is not True for goal in step.goals"),
    m("a_dropped_hypothesis_stays", DISCHARGE, "if name != drop]", "]", ENGINE, ALGEBRA),
    m("le_is_read_as_lt", SMT, "sp.Le: operator.le", "sp.Le: operator.lt", ENGINE, ALGEBRA),
    m("or_is_read_as_and", SMT, "return z3.Or(", "return z3.And("),
    m("a_negative_power_is_positive", SMT,
      "return product if expression.exp > 0 else 1 / product", "return product", ENGINE, ALGEBRA),
    m("the_time_limit_is_in_milliseconds", SMT, "int(1000 * timeout)", "int(timeout)",
      ENGINE, ALGEBRA),
    m("the_goal_is_not_negated", SMT, "z3.Not(translate(goal, z3))", "translate(goal, z3)",
      ENGINE, ALGEBRA),
    m("a_special_case_by_its_name_alone", "bounds/derivation.py",
      "(shipped != bound and not _is_special_case(bound, shipped))", "False", ENGINE, TREE),
    m("an_edge_of_the_closed_bound_missing", "bounds/weightnorm/second_order.py",
      '"closed_bend",\n        "cauchy_schwarz",', '"cauchy_schwarz",',
      sheet="D"),
    m("an_edge_of_the_gradient_wrong", "bounds/weightnorm/first_order.py",
      '"layer_sensitivity", "layer_gradient")', '"layer_sensitivity", "layer_sensitivity")',
      sheet="D"),
)  # fmt: skip
