"""What jumps inside a Python function is decided by rounding: such a jump refutes nothing.

Every entry of `ALARMS` is a true theorem whose float64 value is wrong by a whole step, because two
numbers that are equal come out different; every entry of `FALSE` jumps too, and is really false.
"""

from __future__ import annotations

import math

import pytest
import sympy as sp
import torch

import verify
from verify import Claim, Verdict
from verify.cuts import grid_distance

r = sp.Symbol("r", nonnegative=True)


def scalars(low, high):
    def draw(generator, count):
        u = torch.rand(count, generator=generator, dtype=torch.float64)
        return {"x": low + (high - low) * u}

    return draw


def whole(low, high):
    def draw(generator, count):
        return {"x": torch.randint(low, high, (count,), generator=generator).double()}

    return draw


def vectors(n):
    def draw(generator, count):
        return {"a": torch.randn(count, n, generator=generator, dtype=torch.float64)}

    return draw


def matrices(n):
    def draw(generator, count):
        a, b = torch.randn(2, count, n, n, generator=generator, dtype=torch.float64)
        return {"a": a, "b": b}

    return draw


def stochastic(generator, count):
    drawn = torch.rand(count, 4, 4, generator=generator, dtype=torch.float64)
    return {"p": drawn / drawn.sum(-1, keepdim=True)}


def one_if(condition):
    return condition.double()


def nonzeros(a):
    return torch.linalg.vector_norm(a, ord=0, dim=-1)


def one_or_two_sided(a):
    total = torch.softmax(a, -1).sum(-1)
    return one_if(total < 1) + one_if(total > 1)


def largest_differ(a):
    """Softmax keeps the order; in float64 all of it is 1/5."""
    return one_if(torch.softmax(a, -1).argmax(-1) != a.argmax(-1))


def negative_eigenvalues(a):
    """Of a matrix a a^T of rank 1: none."""
    outer = a.unsqueeze(-1) * a.unsqueeze(-2)
    return one_if(torch.linalg.eigvalsh(outer) < 0).sum(-1)


def rank_of_outer(a):
    outer = a.unsqueeze(-1) * a.unsqueeze(-2)
    return one_if(torch.linalg.svdvals(outer) > 0).sum(-1)


def traces_differ(a, b):
    trace = [torch.einsum("bii->b", m) for m in (a @ b, b @ a)]
    return one_if(trace[0] != trace[1])


def branch(x):
    """Python's own branch on a comparison of floats, entry by entry."""
    roots = torch.sqrt(x)
    pairs = zip(roots, x, strict=True)
    return torch.stack([0.0 * s if bool(s * s == t) else 0.0 * s + 1 for s, t in pairs])


def powers(p):
    """Row sums of a power of a stochastic matrix: 1, whatever the power. What sums to 1 only to
    rounding is no fault of the claim."""
    found = p
    for _ in range(60):
        found = found @ p
    return found.sum(-1).amax(-1)


ALARMS = {
    "inverse": (lambda x: one_if(x * (1 / x) != 1), 0, scalars(1, 9)),
    "root": (lambda x: one_if(torch.sqrt(x).square() != x), 0, scalars(1, 9)),
    "sign": (lambda x: (x.sin().square() + x.cos().square() - 1).sign().abs(), 0, scalars(1, 9)),
    "ceiling": (lambda x: torch.exp(x.log()).ceil() - torch.exp(x.log()).floor(), 0, whole(3, 99)),
    "round": (lambda x: (x.log().exp() - 0.5).round() + 0.25, sp.Symbol("x"), whole(3, 99)),
    "nonzeros": (lambda a: nonzeros((a + 1) - a - 1), 0, vectors(40)),
    "trace": (traces_differ, 0, matrices(3)),
    "two sides": (one_or_two_sided, 0, vectors(8)),
    "inertia": (negative_eigenvalues, 0, vectors(30)),
    "rank": (rank_of_outer, 1, vectors(6)),
    "remainder": (lambda x: torch.remainder(x * 0.1, 0.1).abs() * 10, 0, whole(3, 99)),
    "truth value": (lambda x: (x.log().exp() - x).bool().double(), 0, scalars(1, 9)),
    "largest": (largest_differ, 0, lambda g, n: {"a": 1e-17 * vectors(5)(g, n)["a"]}),
    "branch": (branch, 0, scalars(1, 9)),
    "constant": (lambda x: torch.sin(torch.full_like(x, math.pi)), 0, scalars(1, 9)),
    "stochastic": (powers, 1, stochastic),
}  # fmt: skip
FALSE = {
    "far apart": (lambda x: one_if(x * (1 / x) != 1 + 1e-9), 0, scalars(1, 9)),
    "floor": (lambda x: x.floor() - x, -sp.Rational(1, 2), scalars(1, 9)),
    "sign": (lambda x: x.sin().sign(), 0, scalars(1, 9)),
    "nonzeros": (nonzeros, 39, vectors(40)),
    "argmax": (lambda a: a.argmax(-1).double(), 6, vectors(8)),
    "rank": (lambda a, b: one_if(torch.linalg.svdvals(a @ b) > 0).sum(-1), 2, matrices(3)),
    "parity": (lambda x: torch.remainder(x * (x + 1), 4), 0, whole(3, 99)),
    "integers": (lambda x: one_if(x * x - x == 42), 0, whole(3, 12)),
    "guard": (
        lambda x: torch.where(x == 0, 1.0, x.sin() / x), sp.Rational(9, 10), scalars(0, 0.1)
    ),
    "equal numbers": (lambda a: one_if(a[:, 0] == a[:, 0]), 0, vectors(2)),
}  # fmt: skip


