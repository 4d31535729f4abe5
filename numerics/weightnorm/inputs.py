"""The three shapes an input set may have, resolved once and undone once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from numerics.errors import NumericsError
from numerics.validation import check_tensor

if TYPE_CHECKING:
    from numerics.weightnorm.network import WeightNormNetwork


@dataclass(frozen=True, eq=False)
class Inputs:
    """x expanded to (B, n, d), with what is needed to give results the shape the caller expects."""

    x: Tensor
    batched: bool
    listed: bool

    def restore(self, value: Tensor) -> Tensor:
        """Drop the batch axis of an unbatched network and the n axis of a (d,) input."""
        if not self.listed:
            value = value.squeeze(1)
        return value if self.batched else value.squeeze(0)


def resolve_inputs(
    network: WeightNormNetwork, x: Tensor, *, dtype: torch.dtype = torch.float64
) -> Inputs:
    """Check x against the network: (d,), (n, d) shared by the batch, or (B, n, d)."""
    x = check_tensor(x, "x").to(network.device, dtype)
    d, count = network.widths[0], network.networks
    if x.shape[-1:] != (d,) or x.dim() > 3 or (x.dim() == 3 and x.shape[0] != count):
        raise NumericsError(
            argument="x",
            found=f"shape {tuple(x.shape)}",
            accepted=f"({d},), (n, {d}) or ({count}, n, {d})",
        )
    listed = x.dim() > 1
    if not listed:
        x = x.unsqueeze(0)
    if x.dim() == 2:
        x = x.unsqueeze(0).expand(count, -1, -1)
    return Inputs(x, network.batch is not None, listed)


def resolve_targets(inputs: Inputs, y: Tensor) -> Tensor:
    """Check y, (n,) shared by the batch or (B, n), against the inputs; returns (B, n)."""
    y = check_tensor(y, "y").to(inputs.x.device, torch.float64)
    count, n = inputs.x.shape[:2]
    if tuple(y.shape) not in ((n,), (count, n)):
        raise NumericsError(
            argument="y", found=f"shape {tuple(y.shape)}", accepted=f"({n},) or ({count}, {n})"
        )
    return y.expand(count, n)
