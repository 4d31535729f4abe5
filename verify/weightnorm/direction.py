"""Where a derivative of a single network is largest, in theta or x, for the checker's files.

A direction found in float64 loses only the square of its error, and no proof rests on it.
"""

from __future__ import annotations

import torch
from torch import Tensor

import numerics
from numerics import WeightNormNetwork
from verify.weightnorm.cases import NetworkCase
from verify.weightnorm.climb import input_hessian

__all__ = [
    "of_gradient",
    "of_hessian",
    "of_input_gradient",
    "of_input_hessian",
    "of_loss_gradient",
    "of_tangent_kernel",
]


def of_hessian(case: NetworkCase) -> Tensor:
    """The eigenvector of largest absolute eigenvalue, flat over theta."""
    matrix = numerics.hessian(case.network.select(0), case.x[0, 0])
    values, vectors = torch.linalg.eigh(matrix)
    return vectors[:, int(values.abs().argmax())]


def of_input_hessian(case: NetworkCase) -> Tensor:
    """The eigenvector of largest absolute eigenvalue, in x."""
    matrix = input_hessian(case.network.select(0), case.x[:1, 0])[0]
    values, vectors = torch.linalg.eigh(matrix)
    return vectors[:, int(values.abs().argmax())]


def of_gradient(case: NetworkCase) -> Tensor:
    """grad_theta f, flat."""
    return _gradient(case, loss=False, at_theta=True)


def of_input_gradient(case: NetworkCase) -> Tensor:
    """grad_x f."""
    return _gradient(case, loss=False, at_theta=False)


def of_loss_gradient(case: NetworkCase) -> Tensor:
    """grad_theta of the loss, flat."""
    return _gradient(case, loss=True, at_theta=True)


def of_tangent_kernel(case: NetworkCase) -> Tensor:
    """sum_i u_i grad f(x_i), u the top eigenvector of the kernel, flat: there
    sum_i <grad f(x_i), direction>^2/||direction||^2 is its norm."""
    rows = numerics.gradients(case.network.select(0), case.x[0])
    return torch.linalg.svd(rows, full_matrices=False)[2][0]


def _gradient(case: NetworkCase, *, loss: bool, at_theta: bool) -> Tensor:
    old = case.network
    weights = [w.clone().requires_grad_() for w in old.weights]
    v, at = old.v.clone().requires_grad_(), case.x[0].clone().requires_grad_()
    moved = WeightNormNetwork(tuple(weights), v, old.activation, old.placement, old.batch)
    output = moved(at)[0]
    value = (output - case.y[0]).square().mean() if loss else output[0]
    parts = torch.autograd.grad(value, [*weights, v] if at_theta else [at])
    return torch.cat([part.reshape(-1) for part in parts])
