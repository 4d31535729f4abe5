"""Values of a subject's symbols, read from random and sharp cases: where right sides are compared.

Sharp ones are there for assumptions that random cases hardly ever meet.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from numerics import Enclosure, NumericsError
from verify.case import Case
from verify.check import unmet
from verify.claim import Claim
from verify.errors import VerifyError
from verify.subject import Shape

__all__ = ["case_points", "drawn_points"]

Points = tuple[dict[str, Any], ...]
Reader = Callable[..., Points]

_SHAPES, _SEEDS, _COUNT = 8, 3, 8
_FEW_SHAPES, _FEW_SEEDS, _FEW_COUNT, _CORNERS = 6, 2, 4, 40


def _remembered(read: Reader) -> Reader:
    """The points of a claim and a shape, read once; a shape's own dictionaries have no hash."""
    known: dict[tuple[Any, ...], Points] = {}

    @functools.wraps(read)
    def answer(claim: Claim, least_depth: int = 1, shape: Shape | None = None) -> Points:
        at = None if shape is None else (shape.name, tuple(shape.axes.items()))
        if (claim, least_depth, at) not in known:
            known[claim, least_depth, at] = read(claim, least_depth, shape)
        return known[claim, least_depth, at]

    return answer


@_remembered
def drawn_points(claim: Claim, least_depth: int, shape: Shape | None) -> Points:
    """Symbol name -> values, (k,) or (k, L) for those of layers, of cases that the claim speaks of.

    Raises:
        VerifyError: the subject draws no cases, or none that the claim speaks of.
    """
    draw = claim.subject.drawn
    if draw is None:
        found = f"{claim.name}, about a {claim.subject.noun}"
        raise VerifyError("claim", found, "one whose subject draws random cases")
    shapes = claim.subject.shapes(claim) if shape is None else (shape,)
    deep = [s for s in shapes if s.axes.get("L", least_depth) >= least_depth]
    spread = deep[:: max(1, len(deep) // _SHAPES)]
    drawn = (_drawn(claim, s, seed) for s in spread for seed in range(_SEEDS))
    points = tuple(_read(claim, case) for case in drawn if case and not unmet(claim, case))
    if shape is None:
        sharp = (c for c in claim.subject.corners(claim, 0) if c.axes.get("L", 1) >= least_depth)
        points += tuple(_read(claim, case) for case in sharp if not unmet(claim, case))
    elif not points:
        return drawn_points(claim, least_depth, None)
    if not points:
        raise VerifyError("claim", f"{claim.name}: no random case meets it", "one that cases meet")
    return points


@_remembered
def case_points(claim: Claim, least_depth: int = 1, shape: Shape | None = None) -> Points:
    """The same of the bound's own symbols alone, from few cases: for subjects whose symbols exist
    or can be paid for only where a claim speaks of them. A mutant without swaps has no others.

    Raises:
        VerifyError: no case meets the claim.
    """
    shapes = claim.subject.shapes(claim) if shape is None else (shape,)
    spread = shapes[:: max(1, len(shapes) // _FEW_SHAPES)]
    drawn = (_drawn(claim, s, seed, _FEW_COUNT) for s in spread for seed in range(_FEW_SEEDS))
    sharp = () if shape else itertools.islice(claim.subject.corners(claim, 0), _CORNERS)
    met = (case for case in itertools.chain(drawn, sharp) if case and not unmet(claim, case))
    read = (_of_bound(claim, case) for case in met)
    points = tuple(p for p in read if all(np.size(values) for values in p.values()))
    if not points and shape is not None:
        return case_points(claim, least_depth, None)
    if not points:
        raise VerifyError("claim", f"{claim.name}: no case meets it", "one that cases meet")
    return points


def _of_bound(claim: Claim, case: Case) -> dict[str, Any]:
    values = claim.values(case)
    whole = {name: value for name, value in values.items() if isinstance(value, int)}
    arrays = {name: _array(value) for name, value in values.items() if name not in whole}
    base = np.broadcast_shapes(*(array.shape for array in arrays.values()))
    flat = {name: np.broadcast_to(array, base).reshape(-1) for name, array in arrays.items()}
    known = np.isfinite(list(flat.values())).all(0) if flat else slice(None)
    return {**{name: values[known] for name, values in flat.items()}, **whole}


def _drawn(claim: Claim, shape: Shape, seed: int, count: int = _COUNT) -> Case | None:
    try:
        return claim.subject.drawn(shape, count, seed, claim)  # type: ignore[misc]
    except (VerifyError, NumericsError):
        return None  # a draw without a step, say: there are others


def _read(claim: Claim, case: Case) -> dict[str, Any]:
    """Every symbol the subject reads, broadcast to one axis of points."""
    known = {**claim.subject.readings.get(claim.quantity.over, {}), **claim.readings}
    arrays = {name: _array(case.read(reading)) for name, reading in known.items()}
    layered = {n for n, r in known.items() if r.per_layer and arrays[n].ndim}
    sizes = [a.shape[:-1] if n in layered else a.shape for n, a in arrays.items()]
    base = np.broadcast_shapes(*sizes)
    values: dict[str, Any] = {}
    for name, array in arrays.items():
        if name in layered:
            values[name] = np.broadcast_to(array, (*base, array.shape[-1])).reshape(
                -1, array.shape[-1]
            )
        elif name == "L":
            values[name] = int(array.reshape(-1)[0])
        else:
            values[name] = np.broadcast_to(array, base).reshape(-1)
    return values


def _array(value: Any) -> np.ndarray:
    """Numbers, tensors and enclosures (their middles) as float64 arrays."""
    if isinstance(value, Enclosure):
        value = value.value
    return torch.as_tensor(value, dtype=torch.float64).detach().cpu().numpy()
