"""The kernels at infinite width by quadrature: the slow truth beside the closed forms (K1).

u uniform on the sphere of R^d: its part in the plane of two unit inputs at angle theta is
s (cos a, sin a) with a uniform and E s^2 = 2/d, both inputs being active for a in
[theta - pi/2, pi/2]. The mean over that stretch is a Gauss-Legendre sum, error bound included.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from numerics.enclosure import Enclosure, Quality
from numerics.relu_two_layer.balls import Ball, ball
from numerics.relu_two_layer.inputs import check_inputs
from numerics.relu_two_layer.limits import LimitKernels, angle_balls, constant
from numerics.rounding import UNIT

NODES = 16
# pi^33 (16!)^4 2^31/(33 (32!)^3), the remainder for cos(2a)/2 on a stretch no longer than pi
_REMAINDER = 1e-28
_METHOD = "Gauss-Legendre quadrature over the half circle where both inputs are active"


def limit_quadrature(x: Tensor) -> LimitKernels:
    """H_inf, V_inf and G_inf of the directions of x (..., n, d), entry by entry."""
    x = check_inputs(x)
    d, theta = x.shape[-1], angle_balls(x)
    both = _mean(theta)
    active = ball(math.pi - theta.mid, theta.rad, 4.0) * constant(0.5 / math.pi, theta.mid)
    plain = ball(torch.cos(theta.mid), theta.rad, 8.0) * active
    gain = both * constant(2.0 / d, theta.mid)
    return LimitKernels(*(part.enclosure(_METHOD) for part in (plain, plain - gain, gain)))


def _mean(theta: Ball) -> Ball:
    """(1/2 pi) int cos(a) cos(a - theta) da over [theta - pi/2, pi/2]."""
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    half, middle = 0.5 * (math.pi - theta.mid), 0.5 * theta.mid
    total = torch.zeros_like(half)
    for node, weight in zip(nodes.tolist(), weights.tolist(), strict=True):
        a = node * half
        total = total + weight * torch.cos(a + middle) * torch.cos(a - middle)
    # every node, weight and cosine is good to a few roundings; the mean has slope <= 1 in theta
    rounding = 64.0 * UNIT * torch.ones_like(half)
    return ball(total * half / (2.0 * math.pi), theta.rad + rounding + _REMAINDER, 8.0)


def direction_kernels(found: LimitKernels, d: int) -> LimitKernels:
    """The closed forms at x widened to those of the directions x/||x||, for rows of norm near 1."""
    slack = 4.0 * (d + 20.0) * UNIT
    return LimitKernels(
        *(_widened(part, slack) for part in (found.plain, found.direction, found.gain))
    )


def _widened(part: Enclosure, slack: float) -> Enclosure:
    room = slack * torch.maximum(part.lower.abs(), part.upper.abs())
    return Enclosure(part.lower - room, part.upper + room, Quality.ENCLOSURE, part.method)
