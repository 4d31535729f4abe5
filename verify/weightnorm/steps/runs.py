"""The training runs on which the optimization claims are checked, as data."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from torch import Tensor

from numerics import WeightNormNetwork
from numerics.data import Dataset, Target, load
from numerics.weightnorm.training import Trajectory, train
from numerics.weightnorm.training.presets import REGIMES
from numerics.weightnorm.training.starts import uniform_network
from verify.weightnorm.steps.case import StepCase, step_case

#: Cosines of the cones: the gradient's own line, and a cone around it.
KAPPAS = (1.0, 0.7)


@dataclass(frozen=True)
class Run:
    """One run: a start, its data, a learning rate, and at which steps the claims are checked.

    batch_size None is gradient descent on all data; otherwise every check is of the mini-batch's
    own loss, at the step that was really taken with it.
    """

    name: str
    start: Callable[[int], tuple[WeightNormNetwork, Dataset]]
    learning_rate: float
    steps: int
    every: int
    batch_size: int | None = None

    def moments(self, seed: int) -> Iterator[tuple[int, WeightNormNetwork, Tensor, Tensor]]:
        """(step, theta_t, x, y) with the data of the step from theta_t, in order of the steps."""
        network, data = self.start(seed)
        trajectory = self._train(network, data, seed)
        for checkpoint in trajectory.checkpoints[:-1]:
            chosen = trajectory.settings.batch_at(checkpoint.step, len(data))
            x, y = (data.x, data.y) if chosen is None else (data.x[chosen], data.y[chosen])
            yield checkpoint.step, checkpoint.network, x, y

    def _train(self, network: WeightNormNetwork, data: Dataset, seed: int) -> Trajectory:
        return train(
            network,
            data.x,
            data.y,
            optimizer="gd" if self.batch_size is None else "sgd",
            batch_size=self.batch_size,
            learning_rate=self.learning_rate,
            steps=self.steps,
            checkpoint_every=self.every,
            seed=seed,
            progress=False,
        )


def _regime(name: str, learning_rate: float, steps: int, every: int) -> Run:
    regime = REGIMES[name]
    return Run(
        name, lambda seed: (regime.network(seed), regime.data()), learning_rate, steps, every
    )


def _digits(
    widths: tuple[int, ...], activation: str, n: int, seed: int
) -> tuple[WeightNormNetwork, Dataset]:
    data = load("digits", n=n, seed=seed, target="parity")
    return WeightNormNetwork.random((data.x.shape[1], *widths), activation, seed=seed), data


def _pictures(
    name: str, folder: str | Path | None, width: int, n: int, seed: int
) -> tuple[WeightNormNetwork, Dataset]:
    """The start of the figures at a smaller width: sigmoid, class 0 against rest."""
    target: Target = "one-vs-rest"
    half_width = {"cifar10": 0.5, "mnist": 5.0}[name]
    data = load(name, folder=folder, n=n, seed=seed, target=target)
    widths = (data.x.shape[1], width, width)
    return uniform_network(widths, "sigmoid", half_width=half_width, seed=seed), data


def digit_runs() -> tuple[Run, ...]:
    """Runs on scikit-learn's digits: those where alpha_t > 0, and ordinary ones."""
    return (
        _regime("two pictures", 0.45, 40, 4),
        _regime("two pictures, small rows", 0.3, 40, 4),
        _regime("four pictures", 0.45, 40, 4),
        _regime("four pictures, small rows", 0.3, 40, 4),
        Run("tanh 12-12, gradient descent", lambda s: _digits((12, 12), "tanh", 40, s), 0.3, 60, 6),
        Run("gelu 12, gradient descent", lambda s: _digits((12,), "gelu", 40, s), 0.3, 60, 6),
        Run("sigmoid 16, SGD", lambda s: _digits((16,), "sigmoid", 200, s), 0.05, 60, 6, 32),
        Run("tanh 16-8, SGD", lambda s: _digits((16, 8), "tanh", 200, s), 0.3, 60, 6, 32),
    )


def picture_runs(folder: str | Path | None) -> tuple[Run, ...]:
    """Runs on real MNIST and CIFAR-10 pictures, with the figures' starts at width 64."""
    return tuple(
        Run(
            f"{name}, sigmoid 64-64, SGD",
            lambda s, name=name: _pictures(name, folder, 64, 512, s),  # type: ignore[misc]
            0.01,
            40,
            5,
            32,
        )
        for name in ("mnist", "cifar10")
    )


def telling_runs() -> tuple[Run, ...]:
    """Two short runs for a quick look: one with alpha_t > 0 all along, one ordinary."""
    quick = {"two pictures": 16, "tanh 16-8, SGD": 12}
    return tuple(
        replace(run, steps=quick[run.name], every=4) for run in digit_runs() if run.name in quick
    )


def step_cases(run: Run, *, seed: int = 0, attack_steps: int = 10) -> Iterator[StepCase | str]:
    """The step cases of a run, one for each moment and each cone; or why there is none."""
    for step, network, x, y in run.moments(seed):
        for kappa in KAPPAS:
            yield step_case(
                network, x, y, eta=run.learning_rate, kappa=kappa, attack_steps=attack_steps,
                seed=seed + step, origin="trained", step=step,
                label=f"{run.name}, step {step}, kappa {kappa:g}",
            )  # fmt: skip
