"""What is no claim in formulas, has no domain, or is awkward, is refused or not proved."""

from __future__ import annotations

import pytest
import sympy as sp
import torch

import verify
from tests.verify.prove.by_hand import claim
from verify import checker

tree = checker.loaded("prove/recheck_tree.py")
ranges = checker.loaded("prove/recheck_range.py")
normal = checker.loaded("prove/recheck_normal.py")


@pytest.mark.parametrize(
    "left, right, box",
    [
        ("0", "1/x**2", {"x": (-1, 1)}),
        ("(x**2 - 1)/(x - 1)", "x + 2", {"x": (0, 2)}),
        ("-1", "sqrt(x)", {"x": (-1, 1)}),
        ("-1", "x*log(x)", {"x": (0, 1)}),
        ("-3", "x**(1/3)", {"x": (-1, 1)}),
        ("x**y", "4", {"x": (-2, 2), "y": (0, 2)}),
        ("atan(1/x)", "2", {"x": (-1, 1)}),
    ],
)
def test_nothing_is_proved_where_a_side_is_not_defined_on_part_of_the_domain(left, right, box):
    assert not verify.prove(claim(left, right), box=box, seconds=2).proved


@pytest.mark.parametrize("box", [{"x": (1, 1)}, {"x": (2, 1)}, {"x": (0, "what")}, {"z": (0, 1)},
                                 {"x": (0, "I")}, {"x": 3}])  # fmt: skip
def test_an_empty_or_unreadable_domain_is_refused(box):
    with pytest.raises(verify.VerifyError):
        verify.prove(claim("tanh(x)", "x"), box=box)


def proved(made, **options):
    """Whether it is proved; a domain that is refused is no proof."""
    try:
        return verify.prove(made, **options).proved
    except verify.VerifyError:
        return False


def test_conditions_that_exclude_each_other_prove_nothing():
    with pytest.raises(verify.VerifyError):
        claim("x + 1", "x", where=["x*y <= -5"])
    with pytest.raises(verify.VerifyError):
        verify.prove(claim("n", "0*n + n", n={"integer": True}), box={"n": ("1/4", "3/4")})


def test_a_function_is_no_formula():
    made = verify.Claim.of(
        "function", lambda x: x, sp.Symbol("x"),
        sampler=lambda g, n: {"x": torch.rand(n, generator=g, dtype=torch.float64)},
    )  # fmt: skip
    with pytest.raises(verify.VerifyError):
        verify.prove(made)


def test_two_symbols_of_one_name_are_one_number_with_all_their_signs():
    plain, whole = sp.Symbol("x"), sp.Symbol("x", nonnegative=True)
    made = verify.Claim.of(
        "same name", sp.tanh(plain), whole,
        sampler=lambda g, n: {"x": torch.rand(n, generator=g, dtype=torch.float64)},
    )  # fmt: skip
    assert verify.prove(made).proved, "a sample has one number of that name, and it is >= 0"


@pytest.mark.parametrize("scale", ["10**-300", "10**300"])
def test_the_size_of_the_numbers_does_not_matter(scale):
    box = {"x": (0, scale)}
    assert verify.prove(claim("tanh(x)", "x"), box=box).proved, "the first sides meet at 0"
    assert not verify.prove(claim(f"x/({scale})", "999999/10**6"), box=box, seconds=2).proved


def test_a_name_that_python_or_the_checker_uses_is_no_obstacle():
    for name in ("pi_", "lambda", "exp"):
        symbol = sp.Symbol(name, nonnegative=True)
        made = verify.Claim.of(
            "named", sp.tanh(symbol), symbol,
            sampler=lambda g, n, name=name: {name: torch.rand(n, generator=g, dtype=torch.float64)},
        )  # fmt: skip
        assert verify.prove(made).proved


def test_the_time_limit_holds():
    hard = claim("sin(50*x)*sin(50*y)*sin(50*z)", "1", name="hard")
    found = verify.prove(hard, box=dict.fromkeys("xyz", (0, 10)), seconds=0.5)
    assert found.seconds < 20


