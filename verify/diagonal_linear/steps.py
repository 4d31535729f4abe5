"""Polar gradient descent on a problem, and the defect it adds to the invariant. float64 evidence.

Each function gives the values and the allowance for their error, (B,) each.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from numerics import NumericsError
from numerics.diagonal_linear import Descent, polar_descent
from verify.diagonal_linear.along import Pair, each
from verify.diagonal_linear.cases import NetCase

__all__ = ["descents"]


def _descent(case: NetCase, index: int) -> Descent | None:
    try:
        return polar_descent(
            case.matrix[index], case.right[index], case.start(index),
            eta=float(case.eta[index]), depth=case.depth, step=float(case.h[index]),
            steps=case.count,
        )  # fmt: skip
    except NumericsError:
        return None


def descents(case: NetCase) -> list[Descent | None]:
    """`count` steps of polar gradient descent of each problem; None where one leaves u > 0."""
    return each(case, "descents", lambda k: _descent(case, k))


def _noise(run: Descent) -> float:
    """What rounding adds to the defect: its terms nearly cancel."""
    eta, first = run.flow.eta or 0.0, run.u[0]
    sizes = first.log().abs() if run.flow.depth == 2 else first ** (2 - run.flow.depth)
    size = float(sizes.max()) + eta * float(run.g.square().max())
    return 4e-16 * (len(run.g) + 8) * (1.0 + size)


def _steps(
    case: NetCase, value: Callable[[Descent], float], noise: Callable[[Descent], float] = _noise
) -> Pair:
    runs = descents(case)
    found = [math.nan if run is None else value(run) for run in runs]
    slack = [math.inf if run is None else noise(run) for run in runs]
    middle = torch.tensor(found, dtype=torch.float64)
    return middle, 1e-10 * middle.abs() + torch.tensor(slack, dtype=torch.float64)


def _exactly(run: Descent) -> float:
    return 0.0


def defect_high(case: NetCase) -> Pair:
    """max_i Delta_i."""
    return _steps(case, lambda run: float(run.defect.max()))


def _squares(run: Descent) -> Tensor:
    """sum_k xi_k^2, entrywise: what `lower` holds besides the common term."""
    return -run.lower - 0.5 * _turned(run)


def _turned(run: Descent) -> float:
    """h^2 eta^2 sum ||d||^2."""
    eta = run.flow.eta or 0.0
    moved = 0.0
    for k in range(len(run.g) - 1):
        moved += _turn(run, k) * (run.step * eta) ** 2
    return moved


def _turn(run: Descent, k: int) -> float:
    """||d_k||^2 from u_k and u_(k+1) alone: tan of their angle is h eta ||d||."""
    cosine = float(run.u[k] @ run.u[k + 1])
    sine = float(torch.linalg.vector_norm(run.u[k + 1] - cosine * run.u[k]))
    eta = run.flow.eta or 1.0
    return (sine / cosine / (run.step * eta)) ** 2


def turned(case: NetCase) -> Pair:
    """D_2 = sum ||d||^2."""
    return _steps(case, lambda run: sum(_turn(run, k) for k in range(len(run.g) - 1)), _exactly)


def defect_low(case: NetCase) -> Pair:
    """min_i (Delta_i + sum xi_i^2)."""
    return _steps(case, lambda run: float((run.defect + _squares(run)).min()))


def defect(case: NetCase) -> Pair:
    """||Delta||_inf."""
    return _steps(case, lambda run: float(run.defect.abs().max()))


def defect_share(case: NetCase) -> Pair:
    """max_i |defect_i|/bound_i of D4."""

    def share(run: Descent) -> float:
        return float((run.defect.abs() / run.upper.clamp_min(1e-300)).max())

    def noise(run: Descent) -> float:
        sizes = run.u[0] ** (2 - run.flow.depth) + run.defect.abs()
        room = 4e-16 * (len(run.g) + 8) * sizes
        return float((room / run.upper.clamp_min(1e-300)).max())

    return _steps(case, share, noise)


def slopes(case: NetCase) -> Pair:
    """d_2 = sum (dl/dg)^2."""
    return _steps(case, lambda run: float((run.g.diff() / run.step).square().sum()), _exactly)


def step_losses(case: NetCase) -> Pair:
    """S_T = sum h T^2 l."""

    def total(run: Descent) -> float:
        return float((run.step * run.g[:-1] ** 4 * run.loss[:-1]).sum())

    return _steps(case, total, _exactly)
