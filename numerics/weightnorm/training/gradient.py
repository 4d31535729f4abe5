"""The square loss of a batch of networks and its analytic gradient, one forward, one backward.

    Loss = (1/n) sum_i (y_i - f(x_i))^2,   G^l = sum_i delta^l_i (alpha^(l-1)_i)^T,
    dLoss/dW^l_j = (s_l / ||W_j||) P_j G^l_j,  <What_j, G^l_j> = (1/s_l) sum_i delta^l_ij g^l_ij,
    dLoss/dv = -(2/n) sum_i (y_i - f_i) alpha^L_i.

Written without the normalized matrices What: rows are rescaled after the matrix product, which
saves one copy of every weight matrix per step.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from numerics.weightnorm.network import WeightNormNetwork
from numerics.weightnorm.rows import row_norms
from numerics.weightnorm.theta import Parameters, parameters, with_parameters


@dataclass(frozen=True, eq=False, slots=True)
class _Layer:
    """What the backward pass needs of one layer: r (B, m), g (B, n, m), its input alpha."""

    norms: Tensor
    g: Tensor
    alpha: Tensor


def loss_and_gradient(
    network: WeightNormNetwork, x: Tensor, y: Tensor
) -> tuple[Tensor, Parameters]:
    """Loss (B,) and its gradient, one tensor per layer and last the one for v.

    x: (n, d) shared by the batch, or (B, n, d); y: (n,) or (B, n); all in the network's dtype and
    on its device, which is also the dtype of the result. The shapes of the gradient are those of
    network.weights and network.v. Nothing is validated: this is the inner loop of training.
    """
    layers, alpha = _forward(network, x)
    residual = (alpha @ network.v.unsqueeze(-1)).squeeze(-1) - y
    scaled = residual * (2.0 / residual.shape[-1])
    gradient = [(scaled.unsqueeze(-2) @ alpha).squeeze(-2)]
    back = scaled.unsqueeze(-1) * network.v.unsqueeze(-2)
    for l in range(network.depth, 0, -1):
        layer, weight = layers[l - 1], network.weights[l - 1]
        delta = back * network.activation.first(layer.g) * network.outer_scale(l)
        scale = network.inner_scale(l) / layer.norms
        gradient.append(_weight_gradient(weight, layer, delta, scale))
        if l > 1:
            back = (delta * scale.unsqueeze(-2)) @ weight
    return residual.square().mean(-1), tuple(reversed(gradient))


def predictions(network: WeightNormNetwork, x: Tensor) -> Tensor:
    """f(x_i), (B, n), with the batch axis always there; x as for `loss_and_gradient`."""
    _, alpha = _forward(network, x)
    return (alpha @ network.v.unsqueeze(-1)).squeeze(-1)


def gradient_step(
    network: WeightNormNetwork, x: Tensor, y: Tensor, learning_rate: Tensor | float
) -> WeightNormNetwork:
    """theta - learning_rate * grad Loss(theta), the step of T12, T15 and T16.

    learning_rate: a number, or (B,) one per network; other arguments as for `loss_and_gradient`.
    """
    _, gradient = loss_and_gradient(network, x, y)
    return with_parameters(network, descend(parameters(network), gradient, learning_rate))


def descend(values: Parameters, direction: Parameters, rate: Tensor | float) -> Parameters:
    """values - rate * direction, rate a number or (B,)."""
    if not isinstance(rate, Tensor):
        rate = torch.tensor([rate], dtype=values[-1].dtype, device=values[-1].device)
    return tuple(
        torch.addcmul(p, g, rate.to(p).reshape(-1, *[1] * (p.dim() - 1)), value=-1.0)
        for p, g in zip(values, direction, strict=True)
    )


def _forward(network: WeightNormNetwork, x: Tensor) -> tuple[list[_Layer], Tensor]:
    layers = []
    alpha = x.expand(network.networks, -1, -1) if x.dim() == 2 else x
    for l, weight in enumerate(network.weights, start=1):
        norms = row_norms(weight)
        g = (alpha @ weight.mT) * (network.inner_scale(l) / norms).unsqueeze(-2)
        layers.append(_Layer(norms, g, alpha))
        alpha = network.activation.value(g) * network.outer_scale(l)
    return layers, alpha


def _weight_gradient(weight: Tensor, layer: _Layer, delta: Tensor, scale: Tensor) -> Tensor:
    """(s_l / r_j) P_j G_j, the projection taken from sum_i delta_ij g_ij."""
    radial = -(delta * layer.g).sum(-2) / layer.norms.square()
    product = (delta * scale.unsqueeze(-2)).mT @ layer.alpha
    return product.addcmul_(weight, radial.unsqueeze(-1))
