"""The true quantities of a network without normalization, each described once."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from numerics import Enclosure, unnormalized
from numerics.unnormalized.network import gradient, hessian
from verify.quantity import Quantity
from verify.unnormalized import in_balls
from verify.unnormalized.cases import PlainCase

__all__ = ["QUANTITIES"]


def _at_inputs(measure: Callable[..., Enclosure]) -> Callable[[PlainCase], Enclosure]:
    return lambda case: measure(case.network, case.x)


def _log_gradient(case: PlainCase) -> Tensor:
    return torch.linalg.vector_norm(gradient(case.network, case.x[:, :1])[:, 0], dim=-1).log()


def _log_hessian(case: PlainCase) -> Tensor:
    """log |z^T H z| at the eigenvector z of largest absolute eigenvalue, held fixed."""
    matrix = hessian(case.network, case.x)
    with torch.no_grad():
        fixed = matrix.detach().nan_to_num(nan=0.0, posinf=0.0, neginf=0.0)
        values, vectors = torch.linalg.eigh(fixed)
        top = values.abs().argmax(-1)
        z = vectors[torch.arange(len(top)), :, top]
    return torch.einsum("bi,bij,bj->b", z, matrix, z).abs().log()


def _log_output(case: PlainCase) -> Tensor:
    return case.network(case.x)[:, 0].abs().log()


def _log_loss(case: PlainCase) -> Tensor:
    return (case.network(case.x) - case.y).square().mean(-1).log()


def of_gradient(case: PlainCase) -> Tensor:
    """grad_theta f of a single case, flat."""
    return gradient(case.network, case.x)[0, 0]


def of_hessian(case: PlainCase) -> Tensor:
    """The eigenvector of largest absolute eigenvalue of a single case, flat over theta."""
    values, vectors = torch.linalg.eigh(hessian(case.network, case.x)[0])
    return vectors[:, int(values.abs().argmax())]


_ALL = (
    Quantity(
        key="unnormalized.gradient_norm",
        latex=r"\lVert \nabla_\theta \tilde f \rVert_2",
        over="input",
        measure=_at_inputs(unnormalized.gradient_norm),
        climb=lambda: _log_gradient,
        exact=in_balls.gradient_norm,
        direction=of_gradient,
    ),
    Quantity(
        key="unnormalized.output_magnitude",
        latex=r"|\tilde f|",
        over="input",
        measure=_at_inputs(unnormalized.output_magnitude),
        climb=lambda: _log_output,
        exact=in_balls.output_magnitude,
    ),
    Quantity(
        key="unnormalized.hessian_norm",
        latex=r"\lVert \nabla^2_\theta \tilde f \rVert_2",
        over="input",
        measure=_at_inputs(unnormalized.hessian_norm),
        climb=lambda: _log_hessian,
        exact=in_balls.hessian_norm,
        exact_limit=80,
        direction=of_hessian,
        needs=("second derivative",),
    ),
    Quantity(
        key="unnormalized.loss",
        latex=r"\tilde{\mathcal{L}}",
        over="data",
        measure=lambda case: unnormalized.loss(case.network, case.x, case.y),
        climb=lambda: _log_loss,
        exact=in_balls.loss,
    ),
)
QUANTITIES: Mapping[str, Quantity] = {quantity.key: quantity for quantity in _ALL}
