"""Newton on the dual beyond float64: nu to as many bits as ball arithmetic is given.

A step with the float64 factor of the Hessian gains a fixed number of digits and costs two products
with A; where that stops working (float64 cannot factor the Hessian of a very sharp limit) the step
is solved for in balls, damped by the same line search. Midpoints only: nothing here is certified.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from flint import arb, arb_mat

from numerics.diagonal_linear.mirror import Image, image
from numerics.diagonal_linear.newton import SHRINK, DualPoint, across_zero, line_search, solve
from numerics.diagonal_linear.problem import Problem
from numerics.linalg.balls import Balls, ball_product

_STEPS = 60
_GAIN = 3.0  # bits a step with the float64 factor must gain, else the step is solved for in balls
_WORK = 2e8  # multiplications spent on solving for steps in balls
_NEAR = 16.0  # bits above the rounding of grad Phi at which a stalled nu is as good as it gets


@dataclass(frozen=True, eq=False)
class _Place:
    """A dual point: its image, the midpoint of grad Phi, log2 of it and of its rounding error."""

    nu: Balls
    image: Image
    gradient: Balls
    size: float
    floor: float


def polish(
    problem: Problem, matrix: arb_mat, nu: Balls, point: DualPoint | None
) -> tuple[Balls, bool]:
    """nu improved, and whether its residual reached the level of the working precision."""
    work = _Work(problem, matrix)
    here, cheap = work.place(nu), point is not None
    left = _WORK
    for _ in range(_STEPS):
        if here is None or here.size < here.floor + 2.0:
            break
        if cheap and point is not None:
            step = _float_step(problem, point.factor, here.gradient)
            there = work.place(_middles(here.nu - step))
            cheap = there is not None and there.size < here.size - _GAIN
            if not cheap and here.size < here.floor + _NEAR:
                break
            here = there if cheap else here
            continue
        left -= matrix.nrows() ** 2 * matrix.ncols()
        there = work.damped_step(here) if left > 0 else None
        if there is None:
            break
        here = there
    if here is None:
        return nu, False
    return here.nu, here.size < here.floor + _NEAR


def _middles(vector: Balls) -> Balls:
    return Balls([v.mid() for v in vector.entries])


def _log2(values: list[arb]) -> float:
    """log2 of the largest magnitude, roughly; any magnitude."""
    top = max(abs(v) for v in values)
    return float(top.log()) / math.log(2.0) if top > 0 else -math.inf


def _float_step(problem: Problem, factor: np.ndarray, gradient: Balls) -> Balls:
    """Hess^-1 gradient by the float64 factor, for a gradient of any magnitude."""
    unit = max(v.abs_upper() for v in gradient.entries).mid()
    scaled = np.array([float(v / unit) for v in gradient.entries])
    step = solve(factor, scaled) / problem.flow.factor
    return Balls([arb(v) * unit for v in step.tolist()])


class _Work:
    """The data of one problem at the running precision."""

    def __init__(self, problem: Problem, matrix: arb_mat) -> None:
        self.problem, self.matrix, self.transposed = problem, matrix, matrix.transpose()
        self.log_w = problem.start.balls()
        self.right = Balls([arb(v) for v in problem.right.tolist()])

    def place(self, nu: Balls) -> _Place | None:
        """Everything at nu, or None outside the domain."""
        here = image(self.problem.flow, self.log_w, ball_product(self.transposed, nu))
        if not all(v.is_finite() for v in here.log_x.entries):
            return None
        gradient = ball_product(self.matrix, here.x) - self.right
        size = _log2([v.mid() for v in gradient.entries])
        floor = _log2([v.rad() for v in gradient.entries])
        return _Place(nu, here, _middles(gradient), size, floor)

    def damped_step(self, here: _Place) -> _Place | None:
        """One Newton step solved for in balls, or None where it does not lead downhill."""
        step = self._step(here)
        if step is None:
            return None
        zeta, moved = (ball_product(self.transposed, v) for v in (here.nu, step))
        gain = (self.right * step).sum()
        unit = -((here.image.x * moved).sum() - gain).mid()
        if not unit > 0:
            return None
        floor = None if here.image.square is None else here.image.square * arb(SHRINK)

        def slope(t: float) -> float:
            there = image(self.problem.flow, self.log_w, zeta + moved * arb(t))
            if floor is not None and there.square < floor:
                return across_zero(float(gain))
            return float((((there.x * moved).sum() - gain) / unit).mid())

        length = line_search(slope, 1.0)
        return self.place(_middles(here.nu + step * arb(length))) if length else None

    def _step(self, here: _Place) -> Balls | None:
        """-Hess^-1 gradient at the midpoints."""
        hessian = _middle_matrix(self._hessian(here.image))
        right = arb_mat(len(here.gradient.entries), 1, here.gradient.entries)
        try:
            return _middles(-Balls(hessian.solve(right).entries()))
        except ZeroDivisionError:
            return None

    def _hessian(self, here: Image) -> arb_mat:
        flow, weights = self.problem.flow, here.log_weights.exp().entries
        rows = self.matrix.tolist()
        scaled = [[a * w for a, w in zip(row, weights, strict=True)] for row in rows]
        hessian = _middle_matrix(arb_mat(scaled)) * self.transposed
        if here.square is not None:
            along = ball_product(self.matrix, _middles(here.x)).entries
            slopes = here.x if here.log_slope is None else here.x * here.log_slope.exp()
            weight = (1 - 1 / (arb(flow.eta) * here.square)) / slopes.sum()
            hessian = hessian - arb_mat([[a * b * weight for b in along] for a in along])
        return hessian if flow.depth == 2 else hessian * arb(flow.depth) / (flow.depth - 2)


def _middle_matrix(matrix: arb_mat) -> arb_mat:
    return arb_mat([[v.mid() for v in row] for row in matrix.tolist()])
