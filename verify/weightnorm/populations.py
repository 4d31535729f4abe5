"""The networks a report looks at: random grids, structured corners, function classes, training."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch

from numerics import WeightNormNetwork
from numerics.data import load
from numerics.weightnorm.training import train
from verify.effort import REFERENCE_DEPTH, REFERENCE_WIDTH, Effort
from verify.weightnorm.cases import FunctionClassCase, NetworkCase, network_case
from verify.weightnorm.corners import corner_specs
from verify.weightnorm.specs import (
    INPUT_PATTERNS,
    OUTPUT_PATTERNS,
    PLACEMENTS,
    ROW_PATTERNS,
    LayerSpec,
    NetworkSpec,
    build_batch,
)

INPUT_DIM, INPUTS = 8, 2
TRAINING_PICTURES, TRAINED_INPUTS = 200, 3


def grid(effort: Effort) -> Iterator[tuple[str, int, int]]:
    """(activation, depth, width): both axes for each activation, the full cross for the first."""
    for index, name in enumerate(effort.activations):
        for depth in effort.depths:
            for width in effort.widths:
                on_axis = depth == REFERENCE_DEPTH or width == min(
                    REFERENCE_WIDTH, effort.widths[-1]
                )
                if index == 0 or on_axis:
                    yield name, depth, width


def random_cases(effort: Effort, seed: int, device: str) -> Iterator[NetworkCase]:
    """Gaussian networks with unit rows in the mean and unit inputs.

    All of the paper's placement, so that curves over width and depth are of one model; the
    structured networks have both.
    """
    for index, (name, depth, width) in enumerate(grid(effort)):
        draw = torch.Generator().manual_seed(seed + 7919 * index)
        widths = (INPUT_DIM, *([width] * depth))
        network = WeightNormNetwork.random(
            widths, name, seed=seed + index, batch=effort.batch, device=device
        )
        x = torch.randn(effort.batch, INPUTS, INPUT_DIM, generator=draw, dtype=torch.float64)
        x = x / torch.linalg.vector_norm(x, dim=-1, keepdim=True)
        y = torch.randn(effort.batch, INPUTS, generator=draw, dtype=torch.float64)
        label = f"random {name}, depth {depth}, width {width}"
        yield NetworkCase(
            network=network, x=x.to(device), y=y.to(device), origin="random", label=label
        )


def random_spec(rng: np.random.Generator, activations: Sequence[str]) -> NetworkSpec:
    """One structured network drawn with scales over six decades."""
    patterns = list(ROW_PATTERNS)

    def decades() -> float:
        return float(np.round(rng.uniform(-3.0, 1.0), 1))

    layers = tuple(
        LayerSpec(
            width=int(rng.choice([1, 2, 3, 5, 8])),
            rows=str(rng.choice(patterns)),
            log10_norm=decades(),
            decades=float(rng.choice([0.0, 0.0, 2.0])),
        )
        for _ in range(int(rng.integers(1, 5)))
    )
    return NetworkSpec(
        layers=layers,
        input_dim=int(rng.choice([1, 2, 4])),
        activation=str(rng.choice(list(activations))),
        placement=PLACEMENTS[int(rng.integers(2))],
        x=str(rng.choice(list(INPUT_PATTERNS))),
        log10_x=decades(),
        v=str(rng.choice(list(OUTPUT_PATTERNS))),
        log10_v=decades(),
        seed=int(rng.integers(2**31)),
    )


def structured_cases(effort: Effort, seed: int, device: str) -> Iterator[NetworkCase]:
    """Aligned, duplicate, orthogonal and tiny-norm rows, extreme scales, zero inputs.

    The sharp corners come first, then `effort.structured` draws.
    """
    rng = np.random.default_rng(seed)
    drawn = [random_spec(rng, effort.activations) for _ in range(effort.structured)]
    corners = corner_specs(effort.depths[:3], effort.widths[:2], effort.activations, seed)
    for _, alike in itertools.groupby(itertools.chain(corners, drawn), _architecture):
        specs = list(alike)
        network, x = build_batch(specs, device)
        y = torch.zeros(x.shape[:2], dtype=torch.float64, device=x.device)
        label = str(specs[0]) if len(specs) == 1 else f"{len(specs)} corners, as {specs[0]}"
        yield NetworkCase(network=network, x=x, y=y, origin="structured", label=label)


def _architecture(spec: NetworkSpec) -> tuple[Any, ...]:
    """What networks of one batch have in common: neighbours of one architecture cost as one."""
    hidden = tuple(layer.width for layer in spec.layers)
    return hidden, spec.input_dim, spec.activation, spec.placement


def class_cases(effort: Effort, seed: int) -> Iterator[FunctionClassCase]:
    """Function classes for the Rademacher bounds; small inputs reach the linear regime."""
    for index, (name, depth, width) in enumerate(grid(effort)):
        if width > 16 or depth > 4:
            continue
        draw = torch.Generator().manual_seed(seed + 104729 * index)
        for scale in (1.0, 0.03):
            x = scale * torch.randn(6, 4, generator=draw, dtype=torch.float64)
            yield FunctionClassCase(
                widths=(4, *([width] * depth)),
                x=x,
                activation=name,
                seed=seed + index,
                restarts=effort.rademacher_restarts,
                origin="random",
                label=f"class {name}, depth {depth}, width {width}, inputs x {scale}",
            )


def trained_cases(effort: Effort, seed: int, device: str) -> Iterator[NetworkCase]:
    """Checkpoints of a tanh and a gelu network along gradient descent on scikit-learn's digits.

    The claims are checked on the first `TRAINED_INPUTS` of the training pictures, unit norm.
    """
    data = load("digits", target="parity", scale="unit", n=TRAINING_PICTURES, seed=seed)
    x, y = data.x.to(device), data.y.to(device)
    for name in ("tanh", "gelu"):
        start = WeightNormNetwork.random((x.shape[1], 12, 12), name, seed=seed, device=device)
        trajectory = train(
            start,
            x,
            y,
            learning_rate=1.0,
            steps=effort.training_steps,
            checkpoint_every=max(1, effort.training_steps // 6),
            seed=seed,
            progress=False,
        )
        for checkpoint in trajectory.checkpoints:
            yield network_case(
                checkpoint.network,
                x[:TRAINED_INPUTS],
                y[:TRAINED_INPUTS],
                origin="trained",
                label=f"{name} on digits parity, step {checkpoint.step}",
                step=checkpoint.step,
            )
