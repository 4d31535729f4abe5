"""First and second derivatives of every intermediate along one direction per network.

For theta + tau Delta at tau = 0, with r_i = ||W_i||, p_i = <What_i, Delta_i>, tau_i = P_i Delta_i:
    What-dot_i = tau_i / r_i        What-ddot_i = -(2 p_i tau_i + ||tau_i||^2 What_i) / r_i^2
No product of two (m, k) matrices is formed: inputs enter through <Delta_i, alpha> alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from numerics.activations import Activation
from numerics.scaling import Shift, aligned, combined, exponents, normalized, settled, shifted
from numerics.weightnorm.parameters import Direction
from numerics.weightnorm.sweeps import Layer


@dataclass(frozen=True, eq=False)
class TangentLayer:
    """p_i and ||tau_i||^2 (B, 1, m); t_i = <tau_i, alpha^(l-1)>, first and second (B, n, m).

    The shifts, (B, n), are the powers of two missing from y = alphadot^(l-1), alphaddot^(l-1),
    first orders (gdot, alphadot^l), gddot and alphaddot^l; None where none is.
    """

    change: Tensor  # Delta^l, (B, m, k)
    radial: Tensor  # p_i
    turning: Tensor  # ||tau_i||^2
    norms: Tensor  # r_i, (B, 1, m)
    t: Tensor
    before_first: Tensor  # alphadot^(l-1), (B, n, k)
    before_on_rows: Tensor  # <What_i, alphadot^(l-1)>, (B, n, m)
    g_first: Tensor
    g_second: Tensor
    first: Tensor  # alphadot^l
    second: Tensor  # alphaddot^l
    shift: Shift = None  # of Delta^l, (B, 1)
    y_shift: Shift = None
    z_shift: Shift = None
    first_shift: Shift = None
    g_second_shift: Shift = None
    second_shift: Shift = None


@dataclass(frozen=True, eq=False)
class ScaledDirection:
    """Delta^l_i = 2^(row_shift_i + shifts_l) weights_i, u = 2^v_shift v: near 1, or 0.

    Moving W_i along Delta_i is moving 2^-row_shift_i W_i, which a scaled sweep holds, along
    2^-row_shift_i Delta_i. All shifts (B, 1); sound (B, 1): all entries are numbers.
    """

    direction: Direction
    shifts: tuple[Tensor, ...]
    v_shift: Tensor
    sound: Tensor


def scaled_direction(direction: Direction, layers: tuple[Layer, ...]) -> ScaledDirection:
    """The direction for the rows that the layers hold."""
    sound = torch.isfinite(direction.v).all(-1, keepdim=True)
    for change in direction.weights:
        sound = sound & torch.isfinite(change).flatten(1).all(-1, keepdim=True)
    weights, shifts = [], []
    for change, layer in zip(direction.weights, layers, strict=True):
        clean = torch.where(sound.unsqueeze(-1), change, 0.0)
        rows = torch.zeros_like(sound, dtype=torch.int64)
        rows = rows if layer.row_shift is None else layer.row_shift
        size = exponents(clean.abs().amax(-1)) - rows
        shift = settled(size.amax(-1, keepdim=True))
        weights.append(shifted(clean, -(shift + rows).unsqueeze(-1)))
        shifts.append(shift)
    v, v_shift = normalized(torch.where(sound, direction.v, 0.0))
    return ScaledDirection(Direction(tuple(weights), v), tuple(shifts), v_shift, sound)


def tangent(
    activation: Activation,
    layers: tuple[Layer, ...],
    direction: Direction,
    *,
    shifts: tuple[Tensor, ...] | None = None,
    second_order: bool = True,
) -> tuple[TangentLayer, ...]:
    """Push a direction through the network; everything (B, n, .).

    For a scaled sweep the direction must be the scaled one; shifts are the powers of two taken out
    of its layers. `second_order` False leaves turning, g_second and second at zero, which saves
    two passes.
    """
    bend = activation.require_second("second derivatives along a direction")
    y, z = torch.zeros_like(layers[0].before), torch.zeros_like(layers[0].before)
    y_shift = z_shift = None
    found = []
    taken: tuple[Shift, ...] = shifts or (None,) * len(layers)
    for layer, change, move in zip(layers, direction.weights, taken, strict=True):
        norms = layer.norms.unsqueeze(1)
        t_shift = combined(layer.before_shift, move)
        radial = (torch.linalg.vecdot(change, layer.weight) / layer.norms).unsqueeze(1)
        t = torch.matmul(layer.before, change.mT) - radial * layer.projections
        on_rows = torch.matmul(y, layer.weight.mT) / norms
        parts, first_shift = aligned(_each(t / norms, t_shift), (on_rows, y_shift))
        g_first = layer.inner * (parts[0] + parts[1])
        first = layer.outer * layer.first * g_first
        turning, g_second = torch.zeros_like(radial), torch.zeros_like(g_first)
        second, g_shift, second_shift = g_second, None, None
        if second_order:
            turning = _turning(layer, change, radial.squeeze(1)).unsqueeze(1)
            pulled = torch.matmul(y, change.mT) - radial * on_rows  # <tau_i, alphadot>
            bent = (2.0 * radial * t + turning * layer.projections) / norms.square()
            parts, g_shift = aligned(
                (torch.matmul(z, layer.weight.mT) / norms, z_shift),
                (2.0 * pulled / norms, combined(y_shift, move)),
                _each(bent, combined(t_shift, move)),
            )
            g_second = layer.inner * (parts[0] + parts[1] - parts[2])
            parts, second_shift = aligned(
                (layer.outer * bend(layer.pre) * g_first.square(), doubled(first_shift)),
                (layer.outer * layer.first * g_second, g_shift),
            )
            second = parts[0] + parts[1]
        found.append(
            TangentLayer(
                change, radial, turning, norms, t, y, on_rows, g_first, g_second, first, second,
                move, y_shift, z_shift, first_shift, g_shift, second_shift,
            )
        )  # fmt: skip
        y, z, y_shift, z_shift = first, second, first_shift, second_shift
    return tuple(found)


def _each(value: Tensor, shift: Shift) -> tuple[Tensor, Shift]:
    """The shift (B, 1 | n) for every input of value (B, n, m)."""
    return value, None if shift is None else shift.expand(value.shape[:2])


def doubled(shift: Shift) -> Shift:
    """The exponent of a square."""
    return combined(shift, shift)


def _turning(layer: Layer, change: Tensor, radial: Tensor) -> Tensor:
    """||tau_i||^2, (B, m), from tau_i itself: ||Delta_i||^2 - p_i^2 would cancel."""
    rows = layer.weight / layer.norms.unsqueeze(-1)
    return (change - radial.unsqueeze(-1) * rows).square().sum(-1)
