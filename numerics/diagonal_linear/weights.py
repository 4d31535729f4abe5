"""The weights b of the norm <b, x> that a limit almost minimizes: 1, or u_0^(2-L) for L > 2."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from flint import arb
from torch import Tensor

from numerics.diagonal_linear.start import Start
from numerics.linalg.balls import Balls
from numerics.linalg.tracked import Tracked, exactly, log_sum_exp


@dataclass(frozen=True, eq=False)
class Weights:
    """b > 0, flat (N,) or (2N,): exact float64 numbers, or u_0^(2-L) of a start."""

    numbers: Tensor | None
    start: Start | None
    depth: int

    def tracked(self) -> Tracked:
        """b with its rounding error."""
        if self.start is None:
            return exactly(self._numbers())
        found: Tracked = _power(self.start.tracked(), self.depth).exp()
        return found

    def balls(self) -> Balls:
        """b in balls at the running precision."""
        if self.start is None:
            return Balls([arb(v) for v in self._numbers().tolist()])
        found: Balls = _power(self.start.balls(), self.depth).exp()
        return found

    @property
    def exact(self) -> bool:
        """Whether b is given by float64 numbers."""
        return self.start is None

    def _numbers(self) -> Tensor:
        return torch.ones(0, dtype=torch.float64) if self.numbers is None else self.numbers


def _power(log_w: Any, depth: int) -> Any:
    """log of u_0^(2-L)."""
    return (log_w - log_sum_exp(log_w * 2.0) * 0.5) * (2.0 - depth)


def ones(count: int) -> Weights:
    """The weights of the l1 norm."""
    return Weights(torch.ones(count, dtype=torch.float64), None, 2)


def of_start(start: Start, depth: int) -> Weights:
    """u_0^(2-L); exactly 1 for L = 2, and N^(L/2-1) up to rounding for a uniform start."""
    flat = start.flat()
    return ones(len(flat.log_w)) if depth == 2 else Weights(None, flat, depth)
