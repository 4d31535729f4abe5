"""The contenders: the same network as each library wants it, and its top |eigenvalue|."""

from __future__ import annotations

import contextlib
import io
import sys
import types

import numpy as np
import torch
from scipy.sparse.linalg import LinearOperator, eigsh
from torch import Tensor, nn

from numerics import WeightNormNetwork
from numerics.weightnorm.oracle import flatten, function_of_parameters


class PlainModule(nn.Module):
    """The network as an ordinary module with parameters W^1, ..., W^L, v."""

    def __init__(self, network: WeightNormNetwork) -> None:
        super().__init__()
        self.network = network
        self.hidden = nn.ParameterList([nn.Parameter(w[0].clone()) for w in network.weights])
        self.v = nn.Parameter(network.v[0].clone())

    def forward(self, x: Tensor) -> Tensor:
        alpha = x
        for l, weight in enumerate(self.hidden, start=1):
            norms = torch.linalg.vector_norm(weight, dim=-1)
            g = self.network.inner_scale(l) * (alpha @ weight.T) / norms
            alpha = self.network.outer_scale(l) * self.network.activation.value(g)
        return (alpha @ self.v).unsqueeze(-1)


class _Output(nn.Module):
    """The 'loss' whose Hessian in theta is that of f."""

    reduction = "sum"

    def forward(self, output: Tensor, target: Tensor) -> Tensor:
        return output.sum()


def curvlinops_norm(network: WeightNormNetwork, x: Tensor, tolerance: float) -> float:
    """curvlinops' Hessian operator and scipy's eigsh, largest magnitude; one-sided."""
    from curvlinops import HessianLinearOperator

    module = PlainModule(network)
    data = [(x[None], torch.zeros(1, 1, dtype=x.dtype, device=x.device))]
    operator = HessianLinearOperator(
        module, _Output(), list(module.parameters()), data, check_deterministic=False
    )
    return _eigsh(operator.to_scipy(), tolerance)


def functional_norm(network: WeightNormNetwork, x: Tensor, tolerance: float) -> float:
    """torch.func: jvp of grad as the product, eigsh on top; one-sided."""
    theta = flatten(network)[0]
    gradient = torch.func.grad(lambda t: function_of_parameters(network, t, x))

    def product(vector: np.ndarray) -> np.ndarray:
        tangent = torch.from_numpy(vector.ravel()).to(theta)
        return torch.func.jvp(gradient, (theta,), (tangent,))[1].cpu().numpy()

    p = len(theta)
    return _eigsh(LinearOperator((p, p), matvec=product, dtype=np.float64), tolerance)


def _eigsh(operator: LinearOperator, tolerance: float) -> float:
    start = np.random.default_rng(0).standard_normal(operator.shape[0])
    value = eigsh(operator, k=1, which="LM", tol=tolerance, v0=start, return_eigenvectors=False)
    return float(abs(value[0]))


def pyhessian_norm(network: WeightNormNetwork, x: Tensor, steps: int, tolerance: float) -> float:
    """PyHessian's power iteration."""
    # pyhessian.density_plot is imported with the package and nothing here needs its plotting
    sys.modules.setdefault("matplotlib", types.ModuleType("matplotlib"))
    from pyhessian import hessian

    module = PlainModule(network)
    target = torch.zeros(1, 1, dtype=x.dtype, device=x.device)
    with contextlib.redirect_stdout(io.StringIO()):
        found = hessian(
            module, lambda output, _: output.sum(), data=(x[None], target), cuda=x.is_cuda
        )
        values, _ = found.eigenvalues(maxIter=steps, tol=tolerance, top_n=1)
    return abs(float(values[0]))


def dense_norms(network: WeightNormNetwork, x: Tensor, chunk: int = 64) -> Tensor:
    """vmap(hessian) and batched eigvalsh for a batch of networks at one input, (B,)."""
    hessian = torch.func.hessian(lambda theta: function_of_parameters(network, theta, x))
    thetas, found = flatten(network), []
    for part in thetas.split(chunk):
        found.append(torch.linalg.eigvalsh(torch.func.vmap(hessian)(part)).abs().amax(-1))
    return torch.cat(found)
