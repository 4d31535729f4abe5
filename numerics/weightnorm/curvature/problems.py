"""Cutting (networks x inputs) into chunks of problems, one network with one input each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from numerics.weightnorm.curvature.form import FormData, form_data
from numerics.weightnorm.guarded import guarded_trace
from numerics.weightnorm.inputs import Inputs
from numerics.weightnorm.network import WeightNormNetwork

# doubles one chunk may use for weights and reduced matrices of its problems
_BUDGET = 2**25


@dataclass(frozen=True, eq=False)
class Chunk:
    """The forms of the problems start, ..., start + data.problems - 1 in (network, input) order.

    `small`: both signs fit together and many small dense matrices are cheaper than few products.
    """

    start: int
    data: FormData
    small: bool

    def signed(self) -> Iterator[FormData]:
        """Both signs at once if small, else one after the other (they share What)."""
        if self.small:
            yield self.data.both_signs()
        else:
            yield self.data
            yield self.data.negated()


def chunks(network: WeightNormNetwork, inputs: Inputs) -> Iterator[Chunk]:
    """All problems in chunks that respect the memory budget."""
    networks, n, d = inputs.x.shape
    widths = network.widths
    squares = sum(a * b for a, b in zip(widths[1:], widths[:-1], strict=True))
    largest = max(widths[1:])
    cost = squares + 2 * sum(widths[1:]) ** 2 + 12 * largest * max(largest, *widths[:-1], 1)
    step = max(1, _BUDGET // (2 * cost))
    points = inputs.x.reshape(networks * n, 1, d)
    for start in range(0, networks * n, step):
        stop = min(start + step, networks * n)
        part = _networks(network, start, stop, n)
        data = form_data(part, guarded_trace(part, points[start:stop]))
        yield Chunk(start, data, small=2 * cost <= _BUDGET // 64)


def _networks(network: WeightNormNetwork, start: int, stop: int, n: int) -> WeightNormNetwork:
    """The networks of problems start..stop, repeated as needed; shared (batch 1) if only one."""
    first, last = start // n, (stop - 1) // n
    if first == last:
        index: slice | Tensor = slice(first, first + 1)
    elif n == 1:
        index = slice(start, stop)
    else:
        index = torch.arange(start, stop, device=network.device) // n
    weights = tuple(w[index] for w in network.weights)
    return WeightNormNetwork(weights, network.v[index], network.activation, network.placement, None)