def claim_of(entry) -> Claim:
    left, right, sampler = entry
    return Claim.of("mine", left, right, sampler=sampler)


def drawn(claim: Claim, seed: int = 0):
    (shape,) = claim.subject.shapes(claim)
    return claim.subject.drawn(shape, 64, seed)


@pytest.mark.parametrize("name", ALARMS)
def test_a_true_claim_that_a_jump_breaks_is_never_refuted(name):
    left, right, _ = entry = ALARMS[name]
    claim = claim_of(entry)
    values = drawn(claim).values
    bound = values["x"] if right == sp.Symbol("x") else float(right)
    assert bool((left(**values) > bound).any()), "no false alarm to begin with"
    for seed in range(2):
        found = verify.check(claim, drawn(claim, seed))
        assert found.verdict is not Verdict.VIOLATED
        assert found.best_ratio <= 1.0


@pytest.mark.parametrize("name", FALSE)
def test_a_jump_that_no_rounding_makes_refutes(name):
    claim = claim_of(FALSE[name])
    assert verify.check(claim, drawn(claim)).verdict is Verdict.VIOLATED


def test_what_holds_by_an_equality_that_rounding_hides_stays_open():
    """sqrt(x)^2 = x: the quantity is 1, above 1/2; float64 finds 0 where it rounds otherwise."""
    claim = claim_of((lambda x: one_if(torch.sqrt(x).square() == x), sp.Rational(1, 2),
                      scalars(1, 9)))  # fmt: skip
    assert verify.check(claim, drawn(claim)).verdict is not Verdict.HOLDS


def on_the_cut(x, at=-1.0):
    """Complex numbers whose imaginary part is 0, off by the rounding of e^(log x) - x."""
    return torch.complex(at * x, x.log().exp() - x)


def roots_of_minus(x):
    return torch.complex(-x, torch.zeros_like(x)).sqrt()


def picture(values, places, **options):
    """Each place of a row of numbers, read at the nearest of its entries."""
    row = torch.tensor(values, dtype=torch.float64).reshape(1, 1, 1, -1).expand(len(places), -1, -1,
                                                                               -1)  # fmt: skip
    grid = torch.stack([places, torch.zeros_like(places)], -1).reshape(-1, 1, 1, 2)
    return torch.nn.functional.grid_sample(
        row, grid, mode="nearest", align_corners=True, **options
    ).reshape(-1)


def halfway(x):
    """The middle of a row of two, (x - x)/x for x = e^(log x): the first entry, by definition."""
    return (x.log().exp() - x) / x


def enlarged(x, size, **options):
    """Entry by entry, where `interpolate` reads a row of 10, less where it does by definition."""
    row = torch.arange(10, dtype=torch.float64).reshape(1, 1, -1)
    found = torch.nn.functional.interpolate(row, **size, **options).reshape(-1)
    return found.sum() + 0 * x


