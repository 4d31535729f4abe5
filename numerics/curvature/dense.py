"""Dense Hessians for small networks."""

from __future__ import annotations

from torch import Tensor

from numerics.network import WeightNormNetwork
from numerics.oracle import autograd_hessian


def hessian(network: WeightNormNetwork, x: Tensor) -> Tensor:
    """Hess_theta f, dense, (..., p, p), p = network.parameters; theta order W^1, ..., W^L, v."""
    network.activation.require_second("the Hessian")
    return autograd_hessian(network, x)
