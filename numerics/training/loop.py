"""Training of a batch of WeightNorm networks: full-batch or mini-batch, deterministic by seed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from numerics.inputs import resolve_inputs, resolve_targets
from numerics.network import WeightNormNetwork
from numerics.training.gradient import (
    loss_and_gradient,
    parameters,
    predictions,
    with_parameters,
)
from numerics.training.optimizers import Memory
from numerics.training.settings import Settings, check_settings
from numerics.training.trackers import DEFAULT_TRACKERS, Moment, Tracker, find_trackers, observe
from numerics.training.trajectory import Checkpoint, Records, TrainingStopped, Trajectory
from numerics.validation import check_count


@dataclass(frozen=True, eq=False, slots=True)
class _Run:
    """The fixed part of a run: settings, data in the network's dtype, what to note and when."""

    settings: Settings
    x: Tensor
    y: Tensor
    steps: int
    checkpoint_every: int
    track_every: int | None
    trackers: Mapping[str, Tracker]

    def due(self, step: int, every: int | None) -> bool:
        return every is not None and (step % every == 0 or step == self.steps)


@dataclass(frozen=True, eq=False, slots=True)
class _State:
    """The moving part: the network after `step` updates, the optimizer's memory, the notes."""

    step: int
    network: WeightNormNetwork
    memory: Memory
    trajectory: Trajectory


def train(
    network: WeightNormNetwork,
    x: Tensor,
    y: Tensor,
    *,
    optimizer: str = "gd",
    learning_rate: float | Sequence[float],
    steps: int,
    batch_size: int | None = None,
    seed: int = 0,
    checkpoint_every: int | None = None,
    track_every: int | None = None,
    trackers: Sequence[str] | Mapping[str, Tracker] = DEFAULT_TRACKERS,
) -> Trajectory:
    """Minimize the square loss (1/n) sum (y_i - f_i)^2 from `network`, in its dtype and device.

    network: one network or a batch, trained side by side without influence on each other.
    x: (n, d) shared by the batch, or (B, n, d); y: (n,) or (B, n).
    optimizer: "gd" (all data in every step), "sgd" (needs batch_size), and for comparison
        "momentum" (heavy ball, 0.9) and "adam", with or without batch_size.
    learning_rate: one number, or one per network of the batch.
    seed: decides the mini-batches, shared by the networks of the batch.
    checkpoint_every: a checkpoint at every such step besides the first and the last.
    track_every: notes the `trackers` (names in TRACKERS, or one's own functions of a Moment) at
        every such step and the last; they are computed on all of x, y in float64.
    Raises NumericsError for bad input; TrainingStopped, which holds the trajectory up to the last
    good checkpoint and names the step, when the loss overflows.
    """
    settings = check_settings(
        network,
        optimizer=optimizer,
        learning_rate=learning_rate,
        batch_size=batch_size,
        seed=seed,
    )
    inputs = resolve_inputs(network, x, dtype=network.dtype)
    targets = resolve_targets(inputs, y).to(network.dtype)
    check_count(steps, "steps")
    for name, value in (("checkpoint_every", checkpoint_every), ("track_every", track_every)):
        if value is not None:
            check_count(value, name)
    run = _Run(
        settings, inputs.x, targets, steps, checkpoint_every or steps, track_every,
        find_trackers(trackers),
    )  # fmt: skip
    memory = settings.rule.start(parameters(network))
    return _carry_out(run, _State(0, network, memory, Trajectory(settings, (), Records())))


@torch.no_grad()
def _carry_out(run: _Run, state: _State) -> Trajectory:
    state = _note(run, state)
    while state.step < run.steps:
        state = _note(run, _advance(run, state))
    return state.trajectory


def _advance(run: _Run, state: _State) -> _State:
    """One update of every network."""
    chosen = run.settings.batch_at(state.step, run.x.shape[1])
    x, y = (run.x, run.y) if chosen is None else (run.x[:, chosen], run.y[:, chosen])
    loss, gradient = loss_and_gradient(state.network, x, y)
    _require_finite(loss, state)
    rates = torch.tensor(run.settings.learning_rate, dtype=x.dtype, device=x.device)
    values, memory = run.settings.rule.update(
        parameters(state.network), gradient, state.memory, rates, state.step
    )
    return replace(
        state, step=state.step + 1, network=with_parameters(state.network, values), memory=memory
    )


def _note(run: _Run, state: _State) -> _State:
    """Record and keep a checkpoint where they are due."""
    trajectory, step = state.trajectory, state.step
    record = run.due(step, run.track_every) and step not in trajectory.records.steps[-1:]
    keep = run.due(step, run.checkpoint_every) and step not in trajectory.steps[-1:]
    if not (record or keep):
        return state
    network = state.network.to(dtype=torch.float64)
    x, y = run.x.to(torch.float64), run.y.to(torch.float64)
    loss = (predictions(network, x) - y).square().mean(-1)
    _require_finite(loss, state)
    if record:
        row = observe(run.trackers, Moment(step, network, x, y))
        trajectory = replace(trajectory, records=trajectory.records.appended(step, row))
    if keep:
        checkpoint = Checkpoint(step, state.network, loss.cpu())
        trajectory = replace(trajectory, checkpoints=(*trajectory.checkpoints, checkpoint))
    return replace(state, trajectory=trajectory)


def _require_finite(loss: Tensor, state: _State) -> None:
    bad = ~torch.isfinite(loss)
    if bool(bad.any()):
        raise TrainingStopped(state.step, bad.nonzero().flatten().tolist(), state.trajectory)
