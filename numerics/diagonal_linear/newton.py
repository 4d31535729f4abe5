"""Damped Newton on the dual: minimize Phi(nu) = F*(A^T nu) - <y, nu>, grad Phi = A x(nu) - y.

n unknowns. The Newton system is solved by QR of a square root of the Hessian wherever forming it
would lose digits: near a sparse limit the entries of D span many orders of magnitude. The line
search looks at the slope of Phi along the step, which costs O(N). Nothing here is certified.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from scipy.linalg.lapack import dpotrf, dpotrs
from torch import Tensor

from numerics.diagonal_linear.dual_map import DualMap, Place
from numerics.diagonal_linear.mirror import Flow
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
    x: Tensor
    factor: np.ndarray
    decrement: float
    converged: bool


def minimize(problem: Problem, nu: Tensor | None = None) -> DualPoint | None:
    """The minimizer of Phi as far as float64 goes, from nu (0 by default: x = x_0).

    None where nu is outside the domain of the dual.
    """
    start = np.zeros(problem.matrix.shape[0]) if nu is None else nu.numpy()
    with np.errstate(all="ignore"):
        return _Newton(problem).run(start)


class _Newton:
    """The numbers of one problem in numpy."""

    def __init__(self, problem: Problem) -> None:
        self.matrix, self.right = problem.matrix.numpy(), problem.right.numpy()
        self.flow, self.place = problem.flow, DualMap(problem)

    def run(self, nu: np.ndarray) -> DualPoint | None:
        here, point, best = self.place(nu @ self.matrix), None, math.inf
        for _ in range(_STEPS):
            if not here.usable:
                return point
            gradient = self.matrix @ here.x - self.right
            factor = hessian_factor(self.matrix, self.flow, here)
            step = -solve(factor, gradient) / self.flow.factor
            decrement = -float(gradient @ step)
            stalled = decrement >= 0.25 * best and best < 1e-12 * here.mass
            if not 0.0 < decrement < math.inf or stalled:
                return point or _point(nu, here, factor, decrement, decrement == 0.0)
            best = min(best, decrement)
            point = _point(nu, here, factor, decrement, decrement < 1e-9 * here.mass)
            nu, here = self._moved(nu, here, step, decrement)
        return point

    def _moved(
        self, nu: np.ndarray, here: Place, step: np.ndarray, decrement: float
    ) -> tuple[np.ndarray, Place]:
        moved = step @ self.matrix
        first = _REACH / max(_REACH, float(np.abs(moved).max()))
        length = line_search(self._slope(nu, step, moved, here), decrement, first)
        nu = nu + length * step
        return nu, self.place(nu @ self.matrix)

    def _slope(
        self, nu: np.ndarray, step: np.ndarray, moved: np.ndarray, here: Place
    ) -> Callable[[float], float]:
        zeta, gain = nu @ self.matrix, float(self.right @ step)
        floor = None if here.square is None else SHRINK * here.square

        def slope(t: float) -> float:
            there = self.place(zeta + t * moved)
            if floor is not None and there.square is not None and there.square < floor:
                return across_zero(gain)
            return float(there.x @ moved) - gain if there.usable else math.nan

        return slope


def _point(
    nu: np.ndarray, here: Place, factor: np.ndarray, decrement: float, converged: bool
) -> DualPoint:
    return DualPoint(torch.from_numpy(nu), torch.from_numpy(here.x), factor, decrement, converged)


def hessian_factor(matrix: np.ndarray, flow: Flow, here: Place) -> np.ndarray:
    """Upper triangular R with R^T R = A [D - (1-k) D^(1/2) s s^T D^(1/2)] A^T, (n, n)."""
    root = np.exp(0.5 * here.log_weights)
    scaled = matrix * root
    if here.square is not None and flow.eta is not None:
        along = here.x / np.maximum(root, 1e-300)
        along = along / math.sqrt(along @ along)
        k = 1.0 / (flow.eta * here.square)
        scaled = scaled - np.outer((1.0 - math.sqrt(k)) * (scaled @ along), along)
    return _root(scaled)


def _root(scaled: np.ndarray) -> np.ndarray:
    """Upper triangular R with R^T R = S S^T: by Cholesky where that loses at most half of the
    digits of a Newton step, which the next step gains back, else by QR of S^T."""
    found, failed = dpotrf(scaled @ scaled.T)
    diagonal = np.abs(found.diagonal())
    if failed == 0 and diagonal.min() > _PLAIN * diagonal.max():
        return np.asarray(found)
    return np.asarray(np.linalg.qr(scaled.T, mode="r"))


def solve(factor: np.ndarray, right: np.ndarray) -> np.ndarray:
    """(R^T R)^-1 right."""
    found: np.ndarray = dpotrs(factor, right)[0]
    return found


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


def across_zero(gain: float) -> float:
    """The slope to report where g^2 has (nearly) vanished along a line.

    Below g = 0 the dual is -<y, nu>, linear, with x = 0. If that falls along the line, the minimum
    lies beyond, where g has come back; else the line has gone too far.
    """
    return -math.inf if gain > 0.0 else math.nan
