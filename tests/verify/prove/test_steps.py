"""Each kind of step, by hand: accepted where it is right, rejected where one thing is wrong."""

from __future__ import annotations

import pytest

from tests.verify.prove.test_certificates import accepted

WHOLE = {"by": "whole"}
NATURAL, ZERO, MEAN = {"by": "natural"}, {"by": "zero"}, {"by": "mean"}


def side(low, high, low_open=False, high_open=False, integer=False):
    return {"low": low, "high": high, "low_open": low_open, "high_open": high_open,
            "integer": integer}  # fmt: skip


def shown(left, right, domain, steps, point, where=()):
    """Whether the checker accepts `left <= right` by these steps."""
    document = {
        "format": "plumbline-proof", "schema": 1,
        "claim": {"name": "made", "left": left, "sense": "<=", "right": right},
        "proof": {"domain": domain, "where": [list(w) for w in where], "point": point,
                  "defined": WHOLE, "steps": steps},
        "checksum": "",
    }  # fmt: skip
    return accepted(document)


def hessian(at, rest=ZERO):
    return {"by": "hessian", "at": at, "smooth": WHOLE, "rest": rest}


UNIT = {"x": side("-1/4", "1/4"), "y": side("-1/4", "1/4")}
MIDDLE = {"x": "0", "y": "0"}


@pytest.mark.parametrize(
    "right, at, good",
    [
        ("x**2 + y**2 - x*y", MIDDLE, True),
        ("exp(x) - 1 - x + y**2", MIDDLE, True),
        ("x**2 + y**2 - 3*x*y", MIDDLE, False),
        ("x**2 - y**2", MIDDLE, False),
        ("x**2 + y**2 - x*y - 1/10**9", MIDDLE, False),
        ("x**2 + y**2 + x", MIDDLE, False),
        ("(x - 1)**2 + y**2", {"x": "1", "y": "0"}, False),
    ],
)
def test_a_point_of_contact_needs_slopes_that_vanish_and_definite_second_derivatives(
    right, at, good
):
    assert shown("0", right, UNIT, hessian(at), MIDDLE) is good


@pytest.mark.parametrize("right, good", [("x**2 + 1 - cos(x)", True), ("x - 1 + cos(x)", False)])
def test_a_sum_is_shown_by_parts_none_of_which_is_negative(right, good):
    terms = right.split(" + ") if good else ["x", "cos(x) - 1"]
    texts = [terms[0], " + ".join(terms[1:])] if good else terms
    steps = {"by": "sum", "texts": texts, "then": [NATURAL, NATURAL]}
    assert shown("0", right, {"x": side("-1", "1")}, steps, {"x": "0"}) is good


def test_a_product_is_that_of_all_its_factors():
    steps = {"by": "product", "texts": ["exp(x)", "x**2"], "then": [NATURAL, NATURAL]}
    domain = {"x": side("-1", "1")}
    assert shown("0", "x**2*exp(x)", domain, steps, {"x": "0"})
    assert not shown("0", "x**3*exp(x)", domain, steps, {"x": "0"})
    assert not shown("0", "x**2*exp(x)", domain, steps | {"then": [NATURAL]}, {"x": "0"})


def test_both_cases_of_a_kink_are_asked_for():
    steps = {"by": "cases", "term": "Max(x,1)", "parts": [NATURAL, NATURAL]}
    domain = {"x": side("0", "2")}
    assert shown("0", "Max(x, 1)", domain, steps, {"x": "1"})
    assert not shown("1", "Max(x, 1)", domain, steps | {"parts": [NATURAL]}, {"x": "1"})
    least = steps | {"term": "Min(x,1)"}
    assert not shown("1", "Min(x, 1)", domain, least, {"x": "1"})


