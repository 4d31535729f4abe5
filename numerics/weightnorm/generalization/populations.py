"""Populations that are known exactly: finitely many inputs, each with its chance of the label +1.

Risks are sums over the population, not estimates, so that whether a certificate failed in a draw
is decided without a second sample.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from numerics.errors import NumericsError
from numerics.rounding import length
from numerics.validation import check_count, check_tensor
from numerics.weightnorm.network import WeightNormNetwork

_NEAR = 1e-11  # of the largest output: far above the rounding of a forward sweep


@dataclass(frozen=True, eq=False, slots=True)
class Population:
    """x (M, d), all equally likely; chance (M,): the probability of y = +1 given the input."""

    x: Tensor
    chance: Tensor
    description: str

    def draw(self, n: int, *, draws: int, seed: int) -> tuple[Tensor, Tensor]:
        """`draws` independent samples of n iid pairs: x (B, n, d), y (B, n)."""
        check_count(n, "n"), check_count(draws, "draws")
        generator = torch.Generator().manual_seed(seed)
        rows = torch.randint(0, len(self.x), (draws, n), generator=generator)
        coins = torch.rand(draws, n, generator=generator, dtype=torch.float64)
        return self.x[rows], torch.where(coins < self.chance[rows], 1.0, -1.0).to(torch.float64)

    def errors(self, network: WeightNormNetwork) -> Tensor:
        """P(y f <= 0) of each network of the batch, (B,); a tie is an error."""
        f = self.outputs(network)
        wrong = self.chance * (f <= 0.0).double() + (1.0 - self.chance) * (f >= 0.0).double()
        return wrong.mean(-1)

    def ties(self, network: WeightNormNetwork) -> Tensor:
        """Mass of the inputs whose sign of f rounding could change, (B,)."""
        f = self.outputs(network).abs()
        return (f <= _NEAR * f.amax(-1, keepdim=True)).double().mean(-1)

    def ramps(self, network: WeightNormNetwork, scale: Tensor) -> Tensor:
        """P ramp(y f scale), scale (B,), of each network of the batch, (B,)."""
        f = self.outputs(network) * scale.unsqueeze(-1)
        up, down = ((1.0 - sign * f).clamp(0.0, 1.0) for sign in (1.0, -1.0))
        return (self.chance * up + (1.0 - self.chance) * down).mean(-1)

    def square_losses(self, network: WeightNormNetwork, clip: float) -> Tensor:
        """P (y - f)^2, f clipped to [-clip, clip], of each network of the batch, (B,)."""
        f = self.outputs(network).clamp(-clip, clip)
        return (self.chance * (1.0 - f).square() + (1.0 - self.chance) * (1.0 + f).square()).mean(
            -1
        )

    def outputs(self, network: WeightNormNetwork) -> Tensor:
        """f on every input, (B, M)."""
        with torch.no_grad():
            found = network(self.x)
        return found if network.batch is not None else found.unsqueeze(0)


def teacher(points: int, d: int, *, flip: float, seed: int) -> Population:
    """Uniform directions with the sign of a linear teacher, flipped with probability `flip`."""
    x, generator = _directions(points, d, seed)
    direction = torch.randn(d, generator=generator, dtype=torch.float64)
    chance = flip + (1.0 - 2.0 * flip) * (x @ direction > 0).to(torch.float64)
    return Population(x, chance, f"linear teacher in {d} dimensions, {flip:g} of labels flipped")


def random_labels(points: int, d: int, *, seed: int) -> Population:
    """Uniform directions whose labels are fair coins."""
    x, _ = _directions(points, d, seed)
    chance = torch.full((points,), 0.5, dtype=torch.float64)
    return Population(x, chance, f"fair coins in {d} dimensions")


def from_tensors(x: Tensor, chance: Tensor, description: str) -> Population:
    """A population of one's own; raises NumericsError for chances outside [0, 1]."""
    x, chance = check_tensor(x, "x").to(torch.float64), check_tensor(chance, "chance")
    chance = chance.to(torch.float64)
    if x.dim() != 2 or chance.shape != x.shape[:1]:
        raise NumericsError(
            argument="x, chance", found=f"{tuple(x.shape)}, {tuple(chance.shape)}",
            accepted="(M, d) and (M,)",
        )  # fmt: skip
    if bool(((chance < 0.0) | (chance > 1.0)).any()):
        raise NumericsError(argument="chance", found="outside [0, 1]", accepted="probabilities")
    return Population(x, chance, description)


def _directions(points: int, d: int, seed: int) -> tuple[Tensor, torch.Generator]:
    check_count(points, "points"), check_count(d, "d")
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(points, d, generator=generator, dtype=torch.float64)
    return x / length(x).unsqueeze(-1), generator
