"""The three shapes an input set may have, resolved once and undone once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from numerics.enclosure import Enclosure, enclose
from numerics.errors import NumericsError
from numerics.scaling import Shift
from numerics.validation import check_tensor, exact_float64

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

    def enclose(
        self, value: Tensor, radius: Tensor, method: str, *, shift: Shift, sound: Tensor | None
    ) -> Enclosure:
        """`numerics.enclosure.enclose` for results per network and input, (B, n, ...)."""
        shift = None if shift is None else self.restore(_like(shift, value))
        sound = None if sound is None else self.restore(_like(sound, value))
        return enclose(self.restore(value), self.restore(radius), method, shift=shift, sound=sound)

    def enclose_sum(
        self, value: Tensor, radius: Tensor, method: str, *, shift: Shift, sound: Tensor | None
    ) -> Enclosure:
        """The same for results per network, (B,); `sound` still (B, n)."""
        sound = None if sound is None else sound.all(-1)
        if not self.batched:
            value, radius = value.squeeze(0), radius.squeeze(0)
            shift = None if shift is None else shift.squeeze(0)
            sound = None if sound is None else sound.squeeze(0)
        return enclose(value, radius, method, shift=shift, sound=sound)


def _like(mark: Tensor, value: Tensor) -> Tensor:
    """A mark (B, n) on every entry of value (B, n, ...)."""
    while mark.dim() < value.dim():
        mark = mark.unsqueeze(-1)
    return mark.expand(value.shape)


def resolve_inputs(
    network: WeightNormNetwork,
    x: Tensor,
    *,
    dtype: torch.dtype = torch.float64,
    marks: int | None = None,
) -> Inputs:
    """Check x against the network: (d,), (n, d) shared by the batch, or (B, n, d).

    NaN and infinity raise, unless x has at least `marks` axes: then entries are marked later.
    float32 becomes float64, which rounds nothing.
    """
    x = check_tensor(x, "x", finite=marks is None or _axes(x) < marks)
    x = x.to(network.device, dtype)
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


def _axes(x: object) -> int:
    return x.dim() if isinstance(x, Tensor) else 0


def resolve_targets(inputs: Inputs, y: Tensor, *, marks: bool = False) -> Tensor:
    """Check y, (n,) shared by the batch or (B, n), against the inputs; returns (B, n) in float64.

    NaN and infinity raise, unless `marks` and y has a batch axis.
    """
    y = check_tensor(y, "y", finite=not (marks and _axes(y) == 2))
    y = exact_float64(y, inputs.x.device)
    count, n = inputs.x.shape[:2]
    if tuple(y.shape) not in ((n,), (count, n)):
        raise NumericsError(
            argument="y", found=f"shape {tuple(y.shape)}", accepted=f"({n},) or ({count}, {n})"
        )
    return y.expand(count, n)
