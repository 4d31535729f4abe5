"""What a training run is asked to do, checked once before anything is computed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from numerics.errors import NumericsError
from numerics.validation import check_count, check_positive
from numerics.weightnorm.network import WeightNormNetwork
from numerics.weightnorm.training.optimizers import OPTIMIZERS, Optimizer


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything besides data and initial network that decides a trajectory.

    learning_rate: one per network of the batch. batch_size None means all data in every step.
    """

    optimizer: str
    learning_rate: tuple[float, ...]
    batch_size: int | None
    seed: int

    @property
    def rule(self) -> Optimizer:
        return OPTIMIZERS[self.optimizer]

    def batch_at(self, step: int, n: int) -> Tensor | None:
        """The indices of the mini-batch of that step, None for all data.

        A function of (seed, step) alone, so that a resumed run needs no generator state: every
        epoch is a fresh permutation seeded by (seed, epoch), cut into consecutive batches; the
        last batch of an epoch may be smaller.
        """
        if self.batch_size is None or self.batch_size >= n:
            return None
        per_epoch = -(-n // self.batch_size)
        epoch, position = divmod(step, per_epoch)
        generator = torch.Generator().manual_seed(self.seed * 1_000_003 + epoch)
        order = torch.randperm(n, generator=generator)
        return order[position * self.batch_size : (position + 1) * self.batch_size]


def check_settings(
    network: WeightNormNetwork,
    *,
    optimizer: str,
    learning_rate: float | Sequence[float],
    batch_size: int | None,
    seed: int,
) -> Settings:
    """The settings, or a NumericsError naming the argument that is wrong."""
    if optimizer not in OPTIMIZERS:
        raise NumericsError(
            argument="optimizer", found=repr(optimizer), accepted=", ".join(OPTIMIZERS)
        )
    if optimizer == "gd" and batch_size is not None:
        raise NumericsError(
            argument="batch_size",
            found=f'{batch_size} with optimizer "gd"',
            accepted='None (gradient descent uses all data), or optimizer "sgd"',
        )
    if optimizer == "sgd" and batch_size is None:
        raise NumericsError(
            argument="batch_size",
            found='None with optimizer "sgd"',
            accepted='an integer >= 1, or optimizer "gd" for all data in every step',
        )
    if batch_size is not None:
        check_count(batch_size, "batch_size")
    return Settings(optimizer, _rates(network, learning_rate), batch_size, _seed(seed))


def _rates(network: WeightNormNetwork, rate: float | Sequence[float]) -> tuple[float, ...]:
    if isinstance(rate, Tensor):
        rate = rate.tolist()
    if isinstance(rate, int | float):
        return (check_positive(rate, "learning_rate"),) * network.networks
    rates = tuple(check_positive(value, "learning_rate") for value in rate)
    if len(rates) != network.networks:
        raise NumericsError(
            argument="learning_rate",
            found=f"{len(rates)} values for {network.networks} networks",
            accepted="one number, or one per network of the batch",
        )
    return rates


def _seed(seed: int) -> int:
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < 2**32:
        raise NumericsError(argument="seed", found=repr(seed), accepted="an integer in [0, 2^32)")
    return seed
