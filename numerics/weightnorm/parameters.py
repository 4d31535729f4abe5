"""Directions in parameter space: tensors shaped like a network's, flat or layer by layer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from numerics.errors import NumericsError
from numerics.validation import check_tensor, exact_float64
from numerics.weightnorm.network import WeightNormNetwork
from numerics.weightnorm.theta import flat, parameters, unflat


@dataclass(frozen=True, eq=False)
class Direction:
    """Delta = (Delta^1, ..., Delta^L, u): weights (B, m_l, m_(l-1)), v (B, m_L), float64.

    Unlike a network's weights, rows may be zero. Flat order: W^1 row by row, ..., W^L, v.
    """

    weights: tuple[Tensor, ...]
    v: Tensor

    @staticmethod
    def from_flat(network: WeightNormNetwork, theta: Tensor, *, marks: bool = False) -> Direction:
        """A direction Delta from one flat vector, in the order W^1, ..., W^L, v.

        Parameters
        ----------
        network : WeightNormNetwork
            Whose parameters it changes.
        theta : Tensor
            (p,), shared by the batch, or (B, p), p = network.parameters.
        marks : bool
            Let NaN and infinity of a batch through, to be marked later.

        Returns
        -------
        Direction

        Raises
        ------
        NumericsError
            Another shape, NaN or infinity.

        Examples
        --------
        >>> import torch, numerics
        >>> network = numerics.WeightNormNetwork.random((3, 4, 5), "tanh", seed=0, batch=2)
        >>> delta = numerics.Direction.from_flat(network, torch.ones(37, dtype=torch.float64))
        >>> delta.weights[0].shape
        torch.Size([2, 4, 3])
        """
        many = marks and isinstance(theta, Tensor) and theta.dim() == 2
        theta = exact_float64(check_tensor(theta, "direction", finite=not many), network.device)
        count, p = network.networks, network.parameters
        if tuple(theta.shape) not in ((p,), (count, p)):
            raise NumericsError(
                argument="direction",
                found=f"shape {tuple(theta.shape)}",
                accepted=f"({p},) or ({count}, {p})",
            )
        theta = theta.expand(count, p)
        *weights, v = unflat(theta, parameters(network))
        return Direction(tuple(weights), v)

    @staticmethod
    def from_tensors(
        network: WeightNormNetwork, weights: Sequence[Tensor], v: Tensor, *, marks: bool = False
    ) -> Direction:
        """A direction Delta from tensors shaped like the network's own.

        Parameters
        ----------
        network : WeightNormNetwork
            Whose parameters it changes.
        weights : sequence of Tensor
            With or without the batch axis.
        v : Tensor
            With or without the batch axis.
        marks : bool
            Let NaN and infinity of a batch through, to be marked later.

        Returns
        -------
        Direction

        Raises
        ------
        NumericsError
            Another shape, NaN or infinity.

        Examples
        --------
        >>> import torch, numerics
        >>> network = numerics.WeightNormNetwork.random((3, 4, 5), "tanh", seed=0, batch=2)
        >>> delta = numerics.Direction.from_tensors(network, network.weights, network.v)
        >>> delta.flat().shape
        torch.Size([2, 37])
        """
        marks = marks and network.batch is not None
        found = tuple(_match(w, like, marks) for w, like in _pairs(network, weights))
        return Direction(found, _match(v, network.v, marks))

    @staticmethod
    def random(network: WeightNormNetwork, *, seed: int) -> Direction:
        """A Gaussian direction for each network, drawn on the CPU.

        Parameters
        ----------
        network : WeightNormNetwork
            Whose parameters it changes.
        seed : int
            Same seed, same direction.

        Returns
        -------
        Direction

        Examples
        --------
        >>> import torch, numerics
        >>> network = numerics.WeightNormNetwork.random((3, 4, 5), "tanh", seed=0, batch=2)
        >>> numerics.Direction.random(network, seed=0).flat().shape
        torch.Size([2, 37])
        """
        generator = torch.Generator().manual_seed(seed)
        theta = torch.randn(
            network.networks, network.parameters, generator=generator, dtype=torch.float64
        )
        return Direction.from_flat(network, theta)

    def flat(self) -> Tensor:
        """(B, p)."""
        return flat((*self.weights, self.v))


def resolve_direction(
    network: WeightNormNetwork, direction: Direction | Tensor, *, marks: bool = False
) -> Direction:
    """A `Direction` checked against the network, or one read from a flat tensor."""
    if isinstance(direction, Direction):
        return Direction.from_tensors(network, direction.weights, direction.v, marks=marks)
    return Direction.from_flat(network, direction, marks=marks)


def _pairs(network: WeightNormNetwork, weights: Sequence[Tensor]) -> list[tuple[Tensor, Tensor]]:
    if len(weights) != network.depth:
        raise NumericsError(
            argument="direction", found=f"{len(weights)} layers", accepted=f"{network.depth} layers"
        )
    return list(zip(weights, network.weights, strict=True))


def _match(value: Tensor, like: Tensor, marks: bool) -> Tensor:
    value = exact_float64(check_tensor(value, "direction", finite=not marks), like.device)
    if tuple(value.shape) not in (tuple(like.shape), tuple(like.shape[1:])):
        raise NumericsError(
            argument="direction",
            found=f"shape {tuple(value.shape)}",
            accepted=f"{tuple(like.shape)}",
        )
    return value.expand(like.shape)
