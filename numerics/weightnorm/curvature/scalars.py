"""The scalars through which the Hessian form sees each row, with bounds on their errors.

For a direction Delta with radial parts p_i = <What_i, Delta_i> and t_i = <a_i, Delta_i>:

    gdot_i = gain_i t_i + s <What_i, y>,        y = alphadot^(l-1),   alphadot^l = slope * gdot
    form   = 2 <u, alphadot^L> + sum_l sum_i { bend_i gdot_i^2 - 2 radial_i p_i t_i
             + own_i ||tau_i||^2 + 2 link_i <tau_i, y> }

gain = s n/r, slope = c phi'(g), bend = c e phi''(g), radial = delta s n/r^2, own = -delta g/r^2,
link = delta s/r.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from numerics.activations import Activation
from numerics.rounding import SUBNORMAL, UNIT
from numerics.weightnorm.curvature.directions import Directions
from numerics.weightnorm.forward_error import Radii
from numerics.weightnorm.sweeps import Trace

NAMES = ("gain", "slope", "bend", "radial", "own", "link")


@dataclass(frozen=True, eq=False)
class Scalars:
    """One number per row and kind, (Q, m): values, errors, or (as int64) exponents."""

    gain: Tensor
    slope: Tensor
    bend: Tensor
    radial: Tensor
    own: Tensor
    link: Tensor

    def map(self, function: Callable[[Tensor], Tensor]) -> Scalars:
        """The same function of each kind."""
        return Scalars(*(function(getattr(self, name)) for name in NAMES))

    def with_other(self, other: Scalars, function: Callable[[Tensor, Tensor], Tensor]) -> Scalars:
        """A function of each kind of both."""
        return Scalars(*(function(getattr(self, name), getattr(other, name)) for name in NAMES))


def row_scalars(activation: Activation, swept: Trace, l: int, found: Directions) -> Scalars:
    """Values in the sweep's own units, at its first (only) input."""
    second = activation.require_second("the Hessian")
    layer = swept.layers[l]
    pre, delta, norms = layer.projections[:, 0], swept.delta[l][:, 0], layer.norms
    turns = float(layer.weight.shape[-1] > 1)  # a row of length 1 has no tangent direction
    share = layer.inner / norms
    link = turns * delta * share
    n = torch.where(found.present, found.n, torch.zeros_like(found.n))
    return Scalars(
        gain=n * share,
        slope=layer.outer * layer.first[:, 0],
        bend=layer.outer * swept.e[l + 1][:, 0] * second(layer.pre[:, 0]),
        radial=link * n / norms,
        own=-turns * (delta / norms) * (share * pre),
        link=link,
    )


def scalar_errors(
    activation: Activation, swept: Trace, l: int, found: Directions, radii: Radii, values: Scalars
) -> Scalars:
    """Bounds on the errors, in the sweep's own units."""
    layer, lipschitz = swept.layers[l], activation.lipschitz
    e, e_radius = swept.e[l + 1][:, 0].abs(), radii.e
    lost = 0.0 if swept.v_shift is None else SUBNORMAL  # of entries far below the largest
    e_radius = e_radius + lost
    bend = radii.second * (e + e_radius) + lipschitz[1] * e_radius
    bend = layer.outer * bend + 4.0 * UNIT * values.bend.abs()
    slope = layer.outer * radii.first + 4.0 * UNIT * values.slope.abs()
    if layer.before.shape[-1] == 1:  # rows of length 1 cannot turn: nothing to be wrong about
        zero = torch.zeros_like(bend)
        return Scalars(zero, slope, bend, zero, zero, zero)
    relative = (0.6 * layer.before.shape[-1] + 12.0) * UNIT  # of 1/r, with the roundings around it
    norms, delta, wrong = layer.norms, swept.delta[l][:, 0].abs(), radii.delta[:, 0]
    off_axis = found.residual + radii.feature  # ||P_i alpha - n_i a_i||
    n = torch.where(found.present, found.n.abs(), torch.zeros_like(found.n))
    share = layer.inner / norms
    along = layer.projections[:, 0].abs()
    return Scalars(
        gain=share * off_axis + relative * values.gain.abs(),
        slope=slope,
        bend=bend,
        radial=share / norms * (wrong * (n + off_axis) + delta * off_axis)
        + (2.0 * relative * values.radial.abs() + lost),
        own=share / norms * (wrong * along + (delta + wrong) * radii.projection)
        + (2.0 * relative * values.own.abs() + lost),
        link=wrong * share + (relative * values.link.abs() + lost),
    )
