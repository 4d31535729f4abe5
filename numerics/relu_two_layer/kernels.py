"""The Gram matrices of a network's Jacobian, without the Jacobian: n x m in memory, not n x m d.

With E = 1{a > 0}, A+ = relu(A), R = diag(rho_k^2) (after [DGM20]; statement M1):

    J_v J_v^T = (1/m) [(X X^T) o (E R E^T) - A+ R A+^T]      (V/alpha^2 at initialization)
    J_g J_g^T = (1/m) A+ A+^T                                (G)
    J J^T     = J_v J_v^T + J_g J_g^T                        (Lambda)
    H         = (1/m) (X X^T) o (E E^T)                      (the network without normalization)
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from numerics.enclosure import Enclosure
from numerics.relu_two_layer.balls import Ball, ball
from numerics.relu_two_layer.forward import Sweep, sweep
from numerics.relu_two_layer.inputs import power_of_two, resolve_inputs, scale_exponent
from numerics.relu_two_layer.network import ReluNetwork
from numerics.rounding import UNIT

_METHOD = "two products of n x m matrices, with a forward error analysis"


@dataclass(frozen=True, eq=False)
class Kernels:
    """J_v J_v^T, J_g J_g^T and J J^T, each (B, n, n), without B for an unbatched network."""

    direction: Enclosure
    gain: Enclosure
    tangent: Enclosure


def kernels(network: ReluNetwork, x: Tensor) -> Kernels:
    """The three Gram matrices at x (n, d) or (B, n, d), entry by entry certified."""
    swept, scale = scaled_sweep(network, x)
    direction, gain = direction_ball(swept), gain_ball(swept)
    both = direction + gain
    found = Ball(
        torch.stack([direction.mid, gain.mid, both.mid]),
        torch.stack([direction.rad, gain.rad, both.rad]),
    )
    ends = _scaled(found, scale).enclosure(_METHOD)
    lower, upper = ends.lower.unbind(), ends.upper.unbind()
    if network.batch is None:
        lower, upper = ends.lower.squeeze(1).unbind(), ends.upper.squeeze(1).unbind()
    made = (replace(ends, lower=low, upper=up) for low, up in zip(lower, upper, strict=True))
    return Kernels(*made)


def tangent_kernel(network: ReluNetwork, x: Tensor) -> Enclosure:
    """Lambda = J J^T, whose eigenvalues rule the flow dr/dt = -Lambda r."""
    return kernels(network, x).tangent


def plain_kernel(network: ReluNetwork, x: Tensor) -> Enclosure:
    """H = (1/m) sum_k D_k X X^T D_k: the kernel of the network without normalization."""
    swept, scale = scaled_sweep(network, x)
    return _enclose(network, plain_ball(swept), scale)


def scaled_sweep(network: ReluNetwork, x: Tensor) -> tuple[Sweep, Tensor]:
    """The sweep at x divided by a power of two, and its square (B, 1, 1): kernels scale with it."""
    x = resolve_inputs(network, x)
    scale = power_of_two(scale_exponent(x.flatten(-2))).unsqueeze(-1)
    if not torch.equal(x / scale * scale, x):  # an entry would underflow: signs must stay exact
        scale = torch.ones_like(scale)
    return sweep(network, x / scale), scale.square()


def _scaled(found: Ball, scale: Tensor) -> Ball:
    return ball(found.mid * scale, found.rad * scale, 1.0)


def _enclose(network: ReluNetwork, found: Ball, scale: Tensor) -> Enclosure:
    found = _scaled(found, scale)
    return (found if network.batch is not None else found.squeeze(0)).enclosure(_METHOD)


def direction_ball(swept: Sweep) -> Ball:
    """J_v J_v^T as balls (B, n, n)."""
    weight = swept.rho.square()
    weighted = active_gram(swept, weight) * gram(swept)
    features = swept.features.mid
    turned = (features * weight.mid.unsqueeze(-2)) @ features.mT / swept.m
    wrong = _feature_error(swept, turned, weight.size.mean(-1))
    wrong = wrong + 1.1 * weight.rad.mean(-1)[:, None, None] * _sizes(swept)
    return ball(weighted.mid - turned, weighted.rad + wrong, 2.0)


def _feature_error(swept: Sweep, product: Tensor, mean: Tensor) -> Tensor:
    """Of (1/m) A+ W A+^T, `product` as computed, for weights of mean `mean` (B,): every term is
    non-negative, and an entry of A+ is wrong by no more than that of A (relu is 1-Lipschitz)."""
    reach = swept.a.rad[..., 0] * mean.sqrt().unsqueeze(-1)
    root = torch.diagonal(product, dim1=-2, dim2=-1).sqrt()
    cross = reach.unsqueeze(-1) * (root + reach).unsqueeze(-2)
    return (swept.m + 8.0) * UNIT * product + 1.1 * (cross + cross.mT)


def gain_ball(swept: Sweep) -> Ball:
    """J_g J_g^T as balls (B, n, n)."""
    features = swept.features.mid
    product = features @ features.mT / swept.m
    mean = torch.ones_like(product[:, 0, 0])
    return ball(product, _feature_error(swept, product, mean), 2.0)


def plain_ball(swept: Sweep) -> Ball:
    """H as balls (B, n, n)."""
    ones = torch.ones_like(swept.g)
    return active_gram(swept, Ball(ones, torch.zeros_like(ones))) * gram(swept)


def active_gram(swept: Sweep, weight: Ball) -> Ball:
    """(1/m) E diag(weight) E^T for non-negative weights (B, m), as balls (B, n, n)."""
    active, m = swept.active.to(torch.float64), swept.m
    product = (active * weight.mid.unsqueeze(-2)) @ active.mT / m
    radius = (m + 6.0) * UNIT * product + 1.1 * weight.rad.mean(-1)[:, None, None]
    if swept.undecided is not None:
        share = (swept.undecided.to(torch.float64) @ weight.size.unsqueeze(-1)) / m
        radius = radius + 1.1 * (share + share.mT)
    return ball(product, radius, 2.0)


def gram(swept: Sweep) -> Ball:
    """X X^T as balls (B, n, n)."""
    product = swept.x @ swept.x.mT
    return ball(product, (swept.x.shape[-1] + 4.0) * UNIT * _sizes(swept), 2.0)


def _sizes(swept: Sweep) -> Tensor:
    sizes = swept.x_norms.size
    return sizes.unsqueeze(-1) * sizes.unsqueeze(-2)
