"""One training run: its fixed part, its moving part, and how the moving part is kept on disk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from torch import Tensor

from numerics.activations import signature
from numerics.errors import NumericsError
from numerics.storage import Storage, fingerprint
from numerics.weightnorm.network import WeightNormNetwork
from numerics.weightnorm.theta import parameters, with_parameters
from numerics.weightnorm.training.optimizers import Memory
from numerics.weightnorm.training.settings import Settings
from numerics.weightnorm.training.trackers import Tracker
from numerics.weightnorm.training.trajectory import Checkpoint, Records, Trajectory


@dataclass(frozen=True, eq=False, slots=True)
class Run:
    """The fixed part. x (B, n, d) and y (B, n) are in the network's dtype, on its device.

    tracked_x and tracked_y, float64, are what loss and trackers are computed on.
    """

    settings: Settings
    start: WeightNormNetwork
    x: Tensor
    y: Tensor
    tracked_x: Tensor
    tracked_y: Tensor
    steps: int
    checkpoint_every: int
    track_every: int | None
    trackers: Mapping[str, Tracker]
    storage: Storage | None

    def due(self, step: int, every: int | None) -> bool:
        """Whether something noted every `every` steps, and at the last, is to be noted now."""
        return every is not None and (step % every == 0 or step == self.steps)


@dataclass(frozen=True, eq=False, slots=True)
class State:
    """The moving part: the network after `step` updates, the optimizer's memory, the notes."""

    step: int
    network: WeightNormNetwork
    memory: Memory
    trajectory: Trajectory


def fresh_state(run: Run) -> State:
    """Nothing done yet."""
    memory = run.settings.rule.start(parameters(run.start))
    return State(0, run.start, memory, Trajectory(run.settings, (), Records()))


def storage_for(run: Run, folder: Path) -> Storage:
    """The storage of this run: its identity is everything that decides the trajectory."""
    network = run.start
    identity = {
        "widths": network.widths,
        "networks": network.batch,
        "activation": signature(network.activation),
        "placement": network.placement,
        "dtype": network.dtype,
        "initial network": fingerprint(*parameters(network)),
        "data": fingerprint(run.x, run.y, run.tracked_x, run.tracked_y),
        **asdict(run.settings),
        "checkpoint_every": run.checkpoint_every,
        "track_every": run.track_every,
        "trackers": tuple(run.trackers),
    }
    return Storage(folder, {name: str(value) for name, value in identity.items()})


def keep(storage: Storage, state: State) -> None:
    """Write the state, whose newest checkpoint is at its own step, to the disk."""
    checkpoint, records = state.trajectory.checkpoints[-1], state.trajectory.records
    content: dict[str, Any] = {
        "parameters": list(parameters(checkpoint.network)),
        "memory": [list(part) for part in state.memory],
        "loss": checkpoint.loss,
        "record_steps": list(records.steps),
        "records": dict(records.values),
    }
    storage.save(state.step, content)


def resume_state(run: Run, storage: Storage) -> State:
    """The state at the newest checkpoint on disk, with all checkpoints before it.

    Raises NumericsError for a corrupted checkpoint, one of another run, or one beyond the last
    step asked for; no checkpoint on the disk is changed.
    """
    state = fresh_state(run)
    storage.discard_partials()
    for path in storage.paths():
        state = _next_state(run, state, storage.read(path))
    if state.step > run.steps:
        raise NumericsError(
            argument="steps",
            found=f"{run.steps}, but {storage.folder} holds a checkpoint of step {state.step}",
            accepted=f"at least {state.step}",
        )
    return state


def _next_state(run: Run, state: State, content: dict[str, Any]) -> State:
    device = run.start.device
    # clone: what the file reader hands out need not be aligned as freshly allocated tensors are
    values = tuple(t.to(device).clone() for t in content["parameters"])
    memory = tuple(tuple(t.to(device).clone() for t in part) for part in content["memory"])
    network = with_parameters(run.start, values)
    checkpoint = Checkpoint(content["step"], network, content["loss"])
    trajectory = replace(
        state.trajectory,
        checkpoints=(*state.trajectory.checkpoints, checkpoint),
        records=Records(tuple(content["record_steps"]), content["records"]),
    )
    return State(content["step"], network, memory, trajectory)
