"""The minimum-norm solution and the part of the start in ker A, with certified errors.

x* = A^+ y and w^perp = w_0 - A^+ A w_0. An approximate x^ = A^T n lies in the row space, so its
distance from x* is ||A x^ - y||_(B^-1), B = A A^T, and likewise for the projection of w_0.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from flint import arb, arb_mat, ctx
from torch import Tensor

from numerics.least_squares.start import Start
from numerics.linalg.balls import Balls, ball_matrix, ball_product, balls
from numerics.linalg.equations import Equations
from numerics.linalg.metric import Metric, metric
from numerics.linalg.scaling import shift, shifts_exactly
from numerics.linalg.tracked import Tracked, exactly, tracked_product

BITS = 192


@dataclass(frozen=True, eq=False)
class Geometry:
    """x*, w^perp (vectors of balls) and ||x*||, ||w^perp|| (balls)."""

    solution: Balls
    kernel: Balls
    length: arb
    kernel_length: arb


def float_geometry(given: Equations, start: Start) -> Geometry | None:
    """From float64 with tracked errors; None where B is not proved positive definite."""
    matrix, columns = given.matrix, given.matrix.shape[1]
    known = metric(matrix, torch.ones(columns, dtype=torch.float64))
    if not known.proved:
        return None
    size = int(torch.frexp(given.right.abs().max()).exponent)
    size = size if shifts_exactly(given.right, -size) else 0
    solution, far = _row_part(matrix, known, exactly(shift(given.right, -size)))
    unit = int(torch.frexp(start.direction.abs().max()).exponent)
    unit = unit if shifts_exactly(start.direction, -unit) else 0
    direction = shift(start.direction, -unit)
    row, off_row = _row_part(matrix, known, tracked_product(matrix, exactly(direction)))
    with ctx.workprec(BITS):
        grow, norm = arb(2) ** size, _norm(balls(direction))
        x, aside = _balls(solution) * grow, arb(0, far) * grow
        if len(given.right) == columns:
            return Geometry(x + aside, _zeros(columns), _norm(x) + aside, arb(0))
        w, off = balls(direction) / norm - _balls(row) / norm, arb(0, off_row) / norm
        return Geometry(x + aside, w + off, _norm(x) + aside, _norm(w) + off)


def ball_geometry(given: Equations, start: Start, bits: int) -> Geometry:
    """The same by a solution of B n = y in balls."""
    with ctx.workprec(bits):
        matrix = ball_matrix(given.matrix)
        transposed = matrix.transpose()
        direction = balls(start.direction)
        w = direction / _norm(direction)
        sides = zip(given.right.tolist(), ball_product(matrix, w).entries, strict=True)
        right = arb_mat([[arb(a), b] for a, b in sides])
        solved = (matrix * transposed).solve(right)
        rows = range(len(given.right))
        x = ball_product(transposed, Balls([solved[i, 0] for i in rows]))
        kernel = _zeros(given.matrix.shape[1])
        if len(given.right) < given.matrix.shape[1]:
            kernel = w - ball_product(transposed, Balls([solved[i, 1] for i in rows]))
        return Geometry(x, kernel, _norm(x), _norm(kernel))


def _row_part(matrix: Tensor, known: Metric, right: Tracked) -> tuple[Tracked, float]:
    """A^T n with A A^T n close to the right side, and its distance from A^+ right."""
    whitener = known.whitener
    n = torch.zeros_like(right.value)
    for _ in range(3):  # iterative refinement
        left = right.value - matrix @ (matrix.mT @ n)
        n = n + whitener.mT @ (whitener @ left)
    found = tracked_product(matrix.mT.contiguous(), exactly(n))
    return found, known.norm(tracked_product(matrix, found) - right)


def _balls(found: Tracked) -> Balls:
    pairs = zip(found.value.tolist(), found.error.tolist(), strict=True)
    return Balls([arb(v, e) for v, e in pairs])


def _zeros(count: int) -> Balls:
    return Balls([arb(0)] * count)


def _norm(vector: Balls) -> arb:
    """||vector||, from 0 on where the ball reaches below it."""
    return sum((v * v for v in vector.entries), arb(0)).nonnegative_part().sqrt()
