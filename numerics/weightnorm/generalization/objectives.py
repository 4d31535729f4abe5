"""What training for a certificate minimizes: smooth or piecewise linear stand-ins for its bound.

Each takes a batch of networks (with scalars of its own beside theta), margins y f (B, n) and the
phase of training, and returns one value per network, (B,). float, differentiable; nothing here is
certified: `certify` judges what comes out.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from numerics.errors import NumericsError
from numerics.weightnorm.generalization.choices import NetworkClass
from numerics.weightnorm.generalization.complexity import symmetrization_constant
from numerics.weightnorm.generalization.priors import Prior
from numerics.weightnorm.generalization.vote import vote_divergence
from numerics.weightnorm.network import WeightNormNetwork
from numerics.weightnorm.rows import unit_rows

_UNION = 100.0  # a typical number of (N, k) or (mu, tau), for the log term of the stand-ins


@dataclass(frozen=True, eq=False)
class Objective:
    """A stand-in with the starting values of its own scalars (empty for the margin loss)."""

    name: str
    scalars: tuple[float, ...]
    value: Callable[[WeightNormNetwork, Tensor, Tensor, bool, Prior | None], Tensor]


def margin_loss(
    network: WeightNormNetwork, scalars: Tensor, margins: Tensor, early: bool, prior: Prior | None
) -> Tensor:
    """P_n loss(y f) + c_n kappa nu1/sqrt(n); loss = hinge early, then 0.9 ramp + 0.1 hinge."""
    n = margins.shape[-1]
    gain = NetworkClass(
        network.activation, network.placement, network.depth, network.widths[1:]
    ).gain()
    hinge = (1.0 - margins).clamp_min(0.0)
    loss = hinge if early else 0.9 * hinge.clamp_max(1.0) + 0.1 * hinge
    nu1 = network.v.abs().sum(-1) / math.sqrt(network.widths[-1])
    return loss.mean(-1) + symmetrization_constant(n) * gain / math.sqrt(n) * nu1


def ramp_at(rho: float) -> Objective:
    """Half ramp, half hinge of the margin at gamma = kappa nu1/rho: fits as well as rho allows.

    For draws that stress G3: the class is fixed by rho, nothing is paid for it.
    """

    def value(
        network: WeightNormNetwork,
        scalars: Tensor,
        margins: Tensor,
        early: bool,
        prior: Prior | None,
    ) -> Tensor:
        nu1 = network.v.abs().sum(-1, keepdim=True) / math.sqrt(network.widths[-1])
        hinge = (1.0 - margins * (rho / nu1)).clamp_min(0.0)
        loss = hinge if early else 0.5 * hinge.clamp_max(1.0) + 0.5 * hinge
        return loss.mean(-1)

    return Objective(f"ramp at rho = {rho:g}", (), value)


def square_at(scale: float) -> Objective:
    """P_n (y - f)^2 of the network scaled to nu1 = scale, for y = +-1; for draws that stress G4."""

    def value(
        network: WeightNormNetwork,
        scalars: Tensor,
        margins: Tensor,
        early: bool,
        prior: Prior | None,
    ) -> Tensor:
        nu1 = network.v.abs().sum(-1, keepdim=True) / math.sqrt(network.widths[-1])
        return (1.0 - margins * (scale / nu1)).square().mean(-1)

    return Objective(f"square loss at nu1 = {scale:g}", (), value)


def square_loss(
    network: WeightNormNetwork, scalars: Tensor, margins: Tensor, early: bool, prior: Prior | None
) -> Tensor:
    """P_n (1 - y f)^2 for y = +-1, f clipped to [-1, 1] late, + 4 c_n kappa nu1/sqrt(n) (G4)."""
    n = margins.shape[-1]
    loss = (1.0 - (margins if early else margins.clamp(-1.0, 1.0))).square().mean(-1)
    nu1 = network.v.abs().sum(-1) / math.sqrt(network.widths[-1])
    gain = NetworkClass(
        network.activation, network.placement, network.depth, network.widths[1:]
    ).gain()
    return loss + 4.0 * symmetrization_constant(n) * gain / math.sqrt(n) * nu1


def vote_loss(
    network: WeightNormNetwork, scalars: Tensor, margins: Tensor, early: bool, prior: Prior | None
) -> Tensor:
    """G8 with Bin(N, p) taken for normal; scalars (log sqrt N, tau)."""
    base, top = vote_divergence(network.activation)
    scale = network.outer_scale(network.depth) * top
    size = network.v.abs().sum(-1, keepdim=True)
    mean = (margins / (scale * size)).clamp(-0.999, 0.999)
    root, tau = scalars[:, :1].exp(), scalars[:, 1:2]
    gibbs = _normal((tau - root * mean) / (1.0 - mean.square()).sqrt())
    per_vote = base * network.inner_scale(1) ** 2 * 1.5 ** (network.depth - 1)
    divergence = root.squeeze(-1).square() * _vote_divergence(network, per_vote, prior)
    return _stand_in(gibbs.mean(-1), divergence, tau.squeeze(-1), margins.shape[-1])


def linear_loss(
    network: WeightNormNetwork, scalars: Tensor, margins: Tensor, early: bool, prior: Prior | None
) -> Tensor:
    """G9 with f taken for its linear part; scalars (log mu, tau)."""
    direction = _linear_part(network)
    size = direction.norm(dim=-1, keepdim=True)
    mu, tau = scalars[:, :1].exp(), scalars[:, 1:2]
    gibbs = _normal(tau - mu * margins / size)
    mean = mu * direction / size
    if prior is not None and prior.mean is not None:
        mean = mean - prior.mean.to(mean)
    divergence = 0.5 * mean.square().sum(-1)
    return _stand_in(gibbs.mean(-1), divergence, tau.squeeze(-1), margins.shape[-1])


OBJECTIVES = {
    objective.name: objective
    for objective in (
        Objective("margin", (), margin_loss),
        Objective("square", (), square_loss),
        Objective("vote", (math.log(8.0), 0.5), vote_loss),
        Objective("linear", (math.log(15.0), 0.5), linear_loss),
    )
}


def find_objective(name: str) -> Objective:
    """The objective of that name: margin (G3), square (G4), vote (G8), linear (G9)."""
    if name not in OBJECTIVES:
        raise NumericsError(argument="objective", found=repr(name), accepted=", ".join(OBJECTIVES))
    return OBJECTIVES[name]


def _stand_in(gibbs: Tensor, divergence: Tensor, tau: Tensor, n: int) -> Tensor:
    """min(q + sqrt(2 q c) + 2 c, q + sqrt(c/2))/Phi(tau), both above kl^(-1)(q, c)/Phi(tau)."""
    rate = (divergence + math.log(2.0 * math.sqrt(n) * _UNION / 0.05)) / n
    near = gibbs + (2.0 * gibbs * rate + 1e-12).sqrt() + 2.0 * rate
    return torch.minimum(near, gibbs + (0.5 * rate).sqrt()) / _normal(tau)


def _normal(x: Tensor) -> Tensor:
    return 0.5 * torch.special.erfc(-x / math.sqrt(2.0))


def _linear_part(network: WeightNormNetwork) -> Tensor:
    """(prod s_l c_l What^l)^T v, (B, d)."""
    back = network.v
    for l in range(network.depth, 0, -1):
        scale = network.inner_scale(l) * network.outer_scale(l)
        back = scale * (back.unsqueeze(-2) @ unit_rows(network.weights[l - 1])).squeeze(-2)
    return back


def _vote_divergence(network: WeightNormNetwork, base: float, prior: Prior | None) -> Tensor:
    if prior is None or prior.network is None:
        return torch.full_like(network.v[:, 0], base)
    center = prior.network
    rows, old = (
        unit_rows(one.weights[0]) * torch.sign(one.v).unsqueeze(-1) for one in (network, center)
    )
    shares, before = (one.v.abs() / one.v.abs().sum(-1, keepdim=True) for one in (network, center))
    apart = (rows - old.to(rows)).square().sum(-1)
    mixed = torch.xlogy(shares, shares / before.to(shares).clamp_min(1e-12))
    return (shares * apart).sum(-1) * base + mixed.sum(-1)
