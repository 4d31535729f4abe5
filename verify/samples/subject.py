"""The subject of a user's claim about samples: made anew for each claim, from its sampler."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import sympy as sp
import torch
from hypothesis import strategies as st

from bounds.samples import NOTATION
from verify.arithmetic import arithmetic
from verify.claim import Claim
from verify.domain import Product, Sized
from verify.errors import VerifyError
from verify.hexadecimal import from_hex, to_hex
from verify.own.matrices import entry
from verify.samples.cases import SampleCase
from verify.samples.domain import Domain, Sampler, check_tensor, describe, domain, is_strict
from verify.samples.quantity import formula_quantity, in_balls, number
from verify.samples.space import SampleSpace
from verify.subject import Shape, Subject

__all__ = ["NOTATION", "SAMPLES", "sample_case", "sample_subject"]


_DRAWN, _STRATEGY = 256, 64
_OPEN = (-math.inf, math.inf)


def sample_case(values: dict[str, Any], **words: Any) -> SampleCase:
    """A case from named float64 tensors with one leading axis.

    Parameters
    ----------
    values : dict of str to Tensor
        float64, samples along the leading axis.
    **words : str
        `origin` and `label`, for readers.

    Returns
    -------
    SampleCase

    Raises
    ------
    VerifyError
        Anything else, or tensors of different length.

    Examples
    --------
    >>> import torch, verify
    >>> verify.sample_case({"x": torch.ones(3, dtype=torch.float64)}).size
    3
    """
    if not isinstance(values, Mapping) or not values:
        raise VerifyError("values", repr(type(values)), "a dictionary: name -> tensor")
    first = next(iter(values.values()))
    count = len(first) if isinstance(first, torch.Tensor) and first.ndim else 0
    for name, value in values.items():
        check_tensor(f"values: {name}", value, count)
    return SampleCase(values=values, **words)


def _drawn(shape: Shape, count: int, seed: int, claim: Claim | None = None) -> SampleCase:
    place: Domain = shape.detail
    values = place.draw(torch.Generator().manual_seed(seed), count)
    label = f"{shape.name}, seed {seed}"
    return SampleCase(values=values, domain=place, origin="random", label=label)


def _space(claim: Claim, shape: Shape, kinds: Sequence[str], device: str) -> SampleSpace:
    return SampleSpace(claim, shape, shape.detail, device)


def _shapes(
    sampler: Sampler | Product | Sized, where: Sequence[Any], symbols: Sequence[sp.Symbol]
) -> tuple[Shape, ...]:
    """One shape for each dimension; the domain is its detail."""
    if not isinstance(sampler, Sized):
        return (Shape("samples", detail=domain(sampler, where, symbols)),)
    return tuple(
        Shape(f"samples, n = {n}", str(n), {"n": n}, domain(sampler.at(n), where, symbols))
        for n in sampler.dimensions
    )


def sample_subject(
    sampler: Sampler | Product | Sized, where: Sequence[Any], symbols: Sequence[sp.Symbol]
) -> Subject:
    """What a claim about samples of this sampler, within these conditions, is about."""
    shapes = _shapes(sampler, where, symbols)
    each = max(1, _DRAWN // len(shapes))

    def corners(claim: Claim, seed: int) -> Iterator[SampleCase]:
        for shape in shapes:
            yield _drawn(shape, each, seed)

    def strategy(claim: Claim) -> st.SearchStrategy[SampleCase]:
        chosen = st.tuples(st.sampled_from(shapes), st.integers(0, 2**16))
        return chosen.map(lambda pair: _drawn(pair[0], _STRATEGY, pair[1]))

    return Subject(
        kind="values",
        noun="sample",
        case_type=SampleCase,
        notation=NOTATION,
        quantities={},
        readings={},
        conditions={},
        admits=lambda case: _outside(case, shapes),
        in_balls=in_balls,
        shapes=lambda claim: shapes,
        cells=lambda claim: (((), shapes),),
        grid=lambda claim, plan: shapes,
        space=_space,
        corners=corners,
        drawn=_drawn,
        strategy=strategy,
        parse=_parse,
        stored=_stored,
        formula=formula_quantity,
        number=number,
        called=_called,
        growth=lambda claim: _growing(claim, shapes[0].detail),
        statement=tuple(text for shape in shapes for text in _statement(shape.detail)),
    )


def _outside(case: SampleCase, shapes: Sequence[Shape]) -> str:
    """Why some sample of a case lies in none of these domains; empty if all lie in one."""
    places: list[Domain] = [shape.detail for shape in shapes]
    fitting = [place for place in places if place.fits(case.values)]
    if not fitting:
        return "needs tensors of the shapes of its domain"
    flat = (value.reshape(case.size, -1) for value in case.values.values())
    known = torch.cat(list(flat), dim=1).isfinite().all(1)
    inside = [place.among(case.values).contains(case.values) for place in fitting]
    away = (known & ~torch.stack(inside).any(0)).nonzero().flatten().tolist()
    if not away:  # what is no number is undecided, and no reason to refuse the others
        return ""
    return f"needs {' and '.join(fitting[0].words)}; here {describe(case.values, away[0])}"


def _growing(claim: Claim, place: Domain) -> list[str]:
    """The symbols without an upper limit: elsewhere an exponent says nothing."""
    return [name for name in claim.bound.symbols if place.box.get(name, _OPEN)[1] == math.inf]


def _called(function: Callable[..., Any], over: str) -> Callable[[SampleCase], Any]:
    """A user's function of the sample's tensors by keyword as one of a case; NaN for a sample whose
    matrix torch cannot invert or decompose."""

    def alone(case: SampleCase) -> Any:
        try:
            return function(**case.values)
        except torch.linalg.LinAlgError:
            return torch.full((1,), math.nan, dtype=torch.float64)

    def of_case(case: SampleCase) -> Any:
        try:
            return function(**case.values)
        except torch.linalg.LinAlgError:
            return torch.cat([alone(case.select(index)) for index in range(case.size)])

    return of_case


def _statement(place: Domain) -> tuple[str, ...]:
    relations = (*place.conditions, *place.equations)
    return (*map(sp.srepr, relations), *(f"{n}: {r.words}" for n, r in place.regions.items()))


def _stored(claim: Claim, case: SampleCase) -> dict[str, Any]:
    """The numbers; for a formula also the left side and the conditions, for the checker, which
    accepts an equation only where the numbers meet it exactly."""
    place: Domain = case.domain or claim.subject.shapes(claim)[0].detail
    formula = claim.quantity.formula
    if formula is None:
        return {"values": {name: to_hex(value) for name, value in case.tensors().items()}}
    parts = (formula, claim.bound.expression, *place.conditions, *place.equations)
    names = {name for name, value in case.tensors().items() if not value.ndim}
    names |= {str(symbol) for part in parts for symbol in part.free_symbols}
    numbers = {name: entry(case.values, name) for name in sorted(names)}
    values = {name: to_hex(found[0]) for name, found in numbers.items() if found is not None}
    conditions = {
        arithmetic(c.gts - c.lts): ">" if is_strict(c) else ">=" for c in place.conditions
    }
    sides = ((e.lhs, e.rhs) for e in place.equations)
    conditions |= {arithmetic(d): ">=" for a, b in sides for d in (a - b, b - a)}
    return {"left_side": arithmetic(formula), "values": values, "conditions": conditions}


def _parse(data: dict[str, Any], label: str) -> SampleCase:
    values = {n: from_hex(v, n).unsqueeze(0) for n, v in data["values"].items()}
    return SampleCase(values=values, origin="counterexample", label=label)


#: Samples as files know them, without a sampler: enough to read a case back.
SAMPLES = sample_subject(lambda generator, count: {}, (), ())