def test_a_condition_leaves_out_only_what_certainly_fails_it():
    domain, where = {"x": side("0", "2")}, [("1 - x", ">=")]
    out = {"by": "where", "condition": 0}
    cut = {"by": "split", "variable": "x", "at": "1", "parts": [NATURAL, out]}
    assert not shown("x", "1", domain, cut, {"x": "1/2"}, where), "x = 1 meets the condition"
    assert shown("x", "1", domain, cut | {"owner": "left"}, {"x": "1/2"}, where)
    assert not shown("x", "1", domain, cut | {"owner": "right"}, {"x": "1/2"}, where)
    assert not shown("x", "1", domain, out, {"x": "1/2"}, where)


def test_every_whole_number_has_its_part():
    domain, steps = {"n": side("0", "3", integer=True)}, {"by": "each", "variable": "n"}
    assert shown("0", "n*(n - 1)", domain, steps | {"parts": [NATURAL] * 4}, {"n": "2"})
    assert not shown("0", "n*(n - 1)", domain, steps | {"parts": [NATURAL] * 3}, {"n": "2"})
    real = {"n": side("0", "3")}
    assert not shown("0", "n*(n - 1)", real, steps | {"parts": [NATURAL] * 4}, {"n": "2"})


def test_logarithms_are_compared_only_of_what_is_positive():
    then = {"by": "form", "text": "x", "then": NATURAL}
    steps = {"by": "log", "large": "exp(x)", "small": "1", "positive": WHOLE, "then": then}
    assert shown("1", "exp(x)", {"x": side("0", None)}, steps, {"x": "1"})
    assert not shown("1", "exp(x)", {"x": side("-1", None)}, steps, {"x": "1"})
    small = steps | {"large": "x", "small": "-1", "then": NATURAL}
    assert not shown("-1", "x", {"x": side("1", "2")}, small, {"x": "1"})


def test_a_root_is_taken_of_what_is_not_negative():
    inner = {"by": "form", "text": "(x - 1)**2", "then": NATURAL}
    steps = {"by": "root", "variable": "x", "power": 2, "then": inner}
    assert shown("2*sqrt(x)", "1 + x", {"x": side("0", None)}, steps, {"x": "1"})
    assert not shown("2*x", "1 + x**2", {"x": side("-1", "1")}, steps, {"x": "0"})


def test_the_mean_value_form_wants_a_smooth_formula_and_a_bounded_box():
    assert shown("0", "x - x**2/4", {"x": side("1", "2")}, MEAN, {"x": "1"})
    assert not shown("0", "x - x**2/4", {"x": side("1", None)}, MEAN, {"x": "1"})
    assert not shown("0", "Abs(x) - x/10", {"x": side("-1", "1")}, MEAN, {"x": "1/2"})


@pytest.mark.parametrize("sign, good", [(1, True), (-1, False)])
def test_a_rising_formula_is_least_at_its_lower_end(sign, good):
    steps = {"by": "monotone", "variable": "x", "sign": sign, "slope": NATURAL, "smooth": WHOLE,
             "then": ZERO}  # fmt: skip
    assert shown("1", "exp(x)", {"x": side("0", "2")}, steps, {"x": "1"}) is good


def test_slopes_that_are_not_the_derivative_are_rejected():
    steps = {"by": "slopes", "texts": {"x": "1 - x/2"}, "then": MEAN}
    assert shown("0", "x - x**2/4", {"x": side("1", "2")}, steps, {"x": "1"})
    assert not shown("0", "x - x**2/4", {"x": side("1", "2")}, steps | {"texts": {"x": "1"}},
                     {"x": "1"})  # fmt: skip


def contact(order=1, at="0", derivative=None, then=NATURAL, rest=ZERO):
    return {"by": "contact", "variable": "x", "at": at, "order": order, "derivative": derivative,
            "smooth": WHOLE, "then": then, "rest": rest}  # fmt: skip


def monotone(sign, then, slope=NATURAL):
    return {"by": "monotone", "variable": "x", "sign": sign, "slope": slope, "smooth": WHOLE,
            "then": then}  # fmt: skip


def split(at):
    return {"by": "split", "variable": "x", "at": at, "parts": [NATURAL, NATURAL]}


