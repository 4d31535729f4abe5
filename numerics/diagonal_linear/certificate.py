"""Certificate C1: how far the exact minimizer of the dual, and its x, can be from a given nu.

After the sheet, section 4. B = A S^2 A^T with S^2 <= D = x/d, r = ||A x(nu) - y||_(B^-1) and
reach a >= ||A_i||_(B^-1)/d_i. On ||nu' - nu||_B <= R every q_i changes by a factor in [t-, t+],
omega = aR (t = e^(+-omega/2) for L = 2, (1 -+ omega)^(-1/(L-2)) beyond), so Hess Phi >= mu B with

    mu = c min(1, 1/(eta g+^2)) (g-/g)^L t+^-L t-^(2L-2),   g+-^2 = g^2 + (2/eta) log t+-
    mu = c t-^(2L-2)                                        (plain flow)

and r <= mu R puts the minimizer within R, then within r/mu. Sharper than the sheet: entry i moves
by its own a_i, and log ||q|| by S = e_L (t+/t-)^2 t+^(L-2) sqrt(kappa) r/mu only, e_L = 1/2 or
1/(L-2), kappa = ||q||^(L-2)/g^L, because sum u_i^2 A_i/d_i has norm <= sqrt(kappa) in B^-1, where
the largest single column may be sqrt(n / min p) times longer. Scalars are balls: no slack.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from flint import arb, ctx
from torch import Tensor

from numerics.diagonal_linear.mirror import Flow
from numerics.linalg.balls import above
from numerics.rounding import UNIT

_BITS = 106
_TRIES = 12


@dataclass(frozen=True, eq=False)
class Radii:
    """|log(x_i of the limit / x_i)| <= entries (N,), and |g^2 of the limit - g^2| <= square."""

    entries: Tensor
    square: float


@dataclass(frozen=True)
class Evidence:
    """What is known at nu: r; the columns' ||A_i||_(B^-1)/d_i (N,); g^2; log ||q||; D/S^2 <= ratio.

    For the plain flow `square` and `size` are None.
    """

    residual: arb
    columns: Tensor
    square: arb | None
    size: arb | None
    ratio: float


def radii(flow: Flow, known: Evidence) -> Radii | None:
    """The certified radii, or None where the certificate does not close."""
    with ctx.workprec(max(_BITS, ctx.prec)):
        reach = arb(float(known.columns.max()))
        distance = _distance(flow, known, reach)
        if distance is None:
            return None
        shared, square = _shared(flow, known, reach * distance, distance)
        step = above(distance)
        return Radii(_entries(flow, known.columns * step, shared), above(square))


def _distance(flow: Flow, known: Evidence, reach: arb) -> arb | None:
    """An upper end of ||nu_inf - nu||_B."""
    start = _curvature(flow, known, arb(0))
    if start is None or not known.residual.is_finite() or not reach.is_finite():
        return None
    guess = known.residual.upper() / start.lower()
    for _ in range(_TRIES):
        guess = guess * arb(1.25)
        curvature = _curvature(flow, known, (reach * guess).upper())
        if curvature is not None and known.residual <= curvature * guess:
            inside = (known.residual / curvature).upper()
            sharper = _curvature(flow, known, (reach * inside).upper())
            return inside if sharper is None else (known.residual / sharper).upper()
    return None


def _changes(flow: Flow, omega: arb) -> tuple[arb, arb] | None:
    """log t- and log t+."""
    if flow.depth == 2:
        return -omega / 2, omega / 2
    if not omega < 1:
        return None
    return -(1 + omega).log() / (flow.depth - 2), -(1 - omega).log() / (flow.depth - 2)


def _curvature(flow: Flow, known: Evidence, omega: arb) -> arb | None:
    """mu on the ball with a R = omega, or None where the ball leaves the domain."""
    changes, depth = _changes(flow, omega), flow.depth
    if changes is None:
        return None
    low, high = changes
    log_mu = (2 * depth - 2) * low + _factor(flow).log()
    if known.square is not None:
        eta = arb(flow.eta)
        before, after = known.square + 2 / eta * low, known.square + 2 / eta * high
        if not before > 0:
            return None
        log_mu += depth * ((before / known.square).log() / 2 - high)
        log_mu -= arb(0).max((eta * after).log())
    found = log_mu.exp()
    return found if found.is_finite() and found > 0 else None


def _shared(flow: Flow, known: Evidence, omega: arb, distance: arb) -> tuple[arb, arb]:
    """|log ||q||| + |log g| and |g^2|: upper ends of the changes that all entries share."""
    if known.square is None or known.size is None:
        return arb(0), arb(0)
    changes, depth = _changes(flow, omega), flow.depth
    if changes is None:
        return arb.pos_inf(), arb.pos_inf()
    low, high = changes
    each = arb(1) / 2 if depth == 2 else arb(1) / (depth - 2)
    grow = 2 * (high - low) + (depth - 2) * high
    kappa = ((depth - 2) * known.size).exp() / known.square.sqrt() ** depth
    move = each * grow.exp() * (kappa * arb(known.ratio)).sqrt() * distance
    move = high.min(move) if move.is_finite() else high
    square = 2 / arb(flow.eta) * move
    scale = -(1 - square / known.square).log() / 2 if square < known.square else arb.pos_inf()
    return move + scale, square


def _factor(flow: Flow) -> arb:
    return arb(1) if flow.depth == 2 else arb(flow.depth) / (flow.depth - 2)


def _entries(flow: Flow, omegas: Tensor, shared: arb) -> Tensor:
    """L (change of log q_i + shared), rounded up."""
    depth = flow.depth
    omegas = omegas * (1.0 + 8.0 * UNIT)
    own = omegas / 2.0 if depth == 2 else -torch.log1p(-omegas) / (depth - 2)
    found = depth * (own + above(shared)) * (1.0 + 64.0 * UNIT)
    return torch.where(found.isnan(), torch.inf, found)
