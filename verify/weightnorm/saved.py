"""Networks of a training run that `numerics.weightnorm.train` saved, as cases."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from numerics.weightnorm.training import load_run
from verify.weightnorm.cases import NetworkCase, network_case
from verify.weightnorm.populations import TRAINED_INPUTS

__all__ = ["run_cases"]

#: At most so many checkpoints of a run are checked, evenly spaced, the last among them.
CHECKPOINTS = 12


def run_cases(folder: Path, data: Path | None) -> Iterator[NetworkCase]:
    """The checkpoints of a run saved by `numerics.weightnorm.training`, as trained networks.

    Raises:
        NumericsError: no run there, a damaged checkpoint, or its data are not found.
    """
    saved = load_run(folder)
    pictures = saved.data(data)
    kept = saved.trajectory.checkpoints
    for checkpoint in _spread(kept, CHECKPOINTS):
        yield network_case(
            checkpoint.network.to(dtype=pictures.x.dtype),
            pictures.x[:TRAINED_INPUTS],
            pictures.y[:TRAINED_INPUTS],
            origin="trained",
            label=f"run {folder.name}, step {checkpoint.step}",
            step=checkpoint.step,
        )


def _spread(items: Sequence[Any], count: int) -> list[Any]:
    if len(items) <= count:
        return list(items)
    return [items[round(k * (len(items) - 1) / (count - 1))] for k in range(count)]
