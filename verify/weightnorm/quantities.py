"""The true quantities of one network, each described once."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import torch
from torch import Tensor

import numerics
from numerics import Enclosure
from verify.quantity import Quantity
from verify.weightnorm import climb, direction, in_balls
from verify.weightnorm.cases import NetworkCase

__all__ = ["LOSS", "QUANTITIES"]

#: Largest networks, in parameters, whose Hessian is worth the work in balls.
_EXACT_HESSIAN = 80
#: Up to so many parameters the search looks at dense eigenvalues instead of certificates.
_DENSE = 300


def _at_inputs(measure: Callable[..., Enclosure]) -> Callable[[NetworkCase], Enclosure]:
    return lambda case: measure(case.network, case.x)


def _at_data(measure: Callable[..., Enclosure]) -> Callable[[NetworkCase], Enclosure]:
    return lambda case: measure(case.network, case.x, case.y)


def _dense_hessian_norm(case: NetworkCase) -> Tensor:
    """||Hess f||_2 at the first input, (B,), from dense eigenvalues where that is cheap."""
    if case.network.parameters > _DENSE:
        return numerics.hessian_norm(case.network, case.x[:, :1]).lower[:, 0]
    matrix = numerics.hessian(case.network, case.x[:, :1])[:, 0]
    broken = ~torch.isfinite(matrix).all(-1).all(-1)  # LAPACK refuses these
    matrix = torch.where(broken[:, None, None], torch.zeros_like(matrix), matrix)
    norm = torch.linalg.eigvalsh(0.5 * (matrix + matrix.mT)).abs().amax(-1)
    return torch.where(broken, torch.full_like(norm, math.nan), norm)


LOSS = Quantity(
    key="loss",
    latex=r"\mathcal{L}(\theta)",
    over="data",
    measure=_at_data(numerics.loss),
    climb=lambda: climb.log_loss,
    exact=in_balls.loss,
)

_ALL = (
    Quantity(
        key="gradient_norm",
        latex=r"\lVert \nabla_\theta f \rVert_2",
        over="input",
        measure=_at_inputs(numerics.gradient_norm),
        climb=lambda: climb.log_gradient_norm,
        exact=in_balls.gradient_norm,
        direction=direction.of_gradient,
    ),
    Quantity(
        key="input_gradient_norm",
        latex=r"\lVert \nabla_x f \rVert_2",
        over="input",
        measure=_at_inputs(numerics.input_gradient_norm),
        climb=lambda: climb.log_input_gradient_norm,
        exact=in_balls.input_gradient_norm,
        direction=direction.of_input_gradient,
    ),
    Quantity(
        key="output_magnitude",
        latex="|f|",
        over="input",
        measure=_at_inputs(numerics.output_magnitude),
        climb=lambda: climb.log_output_magnitude,
        exact=in_balls.output_magnitude,
    ),
    Quantity(
        key="hessian_norm",
        latex=r"\lVert \nabla^2_\theta f \rVert_2",
        over="input",
        measure=_at_inputs(numerics.hessian_norm),
        climb=climb.LogHessianNorm,
        search_value=_dense_hessian_norm,
        exact=in_balls.hessian_norm,
        exact_limit=_EXACT_HESSIAN,
        direction=direction.of_hessian,
        needs=("second derivative",),
    ),
    Quantity(
        key="input_hessian_norm",
        latex=r"\lVert \nabla^2_x f \rVert_2",
        over="input",
        measure=_at_inputs(numerics.input_hessian_norm),
        climb=lambda: climb.log_input_hessian_norm,
        exact=in_balls.input_hessian_norm,
        direction=direction.of_input_hessian,
        needs=("second derivative",),
    ),
    LOSS,
    Quantity(
        key="tangent_kernel_norm",
        latex=r"\lVert \Theta \rVert_2",
        over="data",
        measure=_at_inputs(numerics.tangent_kernel_norm),
        climb=lambda: climb.log_tangent_kernel_norm,
        exact=in_balls.tangent_kernel_norm,
        direction=direction.of_tangent_kernel,
    ),
    Quantity(
        key="loss_gradient_norm",
        latex=r"\lVert \nabla_\theta \mathcal{L} \rVert_2",
        over="data",
        measure=_at_data(numerics.loss_gradient_norm),
        climb=lambda: climb.log_loss_gradient_norm,
        exact=in_balls.loss_gradient_norm,
        direction=direction.of_loss_gradient,
    ),
)
QUANTITIES: Mapping[str, Quantity] = {quantity.key: quantity for quantity in _ALL}
