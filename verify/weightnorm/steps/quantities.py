"""The left sides of T11 to T16 on a step case, each with both ends or an honest lower estimate."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

import numerics
from numerics import Enclosure, Quality, WeightNormNetwork
from numerics.weightnorm.sweeps import trace
from verify.check import Check
from verify.quantity import Quantity
from verify.weightnorm.steps import in_balls
from verify.weightnorm.steps.case import StepCase

_UNIT = 2.0**-53


def row_norm_shrinkage(case: StepCase) -> Enclosure:
    """max_i (||W_i||^2 + eta^2 ||dL/dW_i||^2) / ||W_i - eta dL/dW_i||^2 over all rows, (1,)."""
    worst, allowance = [], []
    for before, after, noise in zip(
        case.network.weights, case.after.weights, _gradient_noise(case), strict=True
    ):
        moved = (before - after).square().sum(-1)
        old, new = before.square().sum(-1), after.square().sum(-1)
        worst.append(((old + moved) / new).amax(-1))
        # a rounding error e of the gradient is not orthogonal to the row: 2 eta <W, e>
        slack = 2.0 * case.eta * noise * old.sqrt() + 64.0 * before.shape[-1] * _UNIT * new
        allowance.append((slack / new).amax(-1))
    radius = torch.stack(allowance).amax(0)
    return _within(torch.stack(worst).amax(0), radius, "the rows of both networks")


def _within(value: Tensor, radius: Tensor, method: str) -> Enclosure:
    lower = (value - radius).clamp_min(0.0)
    return Enclosure(lower, value + radius, Quality.EXACT_TO_ROUNDING, method)


def _gradient_noise(case: StepCase) -> list[Tensor]:
    """Rounding errors of the rows of the loss gradient, (1, m_l): relative to its unprojected sum.

    The error of each backpropagated delta is relative to what ||v|| and the layers above allow.
    """
    swept = trace(case.network, case.x)
    residual = (swept.output.abs() + case.y.abs()) * (2.0 / case.y.shape[-1])
    scale = 64.0 * (sum(case.network.widths) + case.y.shape[-1]) * _UNIT
    found = []
    for layer, e in zip(swept.layers, swept.e[1:], strict=True):
        back = layer.outer * torch.linalg.vector_norm(e, dim=-1, keepdim=True)
        length = torch.linalg.vector_norm(layer.before, dim=-1, keepdim=True)
        rows = (residual.unsqueeze(-1) * back * length).sum(1)
        found.append(scale * rows * layer.inner / layer.norms)
    return found


def loss_ratio(case: StepCase) -> Enclosure:
    """L(theta_(t+1)) / L(theta_t), (1,)."""
    before = numerics.loss(case.network, case.x, case.y)
    after = numerics.loss(case.after, case.x, case.y)
    # what the bound's own ||grad L||^2/L is uncertain by
    slack = case.eta * case.ratio * case.blur
    lower = (after.lower / before.upper - slack).clamp_min(0.0)
    upper = after.upper / before.lower + slack
    return Enclosure(lower, upper, Quality.EXACT_TO_ROUNDING, "two forward sweeps")


def curvature_deficit(case: StepCase) -> Enclosure:
    """(cos^2/2) ||grad L||^2/L - 2 (L(theta') - L - <d, grad L>)/||d||^2 at the points, (1, k).

    With each point's own cosine and distance, which is T13 at its sharpest for that point.
    """
    points = case.points
    value = 0.5 * points.cosine.square() * case.ratio - points.curvature
    radius = points.rounding + case.blur * case.ratio
    lower, upper = (value - radius).clamp_min(0.0), (value + radius).clamp_min(0.0)
    return Enclosure(
        lower.unsqueeze(0), upper.unsqueeze(0), Quality.EXACT_TO_ROUNDING, "losses at two points"
    )


def cone_loss_gap(case: StepCase) -> Enclosure:
    """L(theta_t) - the lowest loss found in Q, (1,): a lower estimate of the gap to the infimum."""
    gap = max(case.level - float(points.loss.min()) for points in (case.points, case.lowest))
    slack = case.blur * (case.level + case.slope * case.radius)
    lower = torch.tensor([max(gap - slack, 0.0)], dtype=torch.float64)
    return Enclosure(
        lower, torch.full_like(lower, torch.inf), Quality.LOWER_ESTIMATE, "points of the cone"
    )


def _dense_loss_hessian(case: StepCase) -> Tensor:
    """(2/n) sum_i (grad f_i grad f_i^T + (f_i - y_i) Hess f_i), dense and without certificate."""
    swept = numerics.gradients(case.network, case.x)[0]
    matrices = numerics.hessian(case.network, case.x)[0]
    residual = (case.network(case.x) - case.y)[0]
    n = len(residual)
    return (swept.mT @ swept + torch.einsum("i,ijk->jk", residual, matrices)) * (2.0 / n)


def _loss_hessian_direction(case: StepCase) -> Tensor:
    """The eigenvector of largest absolute eigenvalue of the loss's Hessian, flat over theta."""
    values, vectors = torch.linalg.eigh(_dense_loss_hessian(case))
    return vectors[:, int(values.abs().argmax())]


def _searched_loss_hessian(case: StepCase) -> Tensor:
    """The norm of the dense loss Hessian, (1,), for searches."""
    matrix = _dense_loss_hessian(case).nan_to_num(nan=0.0, posinf=0.0, neginf=0.0)
    return torch.linalg.eigvalsh(matrix).abs().amax(-1, keepdim=True)


def _loss_hessian_norm(case: StepCase) -> Enclosure:
    return numerics.loss_hessian_norm(case.network, case.x, case.y)


def _points_with_alpha(case: StepCase, found: Check) -> Tensor:
    """alpha_t > 0 at the point."""
    certain = 0.5 * case.points.cosine.square() * case.ratio
    return certain > found.bound if len(found.bound) else found.bound.bool()


def _below_the_loss(case: StepCase, found: Check) -> Tensor:
    return found.bound < case.level


def _certified_fall(case: StepCase, found: Check) -> Tensor:
    return found.bound < 1


def _rows_move(case: StepCase, found: Check) -> Tensor:
    moved = case.length > 1e-9 * float(case.network.weights[0].abs().amax())
    return torch.full_like(found.bound, moved, dtype=torch.bool)


_ALL = (
    Quantity(
        key="loss_hessian_norm",
        latex=r"\lVert \nabla^2_\theta \mathcal{L} \rVert_2",
        over="data",
        measure=_loss_hessian_norm,
        search_value=_searched_loss_hessian,
        exact=in_balls.loss_hessian_norm,
        exact_limit=120,
        direction=_loss_hessian_direction,
        needs=("second derivative",),
    ),
    Quantity(
        key="row_norm_shrinkage",
        latex=r"\max_i (\lVert W_i\rVert^2 + \eta^2\lVert\partial_i\mathcal{L}\rVert^2)"
        r"/\lVert W_i^+\rVert^2",
        over="data",
        measure=row_norm_shrinkage,
        exact=in_balls.row_norm_shrinkage,
        telling=_rows_move,
        telling_words="a row moves by more than rounding",
    ),
    Quantity(
        key="curvature_deficit",
        latex=r"\tfrac{\kappa^2}{2}\lVert\nabla\mathcal{L}\rVert^2/\mathcal{L} - \text{curvature}",
        over="points",
        measure=curvature_deficit,
        exact=in_balls.curvature_deficit,
        needs=("second derivative",),
        telling=_points_with_alpha,
        telling_words="alpha_t > 0 at the point",
    ),
    Quantity(
        key="cone_loss_gap",
        latex=r"\mathcal{L} - \inf_Q \mathcal{L}",
        over="data",
        measure=cone_loss_gap,
        needs=("second derivative",),
        telling=_below_the_loss,
        telling_words="alpha_t > 0 and right side below L",
    ),
    Quantity(
        key="loss_ratio",
        latex=r"\mathcal{L}_{t+1}/\mathcal{L}_t",
        over="data",
        measure=loss_ratio,
        exact=in_balls.loss_ratio,
        needs=("second derivative",),
        telling=_certified_fall,
        telling_words="a fall is certified",
    ),
)
STEP_QUANTITIES: Mapping[str, Quantity] = {quantity.key: quantity for quantity in _ALL}


def largest_row_loss(before: WeightNormNetwork, after: WeightNormNetwork) -> float:
    """max_i ||W_i|| / ||W_i^+|| over all rows: above 1 where a row norm shrank (any rule)."""
    return max(
        float((old.norm(dim=-1) / new.norm(dim=-1)).amax())
        for old, new in zip(before.weights, after.weights, strict=True)
    )
