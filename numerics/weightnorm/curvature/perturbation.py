"""How far the form of the computed scalars can be from the true Hessian form.

From the errors of the two sweeps (`weightnorm.forward_error`) follow the errors of the scalars,
and then
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
from numerics.rounding import TINY, UNIT, largest, length
from numerics.weightnorm.forward_error import Radii, sweep_radii
from numerics.weightnorm.sweeps import Trace

if TYPE_CHECKING:
    from numerics.weightnorm.curvature.form import RowData


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
        wrong, size = _bend_terms(row, scalar, spread * y, spread * y_error)
        total = total + wrong + largest(scalar.radial) + largest(scalar.own)
        link = length(row.link)
        total = total + link * y_error + length(scalar.link) * (y + y_error)
        crude = crude + size + largest(row.radial) + largest(row.own) + link * y
        y, y_error = _push(row, scalar, spread * y, spread * y_error)
    total = 1.01 * (total + y_error)
    return total, 1.01 * (crude + y) + total


def _bend_terms(
    row: RowData, scalar: _ScalarErrors, pushed: Tensor, pushed_error: Tensor
) -> tuple[Tensor, Tensor]:
    """Bounds on the error and on the size of sum_i bend_i gdot_i^2, row by row where t_i enters.

    gdot_i = gain_i t_i + b_i with ||b|| <= pushed, both known up to errors.
    """
    root, error_root = row.bend.abs().sqrt(), scalar.bend.sqrt()
    gain = row.gain.abs()
    size = (largest(root * gain).square() + (largest(root) * pushed).square()).sqrt()
    moved = largest(root * scalar.gain) + largest(root) * pushed_error
    reach = largest(error_root * (gain + scalar.gain))
    reach = reach + largest(error_root) * (pushed + pushed_error)
    return 2.0 * size * moved + moved.square() + reach.square(), size.square()


def _push(
    row: RowData, scalar: _ScalarErrors, pushed: Tensor, pushed_error: Tensor
) -> tuple[Tensor, Tensor]:
    """Bounds on ||alphadot^l|| and on its error."""
    gain, slope = row.gain.abs(), row.slope.abs()
    size = (largest(slope * gain).square() + (largest(slope) * pushed).square()).sqrt()
    error = largest(slope * scalar.gain + scalar.slope * (gain + scalar.gain))
    error = error + largest(slope) * pushed_error
    return size, error + largest(scalar.slope) * (pushed + pushed_error)


@dataclass(frozen=True, eq=False)
class _ScalarErrors:
    """Errors of the scalars of one layer, row by row, (Q, m)."""

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
        gain=layer.inner * off_axis / norms + relative * row.gain.abs(),
        radial=radial + 2.0 * relative * row.radial.abs(),
        own=own + 2.0 * relative * row.own.abs(),
        link=link,
    )


def _bend_and_slope_only(
    lipschitz: tuple[float, float, float], swept: Trace, row: RowData, radii: Radii, l: int
) -> _ScalarErrors:
    """The errors of bend and slope; 0 for the scalars that belong to turning rows."""
    outer = swept.layers[l].outer
    e, e_radius = swept.e[l + 1][:, 0].abs(), radii.e
    bend = radii.second * (e + e_radius) + lipschitz[1] * e_radius
    bend = outer * bend + 4.0 * UNIT * row.bend.abs()
    zero = torch.zeros_like(bend)
    slope = outer * radii.first + 4.0 * UNIT * row.slope.abs()
    return _ScalarErrors(zero, slope, bend, zero, zero, zero)
