"""The subject `diagonal_linear`: all that the engine knows of diagonal linear networks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any

from hypothesis import strategies as st

from bounds.diagonal_linear import BOUNDS, NOTATION
from verify.attack.flat import FlatSpace
from verify.check import unmet
from verify.claim import Claim, claim_about
from verify.diagonal_linear import draws
from verify.diagonal_linear.cases import NetCase
from verify.diagonal_linear.conditions import CONDITIONS
from verify.diagonal_linear.hard import FAMILIES, HardSpace, drawn_of_family, family_shape
from verify.diagonal_linear.in_balls import view
from verify.diagonal_linear.quantities import QUANTITIES
from verify.diagonal_linear.readings import READINGS
from verify.effort import Effort
from verify.hexadecimal import from_hex, to_hex
from verify.mutation.points import case_points
from verify.strategies import sharp_or
from verify.subject import Mistakes, Shape, Subject

__all__ = ["NETS", "claims"]

_REPORTED = (
    (2, 4, 2, "small"), (3, 6, 2, "large"), (2, 4, 2, "signed"), (2, 4, 2, "trap"),
    (3, 6, 3, "small"), (2, 4, 3, "uniform"), (2, 4, 4, "large"),
)  # fmt: skip


def _drawn(shape: Shape, count: int, seed: int, claim: Claim | None = None) -> NetCase:
    if shape.group in FAMILIES:
        return drawn_of_family(shape, seed)
    return draws.drawn(shape, count, seed, claim)


def _shapes(claim: Claim) -> tuple[Shape, ...]:
    """The closed-form families first, then the random kinds; those the claim speaks of."""
    depths = ((name, depth) for name in FAMILIES for depth in (*draws.DEPTHS, 8))
    hard = [family_shape(*pair) for pair in depths if _has_depth(*pair)]
    admitted = (s for s in hard if any(not unmet(claim, _drawn(s, 1, k)) for k in range(4)))
    return (*admitted, *draws.shapes(claim))


def _has_depth(name: str, depth: int) -> bool:
    if name == "two columns":
        return depth == 2
    return depth > 2 if name == "many" else depth in draws.DEPTHS


def _space(claim: Claim, shape: Shape, kinds: Sequence[str], device: str) -> FlatSpace:
    return HardSpace(claim, shape) if shape.group in FAMILIES else FlatSpace(claim, shape)


def _population(effort: Effort, seed: int, device: str) -> Iterator[NetCase]:
    """Random problems of every kind, at depths 2, 3 and 4, and runs that are surely trapped."""
    for detail in _REPORTED:
        yield draws.drawn(draws.shape_of(*detail), effort.batch, seed)
    yield from draws.traps(0.3)


def _strategy(claim: Claim) -> st.SearchStrategy[NetCase]:
    """Hard problems, and random ones of the shapes that the claim speaks of, one at a time."""

    def make(shape: Shape, seed: int) -> NetCase:
        return draws.drawn(shape, 1, seed, claim)

    random = st.builds(make, st.sampled_from(draws.shapes(claim)), st.integers(0, 2**16))
    return sharp_or(random, claim, draws.corners(claim, 0))


def _cells(claim: Claim) -> list[tuple[tuple[tuple[str, int], ...], tuple[Shape, ...]]]:
    known = _shapes(claim)
    sizes = dict.fromkeys(tuple(shape.axes.items()) for shape in known)
    return [(size, tuple(s for s in known if tuple(s.axes.items()) == size)) for size in sizes]


def _stored(claim: Claim, case: NetCase) -> dict[str, Any]:
    return case.meta() | {name: to_hex(part) for name, part in case.tensors().items()}


def _parse(data: dict[str, Any], label: str) -> NetCase:
    rest = {name: value for name, value in data.items() if name not in ("depth", "count")}
    tensors: dict[str, Any] = {n: from_hex(value, n).unsqueeze(0) for n, value in rest.items()}
    depth, count = int(data["depth"]), int(data["count"])
    return NetCase(**tensors, depth=depth, count=count, origin="counterexample", label=label)


def _called(function: Callable[..., Any], over: str) -> Callable[[NetCase], Any]:
    return lambda case: function(case.matrix, case.right, case.log_w, case.eta)


NETS = Subject(
    kind="diagonal_linear",
    noun="problem",
    case_type=NetCase,
    notation=NOTATION,
    quantities=QUANTITIES,
    readings=READINGS,
    conditions=CONDITIONS,
    in_balls=view,
    shapes=_shapes,
    cells=_cells,
    grid=lambda claim, plan: _shapes(claim),
    space=_space,
    corners=draws.corners,
    drawn=_drawn,
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
    return {bound.name: claim_about(NETS, bound) for bound in BOUNDS}
