"""Dense Hessians and the norms their eigenvalues give: for small networks."""

from __future__ import annotations

import torch
from torch import Tensor

from numerics.enclosure import Enclosure, exact_to_rounding
from numerics.network import WeightNormNetwork
from numerics.oracle import autograd_hessian


def hessian(network: WeightNormNetwork, x: Tensor) -> Tensor:
    """Hess_theta f, dense, (..., p, p), p = network.parameters; theta order W^1, ..., W^L, v."""
    network.activation.require_second("the Hessian")
    return autograd_hessian(network, x)


def hessian_norm(network: WeightNormNetwork, x: Tensor) -> Enclosure:
    """||Hess_theta f||_2, shaped (B, n)."""
    matrices = hessian(network, x)
    eigenvalues = torch.linalg.eigvalsh(0.5 * (matrices + matrices.mT))
    value = eigenvalues.abs().amax(-1)
    scale = torch.linalg.matrix_norm(matrices)
    allowance = 16.0 * (sum(network.widths) + network.parameters) * 2.0**-53
    return exact_to_rounding(value, allowance * scale, "eigenvalues of the dense Hessian")
