"""Measures: what fills in a bound's symbols from a concrete network and data.

Every measure returns a float64 tensor that broadcasts against (B, k), where k is the number of
inputs for quantities of one input and 1 for quantities of a data set. Indexed symbols (m, omega)
carry the layer as an extra last axis of length L. Names follow the one notation table
(`bounds.notation`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import torch
from torch import Tensor

import bounds
import numerics
from verify.case import FunctionClassCase, NetworkCase
from verify.quantities import Level

Measure = Callable[[Any], Tensor | int | float]

PLACEMENT_EXPONENT = {"inner": 0.5, "outer": 0.0}


@cache
def _constant(activation: str, which: str) -> float:
    """K, beta or |phi(0)| of a shipped activation as a float; ReLU's beta is refused by name."""
    spec = bounds.activation(activation)
    return float(
        spec.require_beta("a bound on second derivatives")
        if which == "beta"
        else getattr(spec, which)
    )


def _input_norm(case: NetworkCase) -> Tensor:
    return torch.linalg.vector_norm(case.x, dim=-1)


def _layers(case: NetworkCase | FunctionClassCase) -> Tensor:
    return torch.tensor(case.widths[1:], dtype=torch.float64)


def _omega(case: NetworkCase) -> Tensor:
    return numerics.minimum_weight_norms(case.network).upper.unsqueeze(1)


def _nu(case: NetworkCase) -> Tensor:
    return torch.linalg.vector_norm(case.network.v, dim=-1, keepdim=True)


_ARCHITECTURE: dict[str, Measure] = {
    "L": lambda case: len(case.widths) - 1,
    "d": lambda case: case.widths[0],
    "m": _layers,
    "m_min": lambda case: min(case.widths[1:]),
    "m_max": lambda case: max(case.widths[1:]),
    "K": lambda case: _constant(case.activation, "K"),
    "beta": lambda case: _constant(case.activation, "beta"),
    "phi0": lambda case: _constant(case.activation, "phi0"),
}

_PER_INPUT: dict[str, Measure] = {
    **_ARCHITECTURE,
    "p": lambda case: PLACEMENT_EXPONENT[case.network.placement],
    "omega": _omega,
    "nu": _nu,
    "rho_1": lambda case: (_nu(case) - 1).clamp_min(0.0),
    "xi": _input_norm,
    "n": lambda case: case.x.shape[1],
}

_PER_DATA: dict[str, Measure] = {
    **_PER_INPUT,
    "xi": lambda case: _input_norm(case).amax(dim=-1, keepdim=True),
    "y_1": lambda case: case.y.abs().mean(dim=-1, keepdim=True),
    "y_2": lambda case: case.y.square().mean(dim=-1, keepdim=True),
    "ell": lambda case: case.truth("loss", _loss).upper.unsqueeze(-1),
}

_PER_CLASS: dict[str, Measure] = {
    **_ARCHITECTURE,
    "p": lambda case: PLACEMENT_EXPONENT[case.placement],
    "nu": lambda case: case.nu,
    "n": lambda case: case.x.shape[0],
    "X": lambda case: torch.linalg.vector_norm(case.x),
}

MEASURES: Mapping[Level, Mapping[str, Measure]] = {
    "sample": {},
    "input": _PER_INPUT,
    "data": _PER_DATA,
    "class": _PER_CLASS,
}


def _loss(case: NetworkCase) -> numerics.Enclosure:
    return numerics.loss(case.network, case.x, case.y)
