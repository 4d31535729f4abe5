"""Bounds on the least eigenvalues of the kernels at infinite width (statements K2 to K6).

Lower and upper ends here are *bounds that theorems give*, rounded towards safety; the truth is
`least_eigenvalue(limit_kernels(x).plain)` and its like. Rows need not have norm 1: a kernel of x is
N A N with A the kernel of the unit rows, so lam(kernel) >= min ||x_i||^2 lam(A).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from numerics.enclosure import Enclosure
from numerics.errors import NumericsError
from numerics.relu_two_layer.balls import Ball, ball
from numerics.relu_two_layer.eigenvalues import least_eigenvalue
from numerics.relu_two_layer.inputs import check_inputs, check_unit, row_norms
from numerics.relu_two_layer.limits import angle_balls, constant, limit_kernels
from numerics.relu_two_layer.refusals import Refusal, refuse
from numerics.rounding import UNIT

_TERMS = 200
_DOWN, _UP = 1.0 - 1e-11, 1.0 + 1e-11  # the rounding of a few hundred operations


@dataclass(frozen=True, eq=False)
class LimitBounds:
    """One bound for each of lam(H_inf), lam(V_inf), lam(G_inf); float64 tensors of one shape."""

    plain: Tensor
    direction: Tensor
    gain: Tensor


def mean_relu(d: int) -> float:
    """kappa_d = E relu(u_1), u uniform on the sphere of R^d: 1/2, 1/pi, then times d/(d+1)."""
    value, start = (0.5, 1) if d % 2 else (1.0 / math.pi, 2)
    for k in range(start, d, 2):
        value *= k / (k + 1.0)
    return value


def sphere_moment(d: int, j: int) -> float:
    """M_2j = E u_1^(2j) = prod_(i<j) (2i+1)/(d+2i)."""
    return math.prod((2.0 * i + 1.0) / (d + 2.0 * i) for i in range(j))


def poincare_gap(x: Tensor) -> Enclosure:
    """The least eigenvalue of V_inf - (d-1)(G_inf - kappa_d^2 1 1^T), never negative (K2).

    By the closed forms the matrix is (d-1) kappa_d^2 - sin(theta_ij)/(2 pi), entry by entry.
    For unit x (n, d) with d >= 2; refuses `not_unit` and `dimension`.
    """
    x = check_unit(x)
    d = x.shape[-1]
    if d < 2:
        raise refuse(Refusal.DIMENSION, "x", "d = 1", "inputs with d >= 2")
    theta = angle_balls(x)
    sine = ball(torch.sin(theta.mid), theta.rad, 8.0) * constant(1.0 / (2.0 * math.pi), theta.mid)
    mean = (d - 1.0) * mean_relu(d) ** 2
    level = torch.full_like(sine.mid, mean)
    gap = Ball(level, (4.0 * d + 16.0) * UNIT * level) - sine
    return least_eigenvalue(gap.enclosure("closed form of the difference"))


def series_lower_bounds(x: Tensor) -> LimitBounds:
    """K4: power series of the closed forms, Schur products and Gershgorin, term by term.

    x (n, d) or (B, n, d), nonzero rows; results () or (B,). 200 terms, then the integral of the
    rest with the last term's zeta, which falls with k.
    """
    x = check_inputs(x)
    low, high = _cosines(x)
    n, d = x.shape[-2:]
    size = row_norms(x).lower.amin(-1).clamp_min(0.0).square() * _DOWN
    data = math.pi / 2.0 * _least_gram(x)
    plain, gain, direction = data, data, (1.0 - 1.0 / d) * data
    b = 1.0
    power_low, power_high = low.square(), high.square()
    for k in range(_TERMS):
        last = k == _TERMS - 1
        zeta = power_high.sum(-1).amax(-1)
        moment = sphere_moment(d, k + 1)
        apart = torch.maximum(power_high - moment, moment - power_low).clamp_min(0.0)
        if last:  # a bound on zeta' that falls with k
            apart = torch.clamp_min(power_high, moment)
        centred = moment + _off_diagonal(apart).sum(-1).amax(-1)
        first = b / (2 * k + 1) if not last else 1.0 / math.sqrt(math.pi * (k + 0.5))
        second = (
            first / (2 * k + 2) if not last else 1.0 / (6 * math.sqrt(math.pi) * (k + 1) ** 1.5)
        )
        plain = plain + first * _rest(zeta, n)
        gain = gain + second * _rest(zeta, n)
        direction = direction + first * (1.0 - 1.0 / (d * (2 * k + 2))) * _rest(centred, n)
        power_low, power_high = power_low * low.square(), power_high * high.square()
        b *= (2 * k + 1) / (2 * k + 2)
    share = size * _DOWN / (2.0 * math.pi)
    return LimitBounds(share * plain, share * direction, share * gain / d)


def _rest(zeta: Tensor, n: int) -> Tensor:
    """(1 - zeta)_+, rounded down: zeta is a sum of n powers of numbers in [0, 1]."""
    return (1.0 - zeta - (n + 1.0) * (2.0 * _TERMS + 16.0) * UNIT).clamp_min(0.0)


def _off_diagonal(matrix: Tensor) -> Tensor:
    eye = torch.eye(matrix.shape[-1], dtype=torch.bool, device=matrix.device)
    return matrix.masked_fill(eye, 0.0)


def _cosines(x: Tensor) -> tuple[Tensor, Tensor]:
    """Ends of |cos theta_ij| for i != j; zero on the diagonal."""
    theta = angle_balls(x)
    value = _off_diagonal(torch.cos(theta.mid).abs())
    wrong = _off_diagonal(theta.rad + 8.0 * UNIT)
    return (value - wrong).clamp_min(0.0), (value + wrong).clamp_max(1.0)


def _least_gram(x: Tensor) -> Tensor:
    """A lower end of lam(U U^T), U the unit rows, and at least 0."""
    theta = angle_balls(x)
    cosine = ball(torch.cos(theta.mid), theta.rad, 8.0)
    return least_eigenvalue(cosine.enclosure("cosines")).lower.clamp_min(0.0)


def angle_lower_bounds(n: int, d: int, phi: float) -> LimitBounds:
    """K5: for unit inputs whose pairs satisfy min(theta, pi - theta) >= phi > 0, n >= 2, d >= 2."""
    if n < 2 or d < 2 or not 0.0 < phi <= math.pi / 2.0:
        raise NumericsError(
            argument="n, d, phi",
            found=f"{n}, {d}, {phi}",
            accepted="n >= 2, d >= 2 and 0 < phi <= pi/2",
        )
    log = 0.5 * math.log1p(-(math.sin(phi) ** 2)) * _DOWN if phi < 1.5 else math.log(0.0708)
    plain, centred = (first_small_power(n, log, weight, d) for weight in (0, n))
    root = math.pi**1.5
    found = (
        1.0 / (4.0 * root * math.sqrt(plain + 0.5)),
        (1.0 - 1.0 / (2.0 * d * (centred + 1.0))) / (4.0 * root * math.sqrt(centred + 0.5)),
        1.0 / (24.0 * root * d * (plain + 1.0) ** 1.5),
    )
    return LimitBounds(*(torch.tensor(_DOWN * value, dtype=torch.float64) for value in found))


def first_small_power(n: int, log: float, weight: int, d: int) -> float:
    """The least K >= 0 with (n-1) cos(phi)^(2K+2) + weight M_(2K+2) <= 1/2, log = log cos(phi)."""

    def small(k: float) -> bool:
        log_moment = _log_moment(d, k + 1.0)
        total = (n - 1.0) * math.exp((2.0 * k + 2.0) * log) + weight * math.exp(log_moment)
        return total * _UP <= 0.5

    high = 1.0
    while not small(high):
        high *= 2.0
        if high > 1e30:
            return math.inf
    low = -1.0
    while high - low > 1.0:
        middle = math.floor(0.5 * (low + high))
        if middle in (low, high):
            break
        low, high = (low, middle) if small(middle) else (middle, high)
    return high


def _log_moment(d: int, j: float) -> float:
    """An upper bound on log M_2j: the product for small j; beyond, Gamma(j+1/2)/Gamma(j+d/2) <=
    j^((1-d)/2), by the log-convexity of Gamma."""
    if j <= 10_000:
        return math.log(sphere_moment(d, int(j))) + 1e-9
    log = math.lgamma(d / 2.0) - 0.5 * math.log(math.pi) - (d - 1.0) / 2.0 * math.log(j)
    return log + 1e-6 * abs(log) + 1e-6


def block_upper_bounds(x: Tensor) -> LimitBounds:
    """K6: the least eigenvalue of the worst 2 x 2 block, for n >= 2 nonzero inputs."""
    found = limit_kernels(x)
    return LimitBounds(*(_least_block(part) for part in (found.plain, found.direction, found.gain)))


def _least_block(kernel: Enclosure) -> Tensor:
    """min over i != j of the least eigenvalue of [[a, b], [b, c]], rounded up, (...)."""
    n = kernel.upper.shape[-1]
    if n < 2:
        raise NumericsError(argument="x", found="one input", accepted="at least two")
    diagonal = torch.diagonal(kernel.upper, dim1=-2, dim2=-1)
    a, c = diagonal.unsqueeze(-1), diagonal.unsqueeze(-2)
    off = torch.maximum(kernel.lower, -kernel.upper).clamp_min(0.0)
    root = torch.sqrt(((a - c) / 2.0).square() + off.square())
    least = (a + c) / 2.0 - root + 16.0 * UNIT * (a.abs() + c.abs() + root)
    eye = torch.eye(n, dtype=torch.bool, device=least.device)
    return least.masked_fill(eye, torch.inf).amin((-1, -2))
