"""The subject `least_squares`: all that the engine knows of weight-normalized least squares."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from hypothesis import strategies as st

import bounds
from bounds.least_squares import BOUNDS, NOTATION
from verify.claim import Claim, claim_about
from verify.effort import Effort
from verify.hexadecimal import from_hex, to_hex
from verify.least_squares import draws
from verify.least_squares.cases import FitCase
from verify.least_squares.conditions import CONDITIONS
from verify.least_squares.in_balls import view
from verify.least_squares.quantities import QUANTITIES
from verify.least_squares.readings import READINGS
from verify.mutation.points import case_points
from verify.strategies import sharp_or
from verify.subject import Mistakes, Shape, Subject

__all__ = ["FITS", "claims"]

_REPORTED = ((2, 3), (2, 4), (3, 5))


def _population(effort: Effort, seed: int, device: str) -> Iterator[FitCase]:
    """Random fits of three sizes and every kind."""
    for (n, columns), kind in itertools.product(_REPORTED, draws.KINDS):
        yield draws.drawn(draws.shape_of(n, columns, kind), effort.batch, seed)


def _strategy(claim: Claim) -> st.SearchStrategy[FitCase]:
    """Hard fits, and random ones of the shapes that the claim speaks of, one at a time."""

    def make(shape: Shape, seed: int) -> FitCase:
        return draws.drawn(shape, 1, seed, claim)

    random = st.builds(make, st.sampled_from(draws.shapes(claim)), st.integers(0, 2**16))
    return sharp_or(random, claim, draws.corners(claim, 0))


def _cells(claim: Claim) -> list[tuple[tuple[tuple[str, int], ...], tuple[Shape, ...]]]:
    known = draws.shapes(claim)
    sizes = dict.fromkeys(tuple(shape.axes.items()) for shape in known)
    return [(size, tuple(s for s in known if tuple(s.axes.items()) == size)) for size in sizes]


def _stored(claim: Claim, case: FitCase) -> dict[str, Any]:
    return case.meta() | {name: to_hex(part) for name, part in case.tensors().items()}


def _parse(data: dict[str, Any], label: str) -> FitCase:
    rest = {name: value for name, value in data.items() if name != "count"}
    tensors: dict[str, Any] = {n: from_hex(value, n).unsqueeze(0) for n, value in rest.items()}
    return FitCase(**tensors, count=int(data["count"]), origin="counterexample", label=label)


def _called(function: Callable[..., Any], over: str) -> Callable[[FitCase], Any]:
    return lambda case: function(case.matrix, case.right, case.direction, case.g_0, case.c)


FITS = Subject(
    kind="least_squares",
    noun="fit",
    case_type=FitCase,
    notation=NOTATION,
    quantities=QUANTITIES,
    readings=READINGS,
    conditions=CONDITIONS,
    in_balls=view,
    shapes=draws.shapes,
    cells=_cells,
    grid=lambda claim, plan: draws.shapes(claim),
    corners=draws.corners,
    drawn=draws.drawn,
    population=_population,
    strategy=_strategy,
    points=case_points,
    mistakes=Mistakes(swaps=()),
    parse=_parse,
    stored=_stored,
    called=_called,
)


@cache
def claims() -> dict[str, Claim]:
    """The statements of the family as claims."""
    known: tuple[bounds.Bound, ...] = BOUNDS
    return {bound.name: claim_about(FITS, bound) for bound in known}
