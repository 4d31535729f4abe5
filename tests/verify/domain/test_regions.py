"""Sets of samples: draws and projections are members, and membership is decided exactly."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import pytest
import sympy as sp
import torch

from verify import Claim, Verdict, VerifyError, domain, investigate
from verify.domain.product import product

REGIONS = [
    domain.scalar(-1, 2),
    domain.scalar(0, "pi/2", open_low=True),
    domain.scalar(),
    domain.integers(-3, 5),
    domain.box([0, -1], [1, "oo"]),
    domain.box(0, 1, (2, 3)),
    domain.sphere(5),
    domain.sphere(3, 0.3),
    domain.ball(4, 2.0),
    domain.simplex(6),
    domain.signs(5),
    domain.symmetric(3),
    domain.positive_semidefinite(3),
    domain.orthogonal(3),
    domain.stochastic(3),
    domain.stochastic(2, 4),
]


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("region", REGIONS, ids=str)
def test_draws_structured_points_and_projections_are_members(region):
    drawn = region.draw(60, generator())
    assert drawn.dtype == torch.float64
    assert drawn.shape == (60, *region.shape)
    assert bool(region.inside(drawn).all())
    moved = drawn + 0.3 * torch.randn(drawn.shape, generator=generator(), dtype=torch.float64)
    assert bool(region.inside(region.settled(moved)).all())
    assert bool(region.inside(region.settled(region.starts)).all())


@pytest.mark.parametrize("region", REGIONS, ids=str)
def test_a_member_is_its_own_projection_to_rounding(region):
    drawn = region.draw(30, generator(1))
    torch.testing.assert_close(region.project(drawn), drawn, rtol=1e-13, atol=1e-14)


@pytest.mark.parametrize("region", REGIONS, ids=str)
def test_no_member_is_nearer_than_the_projection(region):
    members = torch.cat([region.draw(60, generator(2)), region.settled(region.starts)])
    points = 2.0 * torch.randn(8, *region.shape, generator=generator(3), dtype=torch.float64)
    apart = (points[:, None] - members[None]).reshape(8, len(members), -1).norm(dim=-1)
    moved = (points - region.project(points)).reshape(8, -1).norm(dim=-1)
    assert bool((moved <= apart.amin(-1) * (1 + 1e-12)).all())


@pytest.mark.parametrize("region", REGIONS, ids=str)
def test_structured_points_are_among_the_draws(region):
    starts, drawn = region.settled(region.starts), region.draw(60, generator(4))
    apart = (drawn[:, None] - starts[None]).reshape(60, len(starts), -1)
    same = apart.abs().amax(-1) <= 1e-12
    assert int(same.any(-1).sum()) >= min(len(starts), 20)


def test_a_box_starts_at_all_its_corners():
    low, high = [0.0, -1.0, 3.0, -9.0], [1.0, 2.0, 4.0, 9.0]
    starts = domain.box(low, high).starts.tolist()
    assert all(list(corner) in starts for corner in itertools.product(*zip(low, high, strict=True)))


@pytest.mark.parametrize(
    "region, outside",
    [
        (domain.scalar(0, 1), math.nextafter(1.0, 2.0)),
        (domain.scalar(0, 1), -5e-324),
        (domain.scalar(0, 1, open_high=True), 1.0),
        (domain.scalar(0, "pi/2"), math.nextafter(math.pi / 2, 2.0)),
        (domain.integers(0, 5), 2.5),
        (domain.sphere(2), [1.0, 2.0**-26]),
        (domain.ball(2), [1.0, 5e-324]),
        (domain.simplex(2), [0.5, 0.5 + 2.0**-52]),
        (domain.simplex(2), [1.0, -5e-324]),
        (domain.signs(2), [1.0, 0.0]),
        (domain.symmetric(2), [[0.0, 1.0], [math.nextafter(1.0, 2.0), 0.0]]),
        (domain.positive_semidefinite(2), [[1.0, 1.0], [1.0, math.nextafter(1.0, 0.0)]]),
        (domain.positive_semidefinite(2), [[1.0, 0.5], [math.nextafter(0.5, 0.0), 1.0]]),
        (domain.box([0, -1], [1, 2]), [0.5, math.nextafter(2.0, 3.0)]),
        (domain.orthogonal(2), [[1.0, 2.0**-26], [0.0, 1.0]]),
        (domain.orthogonal(2), [[1.0, 0.0], [1.0, 0.0]]),
        (domain.orthogonal(2), [[0.0, 0.0], [0.0, 0.0]]),
        (domain.stochastic(2), [[1.0, 0.0], [0.5, 0.25]]),
    ],
    ids=str,
)
def test_one_unit_in_the_last_place_outside_is_outside(region, outside):
    assert not region.contains(torch.tensor(outside, dtype=torch.float64))


@pytest.mark.parametrize(
    "region, inside",
    [
        (domain.scalar(0, "pi/2"), math.pi / 2),  # the float below pi/2
        (domain.sphere(3), [2 / 3, 2 / 3, 1 / 3]),  # no floats have this norm exactly
        (domain.simplex(3), [1 / 3, 1 / 3, 1 / 3]),
        (domain.simplex(10), [0.1] * 10),
        (domain.positive_semidefinite(3), [[1.0] * 3] * 3),
        (domain.positive_semidefinite(2), [[0.0, 0.0], [0.0, 5e-324]]),
        (domain.orthogonal(2), [[0.6, 0.8], [-0.8, 0.6]]),
    ],
    ids=str,
)
def test_what_rounds_to_a_member_belongs_where_an_equation_has_no_floats(region, inside):
    assert region.contains(torch.tensor(inside, dtype=torch.float64))


def test_positive_semidefinite_agrees_with_all_principal_minors():
    region, drawn = domain.positive_semidefinite(2), generator(3)
    for _ in range(200):
        a, b, c = torch.randint(-2, 3, (3,), generator=drawn).tolist()
        matrix = torch.tensor([[a, b], [b, c]], dtype=torch.float64)
        minors = a >= 0 and c >= 0 and Fraction(a * c) >= b * b
        assert region.contains(matrix) == minors


@pytest.mark.parametrize(
    "make",
    [
        lambda: domain.simplex(0),
        lambda: domain.sphere(2, -1.0),
        lambda: domain.scalar(1, 0),
        lambda: domain.box([0, 0], [1, 1, 1]),
        lambda: domain.scalar("x", 1),
    ],
)
def test_a_set_that_is_none_is_refused(make):
    with pytest.raises(VerifyError):
        make()


def test_a_pair_stands_for_the_numbers_between_and_for_the_whole_ones_of_an_integer_symbol():
    drawn = product({"x": (0, 2), "n": (1, 5)}, (), frozenset({"n"}))(torch.Generator(), 300)
    assert bool(((drawn["x"] >= 0) & (drawn["x"] <= 2)).all())
    assert len(set(drawn["x"].flatten().tolist())) > 50
    assert set(drawn["n"].flatten().tolist()) == {1.0, 2.0, 3.0, 4.0, 5.0}


def test_a_claim_knows_which_of_its_symbols_are_whole():
    found = []
    for kind in ("integer", "real"):
        n = sp.Symbol("n", **{kind: True})
        claim = Claim.of(kind, n**2, 9, domain={"n": (1, 3)})
        found.append(repr(claim.subject.shapes(claim)[0].detail.regions["n"]))
    assert found == [repr(domain.integers(1, 3)), repr(domain.scalar(1, 3))]
    assert found[0] != found[1]


@pytest.mark.parametrize("domain", [{"x": 3}, {"x": (1, 2, 3)}, {"x": (2, 1)}, {"x": ("a", 1)}])
def test_what_is_no_pair_is_refused(domain):
    with pytest.raises(VerifyError):
        Claim.of("pairs", sp.Symbol("x") ** 2, 4, domain=domain)


@pytest.mark.parametrize("text", ["0.1", "1e-150", "0.3", "1e300"])
def test_a_number_in_digits_is_that_number_and_not_the_float_next_to_it(text):
    """x^2 <= s x on [0, s] is true; with an end half a unit above s it was violated there."""
    end = sp.Rational(text)
    (low, high) = (domain.scalar(0, text), domain.scalar(text, "1e301"))
    x = sp.Symbol("x", real=True)
    for sense, place in (("<=", low), (">=", high)):
        claim = Claim.of("square", x**2, end * x, sense=sense, domain={"x": place})
        assert investigate(claim, evaluations=60).verdict is not Verdict.VIOLATED


@pytest.mark.parametrize("radius", [5e-324, 1e-310, 1e-300, 1e-160, 1e150, 1.7e308])
@pytest.mark.parametrize("region", [domain.ball, domain.sphere])
def test_balls_and_spheres_of_every_size_have_members(region, radius):
    """Where squares underflow, a projection left the rest to steps of an ulp."""
    place = region(4, radius)
    drawn = place.draw(30, torch.Generator().manual_seed(0))
    assert region is domain.sphere or bool(place.inside(drawn).all())
    assert bool(place.inside(place.settled(3 * drawn / 2)).all()) or region is domain.sphere
    assert bool(drawn.isfinite().all())


def test_a_symbol_stands_for_its_name():
    t, bound = sp.symbols("t bound", positive=True)
    claim = Claim.of("log", sp.log(1 + t), bound, domain={t: (0, 9)}, measures={bound: lambda t: t})
    assert investigate(claim, evaluations=200).verdict is not Verdict.VIOLATED


@pytest.mark.parametrize("domain", [{3: (0, 1)}, {"t": (0, 1), sp.Symbol("t"): (0, 2)}])
def test_a_key_that_names_nothing_or_a_name_twice_is_refused(domain):
    with pytest.raises(VerifyError, match="domain"):
        Claim.of("wrong", sp.Symbol("t"), 1, domain=domain)