CUTS = {
    "logarithm": lambda x: on_the_cut(x).log().imag,
    "logarithm of 2": lambda x: on_the_cut(x).log2().imag,
    "root": lambda x: on_the_cut(x).sqrt().imag,
    "power": lambda x: (on_the_cut(x) ** (1 / 3)).imag,
    "angle": lambda x: on_the_cut(x).angle(),
    "arcsine": lambda x: on_the_cut(x).asin().imag,
    "arccosine": lambda x: on_the_cut(x).acos().imag,
    "area tangent": lambda x: on_the_cut(x).atanh().imag,
    "area cosine": lambda x: on_the_cut(x).acosh().imag,
    "arctangent": lambda x: (on_the_cut(x) * 1j).atan().real,
    "area sine": lambda x: (on_the_cut(x) * 1j).asinh().real,
    "different": lambda x: one_if(on_the_cut(x) != -x) - 0.5,
    "direction": lambda x: (on_the_cut(x) + x).sgn().imag,
    "nearest": lambda x: picture([-1.0, 1.0], halfway(x)),
}


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("name", CUTS)
def test_a_number_that_rounding_puts_across_a_cut_refutes_nothing(name, sign):
    """Its sign is a matter of rounding: neither `<= 0` nor `>= 0` is refuted."""
    claim = claim_of((lambda x: sign * CUTS[name](x), 0, scalars(2, 9)))
    (shape,) = claim.subject.shapes(claim)
    case = claim.subject.drawn(shape, 24, 0)
    values = CUTS[name](case.values["x"])
    if name not in ("different", "direction"):
        assert bool((values < 0).any() and (values > 0).any()), "nothing jumps here"
    assert verify.check(claim, case).verdict is not Verdict.VIOLATED


@pytest.mark.parametrize("aligned, places, away", [
    (False, [0.0, 0.25, -0.5, 1.25], [0.0, -0.25, 0.0, 0.25]),  # halves at -1.25, -1, .., 1
    (True, [0.0, 1 / 3, 1.0], [0.0, -1 / 3, -1 / 3]),  # halves at -2/3, 0, 2/3
])  # fmt: skip
def test_a_place_of_a_grid_knows_how_far_it_is_from_half_way(aligned, places, away):
    """Four entries in a row; units of the grid."""
    grid = torch.tensor([[place, 0.0] for place in places], dtype=torch.float64)
    row = torch.zeros(1, 1, 1, 4, dtype=torch.float64)
    found = grid_distance((row, grid.reshape(1, 1, -1, 2), 1, 0, aligned))
    assert found[0, 0, :, 0].abs().tolist() == pytest.approx([abs(a) for a in away], abs=1e-12)
    assert grid_distance((row, grid.reshape(1, 1, -1, 2), 0, 0, aligned)) is None


AWAY = {
    "logarithm": (lambda x: on_the_cut(x, 1.0).log().real, 2, scalars(2, 9)),
    "other side": (lambda x: torch.complex(-x, x).log().imag, 2, scalars(2, 9)),
    "square": (lambda x: -(on_the_cut(x) ** 2).real, -60, scalars(2, 9)),
    "different": (lambda x: one_if(on_the_cut(x) != x), 0, scalars(2, 9)),
    "nearest": (lambda x: picture([-1.0, 1.0], x / 10), 0, scalars(2, 9)),
    "bilinear": (lambda x: torch.nn.functional.grid_sample(
        torch.ones(len(x), 1, 2, 2, dtype=x.dtype), halfway(x).reshape(-1, 1, 1, 1).expand(
            -1, 1, 1, 2), align_corners=True).reshape(-1), sp.Rational(1, 2), scalars(2, 9)),
    "enlarged": (lambda x: enlarged(x, {"size": 20}), 89, scalars(2, 9)),
}  # fmt: skip


@pytest.mark.parametrize("name", AWAY)
def test_what_is_false_away_from_every_cut_is_refuted(name):
    claim = claim_of(AWAY[name])
    (shape,) = claim.subject.shapes(claim)
    assert verify.check(claim, claim.subject.drawn(shape, 24, 0)).verdict is Verdict.VIOLATED


@pytest.mark.parametrize("size", [{"scale_factor": 1.2}, {"size": 7}, {"size": 15}])
def test_where_a_resized_picture_is_read_at_an_edge_in_float32_nothing_is_refuted(size):
    """10/7 of 0 to 6 meets no whole number but 0, so what is read there is certain; 6/1.2 and
    3*10/15 are whole numbers, which float32 may miss."""
    claim = claim_of((lambda x: enlarged(x, size), -1, scalars(2, 9)))
    (shape,) = claim.subject.shapes(claim)
    found = verify.check(claim, claim.subject.drawn(shape, 4, 0)).verdict
    assert (found is Verdict.VIOLATED) is (size == {"size": 7})
