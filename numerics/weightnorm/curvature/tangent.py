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
from numerics.weightnorm.parameters import Direction
from numerics.weightnorm.sweeps import Layer


@dataclass(frozen=True, eq=False)
class TangentLayer:
    """p_i and ||tau_i||^2 (B, 1, m); t_i = <tau_i, alpha^(l-1)>, first and second (B, n, m)."""

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


def tangent(
    activation: Activation,
    layers: tuple[Layer, ...],
    direction: Direction,
    *,
    second_order: bool = True,
) -> tuple[TangentLayer, ...]:
    """Push a direction through the network; everything (B, n, .).

    `second_order` False leaves turning, g_second and second at zero, which saves two passes.
    """
    bend = activation.require_second("second derivatives along a direction")
    y, z = torch.zeros_like(layers[0].before), torch.zeros_like(layers[0].before)
    found = []
    for layer, change in zip(layers, direction.weights, strict=True):
        norms = layer.norms.unsqueeze(1)
        radial = (torch.linalg.vecdot(change, layer.weight) / layer.norms).unsqueeze(1)
        t = torch.matmul(layer.before, change.mT) - radial * layer.projections
        on_rows = torch.matmul(y, layer.weight.mT) / norms
        g_first = layer.inner * (t / norms + on_rows)
        first = layer.outer * layer.first * g_first
        turning, g_second = torch.zeros_like(radial), torch.zeros_like(g_first)
        second = g_second
        if second_order:
            turning = _turning(layer, change, radial.squeeze(1)).unsqueeze(1)
            pulled = torch.matmul(y, change.mT) - radial * on_rows  # <tau_i, alphadot>
            g_second = layer.inner * (
                torch.matmul(z, layer.weight.mT) / norms
                + 2.0 * pulled / norms
                - (2.0 * radial * t + turning * layer.projections) / norms.square()
            )
            second = layer.outer * (bend(layer.pre) * g_first.square() + layer.first * g_second)
        found.append(
            TangentLayer(
                change, radial, turning, norms, t, y, on_rows, g_first, g_second, first, second
            )
        )
        y, z = first, second
    return tuple(found)


def _turning(layer: Layer, change: Tensor, radial: Tensor) -> Tensor:
    """||tau_i||^2, (B, m), from tau_i itself: ||Delta_i||^2 - p_i^2 would cancel."""
    rows = layer.weight / layer.norms.unsqueeze(-1)
    return (change - radial.unsqueeze(-1) * rows).square().sum(-1)
