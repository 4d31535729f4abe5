"""Training for certificates: start, schedule and objective as a preset, resumable.

Adam on all data, hinge first and ramp after for the margin objective, cosine rate. The start is
sign-aligned: first-layer rows +-(mean of y x) with noise, higher layers with the signs that make
every unit add up, because generic random rows shrink features by about m^(-1/2) a layer.
"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from numerics.activations import Activation
from numerics.errors import NumericsError
from numerics.progress import progress_bar
from numerics.rounding import length
from numerics.storage import Storage, fingerprint
from numerics.validation import check_count, check_positive, check_tensor, check_widths
from numerics.weightnorm.generalization.objectives import Objective, find_objective
from numerics.weightnorm.generalization.priors import Prior
from numerics.weightnorm.inputs import resolve_inputs, resolve_targets
from numerics.weightnorm.network import Placement, WeightNormNetwork
from numerics.weightnorm.theta import Parameters, parameters, with_parameters
from numerics.weightnorm.training.optimizers import OPTIMIZERS, Memory


@dataclass(frozen=True, slots=True)
class Recipe:
    """objective: "margin", "square", "vote" or "linear". early, late: steps of the two phases.

    rate: Adam's, decaying to 0 along a cosine; `recipe_for` has one for each depth.
    checkpoint_every: steps between checkpoints when a folder is given.
    """

    objective: str = "margin"
    early: int = 150
    late: int = 200
    rate: float = 0.02
    checkpoint_every: int = 50

    @property
    def steps(self) -> int:
        return self.early + self.late


def recipe_for(depth: int, objective: str = "margin", **more: Any) -> Recipe:
    """The preset for that depth: rate 0.02, from depth 4 on 0.01; linear: 0.02/depth^1.5.

    Adam turns the tiny gradients of aligned layers into full steps; at a larger rate deep inner
    networks lose their alignment, and with it their linear part.
    """
    find_objective(objective)
    rate = 0.02 if depth < 4 else 0.01
    rate = 0.02 / depth**1.5 if objective == "linear" else rate
    return replace(Recipe(objective, rate=rate), **more)


def aligned_network(
    x: Tensor,
    y: Tensor,
    hidden: Sequence[int],
    activation: str | Activation = "tanh",
    *,
    seed: int,
    placement: Placement = "outer",
    nu1: float = 3.0,
    noise: float = 0.1,
) -> WeightNormNetwork:
    """The sign-aligned start on mapped inputs x (n, d) or a batch (B, n, d), y (n,) or (B, n).

    nu1: ||v||_1/sqrt(m) of the start. float64; the draw is made on the CPU by `seed`.
    """
    x, y = check_tensor(x, "x").to(torch.float64), check_tensor(y, "y").to(torch.float64)
    if x.dim() not in (2, 3) or y.shape != x.shape[:-1]:
        raise NumericsError(
            argument="x, y",
            found=f"shapes {tuple(x.shape)}, {tuple(y.shape)}",
            accepted="(n, d) with (n,), or (B, n, d) with (B, n)",
        )
    widths = check_widths((x.shape[-1], *hidden))
    lead, generator = x.shape[:-2], torch.Generator().manual_seed(seed)

    def normal(*shape: int) -> Tensor:
        return torch.randn(*lead, *shape, generator=generator, dtype=torch.float64).to(x.device)

    mean = (y.unsqueeze(-1) * x).mean(-2, keepdim=True)
    size = length(mean).unsqueeze(-1)
    mean = torch.where(size > 0, mean / torch.where(size > 0, size, 1.0), normal(1, widths[0]))
    signs = torch.sign(normal(widths[1], 1) + 1e-300)
    weights = [signs * mean + noise / math.sqrt(widths[0]) * normal(widths[1], widths[0])]
    for m in widths[2:]:
        ahead = torch.sign(normal(m, 1) + 1e-300)
        weights.append(ahead * signs.mT + noise * normal(m, weights[-1].shape[-2]))
        signs = ahead
    v = signs.squeeze(-1) * (check_positive(nu1, "nu1") / math.sqrt(widths[-1]))
    return WeightNormNetwork.from_tensors(weights, v, activation=activation, placement=placement)


def widened(network: WeightNormNetwork, times: int) -> WeightNormNetwork:
    """Every unit `times` over, v divided by sqrt(times): one network, nu and nu1 kept.

    With the inner placement the linear part stays and the distance from it (G9) shrinks by
    `times`; with the outer one the function stays.
    """
    count = check_count(times, "times")
    weights = [w.repeat_interleave(count, dim=1) for w in network.weights]
    weights = [weights[0], *(w.repeat_interleave(count, dim=2) for w in weights[1:])]
    v = network.v.repeat_interleave(count, dim=1) / math.sqrt(count)
    return with_parameters(network, (*weights, v))


def train_for_certificate(
    network: WeightNormNetwork,
    x: Tensor,
    y: Tensor,
    *,
    recipe: Recipe,
    prior: Prior | None = None,
    objective: Objective | None = None,
    folder: str | os.PathLike[str] | None = None,
    resume: bool = False,
    progress: bool | None = False,
) -> WeightNormNetwork:
    """The network after the recipe on mapped inputs x, (n, d) or (B, n, d), and labels y.

    A batch trains side by side without influence on each other. objective: in place of the one
    that the recipe names. folder, resume: checkpoints as in
    `numerics.weightnorm.training.train`; a resumed run ends bit for bit where it would have.
    Raises NumericsError for bad input, a folder of another run, and outputs that overflow.
    """
    inputs = resolve_inputs(network, x, dtype=network.dtype)
    targets = resolve_targets(inputs, y).to(network.dtype)
    aim = find_objective(recipe.objective) if objective is None else objective
    storage = _storage(network, x, y, recipe, aim, prior, folder)
    run = _Run(network, inputs.x, targets, recipe, aim, prior, storage)
    state = _start(run, resume)
    with progress_bar("training", recipe.steps, show=progress) as tell:
        while state.step < recipe.steps:
            state = _update(run, state)
            tell(state.step)
    return with_parameters(network, state.values[:-1])


@dataclass(frozen=True, eq=False, slots=True)
class _Run:
    network: WeightNormNetwork
    x: Tensor
    y: Tensor
    recipe: Recipe
    objective: Objective
    prior: Prior | None
    storage: Storage | None


@dataclass(frozen=True, eq=False, slots=True)
class _State:
    """values: (W^1, ..., W^L, v, scalars (B, s)); memory: Adam's."""

    step: int
    values: Parameters
    memory: Memory


