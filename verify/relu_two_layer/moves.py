"""Two states of one network: quantities and symbols of S1 to S4."""

from __future__ import annotations

import torch

from numerics import Enclosure
from numerics.relu_two_layer import input_norm, largest_eigenvalue
from numerics.relu_two_layer.balls import Ball, between
from numerics.relu_two_layer.forward import Sweep
from numerics.relu_two_layer.kernels import direction_ball, gain_ball
from numerics.relu_two_layer.stability import (
    flipped_part,
    gain_jacobian_change,
    jacobian_change,
    least_stretches,
    moved_part,
)
from verify.quantity import Quantity
from verify.relu_two_layer.cases import MoveCase
from verify.relu_two_layer.reading import Symbols, enclosed, quantity
from verify.relu_two_layer.shared import remembered

__all__ = ["QUANTITIES", "SYMBOLS"]


def _flipped(case: MoveCase) -> Enclosure:
    """max over flipped inputs of |a_ik(0)|/||x_i||, 0 where none flips, (B, m)."""
    found = case.move
    reach = found.start.a.abs() / found.start.x_norms.unsqueeze(-1)
    low = torch.where(found.flips, reach.lower, 0.0).clamp_min(0.0)
    high = torch.where(found.flips, reach.upper, 0.0)
    return enclosed(between(low.amax(-2), high.amax(-2)))


def _tangent(swept: Sweep) -> Ball:
    return direction_ball(swept) + gain_ball(swept)


@remembered
def _norms(case: MoveCase) -> tuple[Enclosure, Enclosure]:
    """||J|| at both states."""
    ends = (largest_eigenvalue(enclosed(_tangent(s))) for s in (case.move.start, case.move.end))
    first, last = (enclosed(between(e.lower.clamp_min(0.0), e.upper).sqrt()) for e in ends)
    return first, last


def _tangent_change(case: MoveCase) -> Enclosure:
    change = _tangent(case.move.end) - _tangent(case.move.start)
    ends = [largest_eigenvalue(enclosed(part)) for part in (change, -change)]
    low = torch.maximum(ends[0].lower, ends[1].lower).clamp_min(0.0)
    return enclosed(between(low, torch.maximum(ends[0].upper, ends[1].upper)))


QUANTITIES: tuple[Quantity, ...] = (
    quantity("flipped", r"\max_{i\in F_k}|a_{ik}(0)|", "unit", _flipped),
    quantity(
        "gain_change", r"\|J_g(t)-J_g(0)\|_F", "data", lambda case: gain_jacobian_change(case.move)
    ),
    quantity("jacobian_change", r"\|J(t)-J(0)\|", "data", lambda case: jacobian_change(case.move)),
    quantity("tangent_change", r"\|\Lambda(t)-\Lambda(0)\|", "data", _tangent_change),
    quantity(
        "stretch", r"\min_z\|Q(t)z\|/\|Q(0)z\|", "unit", lambda case: least_stretches(case.move)
    ),
)

SYMBOLS: Symbols = {
    "m": ("data", lambda case: case.length("m")),
    "chi": ("data", lambda case: input_norm(case["x"])),
    "psi": ("unit", lambda case: enclosed(case.move.psi)),
    "T": ("data", lambda case: enclosed(case.move.apart.norm())),
    "W": ("data", lambda case: moved_part(case.move)),
    "F": ("data", lambda case: flipped_part(case.move)),
    "J_0": ("data", lambda case: _norms(case)[0]),
    "J_t": ("data", lambda case: _norms(case)[1]),
    "rho": ("unit", lambda case: enclosed(case.move.start.rho.abs())),
}
