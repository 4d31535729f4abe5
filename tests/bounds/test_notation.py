"""False if a user's symbol is not judged by what sympy assumes of it, or is taken for another."""

from __future__ import annotations

import copy
import math
import pickle
from dataclasses import replace

import flint
import numpy as np
import pytest
import sympy as sp
import torch
from latex2mathml.converter import convert

import bounds
from bounds.weightnorm import NOTATION

a, k, free = sp.Symbol("a", positive=True), sp.Symbol("k", integer=True), sp.Symbol("free")
x0 = sp.Symbol("x0", positive=True)  # sympy's own name for a common subexpression
exp = sp.Symbol("exp", nonnegative=True)  # a function's name in the compiled source
OWN = (a, k, free, x0, exp)


def own(expression: sp.Expr, *symbols: sp.Symbol, **changes: object) -> bounds.Bound:
    """A bound in the WeightNorm notation and further symbols."""
    notation = NOTATION.with_symbols(symbols)
    source = bounds.Source("user", "", "", "own")
    return bounds.Bound("mine", "my_norm", expression, (), source, notation=notation, **changes)


def test_symbols_of_ones_own_work_in_every_number_system():
    nu, L = bounds.symbol("nu"), bounds.symbol("L")
    shared = sp.sin(x0 + free) * sp.cos(x0 + free)
    bound = own(nu**L * a + shared * sp.exp(exp) + k, *OWN)
    values = {"nu": 2.0, "L": 3, "a": 0.5, "x0": 0.25, "free": -1.0, "exp": 0.1, "k": -2}
    inner = math.sin(-0.75) * math.cos(-0.75)
    expected = 4 + inner * math.exp(0.1) - 2
    assert bound.evaluate(**values) == pytest.approx(expected, rel=1e-14)
    tensors = {n: torch.tensor(float(v), dtype=torch.float64) for n, v in values.items()}
    assert float(bound.evaluate(**tensors)) == pytest.approx(expected, rel=1e-14)
    balls = {n: flint.arb(v) for n, v in values.items()}
    assert bound.evaluate(**balls).contains(flint.arb(4 - 2) + _inner_ball())
    assert bound.symbols == ("L", "a", "exp", "free", "k", "nu", "x0")


def _inner_ball() -> flint.arb:
    angle = flint.arb("-0.75")
    return angle.sin() * angle.cos() * flint.arb(0.1).exp()


@pytest.mark.parametrize("name, value, accepted", [
    ("a", 0.0, "a positive finite number"), ("k", 0.5, "a whole number"),
    ("free", float("nan"), "a finite number"), ("exp", -1e-9, "a non-negative finite number"),
])  # fmt: skip
def test_sympys_assumptions_are_the_domain(name, value, accepted):
    values = {"a": 1.0, "k": 1, "free": 1.0, "exp": 1.0, "x0": 1.0} | {name: value}
    with pytest.raises(bounds.BoundsError, match=f"`{name}`.*{accepted}"):
        own(a + k + free + exp + x0, *OWN).evaluate(**values)


def test_a_symbol_with_a_taken_name_or_without_real_values_is_refused():
    for bad in (sp.Symbol("nu", negative=True), sp.Symbol("z", imaginary=True)):
        with pytest.raises(bounds.BoundsError, match=str(bad)):
            NOTATION.with_symbols([bad])
    with pytest.raises(bounds.BoundsError, match="`a`"):
        NOTATION.with_symbols([a, sp.Symbol("a")])
    assert NOTATION.with_symbols([bounds.symbol("nu")]) is NOTATION


def test_plain_symbols_named_like_ours_are_adopted_unless_they_contradict():
    plain = sp.Symbol("nu") * sp.Symbol("L", positive=True) + sp.Symbol("zeta")
    assert NOTATION.adopt(plain) == bounds.symbol("nu") * bounds.symbol("L") + sp.Symbol("zeta")
    odd_one = sp.Symbol("nu", negative=True)
    assert NOTATION.adopt(odd_one) == odd_one
    assert NOTATION.adopt(sp.Le(sp.Symbol("p"), 1)) == sp.Le(bounds.symbol("p"), 1)


