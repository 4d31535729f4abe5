"""False if a function means different things in two number systems, or one is taken on trust."""

from __future__ import annotations

import flint
import numpy as np
import pytest
import sympy as sp
import torch
from sympy.codegen.cfunctions import expm1, log1p

import bounds
from bounds import Interval
from bounds.backends import namespace
from bounds.notation import Notation
from bounds.printing import compile_expression, source

x, y = sp.symbols("x y", real=True)
SYSTEMS = ("numpy", "torch", "ball", "interval")
FORMULAS = {
    "log1p": (log1p(x), 0.3), "expm1": (expm1(x), 0.3), "cosh": (sp.cosh(x), -1.2),
    "sinh": (sp.sinh(x), -1.2), "tanh": (sp.tanh(x), 0.4), "asin": (sp.asin(x), 0.6),
    "acos": (sp.acos(x), 0.6), "atan": (sp.atan(x), -3.0), "asinh": (sp.asinh(x), -3.0),
    "erf": (sp.erf(x), 0.7), "erfc": (sp.erfc(x), 0.7), "gamma": (sp.gamma(x), 3.7),
    "factorial": (sp.factorial(x), 2.7), "factorial of a whole number": (sp.factorial(x), 5.0),
    "gamma below 0": (sp.gamma(x), -2.5), "loggamma": (sp.loggamma(x), 12.25),
    "Abs": (sp.Abs(x), -2.0), "sign": (sp.sign(x), -2.0), "sin": (sp.sin(x), 2.0),
    "tan": (sp.tan(x), 1.0),
    "exp": (sp.exp(x), 1.5),
    "log": (sp.log(x), 2.5), "Max": (sp.Max(x, 1, x**2), 1.5), "Min": (sp.Min(x, 1), 1.5),
    "floor": (sp.floor(x), -1.5), "ceiling": (sp.ceiling(x), -1.5),
    "Piecewise": (sp.Piecewise((x**2, x < 1), (sp.log(x), sp.And(x >= 1, x < 3)), (7, True)), 2.0),
    "Or, Not": (sp.Piecewise((1, sp.Or(x < 0, sp.Ne(x, 2))), (x, True)), 2.0),
    "Eq": (sp.Piecewise((5, sp.Eq(x, 2)), (x, True)), 2.0),
    "Sum": (sp.Sum(x**sp.Symbol("k", integer=True), (sp.Symbol("k", integer=True), 0, 4)), 0.5),
    "Product": (sp.Product(x + sp.Symbol("k"), (sp.Symbol("k"), 1, 3)), 0.5),
    "sqrt, powers": (sp.sqrt(x) + x ** sp.Rational(-3, 2) + x**-1, 2.0),
    "constants": (sp.pi * x + sp.E + sp.Float(0.1) + sp.Rational(1, 3), 2.0),
}  # fmt: skip


def _at(formula: sp.Expr, value: object) -> object:
    notation = Notation("samples", {}).with_symbols([x, y])
    source = bounds.Source("user", "", "", "own")
    return bounds.Bound("b", "q", formula, (), source, notation=notation).evaluate(x=value)


@pytest.mark.parametrize("name", FORMULAS)
def test_a_function_is_one_function_in_all_number_systems(name):
    formula, at = FORMULAS[name]
    exact = float(formula.doit().subs(x, sp.Rational(at)).evalf(40))
    assert float(_at(formula, at)) == pytest.approx(exact, rel=1e-14)
    tensor = _at(formula, torch.tensor([at, at], dtype=torch.float64))
    assert torch.as_tensor(tensor).reshape(-1)[0].item() == pytest.approx(exact, rel=1e-13)
    assert float(_at(formula, flint.arb(at))) == pytest.approx(exact, rel=1e-13)
    found = _at(formula, Interval.exact(at))
    assert found.lower <= exact <= found.upper
    if name != "gamma below 0":  # where only its sign changes are known
        assert found.upper - found.lower <= 1e-12 * max(abs(exact), 1)


def test_every_number_system_has_the_same_names():
    names = [set(namespace(system)) for system in SYSTEMS]
    assert all(found == names[0] for found in names)


@pytest.mark.parametrize("bad", [
    sp.LambertW(x), sp.zeta(x), sp.Mod(x, 2), sp.Function("mine")(x), sp.EulerGamma * x, sp.I * x,
    sp.Integral(sp.exp(x * y), (y, 0, 1)), sp.zoo * x, sp.Sum(x**y, (y, 0, sp.oo)),
])  # fmt: skip
@pytest.mark.parametrize("system", SYSTEMS)
def test_what_a_number_system_lacks_is_refused_by_name(bad, system):
    one = {
        "numpy": 1.5,
        "torch": torch.tensor(1.5),
        "ball": flint.arb(1.5),
        "interval": Interval(1, 2),
    }
    with pytest.raises(bounds.BoundsError, match="expression"):
        _at(bad, one[system])


def test_a_float_in_a_formula_is_the_number_itself_and_not_its_digits():
    third = sp.Float(1 / 3)
    assert source(third) == f"Q({(1 / 3).as_integer_ratio()[0]}, {(1 / 3).as_integer_ratio()[1]})"
    with flint.ctx.workprec(200):
        assert compile_expression([], third, namespace("ball"))() == flint.arb(1 / 3)


def test_an_open_condition_takes_every_branch_that_may_hold():
    """Negative control: the midpoint's branch alone would miss -1."""
    jump = sp.Piecewise((-1, x < 0), (1, True))
    assert _at(jump, flint.arb(0.0, 0.1)).contains(-1)
    assert _at(jump, flint.arb(0.0, 0.1)).contains(1)
    assert _at(jump, Interval(-0.1, 0.2)).ends.tolist() == [-1.0, 1.0]
    gap = sp.Piecewise((1, x < 0))
    assert not _at(gap, flint.arb(1)).is_finite()
    assert _at(gap, Interval(1, 2)).ends.tolist() == [-np.inf, np.inf]


def test_gradients_pass_through_the_functions_of_torch():
    at = torch.tensor(2.5, dtype=torch.float64, requires_grad=True)
    formula = sp.erf(x) + sp.gamma(x) + sp.Piecewise((x**2, x > 1), (x, True)) + sp.asinh(x)
    _at(formula, at).backward()
    assert at.grad.item() == pytest.approx(
        float(sp.diff(formula, x).subs(x, 2.5).evalf()), rel=1e-10
    )


def test_sums_may_nest_and_reach_to_a_symbolic_depth():
    i, j, L = sp.Symbol("i", integer=True), sp.Symbol("j", integer=True), bounds.symbol("L")
    nu = bounds.symbol("nu")
    source = bounds.Source("user", "", "", "own")
    notation = bounds.get("output").notation
    double = sp.Sum(sp.Sum(nu**j, (j, 1, i)), (i, 1, L))
    bound = bounds.Bound("b", "q", double, (), source, notation=notation)
    assert bound.evaluate(nu=2.0, L=3) == 2 + (2 + 4) + (2 + 4 + 8)
    assert bound.at_depth(3).evaluate(nu=2.0) == 22
    pair = sp.Sum(nu * i * j, (j, 1, i), (i, 1, L))
    both = bounds.Bound("b", "q", pair, (), source, notation=notation)
    assert both.evaluate(nu=1.0, L=3) == both.at_depth(3).evaluate(nu=1.0) == 25.0
