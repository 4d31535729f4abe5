"""The mirror maps of the flows: the point x(zeta) = grad F*(zeta), zeta = A^T nu (sheet section 4).

x = w^L, start w_0 > 0, g = ||w||, u = w/g. With q the direction before normalization,

    L = 2: q = u_0 e^(zeta/2)            L > 2: q = d^(-1/(L-2)),  d = u_0^(2-L) - zeta > 0
    weight-normalized: g^2 = g_0^2 + (2/eta) log ||q||,  x = (g q/||q||)^L
    plain:             q from w_0 instead of u_0,         x = q^L

and Hess Phi = c A [D - (1-k) D^(1/2) s s^T D^(1/2)] A^T with D = x/d (d = 1 for L = 2),
c = L/(L-2) (1 for L = 2), s the unit vector along x/D^(1/2) and k = 1/(eta g^2) (plain: 1).
The formula is written once, for torch tensors, `Tracked` and `Balls`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from numerics.linalg.tracked import log_sum_exp


@dataclass(frozen=True)
class Flow:
    """Which flow: depth L >= 2 and the learning-rate ratio eta = rate(u)/rate(g).

    eta None is the plain flow w' = -dl/dw.
    """

    depth: int
    eta: float | None

    @property
    def normalized(self) -> bool:
        """Whether the weights are normalized: w = g u with its own learning rates."""
        return self.eta is not None

    @property
    def factor(self) -> float:
        """c = L/(L-2), and 1 for L = 2."""
        return 1.0 if self.depth == 2 else self.depth / (self.depth - 2)


@dataclass(frozen=True, eq=False)
class Image:
    """x(zeta) and what the Hessian and the certificate need; vectors (N,), scalars of one kind.

    slope is d (None for L = 2); square is g^2; size is log ||q|| (None for the plain flow).
    """

    log_x: Any
    x: Any
    log_slope: Any | None
    square: Any | None
    size: Any | None

    @property
    def log_weights(self) -> Any:
        """log D, D = x/d."""
        return self.log_x if self.log_slope is None else self.log_x - self.log_slope


def image(flow: Flow, log_w: Any, zeta: Any) -> Image:
    """x(zeta) from log w_0 and zeta (N,); not finite outside the domain d > 0, g^2 > 0."""
    depth = flow.depth
    mass = log_sum_exp(log_w * 2.0) if flow.normalized else None
    log_u = log_w if mass is None else log_w - mass * 0.5
    log_slope = None
    if depth == 2:
        log_q = log_u + zeta * 0.5
    else:
        log_slope = ((log_u * (2.0 - depth)).exp() - zeta).log()
        log_q = -log_slope / (depth - 2.0)
    if mass is None:
        log_x = log_q * float(depth)
        return Image(log_x, log_x.exp(), log_slope, None, None)
    size = log_sum_exp(log_q * 2.0) * 0.5
    square = mass.exp() + size * 2.0 / flow.eta
    log_x = (log_q - size + square.log() * 0.5) * float(depth)
    return Image(log_x, log_x.exp(), log_slope, square, size)
