"""Where a claim of one's own may look: steps that leave the domain come back, and the hard point
at its edge is found."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest
import sympy as sp
import torch

import verify
from verify import domain
from verify.samples.space import SampleSpace

N = 6
X = sp.symbols(f"x:{N}", real=True)
s = sp.Symbol("s", real=True)
RAMP = torch.tensor([1.0, 2.0, 3.0, 4.0], dtype=torch.float64)


def cube(generator, count):
    drawn = torch.rand(N, count, generator=generator, dtype=torch.float64)
    return {f"x{i}": row for i, row in enumerate(drawn)}


def best(claim, evaluations=1500, **options):
    return verify.investigate(claim, evaluations=evaluations, **options)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_sum_of_the_coordinates_of_a_cube_reaches_its_corner(seed):
    inside = [condition for x in X for condition in (x >= 0, x <= 1)]
    claim = verify.Claim.of("sum", sum(X), sp.Rational(6001, 1000), sampler=cube, where=inside)
    found = best(claim, 1000, seed=seed)
    assert found.verdict is verify.Verdict.PROVED
    assert found.best_ratio == pytest.approx(6 / 6.001, rel=1e-12)


def _entropy(p):
    return torch.special.entr(p).sum(-1)


@pytest.mark.parametrize(
    "name, region, quantity, supremum",
    [
        ("entropy", domain.simplex(5), _entropy, math.log(5)),
        ("first power sum", domain.sphere(6), lambda x: x.sum(-1), math.sqrt(6)),
        ("four norm", domain.sphere(6), lambda x: x.pow(4).sum(-1), 1.0),
        ("ball", domain.ball(4, 2.0), lambda x: x @ RAMP,
         2 * math.sqrt(30)),
        ("box", domain.box([0, -1, 2], [1, 1, 3]), lambda x: (x[:, 0] - x[:, 1] + x[:, 2]), 5.0),
        ("entries", domain.orthogonal(3), lambda x: x.abs().sum((-1, -2)), 5.0),
        ("radius", domain.stochastic(3), lambda x: (x @ x).diagonal(dim1=-2, dim2=-1).sum(-1), 3.0),
        ("whole", domain.integers(0, 20, (3,)), lambda x: (x.sin() + 1).sum(-1),
         3 * (math.sin(14) + 1)),
        ("alternating", domain.signs(8), lambda x: (x[:, 1:] - x[:, :-1]).abs().sum(-1), 14.0),
    ],
)  # fmt: skip
def test_the_largest_value_on_a_set_is_found_and_never_passed(name, region, quantity, supremum):
    claim = verify.Claim.of(
        name, lambda x: quantity(x), s, domain={"x": region},
        measures={"s": lambda x: torch.full((len(x),), supremum, dtype=torch.float64)},
    )  # fmt: skip
    found = best(claim, 4000 if name in ("ball", "entries") else 1500)
    assert found.verdict is not verify.Verdict.VIOLATED  # open: at equality a function may round
    assert found.best_ratio > 1 - 1e-6
    assert bool(region.inside(found.witness.values["x"]).all())


def test_cones_of_matrices_are_searched_over_all_scales():
    """trace(AB) <= trace(A) trace(B) for positive semidefinite ones, with equality for rank one."""

    def product(A, B):
        return (A @ B).diagonal(dim1=-2, dim2=-1).sum(-1)

    def traces(A, B):
        return A.diagonal(dim1=-2, dim2=-1).sum(-1) * B.diagonal(dim1=-2, dim2=-1).sum(-1)

    sets = {"A": domain.positive_semidefinite(3), "B": domain.positive_semidefinite(3)}
    claim = verify.Claim.of("traces", product, s, domain=sets, measures={"s": traces})
    found = best(claim, 2000)
    assert found.verdict is not verify.Verdict.VIOLATED  # open: at equality a function may round
    assert found.best_ratio > 1 - 1e-6


def test_the_dimension_may_be_searched_too():
    """Entropy is at most log 4 up to four outcomes; the search goes where there are more."""
    claim = verify.Claim.of(
        "entropy", lambda p: _entropy(p), sp.log(4),
        domain=lambda n: {"p": domain.simplex(n)}, dimensions=range(2, 7),
    )  # fmt: skip
    found = best(claim)
    assert found.verdict is verify.Verdict.VIOLATED
    assert found.best_ratio == pytest.approx(math.log(6) / math.log(4), rel=1e-6)


def test_numbers_keep_what_their_symbols_say_wherever_they_are_declared():
    n = sp.Symbol("n", integer=True, positive=True)
    plain = sp.Symbol("n")
    both = {"n": domain.scalar(0, 9)}
    for quantity, where in ((sp.sin(n), ()), (sp.sin(plain), (n <= 9,))):
        claim = verify.Claim.of("whole", quantity, 2, domain=both, where=where)
        found = best(claim, 500)
        values = found.witness.values["n"]
        assert bool(((values == values.round()) & (values > 0)).all())
        assert found.best_ratio == pytest.approx(math.sin(8) / 2)


def test_conditions_that_are_decided_are_ignored_and_false_ones_refused():
    x = sp.Symbol("x", positive=True)
    claim = verify.Claim.of(
        "line", x, 2, sampler=lambda g, k: {"x": torch.rand(k, generator=g, dtype=torch.float64)},
        where=[x > -1, sp.And(x > 0, x <= 1), True, sp.Le(1, 2, evaluate=False)],
    )  # fmt: skip
    assert best(claim, 200).best_ratio == pytest.approx(0.5)
    with pytest.raises(verify.VerifyError, match="where"):
        verify.Claim.of("none", x, 2, domain={"x": domain.scalar(0, 1)}, where=[x < -1])


def test_an_equation_is_kept_by_the_search_and_reaches_the_checker(tmp_path):
    a, b = sp.symbols("a b", nonnegative=True)

    def on_line(generator, count):
        share = torch.randint(0, 257, (count,), generator=generator).double() / 256
        return {"a": share, "b": 1 - share}

    claim = verify.Claim.of("product", a * b, sp.Rational(6, 25), sampler=on_line,
                            where=[sp.Eq(a + b, 1)])  # fmt: skip
    found = best(claim, 1000)
    assert found.verdict is verify.Verdict.VIOLATED
    assert found.best_ratio == pytest.approx(0.25 / 0.24, rel=1e-7)
    data = json.loads(found.counterexample.text())
    assert set(data["subject"]["conditions"].values()) == {">="}
    assert verify.confirm(found.counterexample.save(tmp_path / "line.json")).confirmed


@pytest.mark.parametrize(
    "options, word",
    [
        ({"domain": {"x": 3}}, "domain"),
        ({"domain": {"x": domain.sphere(2)}, "sampler": cube}, "domain"),
        ({"domain": lambda n: {"x": domain.sphere(n)}}, "dimensions"),
        ({"domain": {"x": domain.sphere(2)}, "dimensions": (1, 2)}, "dimensions"),
    ],
)
def test_a_domain_that_is_none_is_refused(options, word):
    with pytest.raises(verify.VerifyError, match=word):
        verify.Claim.of("bad", lambda x: x.sum(-1), 1, **options)


def test_a_shrunk_point_stays_inside_its_set():
    claim = verify.Claim.of("sum", lambda x: x.sum(-1), 2, domain={"x": domain.sphere(6)})
    found = best(claim, 1000)
    assert found.verdict is verify.Verdict.VIOLATED
    values = found.counterexample.case().tensors()["x"]
    assert domain.sphere(6).contains(values)


def samples(**numbers):
    return verify.sample_case({n: torch.tensor(v, dtype=torch.float64) for n, v in numbers.items()})


def test_a_point_outside_the_domain_refutes_nothing():
    """x <= 1 is true on [0, 1]; a case brought from elsewhere is no counterexample at 2."""
    t = sp.Symbol("t", real=True)
    claim = verify.Claim.of("unit", t, 1, domain={"t": domain.scalar(0, 1)}, where=[t < 1])
    for value in (2.0, 1.0, -0.5):
        found = verify.check(claim, samples(t=[0.5, value]))
        assert found.verdict is verify.Verdict.NOT_RUN
        assert "t < 1" in found.reason
    assert verify.check(claim, samples(t=[0.5, 0.25])).verdict is verify.Verdict.HOLDS
    other = verify.Claim.of("other", t, 1, domain={"t": domain.scalar(0, 3)})
    drawn = next(iter(other.subject.corners(other, 0)))
    assert verify.check(claim, drawn).verdict is verify.Verdict.NOT_RUN
    mine = next(iter(claim.subject.corners(claim, 0)))
    moved = replace(mine, values={"t": mine.values["t"] + 2})
    assert verify.check(claim, moved).verdict is verify.Verdict.NOT_RUN


def test_a_function_is_not_refuted_off_its_set():
    claim = verify.Claim.of(
        "sum",
        lambda p: p.sum(-1),
        sp.Rational(3, 2),
        domain=lambda n: {"p": domain.simplex(n)},
        dimensions=(2, 3),
    )
    assert verify.check(claim, samples(p=[[1.0, 1.0]])).verdict is verify.Verdict.NOT_RUN
    assert verify.check(claim, samples(p=[[1.0] * 4])).verdict is verify.Verdict.NOT_RUN
    assert verify.check(claim, samples(p=[[0.5, 0.5]])).verdict is verify.Verdict.HOLDS


def test_a_file_states_every_digit_of_a_number():
    """A Float of fifty digits, or below the doubles, was rounded to one in the file."""
    t = sp.Symbol("t", real=True)
    small = sp.Float("1e-400")
    claim = verify.Claim.of("small", t, small, domain={"t": domain.scalar(0, 1)})
    right = best(claim, 60).counterexample.right_side
    assert sp.sympify(right) == sp.Rational(small) > 0


def test_a_file_of_matrix_entries_still_refutes_its_claim():
    """A file holds the entries that a formula reads, not the matrix of the domain."""
    A = sp.MatrixSymbol("A", 2, 1)
    claim = verify.Claim.of("first", A[0, 0], sp.Rational(1, 2), domain={"A": domain.sphere(2)})
    found = best(claim, 100)
    assert verify.check(claim, found.counterexample.case()).verdict is verify.Verdict.VIOLATED


def test_a_finite_end_is_looked_at_however_far_it_is():
    """x^2 <= 10^599 on [0, 10^300] was called true: nothing beyond a million was drawn."""
    x = sp.Symbol("x", real=True)
    place = {"x": domain.scalar(0, 10**300)}
    claim = verify.Claim.of("far", x**2, sp.Integer(10) ** 599, domain=place)
    case = next(iter(claim.subject.corners(claim, 0)))
    assert verify.check(claim, case).verdict is verify.Verdict.VIOLATED


@pytest.mark.parametrize("where, bound", [
    ([sp.And(X[0] >= 0, X[0] <= 1, X[1] >= 0, X[1] <= 1)], sp.Rational(3, 2)),
    ([sp.Eq(X[0] + X[1], 1)], sp.Rational(9, 10)),
    ([sp.Eq(X[0]**2 + X[1]**2, 1)], sp.Rational(14, 10)),
    ([X[0] + X[1] <= sp.Rational(1, 100), X[0] >= 0, X[1] >= 0], sp.Rational(99, 10_000)),
])  # fmt: skip
def test_sets_with_conditions_that_draws_hardly_ever_meet_are_searched_all_the_same(where, bound):
    """Unbounded numbers, cut by `And`, an equation or a thin wedge: the draws go there."""
    free = dict.fromkeys(("x0", "x1"), domain.scalar())
    claim = verify.Claim.of("thin", X[0] + X[1], bound, domain=free, where=where)
    assert best(claim, 300).verdict is verify.Verdict.VIOLATED


@pytest.mark.parametrize("name, region", [
    ("ball", domain.ball(4, 2.0)), ("sphere", domain.sphere(4)), ("simplex", domain.simplex(4)),
])  # fmt: skip
def test_every_step_of_a_search_comes_back_to_its_set(name, region):
    """Not its last one alone: beyond the set a search would climb what nobody asked for."""
    claim = verify.Claim.of(name, lambda x: x.sum(-1), 99, domain={"x": region})
    (shape,) = claim.subject.shapes(claim)
    space = SampleSpace(claim, shape, shape.detail, "cpu")
    before = space.draw(3, torch.Generator().manual_seed(0))
    after = space.retract({"x": before["x"] + 5.0 * RAMP}, before)
    assert torch.allclose(after["x"], region.project(after["x"]), atol=1e-9)