def _start(run: _Run, resume: bool) -> _State:
    own = torch.tensor(run.objective.scalars, dtype=run.network.dtype)
    scalars = own.expand(run.network.networks, len(own)).clone().to(run.network.device)
    values = (*parameters(run.network), scalars)
    state = _State(0, values, OPTIMIZERS["adam"].start(values))
    if run.storage is None:
        return state
    run.storage.discard_partials()
    paths = run.storage.paths()
    if paths and not resume:
        raise NumericsError(
            argument="folder",
            found=f"{run.storage.folder}, which holds {len(paths)} checkpoints already",
            accepted="an empty or new folder, or resume=True to continue that run",
        )
    if not paths:
        return state
    content = run.storage.read(paths[-1])
    device = run.network.device
    values = tuple(t.to(device).clone() for t in content["parameters"])
    memory = tuple(tuple(t.to(device).clone() for t in part) for part in content["memory"])
    return _State(content["step"], values, memory)


def _update(run: _Run, state: _State) -> _State:
    recipe = run.recipe
    values = tuple(value.detach().requires_grad_() for value in state.values)
    network = with_parameters(run.network, values[:-1])
    margins = run.y * _outputs(network, run.x)
    early = state.step < recipe.early
    loss = run.objective.value(network, values[-1], margins, early, run.prior)
    if not bool(torch.isfinite(loss).all()):
        raise NumericsError(
            argument="recipe.rate", found=f"{recipe.rate:g}, with which training overflowed at "
            f"step {state.step}", accepted="a smaller rate",
        )  # fmt: skip
    gradient = torch.autograd.grad(loss.sum(), values, allow_unused=True)
    filled = tuple(
        torch.zeros_like(value) if slope is None else slope
        for value, slope in zip(values, gradient, strict=True)
    )
    rate = recipe.rate * 0.5 * (1.0 + math.cos(math.pi * state.step / recipe.steps))
    rates = torch.full((run.network.networks,), rate, dtype=loss.dtype, device=loss.device)
    with torch.no_grad():
        moved, memory = OPTIMIZERS["adam"].update(
            state.values, filled, state.memory, rates, state.step
        )
    after = _State(state.step + 1, moved, memory)
    _keep(run, after)
    return after


def _outputs(network: WeightNormNetwork, x: Tensor) -> Tensor:
    """f(x), (B, n), with the batch axis always there."""
    alpha = x
    for l, weight in enumerate(network.weights, start=1):
        g = network.inner_scale(l) * (alpha @ unit(weight).mT)
        alpha = network.outer_scale(l) * network.activation.value(g)
    return (alpha @ network.v.unsqueeze(-1)).squeeze(-1)


def unit(weight: Tensor) -> Tensor:
    """What, differentiable."""
    return weight / torch.linalg.vector_norm(weight, dim=-1, keepdim=True)


def _keep(run: _Run, state: _State) -> None:
    due = state.step % run.recipe.checkpoint_every == 0 or state.step == run.recipe.steps
    if run.storage is not None and due:
        content = {
            "parameters": list(state.values),
            "memory": [list(part) for part in state.memory],
        }
        run.storage.save(state.step, content)


def _storage(
    network: WeightNormNetwork,
    x: Tensor,
    y: Tensor,
    recipe: Recipe,
    objective: Objective,
    prior: Prior | None,
    folder: str | os.PathLike[str] | None,
) -> Storage | None:
    check_count(recipe.steps, "recipe.early + recipe.late")
    check_positive(recipe.rate, "recipe.rate")
    check_count(recipe.checkpoint_every, "recipe.checkpoint_every")
    if folder is None:
        return None
    identity = {
        "widths": network.widths,
        "networks": network.batch,
        "activation": network.activation.name,
        "placement": network.placement,
        "dtype": network.dtype,
        "initial network": fingerprint(*parameters(network)),
        "data": fingerprint(x, y),
        **asdict(recipe),
        "objective": objective.name,
        "prior": "none" if prior is None else prior.fingerprint(),
    }
    return Storage(Path(folder), {name: str(value) for name, value in identity.items()})
