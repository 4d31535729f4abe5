"""How far a network is from the linear function that its weights multiply out to (G9)."""

from __future__ import annotations

import itertools

import torch
from torch import Tensor

from numerics.enclosure import Enclosure
from numerics.rounding import LEAST, UNIT, length
from numerics.weightnorm.inputs import resolve_inputs
from numerics.weightnorm.network import WeightNormNetwork
from numerics.weightnorm.quantities import outputs
from numerics.weightnorm.rows import unit_rows

__all__ = ["linear_deviation", "linear_weights"]


def linear_weights(network: WeightNormNetwork) -> Tensor:
    """u = (prod c_l s_l What^l)^T v, (B, d): the network with phi replaced by the identity."""
    back = network.v.unsqueeze(-2)
    for l in range(network.depth, 0, -1):
        scale = network.inner_scale(l) * network.outer_scale(l)
        back = (back @ unit_rows(network.weights[l - 1])) * scale
    return back.squeeze(-2)


def linear_deviation(network: WeightNormNetwork, x: Tensor) -> Enclosure:
    """|f(x) - <u, x>| for x (n, d) or (B, n, d), u of `linear_weights`; float64, (B, n).

    Both ends include the rounding of the forward sweep and of u: ||What||_F = sqrt m, so a layer's
    product is off by (1.6 m + k + 32) units of ||v||.
    """
    inputs = resolve_inputs(network, x, marks=2)
    value, radius = outputs(network, inputs)
    u = linear_weights(network)
    units = sum(1.6 * m + k + 48.0 for k, m in itertools.pairwise(network.widths))
    d = network.widths[0]
    size = length(inputs.x)
    slack = (1.02 * units * UNIT * length(network.v) + LEAST).unsqueeze(-1) * size
    slack = slack + (d + 4.0) * UNIT * length(u).unsqueeze(-1) * size + LEAST
    apart = value - (inputs.x @ u.unsqueeze(-1)).squeeze(-1)
    total = 1.01 * (radius + slack) + 4.0 * UNIT * (value.abs() + apart.abs())
    sound = torch.isfinite(total) & torch.isfinite(apart)
    return inputs.enclose(
        apart.abs(), total, "forward sweep against <u, x>", shift=None, sound=sound
    )
