"""Values of a subject's symbols, read from random and sharp cases: where right sides are compared.

Sharp ones are there for assumptions that random cases hardly ever meet.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import torch

from numerics import Enclosure, NumericsError
from verify.case import Case
from verify.check import unmet
from verify.claim import Claim
from verify.errors import VerifyError
from verify.subject import Shape

__all__ = ["drawn_points"]

_SHAPES, _SEEDS, _COUNT = 8, 3, 8


@functools.lru_cache(maxsize=256)
def drawn_points(claim: Claim, least_depth: int, shape: Shape | None) -> tuple[dict[str, Any], ...]:
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


def _drawn(claim: Claim, shape: Shape, seed: int) -> Case | None:
    try:
        return claim.subject.drawn(shape, _COUNT, seed, claim)  # type: ignore[misc]
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
