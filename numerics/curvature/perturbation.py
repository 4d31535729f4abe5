"""How far the form of the computed scalars can be from the true Hessian form.

From the errors of the two sweeps (`numerics.radii`) follow the errors of the scalars, and then
|form - true form| <= perturbation ||Delta||^2 by the recursion of the
theory for ||gdot|| and ||alphadot||, with measured coefficients and ||What||_2 <= sqrt(m).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from numerics.activations import Activation
from numerics.radii import Radii, sweep_radii
from numerics.rounding import TINY, UNIT, largest, length
from numerics.trace import Trace

if TYPE_CHECKING:
    from numerics.curvature.data import RowData


def perturbation(
    activation: Activation, swept: Trace, rows: tuple[RowData, ...], residuals: tuple[Tensor, ...]
) -> tuple[Tensor, Tensor]:
    """(Q,): a bound on |form - true form| / ||Delta||^2, and a crude one on |true form| itself."""
    radii = sweep_radii(activation, swept)
    total = torch.full_like(swept.output[:, 0], TINY)
    y = torch.zeros_like(total)  # bound on ||alphadot^(l-1)||
    y_error = torch.zeros_like(total)
    crude = torch.zeros_like(total)
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
        crude = crude + largest(row.bend) * g.square() + largest(row.radial)
        crude = crude + largest(row.own) + length(row.link) * y
        slope = largest(row.slope)
        y, y_error = slope * g, slope * g_error + scalar.slope * reach
    total = 1.01 * (total + y_error)
    return total, 1.01 * (crude + y) + total


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
    off_axis = residual + radii.feature  # ||P_i alpha - n_i a_i||
    n = row.gain.abs() * norms / layer.inner
    share = layer.inner / norms.square()
    radial = share * (radii.delta[:, 0] * (n + off_axis) + delta * off_axis)
    own = share * (
        radii.delta[:, 0] * layer.projections[:, 0].abs()
        + (delta + radii.delta[:, 0]) * radii.projection
    )
    link = radii.delta[:, 0] * (layer.inner / norms) + relative * row.link.abs()
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
    e, e_radius = swept.e[l + 1][:, 0].abs(), radii.e
    bend = radii.second * (e + e_radius) + lipschitz[1] * e_radius
    bend = outer * bend + 4.0 * UNIT * row.bend.abs()
    zero = torch.zeros_like(radii.first[:, 0])
    slope = outer * radii.first[:, 0] + 4.0 * UNIT * largest(row.slope)
    return _ScalarErrors(zero, slope, largest(bend), zero, zero, zero)
