"""Forward errors of the two sweeps: how far computed features and sensitivities can be off.

Cheap on purpose: unit rows give |<What_i, da>| <= ||da||, and ||What||_2 <= sqrt(m), so no second
pass over the weights is needed. Scaled sweeps (`weightnorm.guarded`) have their errors in the units
of what they are errors of; where a number is a plain double again, `ETA` stands for its underflow.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from numerics.activations import Activation
from numerics.rounding import ETA, SUBNORMAL, TINY, UNIT, largest, length, projection_error
from numerics.scaling import combined, negated, shifted
from numerics.weightnorm.sweeps import Layer, Trace


@dataclass(frozen=True, eq=False)
class ForwardRadii:
    """Errors of one layer's forward sweep, (B, n): of every entry, or in the Euclidean norm.

    projection and feature in units of 2^before_shift, after in 2^after_shift.
    """

    projection: Tensor  # <What_i, alpha^(l-1)>, every entry
    feature: Tensor  # alpha^(l-1), Euclidean
    after: Tensor  # alpha^l, Euclidean
    first: Tensor  # phi'(g), every entry
    second: Tensor  # phi''(g), every entry


@dataclass(frozen=True, eq=False)
class Radii(ForwardRadii):
    """With the errors of the backward sweep, in units of 2^v_shift; delta (B, n, m)."""

    e: Tensor  # e^l, Euclidean
    e_before: Tensor  # e^(l-1), Euclidean
    delta: Tensor  # delta^l, entry by entry


def forward_radii(activation: Activation, layers: tuple[Layer, ...]) -> tuple[ForwardRadii, ...]:
    """Errors of the forward sweep, layer by layer."""
    feature, found = torch.zeros_like(layers[0].size), []
    for layer in layers:
        k = layer.before.shape[-1]
        projection = feature + projection_error(k) * layer.size
        moved = shifted(layer.inner * projection, layer.before_shift)
        if layer.before_shift is not None:
            moved = moved + ETA  # the pre-activation itself may be denormal
        after = _after_radius(activation, layer, moved)
        first, second = _slope_radii(activation, layer, moved)
        found.append(ForwardRadii(projection, feature, after, first, second))
        feature = after
    return tuple(found)


def _after_radius(activation: Activation, layer: Layer, moved: Tensor) -> Tensor:
    """The Euclidean error of alpha^l from that of each pre-activation, 2^after_shift times this."""
    spread = layer.outer * math.sqrt(layer.pre.shape[-1])
    unscale = negated(layer.after_shift)
    pre_size = layer.inner * length(layer.projections)
    if unscale is not None:
        pre_size = pre_size + TINY
    size = layer.after_size + layer.outer * shifted(pre_size, combined(layer.before_shift, unscale))
    after = spread * activation.lipschitz[0] * moved
    if unscale is not None:
        after = shifted(after + (spread * activation.rounding + 1.0) * ETA, unscale) + TINY
    return after + (activation.rounding + 4.0) * UNIT * size  # 4: c_l and the product with it


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
    radius, found = torch.zeros_like(swept.layers[0].size), []
    for l in reversed(range(len(swept.layers))):
        layer, ahead = swept.layers[l], forward[l]
        first, spread = ahead.first.unsqueeze(-1), radius.unsqueeze(-1)
        delta = swept.delta[l].abs()
        moved = (layer.first.abs() + first) * spread + first * swept.e[l + 1].abs()
        moved = layer.outer * moved + 4.0 * UNIT * delta
        if swept.v_shift is not None:
            moved = moved + SUBNORMAL  # entries of v, and delta, far below the largest
        m, k = layer.weight.shape[-2:]
        rounding = (1.1 * m + 0.6 * k + 16.0) * UNIT
        whole = torch.minimum(length(moved), _vector_radius(swept, l, ahead.first, radius))
        below = layer.inner * math.sqrt(m) * (whole + rounding * length(delta)) + TINY
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


def _vector_radius(swept: Trace, l: int, first: Tensor, radius: Tensor) -> Tensor:
    """The Euclidean error of delta^l: the radius of e^l counts once, not once for every row."""
    layer = swept.layers[l]
    moved = (largest(layer.first) + first) * radius + first * length(swept.e[l + 1])
    found = layer.outer * moved + 4.0 * UNIT * length(swept.delta[l])
    if swept.v_shift is not None:
        found = found + math.sqrt(layer.weight.shape[-2]) * SUBNORMAL  # as for single entries
    return found


def output_radius(last: Layer, v: Tensor, after: Tensor) -> Tensor:
    """Error of f = <v, alpha^L>, (B, n); v (B, 1, m), after the Euclidean error of alpha^L."""
    products = (last.after * v).abs().sum(-1)
    return (1.1 * last.after.shape[-1] + 4.0) * UNIT * products + 1.01 * length(v) * after


def turning_row_errors(
    layer: Layer, feature: Tensor, factor: Tensor, factor_error: Tensor, off: Tensor, share: Tensor
) -> Tensor:
    """||computed - true||_2 of the vectors factor_i share_i P_i alpha, (B, n, m).

    feature (B, n): the error of alpha; factor, factor_error, off = ||P_i alpha||: (B, n, m); share
    = s/r_i, scaled or not, (B, 1 | n, m).
    """
    if layer.before.shape[-1] == 1:
        return torch.zeros_like(off)  # a row of length 1 cannot turn
    k, size = layer.before.shape[-1], layer.size.unsqueeze(-1)
    steep = (size / off.clamp_min(1e-300)).clamp_max(32.0)  # aligned rows are formed explicitly
    wrong = feature.unsqueeze(-1) + (3.0 * k + 48.0) * UNIT * size * steep
    relative = (0.6 * k + 12.0) * UNIT
    moved = factor_error * (off + wrong) + factor.abs() * wrong
    return share * (moved + relative * factor.abs() * off)


def row_share(layer: Layer) -> Tensor:
    """s/r_i, (B, 1, m)."""
    return (layer.inner / layer.norms).unsqueeze(1)