#: What goes wrong: a false claim, its domain, steps that would show it if one check were missing
UNSOUND = {
    "a derivative as the file says": ("0", "-x", ("0", "1"), contact(derivative="1")),
    "a first derivative that does not vanish": ("0", "x**2 + x", ("-1", "1"), contact(2)),
    "an odd contact on both sides": ("0", "x", ("-1", "1"), contact()),
    "a value at the contact": ("1", "x", ("0", "1"), contact()),
    "a value at the contact, by its range": ("1", "x", ("0", "1"), contact(rest=NATURAL)),
    "a falling formula at its upper end": ("x", "1/2", ("0", "1"), monotone(-1, NATURAL)),
    "a rising formula that falls": ("x", "1/2", ("0", "1"), monotone(1, NATURAL)),
    "a limit below 0": ("1", "x", ("0", None, True), monotone(1, "limit")),
    "another form": ("0", "-x", ("0", "1"), {"by": "form", "text": "x", "then": NATURAL}),
    "the second case of a kink": ("x", "Min(x, 1)", ("0", "2"),
                                  {"by": "cases", "term": "Min(x,1)", "parts": [ZERO, NATURAL]}),
    "a root on the whole line": ("0", "x", (None, None),
                                 {"by": "root", "variable": "x", "power": 2, "then": NATURAL}),
    "a root whose ends stay": ("16", "x", ("4", "20"),
                               {"by": "root", "variable": "x", "power": 2, "then": NATURAL}),
    "a mean value far from the middle": ("0", "x", ("-1", "2"), MEAN),
    "the right half": ("x", "1", ("0", "2"), split("1")),
    "the left half": ("1", "x", ("0", "2"), split("1")),
}  # fmt: skip


@pytest.mark.parametrize("name", UNSOUND)
def test_a_false_claim_is_not_shown_by_steps_of_which_one_is_wrong(name):
    left, right, ends, steps = UNSOUND[name]
    assert not shown(left, right, {"x": side(*ends)}, steps, {"x": "5" if "16" in left else "1"})


def test_a_product_of_both_signs_is_least_where_they_differ():
    square = {"x": side("-1", "1"), "y": side("-1", "1")}
    assert not shown("0", "x*y + 1/2", square, NATURAL, {"x": "0", "y": "0"})
    assert shown("0", "x*y + 1", square, NATURAL, {"x": "0", "y": "0"})


#: The same steps on claims that are true.
SOUND = {
    "a derivative that is one": ("0", "x", ("0", "1"), contact(derivative="1")),
    "a contact of order two": ("0", "x**2", ("-1", "1"), contact(2)),
    "an odd contact at an end": ("0", "x", ("0", "1"), contact()),
    "a falling formula": ("x", "1", ("0", "1"), monotone(-1, ZERO)),
    "a limit of 0": ("0", "x", ("0", None, True), monotone(1, "limit")),
    "a root": ("4", "x", ("4", "9"),
               {"by": "root", "variable": "x", "power": 2, "then": NATURAL}),
}  # fmt: skip


@pytest.mark.parametrize("name", SOUND)
def test_a_true_claim_is_shown_by_the_same_steps(name):
    left, right, ends, steps = SOUND[name]
    point = {"x": "5" if left == "4" else "1"}
    assert shown(left, right, {"x": side(*ends)}, steps, point)


FROM_ONE = {"x": side("1", None)}


@pytest.mark.parametrize("large, small, squares, good", [
    ("x", "sqrt(x**2 - 1)", "1", True), ("sqrt(x**2 + 1)", "x", "1", True),
    ("2*x", "sqrt(3*x**2 + 1)", "x**2 - 1", True), ("sqrt(x**2 - 1)", "x", "-1", False),
    ("-2*x", "sqrt(x)", "x*(4*x - 1)", False),  # the square of what is negative
    ("x", "sqrt(x**2 - 1)", "2", False),  # other squares
])  # fmt: skip
def test_squares_decide_only_where_the_larger_side_is_not_negative(large, small, squares, good):
    steps = {"by": "square", "large": large, "small": small, "sign": NATURAL,
             "then": {"by": "form", "text": squares, "then": NATURAL}}  # fmt: skip
    assert shown(small, large, FROM_ONE, steps, {"x": "2"}) is good


