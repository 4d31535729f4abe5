"""What training leaves behind: checkpoints along the way and the records of the trackers."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor

from numerics.errors import NumericsError
from numerics.weightnorm.network import WeightNormNetwork
from numerics.weightnorm.training.settings import Settings


@dataclass(frozen=True, eq=False, slots=True)
class Checkpoint:
    """The network after `step` updates and its loss on all data, (B,) float64."""

    step: int
    network: WeightNormNetwork
    loss: Tensor


@dataclass(frozen=True, eq=False, slots=True)
class Records:
    """Tracked quantities: values[name] has shape (T, B, ...), float64, one row per entry of steps.

    A quantity that is an enclosure appears as two: name.lower and name.upper.
    """

    steps: tuple[int, ...] = ()
    values: dict[str, Tensor] = field(default_factory=dict)

    def appended(self, step: int, row: dict[str, Tensor]) -> Records:
        """These records with one more row."""
        values = {
            name: torch.cat([self.values[name], value[None]]) if self.steps else value[None]
            for name, value in row.items()
        }
        return Records((*self.steps, step), values)


@dataclass(frozen=True, eq=False, slots=True)
class Trajectory:
    """A training run: its settings, its checkpoints in order of step, its records."""

    settings: Settings
    checkpoints: tuple[Checkpoint, ...]
    records: Records

    @property
    def network(self) -> WeightNormNetwork:
        """The network of the last checkpoint."""
        return self.checkpoints[-1].network

    @property
    def steps(self) -> tuple[int, ...]:
        """The steps at which there is a checkpoint."""
        return tuple(checkpoint.step for checkpoint in self.checkpoints)

    @property
    def losses(self) -> Tensor:
        """(number of checkpoints, B) float64."""
        return torch.stack([checkpoint.loss for checkpoint in self.checkpoints])


class TrainingStopped(NumericsError):
    """Training overflowed: what was reached before is kept in `trajectory`.

    step: the update whose loss was no longer finite. The last good checkpoint is
    trajectory.checkpoints[-1].
    """

    def __init__(self, step: int, which: list[int], trajectory: Trajectory) -> None:
        self.step, self.which, self.trajectory = step, which, trajectory
        last = trajectory.checkpoints[-1].step if trajectory.checkpoints else None
        super().__init__(
            argument="learning_rate",
            found=f"{_rates(trajectory.settings, which)}, with which the loss overflowed at step "
            f"{step} (networks {which}; last good checkpoint: step {last})",
            accepted="a smaller learning rate",
        )

    def __reduce__(self) -> tuple[object, ...]:
        return TrainingStopped, (self.step, self.which, self.trajectory)


def _rates(settings: Settings, which: list[int]) -> str:
    return ", ".join(f"{rate:g}" for rate in sorted({settings.learning_rate[i] for i in which}))