def test_an_own_bound_prints_scales_and_has_no_proof():
    bound = own(bounds.symbol("nu") * a**2, *OWN, left=r"\|g\|", sense=">=")
    assert bound.latex() == r"\|g\| \ge \nu a^{2}" or bound.latex() == r"\|g\| \ge a^{2} \nu"
    assert bound.scaling("a") == 2
    assert bound.limit("a", 0) == 0
    with pytest.raises(bounds.BoundsError, match="whose proof is not known"):
        bound.derivation()


def test_a_bound_that_only_shares_a_name_has_no_proof():
    shipped = bounds.get("output")
    with pytest.raises(bounds.BoundsError, match="whose proof is not known"):
        replace(shipped, expression=shipped.expression / 2).derivation()
    assert shipped.substitute(K=1).derivation().name == "output"
    corollary = bounds.get("hessian.closed.phi0_zero").substitute(K=1)
    assert corollary.derivation().name == "hessian.closed.phi0_zero"


def test_quantities_and_symbols_are_those_of_the_family():
    assert bounds.get("unnormalized.gradient").latex().startswith(r"\|\nabla_\theta \tilde f\|_2")
    for bound in (*bounds.catalogue().values(), *bounds.lemmas().values()):
        assert bound.quantity in bound.notation.quantities, bound.name
        assert all(bound.notation.name_of(s) for s in bound.expression.free_symbols
                   if not isinstance(s, sp.Indexed | sp.IndexedBase)), bound.name  # fmt: skip


def test_a_depth_is_a_depth_by_its_symbol_and_not_by_its_letter():
    """Negative control: a user's real L is no number of layers and is not rounded to one."""
    L = sp.Symbol("L", positive=True)
    notation = bounds.Notation("samples", {}).with_symbols([L])
    source = bounds.Source("user", "", "", "own")
    bound = bounds.Bound("b", "q", 2 * L, (), source, notation=notation)
    assert bound.evaluate(L=2.5) == 5.0
    assert bound.evaluate(L=np.array([0.5, 2.5])).tolist() == [1.0, 5.0]


def test_errors_and_bounds_survive_pickle_and_copy():
    try:
        bounds.get("hessian.shut")
    except bounds.BoundsError as problem:
        error = problem
    for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
        assert (str(twin), twin.argument, twin.found) == (str(error), error.argument, error.found)
    assert str(bounds.BoundsError("x", 1, "2")) == "`x`: found 1; accepted: 2"
    bound = own(a * bounds.symbol("nu"), a)
    twin = pickle.loads(pickle.dumps(bound))
    assert twin == bound
    assert twin.evaluate(a=2.0, nu=3.0) == 6.0


def test_senses_print_and_a_tolerance_belongs_to_an_identity():
    delta = sp.Symbol("delta", positive=True)
    likely = own(a * sp.log(1 / delta), a, delta, failure=delta)
    assert r"\text{ with probability at least } 1 - \delta" in likely.latex()
    convert(likely.latex())
    assert likely.failure_at(a=1.0, delta=0.1) == 0.1
    assert likely.evaluate(a=1.0, delta=0.1) == pytest.approx(math.log(10))
    assert own(a, a, sense="==", tolerance=1e-9).latex() == r"\mathrm{my_norm} = a"
    for changes in ({"sense": "<"}, {"tolerance": 1e-9}, {"sense": "==", "tolerance": -1.0}):
        with pytest.raises(bounds.BoundsError):
            own(a, a, **changes)


def test_an_overflow_claims_nothing_whichever_way_the_bound_goes():
    grows = sp.exp(1000 * a) - sp.exp(2000 * a)
    for sense, nothing in (("<=", np.inf), (">=", -np.inf)):
        assert own(grows, a, sense=sense).evaluate(a=1.0) == nothing
    assert math.isnan(own(grows, a, sense="==").evaluate(a=1.0))


def test_outside_its_domain_a_formula_is_no_number_and_no_vacuous_bound():
    assert math.isnan(own(sp.sqrt(a - 1), a).evaluate(a=0.5))
    assert math.isnan(own(sp.log(free), free).evaluate(free=-1.0))


def test_activations_are_one_object_everywhere_and_no_name_tells_them_apart():
    tanh = bounds.activation("tanh")
    assert bounds.activation(tanh) is tanh
    assert replace(tanh, name="sigmoid") == tanh
    assert replace(tanh, K=sp.Integer(2)) != tanh
    mine = bounds.activation_from_formula(sp.tanh(sp.Symbol("t", real=True)), name="tanh")
    assert bounds.activation(mine) is mine