@pytest.mark.parametrize("left, right, large, small, then, good", [
    ("log(x)", "log(2*x)", ["2*x"], ["x"], "x", True),
    ("log(x)", "log(x/2) + log(4)", ["x/2", "4"], ["x"], "x", True),
    ("log(x)", "x", ["exp(x)"], ["x"], "exp(x) - x", False),  # [1, oo): exp(x) - x has no range
    ("log(2*x)", "log(x)", ["x"], ["2*x"], "-x", False),
    ("log(x)", "log(3*x)", ["2*x"], ["x"], "x", False),  # other logarithms
    ("0", "log(x - 1/2) + log(2)", ["x - 1/2", "2"], [], "2*x - 2", True),
    ("0", "log(-x) - log(-2*x)", ["-x"], ["-2*x"], "x", False),  # no logarithms at all
])  # fmt: skip
def test_exponentials_of_logarithms_are_compared_where_all_are_positive(
    left, right, large, small, then, good
):
    inner = {"by": "form", "text": then, "then": NATURAL}
    steps = {"by": "exponentials", "large": large, "small": small, "positive": WHOLE, "then": inner}
    assert shown(left, right, FROM_ONE, steps, {"x": "2"}) is good


@pytest.mark.parametrize("term, text, good", [
    ("asinh(x)", "log(x + sqrt(1 + x**2)) - log(x)", True),
    ("asinh(x)", "log(x + sqrt(2 + x**2)) - log(x)", False),
    ("atan(x)", "log(x + sqrt(1 + x**2)) - log(x)", False),
])  # fmt: skip
def test_an_arsinh_is_written_as_the_logarithm_that_it_is(term, text, good):
    inside = {
        "by": "exponentials",
        "large": ["x + sqrt(1 + x**2)"],
        "small": ["x"],
        "positive": WHOLE,
        "then": {"by": "form", "text": "sqrt(1 + x**2)", "then": NATURAL},
    }
    steps = {"by": "arsinh", "term": term, "then": {"by": "form", "text": text, "then": inside}}
    assert shown("log(x)", f"{term}", FROM_ONE, steps, {"x": "2"}) is good


@pytest.mark.parametrize("right, slope, sign, good", [
    ("x*exp(-x)", "(x - 1)*exp(-x)", -1, True),
    ("1 - x*exp(-x)", "(x - 1)*exp(-x)", 1, True),  # its least value is at 1
    ("x*exp(-x) - 1/10**9", "(x - 1)*exp(-x)", -1, False),  # comes down to less than 0
    ("exp(x)/(exp(x) + x) - 1", "x", -1, False),  # a slope that is another one
])  # fmt: skip
def test_the_limit_of_what_grows_against_what_falls(right, slope, sign, good):
    steps = {"by": "monotone", "variable": "x", "sign": sign, "smooth": WHOLE, "then": "limit",
             "slope": {"by": "form", "text": slope, "then": NATURAL}}  # fmt: skip
    assert shown("0", right, FROM_ONE, steps, {"x": "2"}) is good


@pytest.mark.parametrize("lower, good", [("0", True), ("1/10**9", False)])
def test_a_limit_without_a_rule_is_enclosed_and_may_be_0(lower, good):
    """x^y comes down to 0 as x does; there is no rule for a power that is no number."""
    steps = {"by": "monotone", "variable": "x", "sign": 1, "slope": NATURAL, "smooth": WHOLE,
             "then": "limit"}  # fmt: skip
    domain = {"x": side("0", "1", low_open=True), "y": side("1", "2")}
    assert shown(lower, "x**y", domain, steps, {"x": "1/2", "y": "1"}) is good