@pytest.mark.parametrize(
    "text",
    ["x*x - x**2", "exp(x)*exp(-x) - 1", "log(exp(x)) - x", "sqrt(12) - 2*sqrt(3)",
     "cosh(x)**2 - sinh(x)**2 - 1", "sin(7*pi/6) + 1/2", "(x*y)**(1/2) - sqrt(x)*sqrt(y)",
     "log(x*y) - log(x) - log(y)", "(x**2 - y**2)/(x - y) - x - y", "erf(-x) + erf(x)",
     "sqrt(1 - x)*sqrt(1 + x) - sqrt(1 - x**2)"],
)  # fmt: skip
def test_the_normal_form_sees_what_vanishes(text):
    assert normal.Ring(frozenset("xy")).is_zero(tree.parse(text, "xy"))


@pytest.mark.parametrize(
    "text",
    ["x - y", "sqrt(x**2) - x", "log(x**2) - 2*log(x)", "log(x*y) - log(x) - log(y)",
     "exp(x) - 1 - x", "sin(x)", "Abs(x) - x", "sqrt(2) - 141421356237/10**11"],
)  # fmt: skip
def test_the_normal_form_calls_nothing_zero_that_is_not(text):
    """Of numbers of any sign: roots and logarithms of products are not taken apart."""
    assert not normal.Ring(frozenset()).is_zero(tree.parse(text, "xy"))


def side(low, high, low_open=False, high_open=False):
    return ranges.Range(ranges.arb(low), ranges.arb(high), low_open, high_open)


@pytest.mark.parametrize("text, box", [
    ("log(x)", (0, 1)), ("1/x", (0, 1)), ("1/x", (-1, 1)), ("sqrt(x)", (-1, 1)), ("tan(x)", (1, 2)),
    ("x**(-1/2)", (0, 1)), ("asin(x)", (0, 2)), ("x**x", (-1, 1)), ("1/(x - x)", (1, 2)),
])  # fmt: skip
def test_a_range_is_refused_where_the_formula_is_not_defined_on_the_whole_box(text, box):
    with pytest.raises(ValueError):
        ranges.evaluate(tree.parse(text, "x"), {"x": side(*box)})


TEXTS = ["x*exp(-x)", "sin(3*x)*cos(x)", "x**3 - 2*x**2 + x", "tanh(x)/cosh(x)**2", "erf(x)*x",
         "sqrt(x + 5)", "log(x + 5)*x", "1/(x + 5) - x", "atan(x)*asinh(x)", "erfc(x) - x**4",
         "Abs(x) - Max(x, x**2)", "(x + 5)*log(x + 5)"]  # fmt: skip


@pytest.mark.parametrize("text", TEXTS)
def test_a_range_holds_every_value_on_the_box(text):
    formula, t = sp.sympify(text), tree.parse(text, "x")
    for low, high in ((-2, -1), (-1, 2), (0.25, 0.5), (1, 4)):
        found = ranges.evaluate(t, {"x": side(low, high)})
        for k in range(9):
            at = low + (high - low) * k / 8
            value = float(formula.xreplace({sp.Symbol("x"): sp.Rational(at)}).evalf(30))
            assert float(found.lo) - 1e-12 <= value <= float(found.hi) + 1e-12


def test_an_open_end_is_remembered_and_a_closed_one_is_not_forgiven():
    inside = ranges.evaluate(tree.parse("log(x)", "x"), {"x": side(0, 1, low_open=True)})
    assert not inside.lo.is_finite()
    assert ranges.evaluate(tree.parse("exp(x)", "x"), {"x": side(0, 1, True)}).lo_open
    assert not ranges.evaluate(tree.parse("x*y", "xy"), {"x": side(0, 1, True),
                                                         "y": side(0, 1)}).lo_open  # fmt: skip


@pytest.mark.slow
def test_numbers_of_thousands_of_digits_end_a_search_and_not_the_program():
    """Contacts of a claim at scale 10^-150 are numbers that Python does not write as text."""
    x, s = sp.Symbol("x", real=True), sp.Integer(10) ** -150
    half_line = {"x": verify.domain.scalar(0, sp.oo)}
    wrong = verify.Claim.of("made", s * sp.asinh(x / s), x * sp.Rational(10**9 - 1, 10**9),
                            domain=half_line)  # fmt: skip
    assert not verify.prove(wrong, seconds=4).proved
