"""Binary tasks on real data: pilot, sample and held-out part, disjoint and drawn by seed."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from numerics.data import load
from numerics.errors import NumericsError
from numerics.weightnorm.generalization.maps import (
    InputMap,
    centered,
    principal,
    unit_sphere,
    with_constant,
)

Part = Literal["train", "test"]
ANIMALS, VEHICLES = (2, 3, 4, 5, 6, 7), (0, 1, 8, 9)
EVEN, ODD = (0, 2, 4, 6, 8), (1, 3, 5, 7, 9)


@dataclass(frozen=True, slots=True)
class Task:
    """Which pictures are +1 and -1, and how many go where.

    others: the pilot is taken from pictures of the classes that are not in the task.
    parts: which parts of the data set are used, one after the other.
    """

    name: str
    data: str
    positive: tuple[int, ...]
    negative: tuple[int, ...]
    pilot: int
    sample: int
    held: int
    others: bool = False
    parts: tuple[Part | None, ...] = (None,)


@dataclass(frozen=True, eq=False, slots=True)
class Split:
    """A task's data: raw pictures (n, d) in [0, 1], labels +-1, classes 0 to 9 of the sample.

    pilot_y is None where the pilot has other classes. pilot_classes, held_classes: 0 to 9 of the
    other two parts.
    """

    task: Task
    pilot: Tensor
    pilot_y: Tensor | None
    x: Tensor
    y: Tensor
    classes: Tensor
    held_x: Tensor
    held_y: Tensor
    pilot_classes: Tensor | None = None
    held_classes: Tensor | None = None


TASKS = {
    task.name: task
    for task in (
        Task("0 vs 1", "mnist", (0,), (1,), 1000, 1600, 515, others=True, parts=("test",)),
        Task("3 vs 8", "mnist", (3,), (8,), 1000, 1600, 384, others=True, parts=("test",)),
        Task("parity", "mnist", EVEN, ODD, 1000, 7000, 2000, parts=("test",)),
        Task("0 vs rest", "mnist", (0,), tuple(range(1, 10)), 1000, 7000, 2000, parts=("test",)),
        Task("ten digits", "mnist", EVEN, ODD, 1000, 8500, 500, parts=("test",)),
        Task("animals", "cifar10", ANIMALS, VEHICLES, 600, 4200, 1200, parts=("train", "test")),
        Task("digits parity", "digits", EVEN, ODD, 297, 1200, 300),
        Task("digits 0 vs rest", "digits", (0,), tuple(range(1, 10)), 297, 1200, 300),
    )
}


def find_task(name: str) -> Task:
    """The task of that name."""
    if name not in TASKS:
        raise NumericsError(argument="task", found=repr(name), accepted=", ".join(TASKS))
    return TASKS[name]


def draw_split(task: Task, *, folder: str | os.PathLike[str] | None = None, seed: int = 0) -> Split:
    """Pilot, sample and held-out part by one permutation; NumericsError where data are missing."""
    found = [load(task.data, folder=folder, scale="raw", split=part) for part in task.parts]
    x, classes = torch.cat([d.x for d in found]), torch.cat([d.labels for d in found])
    order = torch.randperm(len(x), generator=torch.Generator().manual_seed(seed))
    x, classes = x[order], classes[order]
    wanted = torch.tensor([*task.positive, *task.negative])
    inside = torch.isin(classes, wanted)
    y = 2.0 * torch.isin(classes, torch.tensor(task.positive)).double() - 1.0
    if task.others:
        pilot_rows = (~inside).nonzero().flatten()[: task.pilot]
        rest = inside.nonzero().flatten()
    else:
        rows = inside.nonzero().flatten()
        pilot_rows, rest = rows[: task.pilot], rows[task.pilot :]
    if len(rest) < task.sample + task.held:
        raise NumericsError(
            argument="task",
            found=f"{len(rest)} pictures of the classes of {task.name!r}",
            accepted=f"{task.sample + task.held} besides the pilot",
        )
    sample, held = rest[: task.sample], rest[task.sample : task.sample + task.held]
    pilot_y = None if task.others else y[pilot_rows]
    return Split(
        task, x[pilot_rows], pilot_y, x[sample], y[sample], classes[sample], x[held], y[held],
        classes[pilot_rows], classes[held],
    )  # fmt: skip


def map_list(pilot: Tensor, components: tuple[int, ...] = (20, 40, 80)) -> tuple[InputMap, ...]:
    """Twenty maps fixed by the pilot: raw and centered directions, PCA with three powers, and
    the PCA maps again with a constant 0.6 appended (fewer where the pilot has a lower rank)."""
    rank = int(torch.linalg.matrix_rank(pilot - pilot.mean(0)))
    plain = tuple(
        principal(pilot, k, power=power)
        for k in components
        if k <= rank - 1
        for power in (0.0, 0.25, 0.5)
    )
    return (unit_sphere(), centered(pilot), *plain, *(with_constant(m, 0.6) for m in plain))
