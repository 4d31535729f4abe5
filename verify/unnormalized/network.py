"""The network without normalization that [CV25] Rem 4.1 compares with ([B23]), and its truths.

    alpha^l = phi(W^l alpha^(l-1) / sqrt(m_(l-1))),   f = <v, alpha^L> / sqrt(m),   ||x|| = sqrt(d)

with equal widths m. Dense autograd in float64: for small networks, as the left side of the
`unnormalized.*` bounds.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

import numerics
from verify.errors import VerifyError


@dataclass(frozen=True)
class UnnormalizedNetwork:
    """One network: weights (W^1, ..., W^L) with W^1 of shape (m, d), v (m,), an activation name."""

    weights: tuple[Tensor, ...]
    v: Tensor
    activation: str

    def __post_init__(self) -> None:
        m = self.v.numel()
        shapes = [tuple(w.shape) for w in self.weights]
        if not shapes or any(s != (m, m) for s in shapes[1:]) or shapes[0][0] != m:
            raise VerifyError("weights", f"shapes {shapes}", f"(m, d), (m, m), ... with m = {m}")

    @property
    def parameters(self) -> Tensor:
        """theta = (W^1 row by row, ..., W^L, v)."""
        return torch.cat([*(w.reshape(-1) for w in self.weights), self.v])

    def output(self, theta: Tensor, x: Tensor) -> Tensor:
        """f(theta; x), differentiable; theta ordered as `parameters`."""
        phi = numerics.activation(self.activation).value
        parts = theta.split([w.numel() for w in self.weights] + [self.v.numel()])
        alpha = x
        for weight, flat in zip(self.weights, parts, strict=False):
            alpha = phi(flat.view(weight.shape) @ alpha / math.sqrt(alpha.numel()))
        return parts[-1] @ alpha / math.sqrt(alpha.numel())

    def symbols(self, x: Tensor) -> dict[str, float]:
        """L, m, gamma (the smallest with ||W^l||_2 <= gamma sqrt(m) for all l), nu.

        Raises:
            VerifyError: the input is not on the sphere of radius sqrt(d), as the bounds assume.
        """
        d = x.numel()
        if not math.isclose(float(torch.linalg.vector_norm(x)), math.sqrt(d), rel_tol=1e-12):
            raise VerifyError("x", f"norm {float(torch.linalg.vector_norm(x))}", f"norm sqrt({d})")
        gains = [float(torch.linalg.matrix_norm(w, ord=2)) for w in self.weights]
        return {
            "L": len(self.weights),
            "m": self.v.numel(),
            "gamma": max(gains) / math.sqrt(self.v.numel()),
            "nu": float(torch.linalg.vector_norm(self.v)),
        }


def _gradient(network: UnnormalizedNetwork, x: Tensor) -> float:
    theta = network.parameters.requires_grad_()
    (gradient,) = torch.autograd.grad(network.output(theta, x), theta)
    return float(torch.linalg.vector_norm(gradient))


def _hessian(network: UnnormalizedNetwork, x: Tensor) -> float:
    matrix = torch.autograd.functional.hessian(
        lambda theta: network.output(theta, x), network.parameters
    )
    return float(torch.linalg.eigvalsh(matrix).abs().max())


def _output(network: UnnormalizedNetwork, x: Tensor) -> float:
    return float(network.output(network.parameters, x).abs())


#: Quantity key of an `unnormalized.*` bound -> its true value at a network and an input.
TRUTHS: dict[str, Callable[[UnnormalizedNetwork, Tensor], float]] = {
    "unnormalized.gradient_norm": _gradient,
    "unnormalized.hessian_norm": _hessian,
    "unnormalized.output_magnitude": _output,
    "unnormalized.loss": lambda network, x: _output(network, x) ** 2,
}
