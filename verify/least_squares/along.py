"""What an integrator says of a fit: the flow at time t, its end, two-phase runs. float64 evidence.

Each function gives the values and the allowance for their error, (B,) each.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from numerics import NumericsError
from numerics.least_squares import Trajectory, flow, two_phase, weight_norm_flow
from numerics.least_squares.flow import kernel_part, row_basis
from verify.least_squares.cases import FitCase

__all__ = [
    "ACCURACY", "end_distance", "floor", "log_kernel", "log_kernel_of_direction", "residual",
    "saddle", "scale", "scale_of_direction", "square", "two_phase_distance", "two_phase_steps",
]  # fmt: skip

ACCURACY, MOST_STEPS = 0.125, 3000
_RTOL, _SLACK, _FLAT = 1e-13, 2e-10, 1e-12  # measured errors at this rtol stay below a tenth of it
Pair = tuple[Tensor, Tensor]


def _each(case: FitCase, key: str, make: Callable[[int], Any]) -> list[Any]:
    """One result for each fit, made once."""
    if key not in case.memory:
        case.memory[key] = [make(index) for index in range(case.size)]
    found: list[Any] = case.memory[key]
    return found


def _times(end: float) -> Tensor:
    return torch.tensor([0.0, end], dtype=torch.float64)


def _run(case: FitCase, index: int, end: float, rtol: float = _RTOL) -> Trajectory:
    matrix, right, c = case.matrix[index], case.right[index], float(case.c[index])
    return flow(matrix, right, case.start(index), ratio=c, times=_times(end), rtol=rtol)


def runs(case: FitCase) -> list[Trajectory]:
    """The flow of each fit from 0 to its t."""
    return _each(case, "runs", lambda k: _run(case, k, float(case.t[k])))


def _pair(values: list[float], sizes: list[float]) -> Pair:
    middle = torch.tensor(values, dtype=torch.float64)
    size = torch.tensor(sizes, dtype=torch.float64)
    return middle, _SLACK * middle.abs() + _FLAT * size


def scale(case: FitCase) -> Pair:
    """g_t."""
    found = [float(run.g[-1]) for run in runs(case)]
    return _pair(found, [1.0 + float(run.g.abs().max()) for run in runs(case)])


def square(case: FitCase) -> Pair:
    """g_t^2."""
    found = [float(run.g[-1]) ** 2 for run in runs(case)]
    return _pair(found, [1.0 + float(run.g.abs().max()) ** 2 for run in runs(case)])


def floor(case: FitCase) -> Pair:
    """int omega dt."""
    found = [float(run.floor[-1]) for run in runs(case)]
    return _pair(found, [1.0] * case.size)


def residual(case: FitCase) -> Pair:
    """||e_t||."""
    found = [float(torch.linalg.vector_norm(run.residual[-1])) for run in runs(case)]
    return _pair(found, [1.0 + float(torch.linalg.vector_norm(r.residual[0])) for r in runs(case)])


def _log_norm(matrix: Tensor, w: Tensor) -> tuple[float, float]:
    """log of the kernel part's length and the allowance for it: absolute errors below 1e-12."""
    size = float(torch.linalg.vector_norm(kernel_part(row_basis(matrix), w[None])[0]))
    slack = 1e-11 / size + 1e-9 if size > 0 else math.inf
    return (math.log(size) if size > 0 else -math.inf), slack


def _logs(pairs: list[tuple[float, float]]) -> Pair:
    table = torch.tensor(pairs, dtype=torch.float64)
    return table[:, 0], table[:, 1]


def log_kernel(case: FitCase) -> Pair:
    """log ||w_t^perp||."""
    pairs = zip(case.matrix, runs(case), strict=True)
    return _logs([_log_norm(matrix, run.w[-1]) for matrix, run in pairs])


def _of_direction(case: FitCase, index: int) -> tuple[float, Tensor]:
    """g and v/||v|| of the flow whose direction is never normalized, at t ||v_0||^2."""
    v, start = case.direction[index], case.start(index)
    end = float(case.t[index]) * float(v @ v)
    g, moved = weight_norm_flow(
        case.matrix[index], case.right[index], start.scale, start.direction,
        ratio=float(case.c[index]), times=_times(end), rtol=_RTOL,
    )  # fmt: skip
    return float(g[-1]), moved[-1] / torch.linalg.vector_norm(moved[-1])


def directions(case: FitCase) -> list[tuple[float, Tensor]]:
    """That flow's end for each fit."""
    return _each(case, "directions", lambda k: _of_direction(case, k))


