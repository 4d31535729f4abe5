"""Damped Newton on the dual: minimize Phi(nu) = F*(A^T nu) - <y, nu>, grad Phi = A x(nu) - y.

n unknowns. The Newton system is solved by QR of a square root of the Hessian wherever forming it
would lose digits: near a sparse limit the entries of D span many orders of magnitude. The line
search looks at the slope of Phi along the step, which costs O(N).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from numerics.diagonal_linear.mirror import Image, image
from numerics.diagonal_linear.problem import Problem

_STEPS = 200
_SEARCH = 80
_REACH = 1e3  # logarithms of x that a step is first tried with: from a tiny start Newton's is e^700
_PLAIN = 1e-4  # pivots of a Hessian that Cholesky may factor, smallest over largest
SHRINK = 0.25  # a step may not end where g^2 is a smaller part of what it was: see across_zero


@dataclass(frozen=True, eq=False)
class DualPoint:
    """nu (n,), x(nu), an upper triangular R with R^T R = Hess Phi / c, and the decrement.

    decrement is <grad Phi, Hess^-1 grad Phi>, twice the expected decrease, in units of x.
    """

    nu: Tensor
    image: Image
    factor: Tensor
    decrement: float
    converged: bool


def minimize(problem: Problem, nu: Tensor | None = None) -> DualPoint | None:
    """The minimizer of Phi as far as float64 goes, from nu (0 by default: x = x_0).

    None where nu is outside the domain of the dual.
    """
    matrix, right = problem.matrix, problem.right
    nu = torch.zeros(matrix.shape[0], dtype=torch.float64) if nu is None else nu
    log_w = problem.start.log_w
    here, point, best = image(problem.flow, log_w, matrix.mT @ nu), None, math.inf
    for _ in range(_STEPS):
        if not usable(here):
            return point
        gradient = matrix @ here.x - right
        factor = hessian_factor(problem, here)
        step = -solve(factor, gradient) / problem.flow.factor
        decrement = -float(gradient @ step)
        stalled = decrement >= 0.25 * best and best < 1e-12 * float(here.x.sum())
        if not 0.0 < decrement < math.inf or stalled:
            return point or DualPoint(nu, here, factor, decrement, decrement == 0.0)
        best = min(best, decrement)
        point = DualPoint(nu, here, factor, decrement, decrement < 1e-9 * float(here.x.sum()))
        first = _REACH / max(_REACH, float((matrix.mT @ step).abs().max()))
        length = line_search(_slope(problem, nu, step, here), decrement, first)
        nu = nu + length * step
        here = image(problem.flow, log_w, matrix.mT @ nu)
    return point


def usable(found: Image) -> bool:
    """Whether zeta was in the domain and x did not overflow."""
    inside = bool(torch.isfinite(found.log_x).all() & torch.isfinite(found.x).all())
    return inside and (found.square is None or bool(found.square > 0))


def hessian_factor(problem: Problem, here: Image) -> Tensor:
    """Upper triangular R with R^T R = A [D - (1-k) D^(1/2) s s^T D^(1/2)] A^T, (n, n)."""
    root = (0.5 * here.log_weights).exp()
    scaled = problem.matrix * root
    if here.square is not None and problem.flow.eta is not None:
        along = here.x / root.clamp_min(1e-300)
        along = along / torch.linalg.vector_norm(along)
        k = 1.0 / (problem.flow.eta * float(here.square))
        scaled = scaled - (1.0 - math.sqrt(k)) * torch.outer(scaled @ along, along)
    return _root(scaled)


def _root(scaled: Tensor) -> Tensor:
    """Upper triangular R with R^T R = S S^T: by Cholesky where that loses at most half of the
    digits of a Newton step, which the next step gains back, else by QR of S^T."""
    found, failed = torch.linalg.cholesky_ex(scaled @ scaled.mT, upper=True)
    diagonal = found.diagonal().abs()
    if int(failed) == 0 and float(diagonal.min()) > _PLAIN * float(diagonal.max()):
        return found
    return torch.linalg.qr(scaled.mT, mode="r")[1]


def solve(factor: Tensor, right: Tensor) -> Tensor:
    """(R^T R)^-1 right."""
    half = torch.linalg.solve_triangular(factor.mT, right[:, None], upper=False)
    return torch.linalg.solve_triangular(factor, half, upper=True).squeeze(-1)


def line_search(slope: Callable[[float], float], decrement: float, first: float = 1.0) -> float:
    """t > 0 with -decrement/2 <= slope(t) <= 0.3 decrement, for the slope of a convex function.

    slope(t) is nan outside the domain; slope(0) = -decrement. first is tried first.
    """
    low, high, t = 0.0, math.inf, first
    for _ in range(_SEARCH):
        value = slope(t)
        if value < -0.5 * decrement:
            low = t
        elif value <= 0.3 * decrement:
            return t
        else:
            high = t
        t = 2.0 * t if math.isinf(high) else (0.5 * (low + high) if low else 0.3 * high)
    return low


def _slope(problem: Problem, nu: Tensor, step: Tensor, here: Image) -> Callable[[float], float]:
    zeta, moved = problem.matrix.mT @ nu, problem.matrix.mT @ step
    gain = float(problem.right @ step)
    floor = None if here.square is None else SHRINK * here.square

    def slope(t: float) -> float:
        there = image(problem.flow, problem.start.log_w, zeta + t * moved)
        if floor is not None and bool(there.square < floor):
            return across_zero(gain)
        return float(there.x @ moved) - gain if usable(there) else math.nan

    return slope


def across_zero(gain: float) -> float:
    """The slope to report where g^2 has (nearly) vanished along a line.

    Below g = 0 the dual is -<y, nu>, linear, with x = 0. If that falls along the line, the minimum
    lies beyond, where g has come back; else the line has gone too far.
    """
    return -math.inf if gain > 0.0 else math.nan
