"""Training k classes with shared hidden layers for the margin certificate G7, resumable."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor

from numerics.errors import NumericsError
from numerics.storage import Storage, fingerprint
from numerics.validation import check_count, check_tensor
from numerics.weightnorm.generalization.complexity import symmetrization_constant
from numerics.weightnorm.generalization.recipe import Recipe, aligned_network, unit
from numerics.weightnorm.network import Placement, WeightNormNetwork
from numerics.weightnorm.training.optimizers import OPTIMIZERS, Memory

__all__ = ["CLASS_RECIPE", "train_classes"]

CLASS_RECIPE = Recipe("classes")
_ADAM = OPTIMIZERS["adam"]
_POWER = 16  # the largest row as a power mean of the rows

#: weight (1, m, d) and v (1, k, m)
Values = tuple[Tensor, Tensor]
#: v -> what one unit of 1/gamma costs
Penalty = Callable[[Tensor], Tensor]


def train_classes(
    x: Tensor,
    labels: Tensor,
    classes: int,
    *,
    width: int = 64,
    recipe: Recipe = CLASS_RECIPE,
    seed: int = 0,
    placement: Placement = "outer",
    method: str = "margin",
    folder: str | os.PathLike[str] | None = None,
    resume: bool = False,
) -> WeightNormNetwork:
    """A batch of `classes` networks with one shared tanh layer, trained on mapped inputs (n, d).

    Minimizes the hinge loss of the margin (the first `recipe.early` steps), then 0.9 ramp + 0.1
    hinge, plus what the certificate of that method (see `certify_classes`) charges at gamma = 1.
    Every unit starts at the mean of one class. folder, resume: checkpoints every
    `recipe.checkpoint_every` steps; a resumed run ends bit for bit where it would have.

    Raises:
        NumericsError: bad input, or a folder that holds another run.
    """
    check_count(recipe.steps, "recipe.early + recipe.late"), check_count(width, "width")
    if method not in ("margin", "rows"):
        raise NumericsError(argument="method", found=repr(method), accepted="margin or rows")
    x = check_tensor(x, "x").to(torch.float64)
    if labels.dtype != torch.int64 or labels.shape != (len(x),):
        raise NumericsError(
            argument="labels", found=str(labels.dtype), accepted=f"int64 of shape ({len(x)},)"
        )
    values = _start(x, labels, classes, width, seed, placement, method)
    storage = _storage(folder, values, x, labels, recipe, placement, method)
    task = _Task(x, labels, placement, _penalty(x, classes, width, method), recipe)
    weight, v = _trained(task, values, storage, resume)
    shared = weight.expand(classes, -1, -1).contiguous()
    return WeightNormNetwork.from_tensors([shared], v[0], placement=placement)


@dataclass(frozen=True, eq=False, slots=True)
class _Task:
    x: Tensor
    labels: Tensor
    placement: Placement
    penalty: Penalty
    recipe: Recipe


def _penalty(x: Tensor, classes: int, width: int, method: str) -> Penalty:
    """The complexity of certify_classes at gamma = 1, differentiable."""
    scale = symmetrization_constant(len(x)) / math.sqrt(len(x) * width)
    if method == "rows":
        share = scale * (math.sqrt(classes) + math.sqrt(classes * (classes - 1.0)))
        return lambda v: share * v.abs().sum(-1).pow(_POWER).mean().pow(1.0 / _POWER)
    spread = 1.0 + math.sqrt(classes * float(torch.linalg.matrix_norm(x, 2)) ** 2 / len(x))
    whole = scale * math.sqrt(math.pi) * spread
    return lambda v: whole * (v - v.mean(0)).square().sum(0).clamp_min(1e-300).sqrt().sum()


def _loss(task: _Task, weight: Tensor, v: Tensor, step: int) -> Tensor:
    scale = 1.0 / math.sqrt(v.shape[-1])
    g = task.x @ unit(weight).T
    alpha = torch.tanh(g * scale) if task.placement == "inner" else scale * torch.tanh(g)
    outputs = alpha @ v.T
    own = torch.nn.functional.one_hot(task.labels, len(v)).bool()
    best = outputs.masked_fill(own, -torch.inf).amax(-1)
    hinge = (1.0 - (outputs[own] - best)).clamp_min(0.0)
    loss = hinge if step < task.recipe.early else 0.9 * hinge.clamp_max(1.0) + 0.1 * hinge
    return loss.mean() + task.penalty(v)


def _trained(task: _Task, values: Values, storage: Storage | None, resume: bool) -> Values:
    step, memory, steps = 0, _ADAM.start(values), task.recipe.steps
    if storage is not None:
        step, values, memory = _kept(storage, values, memory, resume)
    while step < steps:
        weight, v = (value[0].detach().requires_grad_() for value in values)
        slopes = torch.autograd.grad(_loss(task, weight, v, step), (weight, v))
        rate = task.recipe.rate * 0.5 * (1.0 + math.cos(math.pi * step / steps))
        gradient = tuple(slope.unsqueeze(0) for slope in slopes)
        rates = torch.full((1,), rate, dtype=torch.float64)
        moved, memory = _ADAM.update(values, gradient, memory, rates, step)
        values, step = (moved[0], moved[1]), step + 1
        if storage is not None and (step % task.recipe.checkpoint_every == 0 or step == steps):
            kept = {"parameters": list(values), "memory": [list(part) for part in memory]}
            storage.save(step, kept)
    return values


def _kept(
    storage: Storage, values: Values, memory: Memory, resume: bool
) -> tuple[int, Values, Memory]:
    """Where the run of this folder stands."""
    storage.discard_partials()
    paths = storage.paths()
    if paths and not resume:
        raise NumericsError(
            argument="folder",
            found=f"{storage.folder}, which holds {len(paths)} checkpoints already",
            accepted="an empty or new folder, or resume=True to continue that run",
        )
    if not paths:
        return 0, values, memory
    content = storage.read(paths[-1])
    weight, v = content["parameters"]
    return content["step"], (weight, v), tuple(tuple(part) for part in content["memory"])


def _storage(
    folder: str | os.PathLike[str] | None, values: Values, x: Tensor, labels: Tensor,
    recipe: Recipe, placement: Placement, method: str,
) -> Storage | None:  # fmt: skip
    if folder is None:
        return None
    identity = {
        "initial network": fingerprint(*values), "data": fingerprint(x, labels),
        "placement": placement, "method": method, **asdict(recipe),
    }  # fmt: skip
    return Storage(Path(folder), {name: str(value) for name, value in identity.items()})


def _start(
    x: Tensor, labels: Tensor, classes: int, width: int, seed: int, placement: Placement,
    method: str,
) -> Values:  # fmt: skip
    one_against_rest = 2.0 * (labels == torch.arange(classes).unsqueeze(-1)).double() - 1.0
    rows, v = [], torch.zeros(classes, width, dtype=torch.float64)
    size = 3.0 if method == "margin" else 2.0 * classes  # nu_V = 3, or every row 2
    for unit_index in range(width):
        one = unit_index % classes
        start = aligned_network(
            x, one_against_rest[one], (1,), seed=seed + unit_index, placement=placement
        )
        rows.append(start.weights[0][0] * torch.sign(start.v[0]))
        v[one, unit_index] = size / math.sqrt(width)
    return torch.cat(rows).unsqueeze(0), v.unsqueeze(0)
