"""How far the form of the computed scalars can be from the true Hessian form.

First the radii of the two sweeps (forward errors of alpha, g, phi', phi'', e, delta), then the
radii of the scalars, then |form - true form| <= perturbation ||Delta||^2 by the recursion of the
theory for ||gdot|| and ||alphadot||, with measured coefficients and ||What||_2 <= sqrt(m).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from numerics.activations import Activation
from numerics.curvature.rounding import TINY, UNIT, largest, length, projection_error
from numerics.trace import Trace

if TYPE_CHECKING:
    from numerics.curvature.data import RowData


@dataclass(frozen=True, eq=False)
class Radii:
    """Forward errors of one layer: scalars (Q,) bound every entry; vectors are (Q, m)."""

    projection: Tensor  # <What_i, alpha^(l-1)>
    feature: Tensor  # alpha^(l-1), Euclidean
    first: Tensor  # phi'(g)
    second: Tensor  # phi''(g)
    e: Tensor  # e^l, Euclidean
    delta: Tensor  # delta^l, (Q, m)


def sweep_radii(activation: Activation, swept: Trace) -> tuple[Radii, ...]:
    """Radii of both sweeps on one input per network (n = 1)."""
    lip, rounding = activation.lipschitz, activation.rounding * UNIT
    feature = torch.zeros_like(swept.output[:, 0])
    forward = []
    for layer in swept.layers:
        k, m = layer.before.shape[-1], layer.pre.shape[-1]
        alpha, pre, after = layer.before[:, 0], layer.pre[:, 0], layer.after[:, 0]
        projection = feature + projection_error(k) * length(alpha)
        moved = layer.inner * projection
        first, second = lip[1] * moved + rounding * lip[0], lip[2] * moved + rounding * lip[1]
        forward.append((projection, feature, first, second))
        feature = layer.outer * lip[0] * math.sqrt(m) * moved + rounding * (
            length(after) + layer.outer * length(pre)
        )
    return _backward_radii(swept, forward)


def _backward_radii(swept: Trace, forward: Sequence[tuple[Tensor, ...]]) -> tuple[Radii, ...]:
    radius, radii = torch.zeros_like(swept.output[:, 0]), []
    for l in reversed(range(len(swept.layers))):
        layer, (projection, feature, first, second) = swept.layers[l], forward[l]
        e, delta = swept.e[l + 1][:, 0].abs(), swept.delta[l][:, 0].abs()
        slope = layer.first[:, 0].abs() + first.unsqueeze(-1)
        spread = radius.unsqueeze(-1)
        moved = layer.outer * (slope * spread + first.unsqueeze(-1) * e) + 4 * UNIT * delta
        radii.append(Radii(projection, feature, first, second, radius, moved))
        m, k = layer.weight.shape[-2:]
        rounding = (1.1 * m + 0.6 * k + 16.0) * UNIT
        radius = layer.inner * math.sqrt(m) * (length(moved) + rounding * length(delta))
    return tuple(radii[::-1])


def perturbation(
    activation: Activation, swept: Trace, rows: tuple[RowData, ...], residuals: tuple[Tensor, ...]
) -> Tensor:
    """(Q,): a bound on |form - true form| / ||Delta||^2."""
    radii = sweep_radii(activation, swept)
    total = torch.full_like(swept.output[:, 0], TINY)
    y = torch.zeros_like(total)  # bound on ||alphadot^(l-1)||
    y_error = torch.zeros_like(total)
    for l, row in enumerate(rows):
        scalar = _scalar_errors(activation.lipschitz, swept, row, radii[l], residuals[l], l)
        spread = row.inner * math.sqrt(row.width)
        g = (largest(row.gain).square() + (spread * y).square()).sqrt()
        g_error = scalar.gain + spread * y_error
        reach = g + g_error
        total = total + scalar.bend * reach.square()
        total = total + largest(row.bend) * (2.0 * g * g_error + g_error.square())
        total = total + scalar.radial + scalar.own
        total = total + length(row.link) * y_error + scalar.link * (y + y_error)
        slope = largest(row.slope)
        y, y_error = slope * g, slope * g_error + scalar.slope * reach
    return 1.01 * (total + y_error)


@dataclass(frozen=True, eq=False)
class _ScalarErrors:
    """Largest errors of the scalars of one layer, (Q,); `link` is Euclidean."""

    gain: Tensor
    slope: Tensor
    bend: Tensor
    radial: Tensor
    own: Tensor
    link: Tensor


def _scalar_errors(
    lipschitz: tuple[float, float, float],
    swept: Trace,
    row: RowData,
    radii: Radii,
    residual: Tensor,
    l: int,
) -> _ScalarErrors:
    layer = swept.layers[l]
    if row.inputs == 1:  # rows of length 1 cannot turn: exactly nothing to be wrong about
        return _bend_and_slope_only(lipschitz, swept, row, radii, l)
    relative = (0.6 * row.inputs + 12.0) * UNIT  # of 1/r, with the roundings around it
    norms, delta = layer.norms, swept.delta[l][:, 0].abs()
    off_axis = residual + radii.feature.unsqueeze(-1)  # ||P_i alpha - n_i a_i||
    n = row.gain.abs() * norms / layer.inner
    share = layer.inner / norms.square()
    radial = share * (radii.delta * (n + off_axis) + delta * off_axis)
    own = share * (
        radii.delta * layer.projections[:, 0].abs()
        + (delta + radii.delta) * radii.projection.unsqueeze(-1)
    )
    link = radii.delta * (layer.inner / norms) + relative * row.link.abs()
    common = _bend_and_slope_only(lipschitz, swept, row, radii, l)
    return replace(
        common,
        gain=largest(layer.inner * off_axis / norms + relative * row.gain.abs()),
        radial=largest(radial + 2.0 * relative * row.radial.abs()),
        own=largest(own + 2.0 * relative * row.own.abs()),
        link=length(link),
    )


def _bend_and_slope_only(
    lipschitz: tuple[float, float, float], swept: Trace, row: RowData, radii: Radii, l: int
) -> _ScalarErrors:
    """The errors of bend and slope; 0 for the scalars that belong to turning rows."""
    outer = swept.layers[l].outer
    e, e_radius = swept.e[l + 1][:, 0].abs(), radii.e.unsqueeze(-1)
    bend = radii.second.unsqueeze(-1) * (e + e_radius) + lipschitz[1] * e_radius
    bend = outer * bend + 4.0 * UNIT * row.bend.abs()
    zero = torch.zeros_like(radii.first)
    slope = outer * radii.first + 4.0 * UNIT * largest(row.slope)
    return _ScalarErrors(zero, slope, largest(bend), zero, zero, zero)
