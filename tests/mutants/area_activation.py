"""Proved constants of activations: tails, critical points, boxes, periods."""

from tests.mutants.mistakes import area

PROOF, BOX = "bounds/activation/proof.py", "bounds/activation/enclosure.py"
TAIL = "bounds/activation/tail.py"
GUARDS = "tests/bounds/test_activation_guards.py"
FORMULA = "tests/bounds/test_formula.py"
m = area("activation proofs", GUARDS, FORMULA)

MUTANTS = (
    m("the_tail_of_a_limit_skipped", PROOF,
      "if below and _tails_below(g, value, found.radius):", "if below:", kind="guarded",
      sheet="A"),
    m("an_attained_value_not_compared_outside", PROOF,
      "if found.outside is not None and not found.outside < level:", "if False:", kind="guarded",
      sheet="A"),
    m("the_left_tail_ignored_by_the_enclosure", BOX,
      "for side in (1, -1))\n        return right.max(left)",
      "for side in (1, 1))\n        return right.max(left)", sheet="A"),
    m("the_left_tail_ignored_by_the_limit", PROOF,
      "    for side in (1, -1):\n        tail = g.tail", "    for side in (1,):\n        tail = g.tail",
      kind="guarded", sheet="A"),
    m("a_critical_point_lost", PROOF,
      "if not strictly_below(g, level, holes, found.radius, deadline=deadline):", "if False:",
      kind="guarded", sheet="A"),
    m("out_of_boxes_counts_as_proved", BOX, "return not stack", "return True", kind="guarded",
      sheet="A"),
    m("half_a_period", BOX, "radius = float(period) * 0.51", "radius = float(period) * 0.26",
      sheet="A"),
    m("a_closed_form_outside_the_enclosure", PROOF,
      "if form is not None and not ball_of(form[1]).overlaps(_ball(found)):", "if False:",
      kind="guarded", sheet="A"),
    m("only_the_value_at_the_top_is_compared", PROOF,
      "return bool(abs(value).overlaps(_ball(found)) and slope.contains(0))", "return True",
      kind="guarded", sheet="A"),
    m("holes_need_not_be_concave", PROOF,
      "if all(sign * g.at(interval(a, b), 2)[2] < 0 for a, b in pairwise(cells)):", "if True:",
      kind="guarded", sheet="A"),
    m("a_weight_decreases_from_anywhere", TAIL,
      "            if not sum(parts, arb(0)) <= 0:\n                return False", "            pass", sheet="A"),
    m("a_tail_is_positive_whatever_its_sign", TAIL,
      "if not self.terms or not self.leading[1].ball > 0:", "if not self.terms:", sheet="A"),
    m("the_rest_of_a_tail_is_forgotten", TAIL,
      "return bool(1 + self.relative_rest().values() > 0)", "return True", sheet="A"),
    m("the_outside_is_left_out_of_the_upper_end", BOX,
      "upper = arb(max(search.top, beyond))", "upper = arb(search.top)", sheet="A"),
    m("the_middle_of_a_box_stands_for_it", BOX, "box, middle = interval(low, high), arb(",
      "box, middle = arb((low + high) / 2), arb(", sheet="A"),
    m("only_the_right_half_is_searched", BOX,
      "edges = [-radius + k * radius / 16 for k in range(33)]",
      "edges = [k * radius / 32 for k in range(33)]", sheet="A"),
    m("a_rational_below_the_supremum", PROOF,
      "return (sp.floor(sp.Rational(high) * scale) + 1) / scale",
      "return sp.floor(sp.Rational(high) * scale) / scale", kind="rounding"),
    m("the_period_of_the_fastest_sine", "bounds/activation/period.py",
      "numerators = functools.reduce(math.gcd,", "numerators = functools.reduce(max,", sheet="A"),
    m("oddness_is_not_checked", "bounds/activation/formula.py",
      "total = expression + expression.subs(t, -t)", "total = expression - expression.subs(t, t)"),
)  # fmt: skip
