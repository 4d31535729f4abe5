"""Training k classes with shared hidden layers for the margin certificate G7."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from numerics.errors import NumericsError
from numerics.validation import check_count, check_tensor
from numerics.weightnorm.generalization.complexity import symmetrization_constant
from numerics.weightnorm.generalization.recipe import aligned_network, unit
from numerics.weightnorm.network import Placement, WeightNormNetwork


def train_classes(
    x: Tensor,
    labels: Tensor,
    classes: int,
    *,
    width: int = 64,
    steps: int = 350,
    rate: float = 0.02,
    seed: int = 0,
    placement: Placement = "outer",
) -> WeightNormNetwork:
    """A batch of `classes` networks with one shared tanh layer, trained on mapped inputs (n, d).

    Minimizes 0.9 ramp + 0.1 hinge of the margin (hinge alone in the first 150 steps) plus
    c_n sqrt(pi) (1 + sqrt(k lambda)) nu_V/sqrt(n). Every unit starts at the mean of one class.
    """
    check_count(steps, "steps"), check_count(width, "width")
    x = check_tensor(x, "x").to(torch.float64)
    if labels.dtype != torch.int64 or labels.shape != (len(x),):
        raise NumericsError(
            argument="labels", found=str(labels.dtype), accepted=f"int64 of shape ({len(x)},)"
        )
    weight, v = _start(x, labels, classes, width, seed, placement)
    spread = 1.0 + math.sqrt(classes * float(torch.linalg.matrix_norm(x, 2)) ** 2 / len(x))
    penalty = symmetrization_constant(len(x)) * math.sqrt(math.pi / len(x)) * spread
    optimizer = torch.optim.Adam([weight, v], lr=rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    own = torch.nn.functional.one_hot(labels, classes).bool()
    scale = 1.0 / math.sqrt(width)
    for step in range(steps):
        g = x @ unit(weight).T
        alpha = torch.tanh(g * scale) if placement == "inner" else scale * torch.tanh(g)
        outputs = alpha @ v.T
        best = outputs.masked_fill(own, -torch.inf).amax(-1)
        hinge = (1.0 - (outputs[own] - best)).clamp_min(0.0)
        loss = hinge if step < 150 else 0.9 * hinge.clamp_max(1.0) + 0.1 * hinge
        columns = (v - v.mean(0)).square().sum(0).clamp_min(1e-300).sqrt().sum()
        total = loss.mean() + penalty * scale * columns
        optimizer.zero_grad()
        total.backward()
        optimizer.step()
        schedule.step()
    shared = weight.detach().expand(classes, -1, -1).contiguous()
    return WeightNormNetwork.from_tensors([shared], v.detach(), placement=placement)


def _start(
    x: Tensor, labels: Tensor, classes: int, width: int, seed: int, placement: Placement
) -> tuple[Tensor, Tensor]:
    one_against_rest = 2.0 * (labels == torch.arange(classes).unsqueeze(-1)).double() - 1.0
    rows, v = [], torch.zeros(classes, width, dtype=torch.float64)
    for unit_index in range(width):
        one = unit_index % classes
        start = aligned_network(
            x, one_against_rest[one], (1,), seed=seed + unit_index, placement=placement
        )
        rows.append(start.weights[0][0] * torch.sign(start.v[0]))
        v[one, unit_index] = 3.0 / math.sqrt(width)
    return torch.cat(rows).requires_grad_(), v.requires_grad_()
