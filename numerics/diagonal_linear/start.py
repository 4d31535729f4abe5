"""Where a flow starts: w_0 > 0, given as numbers or as logarithms."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from flint import arb
from torch import Tensor

from numerics.errors import NumericsError
from numerics.linalg.balls import Balls
from numerics.linalg.tracked import Tracked, exactly
from numerics.validation import check_tensor


@dataclass(frozen=True, eq=False)
class Start:
    """w_0 = g_0 u_0 > 0 of x = w^L: shape (N,), or (2, N) with rows w_+, w_- (signed model).

    Build with `of` (numbers) or `of_logs` (logarithms, for starts outside the range of float64);
    the exact start is `w` where it is not None, else exp(log_w).
    """

    w: Tensor | None
    log_w: Tensor

    @staticmethod
    def of(w: Tensor) -> Start:
        """The start w_0, every entry > 0 (POSITIVE_INIT: a zero entry would stay zero)."""
        w = check_tensor(w, "start").to("cpu", torch.float64)
        _check_shape(w)
        if not bool((w > 0).all()):
            raise NumericsError(
                argument="start",
                found=f"{int((w <= 0).sum())} entries that are not > 0",
                accepted="w_0 > 0 (POSITIVE_INIT): an entry that starts at zero stays at zero, "
                "and the limit then minimizes over the other entries alone",
            )
        return Start(w, w.log())

    @staticmethod
    def of_logs(log_w: Tensor) -> Start:
        """The start exp(log_w)."""
        log_w = check_tensor(log_w, "start").to("cpu", torch.float64)
        _check_shape(log_w)
        return Start(None, log_w)

    @property
    def signed(self) -> bool:
        """Whether this starts the signed model x = w_+^L - w_-^L."""
        return self.log_w.ndim == 2

    def flat(self) -> Start:
        """The parts one after the other, (N,) or (2N,)."""
        return Start(None if self.w is None else self.w.reshape(-1), self.log_w.reshape(-1))

    def tracked(self) -> Tracked:
        """log w_0 with its rounding error."""
        return exactly(self.log_w) if self.w is None else exactly(self.w).log()

    def balls(self) -> Balls:
        """log w_0 in ball arithmetic."""
        if self.w is None:
            return Balls([arb(v) for v in self.log_w.tolist()])
        return Balls([arb(v).log() for v in self.w.tolist()])


def as_start(start: Tensor | Start) -> Start:
    """A `Start`; tensors and nested sequences are w_0."""
    return start if isinstance(start, Start) else Start.of(start)


def weight_norm_start(scale: float, direction: Tensor) -> tuple[Start, float]:
    """(start, eta) of WN with an unnormalized direction: w = g v/||v||, both rates 1.

    ||v|| is conserved along the flow, so it is the polar flow with eta = 1/||v_0||^2 (sheet
    section 0); both are computed in float64.
    """
    v = check_tensor(direction, "direction").to("cpu", torch.float64)
    norm = float(torch.linalg.vector_norm(v))
    eta = norm**-2 if norm > 0 else math.inf
    if not 0 < eta < math.inf:
        raise NumericsError(
            argument="direction", found=f"norm {norm:g}", accepted="a norm between 1e-150 and 1e150"
        )
    return Start.of(scale * v / norm), eta


def _check_shape(values: Tensor) -> None:
    if values.ndim not in (1, 2) or (values.ndim == 2 and values.shape[0] != 2):
        raise NumericsError(
            argument="start",
            found=f"shape {tuple(values.shape)}",
            accepted="(N,), or (2, N) with rows w_+, w_- for the signed model",
        )