def scale_of_direction(case: FitCase) -> Pair:
    """g_t of the flow with an unnormalized direction."""
    found = [g for g, _ in directions(case)]
    return _pair(found, [1.0 + abs(g) for g in found])


def log_kernel_of_direction(case: FitCase) -> Pair:
    """log(||v_t^perp||/||v_t||)."""
    pairs = zip(case.matrix, directions(case), strict=True)
    return _logs([_log_norm(matrix, w) for matrix, (_, w) in pairs])


def _end(case: FitCase, index: int) -> tuple[float, float]:
    """||x(t) - x*|| at a t where the residual is below 1e-7, and the allowance for the rest."""
    matrix, right = case.matrix[index], case.right[index]
    bottom = float(torch.linalg.svdvals(matrix)[-1])
    time, size = 12.0 / bottom**2, float(torch.linalg.vector_norm(right))
    for _ in range(6):
        run = _run(case, index, time, 1e-9)
        rest = float(torch.linalg.vector_norm(run.residual[-1])) / bottom
        if rest <= 1e-7 * size:
            break
        time *= 4.0
    solution = torch.linalg.pinv(matrix) @ right
    return float(torch.linalg.vector_norm(run.x[-1] - solution)), 10.0 * rest + 1e-6 * size


def end_distance(case: FitCase) -> Pair:
    """||x(t) - x*|| at the end of the flow."""
    return _logs(_each(case, "ends", lambda k: _end(case, k)))


def saddle(case: FitCase) -> Pair:
    """The least eigenvalue of the Hessian in (g, tangent w) at g = 0, w orthogonal to A^T y.

    Nothing is known where no such w is found: with one unknown, or w_0 along A^T y.
    """
    found = [_saddle(*pair) for pair in zip(case.matrix, case.right, case.direction, strict=True)]
    middle = torch.stack(found)
    radius = 1e-10 * (1.0 + middle.abs())
    return middle.nan_to_num(nan=0.0), radius.nan_to_num(nan=torch.inf)


#: What is left of w_0 orthogonal to A^T y must be more than rounding.
_ORTHOGONAL = 1e-6


def _saddle(matrix: Tensor, right: Tensor, direction: Tensor) -> Tensor:
    """By differences of l(g, w) = 1/2 ||g A w - y||^2, a polynomial of degree 4.

    The five-point rule is exact for it; the sphere bends nothing, because dl/dw = 0 at g = 0.
    """
    pull = matrix.mT @ right
    rest = direction - (direction @ pull) / (pull @ pull) * pull
    share = torch.linalg.vector_norm(rest) / torch.linalg.vector_norm(direction)
    if not bool(share > _ORTHOGONAL):
        return torch.tensor(math.nan, dtype=torch.float64)
    w = rest / torch.linalg.vector_norm(rest)
    size = len(w) + 1
    basis = torch.zeros(size, size, dtype=torch.float64)
    basis[0, 0] = 1.0
    basis[1:, 1:] = torch.eye(size - 1, dtype=torch.float64) - torch.outer(w, w)

    def loss(z: Tensor) -> Tensor:
        e = z[..., :1] * ((w + z[..., 1:]) @ matrix.mT) - right
        return 0.5 * e.square().sum(-1)

    def second(z: Tensor) -> Tensor:
        near, far, here = loss(z) + loss(-z), loss(2 * z) + loss(-2 * z), loss(0 * z)
        return (16 * near - far - 30 * here) / 12

    sums, differences = basis[:, None] + basis[None], basis[:, None] - basis[None]
    form = 0.25 * (second(sums) - second(differences))
    if not bool(form.isfinite().all()):
        return torch.tensor(math.nan, dtype=torch.float64)
    return torch.linalg.eigvalsh(form)[0]


def _two_phase(case: FitCase, index: int) -> tuple[float, int]:
    matrix, right = case.matrix[index], case.right[index]
    try:
        run = two_phase(matrix, right, case.start(index), accuracy=ACCURACY, limit=MOST_STEPS)
    except NumericsError:
        return math.nan, MOST_STEPS + 1
    solution = torch.linalg.pinv(matrix) @ right
    distance = float(torch.linalg.vector_norm(run.x - solution))
    return distance, len(run.first.lengths) + len(run.second.lengths)


def two_phase_distance(case: FitCase) -> Pair:
    """||x - x*|| after both phases."""
    found = _each(case, "two phases", lambda k: _two_phase(case, k))
    return _pair([d for d, _ in found], [1.0] * case.size)


def two_phase_steps(case: FitCase) -> list[int]:
    """How many steps the two phases ask for; one more than allowed where it is too many."""
    return [steps for _, steps in _each(case, "two phases", lambda k: _two_phase(case, k))]
