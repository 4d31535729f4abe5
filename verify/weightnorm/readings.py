"""Readings: what fills in a bound's symbols from a network and data, in float64 and in balls.

Every float64 reading is a number, a tensor that broadcasts against (B, k), or an enclosure of such
tensors, where k is the number of inputs for quantities of one input and 1 for quantities of a data
set. Symbols with a value per layer (m, omega) carry the layer as an extra last axis of length L.
Names follow the family's notation table (`bounds.weightnorm`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

import numerics
from numerics import Enclosure
from numerics.norms import mean_abs, mean_square, vector_norm
from verify.constants import constant
from verify.subject import Reading
from verify.weightnorm import in_balls
from verify.weightnorm.cases import FunctionClassCase, NetworkCase
from verify.weightnorm.quantities import LOSS

__all__ = ["PER_CLASS", "PER_DATA", "PER_INPUT", "PLACEMENT_EXPONENT"]

PLACEMENT_EXPONENT = {"inner": 0.5, "outer": 0.0}


def _mapped(enclosure: Enclosure, change: Callable[[Tensor], Tensor]) -> Enclosure:
    """An enclosure through a map that keeps order and is exact (an indexing, a maximum)."""
    ends = change(enclosure.lower), change(enclosure.upper)
    return Enclosure(*ends, enclosure.quality, enclosure.method)


def _omega(case: NetworkCase) -> Enclosure:
    return _mapped(numerics.minimum_weight_norms(case.network), lambda t: t.unsqueeze(1))


def _nu(case: NetworkCase) -> Enclosure:
    return _mapped(vector_norm(case.network.v), lambda t: t.unsqueeze(-1))


def _rho_1(case: NetworkCase) -> Enclosure:
    """max(nu - 1, 0), rounded outward."""
    nu = _nu(case)
    down, up = torch.tensor(-torch.inf).to(nu.lower), torch.tensor(torch.inf).to(nu.lower)
    lower = torch.nextafter(nu.lower - 1, down).clamp_min(0.0)
    upper = torch.nextafter(nu.upper - 1, up).clamp_min(0.0)
    return Enclosure(lower, upper, nu.quality, nu.method)


def _xi(case: NetworkCase) -> Enclosure:
    return vector_norm(case.x)


def _largest_xi(case: NetworkCase) -> Enclosure:
    return _mapped(_xi(case), lambda t: t.amax(dim=-1, keepdim=True))


def _widths(case: NetworkCase | FunctionClassCase) -> Tensor:
    return torch.tensor(case.widths[1:], dtype=torch.float64)


def _loss(case: NetworkCase) -> Enclosure:
    return _mapped(case.truth(LOSS), lambda t: t.unsqueeze(-1))


def _read(
    name: str,
    measure: Callable[[Any], Any],
    per_layer: Any = "",
    smooth: Callable[[Any], Any] | None = None,
) -> Reading:
    return Reading(measure, in_balls.SYMBOLS.get(name), per_layer, smooth)


def _length(tensor: Tensor) -> Tensor:
    return torch.linalg.vector_norm(tensor, dim=-1)


def _smooth_omega(case: NetworkCase) -> Tensor:
    return torch.stack([_length(w).amin(-1) for w in case.network.weights], dim=-1).unsqueeze(1)


def _smooth_nu(case: NetworkCase) -> Tensor:
    return _length(case.network.v).unsqueeze(-1)


def _smooth_loss(case: NetworkCase) -> Tensor:
    return (case.network(case.x) - case.y).square().mean(-1, keepdim=True)


_ARCHITECTURE: dict[str, Reading] = {
    "L": _read("L", lambda case: len(case.widths) - 1),
    "d": _read("d", lambda case: case.widths[0]),
    "m": _read("m", _widths, "equal"),
    "m_min": _read("m_min", lambda case: min(case.widths[1:])),
    "m_max": _read("m_max", lambda case: max(case.widths[1:])),
    "K": _read("K", constant("K")),
    "beta": _read("beta", constant("beta")),
    "beta2": _read("beta2", constant("beta2")),
    "phi0": _read("phi0", constant("phi0")),
}

PER_INPUT: Mapping[str, Reading] = {
    **_ARCHITECTURE,
    "p": _read("p", lambda case: PLACEMENT_EXPONENT[case.network.placement]),
    "omega": _read("omega", _omega, "least", _smooth_omega),
    "nu": _read("nu", _nu, smooth=_smooth_nu),
    "rho_1": _read("rho_1", _rho_1, smooth=lambda c: (_smooth_nu(c) - 1).clamp_min(0.0)),
    "xi": _read("xi", _xi, smooth=lambda case: _length(case.x)),
    "n": _read("n", lambda case: case.x.shape[1]),
}

PER_DATA: Mapping[str, Reading] = {
    **PER_INPUT,
    "xi": _read("xi", _largest_xi, smooth=lambda case: _length(case.x).amax(dim=-1, keepdim=True)),
    "X": _read(
        "X",
        lambda case: _mapped(vector_norm(case.x.flatten(1)), lambda t: t.unsqueeze(-1)),
        smooth=lambda case: _length(case.x.flatten(1)).unsqueeze(-1),
    ),
    "y_1": _read(
        "y_1",
        lambda case: _mapped(mean_abs(case.y), lambda t: t.unsqueeze(-1)),
        smooth=lambda case: case.y.abs().mean(dim=-1, keepdim=True),
    ),
    "y_2": _read(
        "y_2",
        lambda case: _mapped(mean_square(case.y), lambda t: t.unsqueeze(-1)),
        smooth=lambda case: case.y.square().mean(dim=-1, keepdim=True),
    ),
    "ell": _read("ell", _loss, smooth=_smooth_loss),
}

PER_CLASS: Mapping[str, Reading] = {
    **{name: Reading(r.measure, None, r.per_layer) for name, r in _ARCHITECTURE.items()},
    "p": Reading(lambda case: PLACEMENT_EXPONENT[case.placement]),
    "nu": Reading(lambda case: case.nu),
    "nu1": Reading(lambda case: case.nu),  # of the class ||v||_1 <= nu1 sqrt(m)
    "n": Reading(lambda case: case.x.shape[0]),
    "X": Reading(
        lambda case: vector_norm(case.x.reshape(-1)),
        smooth=lambda case: torch.linalg.vector_norm(case.x),
    ),
}
