"""The kernels at infinite width, in closed form, as certified matrices (statement K1).

u uniform on the sphere of R^d, theta = theta_ij the angle of x_i and x_j, n_i = ||x_i||:

    H_inf = n_i n_j cos(theta) (pi - theta) / (2 pi)
    G_inf = n_i n_j [sin(theta) + (pi - theta) cos(theta)] / (2 pi d),     V_inf = H_inf - G_inf
    Lambda_inf = V_inf / alpha^2 + G_inf

The norms are those of the given float64 rows, so nothing need be exactly a unit vector.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from numerics.enclosure import Enclosure
from numerics.relu_two_layer.balls import Ball, ball
from numerics.relu_two_layer.inputs import check_inputs, power_of_two, row_norms, scale_exponent
from numerics.rounding import LEAST, UNIT, row_error
from numerics.validation import check_positive

_METHOD = "closed form in angles by atan2, with a forward error analysis"
# |d/dtheta| of 2 pi times each closed form, largest over [0, pi], rounded up
_PLAIN_SLOPE, _GAIN_SLOPE = 2.39, 1.82


@dataclass(frozen=True, eq=False)
class LimitKernels:
    """H_inf (without normalization), V_inf (directions) and G_inf (gains), each (..., n, n)."""

    plain: Enclosure
    direction: Enclosure
    gain: Enclosure


def limit_kernels(x: Tensor) -> LimitKernels:
    """H_inf, V_inf and G_inf of nonzero inputs x (n, d) or (B, n, d); refuses `zero_input`."""
    plain, direction, gain, scale = _limit_balls(x)
    return LimitKernels(*(_enclose(part, scale) for part in (plain, direction, gain)))


def limit_tangent_kernel(x: Tensor, *, alpha: float) -> Enclosure:
    """Lambda_inf = V_inf/alpha^2 + G_inf at the initialization after [DGM20].

    Gains drawn gamma times larger act as alpha/gamma.
    """
    check_positive(alpha, "alpha")
    _, direction, gain, scale = _limit_balls(x)
    weight = torch.full_like(direction.mid, 1.0 / alpha) * (1.0 / alpha)
    return _enclose(direction * Ball(weight, 4.0 * UNIT * weight) + gain, scale)


def angles(x: Tensor) -> Enclosure:
    """theta_ij of all pairs of rows, in radians, (..., n, n)."""
    return angle_balls(check_inputs(x)).enclosure(_METHOD)


def _limit_balls(x: Tensor) -> tuple[Ball, Ball, Ball, Tensor]:
    """The three kernels of the inputs divided by a power of two, and its square."""
    x = check_inputs(x)
    scale = power_of_two(scale_exponent(x.flatten(-2))).unsqueeze(-1)
    d, sizes = x.shape[-1], row_norms(x / scale)
    sizes = sizes.unsqueeze(-1) * sizes.unsqueeze(-2)
    theta = angle_balls(x)
    t, wrong = theta.mid, theta.rad
    cosine = (math.pi - t) * torch.cos(t)
    sine = torch.sin(t)
    plain = ball(cosine, _PLAIN_SLOPE * wrong, 16.0)
    gain = ball(sine + cosine, _GAIN_SLOPE * wrong, 16.0)
    direction = ball((d - 1.0) * cosine - sine, ((d - 1.0) * _PLAIN_SLOPE + 1.0) * wrong, 16.0)
    # where the parts cancel, their own rounding is charged in full
    own = 16.0 * UNIT * (cosine.abs() + sine + 1.0)
    share = sizes * constant(1.0 / (2.0 * math.pi), t)
    over_d = share * constant(1.0 / d, t)
    return (
        widened(plain, own) * share,
        widened(direction, d * own) * over_d,
        widened(gain, own) * over_d,
        scale.square(),
    )


def widened(found: Ball, by: Tensor) -> Ball:
    """The ball with a larger radius."""
    return Ball(found.mid, found.rad + by)


def constant(value: float, like: Tensor) -> Ball:
    """A number known to four roundings, in the shape of `like`."""
    tensor = torch.full_like(like, value)
    return Ball(tensor, 4.0 * UNIT * tensor.abs())


def _enclose(found: Ball, scale: Tensor) -> Enclosure:
    return ball(found.mid * scale, found.rad * scale, 1.0).enclosure(_METHOD)


def angle_balls(x: Tensor) -> Ball:
    """theta = 2 atan2(||u_i - u_j||, ||u_i + u_j||): accurate at 0 and pi, where arccos is not."""
    unit = x / power_of_two(scale_exponent(x))
    unit = unit / torch.linalg.vector_norm(unit, dim=-1, keepdim=True)
    exactly = "donot_use_mm_for_euclid_dist"
    apart = torch.cdist(unit, unit, compute_mode=exactly)
    across = torch.cdist(unit, -unit, compute_mode=exactly)
    theta = 2.0 * torch.atan2(apart, across)
    d = x.shape[-1]
    # turning both rows by their error moves the angle by no more than the sum of both errors;
    # the two distances have relative errors below (d/2 + 4) UNIT, and theta depends on their ratio
    relative = (d + 16.0) * UNIT
    radius = 2.1 * row_error(d) + relative * torch.sin(theta) + 8.0 * UNIT * theta
    eye = torch.eye(x.shape[-2], dtype=torch.bool, device=x.device)
    same = torch.where(eye, LEAST, 1.1 * radius)
    return Ball(torch.where(eye, 0.0, theta), same)
