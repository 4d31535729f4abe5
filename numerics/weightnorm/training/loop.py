"""Training of a batch of WeightNorm networks: full-batch or mini-batch, deterministic by seed."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from numerics.errors import NumericsError
from numerics.progress import Tell, progress_bar
from numerics.validation import check_count
from numerics.weightnorm.inputs import resolve_inputs, resolve_targets
from numerics.weightnorm.network import WeightNormNetwork
from numerics.weightnorm.theta import parameters, with_parameters
from numerics.weightnorm.training.archive import begin
from numerics.weightnorm.training.gradient import loss_and_gradient
from numerics.weightnorm.training.run import (
    Run,
    State,
    fresh_state,
    keep,
    resume_state,
    storage_for,
)
from numerics.weightnorm.training.settings import check_settings
from numerics.weightnorm.training.trackers import (
    DEFAULT_TRACKERS,
    Moment,
    Tracker,
    find_trackers,
    observe,
)
from numerics.weightnorm.training.trajectory import Checkpoint, TrainingStopped, Trajectory


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
    track_on: tuple[Tensor, Tensor] | None = None,
    folder: str | os.PathLike[str] | None = None,
    resume: bool = False,
    progress: bool | None = None,
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
        every such step and the last, in float64.
    track_on: (x, y) on which the loss of checkpoints and the trackers are computed, if not on all.
    folder: keep the checkpoints on disk, each written whole or not at all, beside a run.json (and
        the data), which `load_run` and `python -m verify.report --run FOLDER` read. A folder that
        holds a run already is refused, unless `resume`: then the run continues from its newest
        checkpoint along the very trajectory it would have had (or begins, if there is none yet).
    progress: a bar on stderr; None shows it when stderr is a terminal.
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
    run = Run(
        settings=settings,
        start=network,
        **_resolve_data(network, x, y, track_on),
        steps=check_count(steps, "steps"),
        checkpoint_every=_interval(checkpoint_every, "checkpoint_every") or steps,
        track_every=_interval(track_every, "track_every"),
        trackers=find_trackers(trackers),
        storage=None,
    )
    run, state = _open(run, folder, resume)
    if folder is not None:
        begin(Path(folder), network, x, y, settings)
    with progress_bar("training", run.steps, show=progress) as tell:
        return _carry_out(run, state, tell)


def _resolve_data(
    network: WeightNormNetwork, x: Tensor, y: Tensor, track_on: tuple[Tensor, Tensor] | None
) -> dict[str, Tensor]:
    """Training data in the network's dtype; data to judge on, rounded likewise, in float64."""
    data, judged = (
        (inputs.x, resolve_targets(inputs, targets).to(network.dtype))
        for inputs, targets in (
            (resolve_inputs(network, xs, dtype=network.dtype), ys)
            for xs, ys in ((x, y), track_on or (x, y))
        )
    )
    return {
        "x": data[0],
        "y": data[1],
        "tracked_x": judged[0].to(torch.float64),
        "tracked_y": judged[1].to(torch.float64),
    }


def _interval(value: int | None, argument: str) -> int | None:
    return None if value is None else check_count(value, argument)


def _open(run: Run, folder: str | os.PathLike[str] | None, resume: bool) -> tuple[Run, State]:
    """The run with its storage, and the state it starts from."""
    if folder is None:
        return run, fresh_state(run)
    storage = storage_for(run, Path(folder))
    run = replace(run, storage=storage)
    if resume:
        return run, resume_state(run, storage)
    if storage.paths():
        raise NumericsError(
            argument="folder",
            found=f"{folder}, which holds {len(storage.paths())} checkpoints already",
            accepted="an empty or new folder, or resume=True to continue that run",
        )
    return run, fresh_state(run)


@torch.no_grad()
def _carry_out(run: Run, state: State, tell: Tell) -> Trajectory:
    state = _note(run, state)
    while state.step < run.steps:
        state = _note(run, _update(run, state))
        tell(state.step)
    return state.trajectory


def _update(run: Run, state: State) -> State:
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


def _note(run: Run, state: State) -> State:
    """Record, and keep a checkpoint, where they are due and not there yet."""
    trajectory, step = state.trajectory, state.step
    record = run.due(step, run.track_every) and step not in trajectory.records.steps[-1:]
    checkpoint = run.due(step, run.checkpoint_every) and step not in trajectory.steps[-1:]
    if not (record or checkpoint):
        return state
    network = state.network.to(dtype=torch.float64)
    moment = Moment(step, network, run.tracked_x, run.tracked_y)
    _require_finite(moment.loss if record else moment.only_loss, state)
    if record:
        row = observe(run.trackers, moment)
        trajectory = replace(trajectory, records=trajectory.records.appended(step, row))
    if checkpoint:
        kept = Checkpoint(step, state.network, moment.only_loss.cpu())
        trajectory = replace(trajectory, checkpoints=(*trajectory.checkpoints, kept))
    state = replace(state, trajectory=trajectory)
    if checkpoint and run.storage is not None:
        keep(run.storage, state)
    return state


def _require_finite(loss: Tensor, state: State) -> None:
    bad = ~torch.isfinite(loss)
    if bool(bad.any()):
        raise TrainingStopped(state.step, bad.nonzero().flatten().tolist(), state.trajectory)
