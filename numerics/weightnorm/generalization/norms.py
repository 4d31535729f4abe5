"""What the statements need of one network: nu1, nu, kappa, and outputs with their error."""

from __future__ import annotations

import math
from typing import Literal

import torch
from torch import Tensor

from numerics.activations import ACTIVATIONS, Activation
from numerics.errors import NumericsError
from numerics.rounding import LEAST, UNIT
from numerics.weightnorm.generalization.directed import sum_above, up
from numerics.weightnorm.inputs import resolve_inputs
from numerics.weightnorm.network import WeightNormNetwork
from numerics.weightnorm.quantities import outputs

Symmetry = Literal["odd", "vanishing"]

_ODD = tuple(ACTIVATIONS[name] for name in ("tanh", "arctan", "erf", "sin", "identity"))
_VANISHING = tuple(ACTIVATIONS[name] for name in ("silu", "gelu", "relu"))


def symmetry_of(activation: Activation) -> Symmetry:
    """ "odd" or "vanishing" (phi(0) = 0 only) for the shipped activations that are so, by identity.

    Raises NumericsError for others: phi(0) != 0 has no bound here (T19 is exponential in depth),
    and of an activation of one's own nothing is known.
    """
    if any(activation is known for known in _ODD):
        return "odd"
    if any(activation is known for known in _VANISHING):
        return "vanishing"
    raise NumericsError(
        argument="activation",
        found=f"{activation.name}, not known to vanish at 0",
        accepted="an odd activation or one with phi(0) = 0; for your own say symmetry=",
    )


def one_network(network: WeightNormNetwork) -> WeightNormNetwork:
    """The network itself if it holds exactly one; a certificate speaks of one network."""
    if network.networks != 1:
        raise NumericsError(
            argument="network",
            found=f"a batch of {network.networks} networks",
            accepted="one network; choose with network.select(i)",
        )
    return network if network.batch is None else network.select(0)


def nu1_above(network: WeightNormNetwork) -> float:
    """An upper end of nu1 = ||v||_1/sqrt(m_L) of one network."""
    total = sum_above(network.v.to(torch.float64).abs())
    if not math.isfinite(total):
        raise NumericsError(
            argument="network", found="an output layer that overflows", accepted="a finite ||v||_1"
        )
    return up(total / math.sqrt(network.widths[-1]), 2)


def nu_above(network: WeightNormNetwork) -> float:
    """An upper end of nu = ||v||_2 of one network."""
    v = network.v.to(torch.float64).abs().flatten()
    largest = float(v.max())
    if largest == 0.0:
        return 0.0
    return up(largest * math.sqrt(sum_above((v / largest).square())), 8)


def kappa_above(activation: Activation, depth: int) -> float:
    """An upper end of kappa = K^L, K = sup|phi'| (c_l s_l sqrt(m_l) = 1 in both placements)."""
    return up(activation.lipschitz[0] ** depth, 2 * depth)


def outputs_of(network: WeightNormNetwork, x: Tensor, input_error: Tensor) -> tuple[Tensor, Tensor]:
    """f(x_i) of one network and bounds on |computed - exact|, (n,) float64 each.

    input_error (n,): Euclidean errors of the inputs x (n, d); f is kappa nu-Lipschitz (T2).
    """
    value, radius = outputs(network, resolve_inputs(network, x))
    value, radius = value.flatten(), radius.flatten()
    slope = up(kappa_above(network.activation, network.depth) * nu_above(network), 1)
    radius = 1.01 * (radius + slope * input_error) + 4.0 * UNIT * value.abs() + LEAST
    if not bool(torch.isfinite(radius).all() and torch.isfinite(value).all()):
        raise NumericsError(
            argument="network", found="outputs that overflow", accepted="finite outputs"
        )
    return value, radius
