"""Forward errors of the two sweeps: how far computed features and sensitivities can be off.

Cheap on purpose: unit rows give |<What_i, da>| <= ||da||, and ||What||_2 <= sqrt(m), so no second
pass over the weights is needed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from numerics.activations import Activation
from numerics.rounding import UNIT, length, projection_error
from numerics.weightnorm.sweeps import Layer, Trace


@dataclass(frozen=True, eq=False)
class Radii:
    """Forward errors of one layer: (B, n) bounds every entry or a norm; delta (B, n, m)."""

    projection: Tensor  # <What_i, alpha^(l-1)>, every entry
    feature: Tensor  # alpha^(l-1), Euclidean
    after: Tensor  # alpha^l, Euclidean
    first: Tensor  # phi'(g), every entry
    second: Tensor  # phi''(g), every entry
    e: Tensor  # e^l, Euclidean
    e_before: Tensor  # e^(l-1), Euclidean
    delta: Tensor  # delta^l, entry by entry


@dataclass(frozen=True, eq=False)
class ForwardRadii:
    """The part of `Radii` that the forward sweep determines."""

    projection: Tensor
    feature: Tensor
    after: Tensor
    first: Tensor
    second: Tensor


def forward_radii(activation: Activation, layers: tuple[Layer, ...]) -> tuple[ForwardRadii, ...]:
    """Errors of the forward sweep, layer by layer."""
    lip, rounding = activation.lipschitz, activation.rounding * UNIT
    feature = torch.zeros_like(layers[0].before[..., 0])
    found = []
    for layer in layers:
        k, m = layer.before.shape[-1], layer.pre.shape[-1]
        projection = feature + projection_error(k) * length(layer.before)
        moved = layer.inner * projection
        size = length(layer.after) + layer.outer * length(layer.pre)
        after = layer.outer * lip[0] * math.sqrt(m) * moved + rounding * size
        first, second = _slope_radii(activation, layer, moved)
        found.append(ForwardRadii(projection, feature, after, first, second))
        feature = after
    return tuple(found)


def _slope_radii(activation: Activation, layer: Layer, moved: Tensor) -> tuple[Tensor, Tensor]:
    lip, rounding = activation.lipschitz, activation.rounding * UNIT
    if activation.second is None:  # relu: phi' is exact where no g can have changed sign
        safe = layer.pre.abs().amin(-1) > moved
        first = torch.where(safe, torch.zeros_like(moved), torch.full_like(moved, lip[0]))
        return first, torch.full_like(moved, torch.inf)
    return lip[1] * moved + rounding * lip[0], lip[2] * moved + rounding * lip[1]


def sweep_radii(activation: Activation, swept: Trace) -> tuple[Radii, ...]:
    """Errors of both sweeps, layer by layer."""
    forward = forward_radii(activation, swept.layers)
    radius, found = torch.zeros_like(swept.output), []
    for l in reversed(range(len(swept.layers))):
        layer, ahead = swept.layers[l], forward[l]
        first, spread = ahead.first.unsqueeze(-1), radius.unsqueeze(-1)
        delta = swept.delta[l].abs()
        moved = (layer.first.abs() + first) * spread + first * swept.e[l + 1].abs()
        moved = layer.outer * moved + 4.0 * UNIT * delta
        m, k = layer.weight.shape[-2:]
        rounding = (1.1 * m + 0.6 * k + 16.0) * UNIT
        below = layer.inner * math.sqrt(m) * (length(moved) + rounding * length(delta))
        found.append(
            Radii(
                ahead.projection,
                ahead.feature,
                ahead.after,
                ahead.first,
                ahead.second,
                radius,
                below,
                moved,
            )
        )
        radius = below
    return tuple(found[::-1])


def output_radius(swept_layers: tuple[Layer, ...], v: Tensor, after: Tensor) -> Tensor:
    """Error of f = <v, alpha^L>, (B, n); v (B, 1, m), after the Euclidean error of alpha^L."""
    last = swept_layers[-1].after
    m = last.shape[-1]
    products = (last * v).abs().sum(-1)
    return (1.1 * m + 4.0) * UNIT * products + 1.01 * length(v) * after


def turning_row_errors(
    layer: Layer, feature: Tensor, factor: Tensor, factor_error: Tensor, off: Tensor
) -> Tensor:
    """||computed - true||_2 of the vectors factor_i s P_i alpha / r_i, (B, n, m).

    feature (B, n): the error of alpha; factor, factor_error, off = ||P_i alpha||: (B, n, m).
    """
    if layer.before.shape[-1] == 1:
        return torch.zeros_like(off)  # a row of length 1 cannot turn
    k, size = layer.before.shape[-1], length(layer.before).unsqueeze(-1)
    steep = (size / off.clamp_min(1e-300)).clamp_max(32.0)  # aligned rows are formed explicitly
    wrong = feature.unsqueeze(-1) + (3.0 * k + 48.0) * UNIT * size * steep
    share = (layer.inner / layer.norms).unsqueeze(1)
    relative = (0.6 * k + 12.0) * UNIT
    moved = factor_error * (off + wrong) + factor.abs() * wrong
    return share * (moved + relative * factor.abs() * off)
