"""The subjects of the family: inputs, networks, moves, steps, runs, draws."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from hypothesis import strategies as st

import bounds
from bounds.relu_two_layer import NOTATION
from verify.check import check, unmet
from verify.claim import Claim, claim_about
from verify.effort import Effort
from verify.errors import VerifyError
from verify.hexadecimal import from_hex, to_hex
from verify.mutation.points import case_points
from verify.relu_two_layer import (
    apriori,
    ball_course,
    ball_draws,
    ball_limits,
    ball_network,
    ball_step,
    courses,
    data,
    draws,
    flows,
    in_balls,
    moves,
    sources,
    states,
    steps,
    trained,
)
from verify.relu_two_layer.cases import (
    CourseCase,
    DataCase,
    DrawCase,
    MoveCase,
    Parts,
    StateCase,
    StepCase,
)
from verify.relu_two_layer.flow_cases import DrawnRunCase, FlowCase
from verify.relu_two_layer.reading import tables
from verify.relu_two_layer.space import PartsSpace
from verify.strategies import sharp_or
from verify.subject import Condition, Mistakes, Shape, Subject

__all__ = ["SUBJECTS", "claims", "likely"]

#: Cases with more numbers are not worth the work in balls; runs and draws are wider.
_EXACT, _WIDE = 120, 800

_DRAWN: Mapping[type[Any], Callable[..., Any]] = {**sources.DRAWN, FlowCase: flows.drawn}


def _shapes(kind: type[Any]) -> tuple[Shape, ...]:
    return flows.shapes() if kind is FlowCase else sources.shapes(kind)


def _strategy(kind: type[Any], corners: Callable[[], Iterator[Any]]) -> Callable[[Claim], Any]:
    def cases(claim: Claim) -> st.SearchStrategy[Any]:
        def meets(case: Any) -> bool:
            return not unmet(claim, case)

        seeds = st.integers(0, 2**16)
        random = st.builds(
            lambda shape, seed: _DRAWN[kind](shape, 1, seed),
            st.sampled_from(_shapes(kind)),
            seeds,
        )
        return sharp_or(random.filter(meets), claim, corners())

    return cases


def _stored(claim: Claim, case: Parts) -> dict[str, Any]:
    """All numbers, exact, and which entry of the case is meant."""
    ratios = check(claim, case).ratios.nan_to_num(nan=-1.0)
    entry = int(ratios.argmax()) if ratios.numel() else 0
    return {"parts": {k: to_hex(v) for k, v in case.tensors().items()}, "entry": entry}


def _parse(kind: type[Any]) -> Callable[[dict[str, Any], str], Any]:
    def parse(found: dict[str, Any], label: str) -> Any:
        parts = {name: from_hex(value, name) for name, value in found["parts"].items()}
        if set(parts) != set(kind.letters):
            raise VerifyError("parts", ", ".join(parts), ", ".join(kind.letters))
        whole = {name: value.unsqueeze(0) for name, value in parts.items()}
        return kind(parts=whole, origin="counterexample", label=label)

    return parse


def _population(kind: type[Any], corners: Callable[[], Iterator[Any]]) -> Callable[..., Any]:
    def population(effort: Effort, seed: int, device: str) -> Iterator[Any]:
        yield from corners()
        for k, shape in enumerate(_shapes(kind)):
            for turn in range(4 if effort.name == "deep" else 1):
                yield _DRAWN[kind](shape, effort.batch, seed + 100 * turn + k)
        yield from trained.cases(kind, effort, seed)

    return population


def _cells(kind: type[Any]) -> Callable[[Claim], list[Any]]:
    def cells(claim: Claim) -> list[Any]:
        return [(tuple(shape.axes.items()), (shape,)) for shape in _shapes(kind)]

    return cells


def _subject(
    kind: str,
    noun: str,
    case_type: type[Any],
    module: Any,
    conditions: Mapping[str, Condition],
    corners: Callable[[], Iterator[Any]],
    exact: Mapping[str, Callable[[Any], Any]],
    vanishing: tuple[str, ...] = (),
    seen: Callable[..., Any] = ball_network.view,
) -> Subject:
    limit = _WIDE if case_type is CourseCase else _EXACT
    shapes: Callable[[Claim], tuple[Shape, ...]] = lambda claim: _shapes(case_type)  # noqa: E731
    return Subject(
        kind=kind,
        noun=noun,
        case_type=case_type,
        notation=NOTATION,
        quantities={
            each.key: replace(each, exact=exact.get(each.key), exact_limit=limit)
            for each in module.QUANTITIES
        },
        readings=tables(module.SYMBOLS, exact),
        conditions=conditions,
        in_balls=seen,
        shapes=shapes,
        cells=_cells(case_type),
        grid=lambda claim, plan: _shapes(case_type),
        space=PartsSpace,
        corners=lambda claim, seed: corners(),
        drawn=_DRAWN[case_type],
        population=_population(case_type, corners),
        strategy=_strategy(case_type, corners),
        points=case_points,
        mistakes=Mistakes(vanishing=vanishing),
        parse=_parse(case_type),
        stored=_stored,
        expected=lambda case, over: (case.size, case.entries(over)),
    )


INPUTS = _subject(
    "relu_inputs", "data set", DataCase, data, data.CONDITIONS, sources.data_corners,
    ball_limits.INPUTS,
)  # fmt: skip
NETWORKS = _subject(
    "relu_network", "network", StateCase, states, {}, sources.state_corners, in_balls.STATE
)
MOVES = _subject(
    "relu_move", "move", MoveCase, moves, {"unit inputs": lambda case: ""}, sources.move_corners,
    in_balls.MOVE, ("F", "W"),
)  # fmt: skip
STEPS = _subject(
    "relu_step", "step", StepCase, steps, steps.CONDITIONS, sources.step_corners,
    ball_step.STEP, ("B", "C", "q_n", "q_i"),
)  # fmt: skip
RUNS = _subject(
    "relu_run", "run", CourseCase, courses, courses.CONDITIONS, sources.course_corners,
    ball_course.COURSE, seen=ball_course.view,
)  # fmt: skip
FLOWS = _subject("relu_flow", "flow", FlowCase, flows, flows.CONDITIONS, flows.corners, {})
DRAWS = Subject(
    kind="relu_draw",
    noun="draw",
    case_type=DrawCase,
    notation=NOTATION,
    quantities={
        each.key: replace(each, exact=ball_draws.DRAW.get(each.key), exact_limit=_WIDE)
        for each in draws.QUANTITIES
    },
    readings=tables(draws.SYMBOLS, ball_draws.DRAW),
    conditions=draws.CONDITIONS,
    in_balls=ball_network.view,
    expected=lambda case, over: (case.size, case.entries(over)),
)
DRAWN_RUNS = Subject(
    kind="relu_drawn_run",
    noun="drawn run",
    case_type=DrawnRunCase,
    notation=NOTATION,
    quantities={each.key: each for each in apriori.QUANTITIES},
    readings=tables(apriori.SYMBOLS, {}),
    conditions=apriori.CONDITIONS,
    expected=lambda case, over: (case.size, case.entries(over)),
)
SUBJECTS: tuple[Subject, ...] = (NETWORKS, INPUTS, MOVES, STEPS, RUNS, FLOWS)


def _owner(bound: bounds.Bound) -> Subject:
    return next(s for s in (*SUBJECTS, DRAWS, DRAWN_RUNS) if bound.quantity in s.quantities)


@cache
def _all() -> dict[str, Claim]:
    known = bounds.catalogue().items()
    mine = {name: bound for name, bound in known if bound.notation is NOTATION}
    return {name: claim_about(_owner(bound), bound) for name, bound in mine.items()}


@cache
def claims() -> dict[str, Claim]:
    """The statements that always hold."""
    return {name: claim for name, claim in _all().items() if claim.bound.failure is None}


@cache
def likely() -> dict[str, Claim]:
    """The statements with probability 1 - delta, which single cases say nothing about."""
    return {name: claim for name, claim in _all().items() if claim.bound.failure is not None}
