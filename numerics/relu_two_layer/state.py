"""One state of training in balls: outputs, residual, gradients; L = ||r||^2/2, r = f - y."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from numerics.enclosure import Enclosure
from numerics.relu_two_layer.balls import Ball, between, exact
from numerics.relu_two_layer.eigenvalues import largest_eigenvalue
from numerics.relu_two_layer.forward import Sweep, sweep
from numerics.relu_two_layer.inputs import check_inputs, resolve_inputs, resolve_targets
from numerics.relu_two_layer.network import ReluNetwork

_METHOD = "midpoint-radius arithmetic, every rounding included"


@dataclass(frozen=True, eq=False)
class State:
    """A network on data. f, r: (B, n); by_v: (B, m, d) and by_g: (B, m), the gradient of L.

    pattern: 1{a > 0} as balls (B, n, m), wide only where a sign is not known.
    """

    swept: Sweep
    pattern: Ball
    f: Ball
    r: Ball
    by_v: Ball
    by_g: Ball
    batched: bool

    def enclosure(self, value: Ball) -> Enclosure:
        """The ball as an enclosure, without the batch axis of an unbatched network."""
        return (value if self.batched else value.squeeze(0)).enclosure(_METHOD)

    @property
    def loss_gradient_squared(self) -> Ball:
        """||grad L||^2 = ||J^T r||^2, (B,)."""
        return self.by_v.square().sum(-1).sum(-1) + self.by_g.square().sum(-1)


def state(network: ReluNetwork, x: Tensor, y: Tensor) -> State:
    """The state at inputs x (n, d) or (B, n, d) and targets y (n,) or (B, n)."""
    x = resolve_inputs(network, x)
    y = resolve_targets(x, y)
    swept = sweep(network, x)
    pattern, root = pattern_balls(swept), exact(math.sqrt(swept.m), like=swept.rho)
    f = outputs(swept.features, swept)
    r = f - exact(y)
    signs = exact(swept.c) / root
    by_g = times(swept.features.mT, r) * signs
    pulled = (pattern * r.unsqueeze(-1)).mT @ exact(x)
    along = (pulled * swept.unit).sum(-1)
    projected = pulled - along.unsqueeze(-1) * swept.unit
    by_v = projected * (signs * swept.rho).unsqueeze(-1)
    return State(swept, pattern, f, r, by_v, by_g, network.batch is not None)


def outputs(features: Ball, swept: Sweep, gains: Ball | None = None) -> Ball:
    """m^(-1/2) sum_k c_k g_k features_ik, (B, n)."""
    weights = (exact(swept.g) if gains is None else gains) * exact(swept.c)
    return times(features, weights) / exact(math.sqrt(swept.m), like=weights)


def times(matrix: Ball, vector: Ball) -> Ball:
    """matrix (B, p, q) times vector (B, q)."""
    return (matrix @ vector.unsqueeze(-1)).squeeze(-1)


def pattern_balls(swept: Sweep) -> Ball:
    """1{a > 0}: [0, 1] where the sign is not known."""
    found = exact(swept.active.to(torch.float64))
    if swept.undecided is None:
        return found
    half = torch.full_like(found.mid, 0.5)
    return Ball(
        torch.where(swept.undecided, half, found.mid), torch.where(swept.undecided, half, 0.0)
    )


def input_norm(x: Tensor) -> Enclosure:
    """chi = ||X||_2 for X (n, d) or (B, n, d): n/d <= chi^2 <= n for unit rows."""
    x = check_inputs(x)
    single = x.dim() == 2
    found = chi_ball(x.unsqueeze(0) if single else x)
    return (found.squeeze(0) if single else found).enclosure(_METHOD)


def chi_ball(x: Tensor) -> Ball:
    """||X||_2 of (B, n, d), from the smaller Gram matrix."""
    if x.shape[-1] < x.shape[-2]:
        x = x.mT
    found = largest_eigenvalue((exact(x) @ exact(x.mT)).enclosure(_METHOD))
    return between(found.lower, found.upper).sqrt()


def residual_norm(network: ReluNetwork, x: Tensor, y: Tensor) -> Enclosure:
    """||f - y||_2, (B,) or ()."""
    here = state(network, x, y)
    return here.enclosure(here.r.norm())


def loss_gradient_norm(network: ReluNetwork, x: Tensor, y: Tensor) -> Enclosure:
    """||grad (||f - y||^2 / 2)||_2 over (v, g), (B,) or ()."""
    here = state(network, x, y)
    return here.enclosure(here.loss_gradient_squared.sqrt())


def homogeneity_defect(network: ReluNetwork, x: Tensor) -> Enclosure:
    """sum_k g_k df_i/dg_k - f_i, which is zero (M3), with df/dg from autograd-free features."""
    x = resolve_inputs(network, x)
    swept = sweep(network, x)
    by_gain = swept.features * exact(swept.c).unsqueeze(-2)
    by_gain = by_gain / exact(math.sqrt(swept.m), like=by_gain)
    found = times(by_gain, exact(swept.g)) - outputs(swept.features, swept)
    return (found if network.batch is not None else found.squeeze(0)).enclosure(_METHOD)


def radial_defect(network: ReluNetwork, x: Tensor, y: Tensor) -> Enclosure:
    """<v_k, grad_(v_k) L> / ||v_k||, which is zero (M2), (B, m) or (m,)."""
    here = state(network, x, y)
    return here.enclosure((here.swept.unit * here.by_v).sum(-1))
