"""What fills in the symbols of the family's bounds from a case, in float64 and in balls."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

from numerics import Enclosure
from numerics.norms import mean_abs, mean_square, vector_norm
from numerics.unnormalized import spectral_gain
from verify.constants import constant
from verify.subject import Reading
from verify.unnormalized.cases import PlainCase
from verify.unnormalized.in_balls import SYMBOLS

__all__ = ["PER_DATA", "PER_INPUT"]


def _column(enclosure: Enclosure) -> Enclosure:
    """(B,) as (B, 1)."""
    ends = enclosure.lower.unsqueeze(-1), enclosure.upper.unsqueeze(-1)
    return Enclosure(*ends, enclosure.quality, enclosure.method)


def _smooth_gain(case: PlainCase) -> Tensor:
    norms = [torch.linalg.matrix_norm(w, ord=2) for w in case.network.weights]
    return torch.stack(norms).amax(0).unsqueeze(-1) / case.network.v.shape[1] ** 0.5


def _read(
    name: str, measure: Callable[[Any], Any], smooth: Callable[[Any], Any] | None = None
) -> Reading:
    return Reading(measure, SYMBOLS[name], smooth=smooth)


PER_INPUT: Mapping[str, Reading] = {
    "L": _read("L", lambda case: len(case.network.weights)),
    "m": _read("m", lambda case: float(case.network.v.shape[1])),
    "K": _read("K", constant("K")),
    "beta": _read("beta", constant("beta")),
    "phi0": _read("phi0", constant("phi0")),
    "nu": _read(
        "nu",
        lambda case: _column(vector_norm(case.network.v)),
        lambda case: torch.linalg.vector_norm(case.network.v, dim=-1, keepdim=True),
    ),
    "gamma": _read("gamma", lambda case: _column(spectral_gain(case.network)), _smooth_gain),
}
PER_DATA: Mapping[str, Reading] = {
    **PER_INPUT,
    "y_1": _read(
        "y_1",
        lambda case: _column(mean_abs(case.y)),
        lambda case: case.y.abs().mean(-1, keepdim=True),
    ),
    "y_2": _read(
        "y_2",
        lambda case: _column(mean_square(case.y)),
        lambda case: case.y.square().mean(-1, keepdim=True),
    ),
}
