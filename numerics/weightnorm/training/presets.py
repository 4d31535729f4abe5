"""The settings of the published figures, and of the regimes found by search, as data."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from numerics.activations import Activation
from numerics.data import Dataset, Target, load
from numerics.errors import NumericsError
from numerics.weightnorm.network import WeightNormNetwork
from numerics.weightnorm.training.loop import train
from numerics.weightnorm.training.starts import picture_network, uniform_network
from numerics.weightnorm.training.trackers import DEFAULT_TRACKERS, Tracker
from numerics.weightnorm.training.trajectory import Trajectory


@dataclass(frozen=True, slots=True)
class FigureSetting:
    """A figure after [CV25] section 7: mini-batch SGD on the mean squared loss, two hidden layers.

    W^l_ij ~ U[-half_width/sqrt(m), half_width/sqrt(m)] for each of the widths m. The activation
    and the scalar target are ours: what the paper used is not in the text we hold.
    """

    number: int
    data: str
    widths: tuple[int, ...]
    half_width: float
    learning_rate: float = 0.001
    batch_size: int = 512
    depth: int = 2
    activation: str | Activation = "sigmoid"
    target: Target = "one-vs-rest"


FIGURES = {
    1: FigureSetting(1, "cifar10", (1024, 2048), 0.5),
    2: FigureSetting(2, "mnist", (512, 1024), 5.0),
}


@dataclass(frozen=True, slots=True)
class Curve:
    """One curve of a figure: the width, the data it was trained on, its trajectory."""

    width: int
    data: Dataset
    trajectory: Trajectory


def figure_setting(number: int) -> FigureSetting:
    """The setting of figure 1 or 2."""
    if number not in FIGURES:
        raise NumericsError(argument="number", found=repr(number), accepted="1 or 2")
    return FIGURES[number]


def figure_data(
    setting: FigureSetting, folder: str | os.PathLike[str] | None, *, digits: bool = False
) -> Dataset:
    """The figure's real data from `folder`, or the embedded digits in their place."""
    if digits:
        return load("digits", target=setting.target)
    return load(setting.data, folder=folder, target=setting.target)


def figure_curves(
    setting: FigureSetting,
    data: Dataset,
    *,
    steps: int = 200,
    track_every: int = 5,
    track_n: int = 1000,
    seed: int = 0,
    device: str = "cpu",
    dtype: torch.dtype = torch.float32,
    trackers: Sequence[str] | Mapping[str, Tracker] = DEFAULT_TRACKERS,
    folder: str | os.PathLike[str] | None = None,
    checkpoint_every: int | None = None,
    progress: bool | None = None,
) -> Iterator[Curve]:
    """Train and yield the figure's curves, one per width.

    Trained in `dtype`, judged in float64 on a fixed sample of `track_n` examples (all, if fewer).
    With `folder`, checkpoints are kept in folder/width-m, and a run that is there already is
    continued: repeating the call after a kill loses nothing before the last checkpoint.
    """
    sample = data.sample(min(track_n, len(data)), seed=seed)
    for width in setting.widths:
        network = uniform_network(
            (data.x.shape[1], *[width] * setting.depth),
            setting.activation,
            half_width=setting.half_width,
            seed=seed,
        )
        trajectory = train(
            network.to(device, dtype),
            data.x,
            data.y,
            optimizer="sgd",
            batch_size=setting.batch_size,
            learning_rate=setting.learning_rate,
            steps=steps,
            seed=seed,
            track_every=track_every,
            trackers=trackers,
            track_on=(sample.x, sample.y),
            folder=None if folder is None else Path(folder) / f"width-{width}",
            resume=folder is not None,
            checkpoint_every=checkpoint_every,
            progress=progress,
        )
        yield Curve(width, data, trajectory)


@dataclass(frozen=True, slots=True)
class Regime:
    """A setting in which alpha_t > 0 occurs (T13), found by search on digits with unit norm.

    One hidden layer of 64 tanh units whose rows look at the `examples` pictures (parity targets),
    or, with `examples` above 10, a wide Gaussian start with very large rows (class 0 against rest).
    """

    name: str
    examples: int
    row_norm: float
    width: int = 64
    data_seed: int = 0

    def data(self) -> Dataset:
        """The digits of this regime."""
        target: Target = "parity" if self.examples <= 10 else "one-vs-rest"
        return load("digits", n=self.examples, seed=self.data_seed, target=target)

    def network(self, seed: int = 0) -> WeightNormNetwork:
        """Its start."""
        data = self.data()
        if self.examples <= 10:
            return picture_network(data.x, self.width, row_norm=self.row_norm, seed=seed)
        scale = self.row_norm / math.sqrt(data.x.shape[1])
        widths = (data.x.shape[1], self.width)
        return WeightNormNetwork.random(widths, seed=seed, weight_scale=scale)


REGIMES = {
    regime.name: regime
    for regime in (
        Regime("two pictures", 2, 10.0, data_seed=3),
        Regime("two pictures, small rows", 2, 1.0, data_seed=3),
        Regime("four pictures", 4, 10.0),
        Regime("four pictures, small rows", 4, 1.0),
        Regime("large rows", 100, 800.0, width=512),
    )
}
