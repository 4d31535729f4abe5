"""What certificate C1 is told about a dual point, in float64 or in ball arithmetic."""

from __future__ import annotations

import torch
from flint import arb, arb_mat
from torch import Tensor

from numerics.diagonal_linear.certificate import Evidence
from numerics.diagonal_linear.mirror import Image, image
from numerics.diagonal_linear.problem import Problem
from numerics.linalg.balls import Balls, above, ball_product
from numerics.linalg.metric import Metric, metric
from numerics.linalg.tracked import ELEMENTARY, Tracked, exactly, tracked_product
from numerics.rounding import UNIT

_DOWN = 1.0 - 64.0 * UNIT
_UP = 1.0 + 64.0 * UNIT


def float_evidence(problem: Problem, nu: Tensor) -> tuple[Image, Evidence] | None:
    """x(nu) with tracked errors and its evidence, or None where float64 cannot tell."""
    zeta = tracked_product(problem.matrix.mT.contiguous(), exactly(nu))
    here = image(problem.flow, problem.start.tracked(), zeta)
    weights = here.log_weights
    if not bool(torch.isfinite(here.log_x.error).all() & torch.isfinite(weights.error).all()):
        return None
    scale = (0.5 * (weights.value - weights.error)).exp() * (_DOWN - ELEMENTARY)
    scale = torch.where(scale > 1e-140, scale, 0.0)
    found = metric(problem.matrix, scale)
    if not found.proved:
        return None
    residual = tracked_product(problem.matrix, here.x) - exactly(problem.right)
    spread = float(torch.expm1(2.0 * weights.error).max()) + 256.0 * UNIT
    ratio = 1.0 + spread if bool((scale > 0).all()) else torch.inf
    square = None if here.square is None else _ball(here.square)
    size = None if here.size is None else _ball(here.size)
    columns = found.columns * _inverse_slopes(here)
    return here, Evidence(arb(found.norm(residual)), columns, square, size, ratio)


def ball_evidence(
    problem: Problem, matrix: arb_mat, nu: Balls, *, exact: bool
) -> tuple[Image, Evidence] | None:
    """The same at a nu of any precision.

    The metric is proved in float64, which is fast; with `exact` it is solved for in balls, for
    matrices B too ill-conditioned for float64.
    """
    here = image(problem.flow, start_balls(problem), ball_product(matrix.transpose(), nu))
    if not all(v.is_finite() for v in here.log_x.entries):
        return None
    right = Balls([arb(v) for v in problem.right.tolist()])
    residual = ball_product(matrix, here.x) - right
    known = _exact_norms(matrix, here, residual) if exact else _norms(problem, here, residual)
    if known is None:
        return None
    size, columns, ratio = known
    return here, Evidence(size, columns, here.square, here.size, ratio)


def start_balls(problem: Problem) -> Balls:
    """log w_0 in balls at the running precision."""
    return problem.start.balls()


def _ball(value: Tracked) -> arb:
    """A tracked scalar as a ball."""
    return arb(float(value.value), float(value.error) * _UP)


def _inverse_slopes(here: Image) -> Tensor | float:
    """Upper ends of 1/d_i; 1 for L = 2."""
    if here.log_slope is None:
        return 1.0
    low = here.log_slope.value - here.log_slope.error
    return (-low).exp() * (1.0 + ELEMENTARY + 2.0 * UNIT * low.abs()) * _UP


def _norms(problem: Problem, here: Image, residual: Balls) -> tuple[arb, Tensor, float] | None:
    """r, columns and D/S^2 with the metric of S^2 <= D, S float64."""
    weights = here.log_weights.exp()
    scale = torch.tensor([float(v.lower()) for v in weights.entries], dtype=torch.float64)
    scale = torch.where(scale > 1e-280, scale.clamp_min(0.0).sqrt() * _DOWN, 0.0)
    found = metric(problem.matrix, scale)
    if not found.proved:
        return None
    inverse = torch.ones_like(scale)
    if here.log_slope is not None:
        found_inverse = [above((-v).exp()) for v in here.log_slope.entries]
        inverse = torch.tensor(found_inverse, dtype=torch.float64)
    wide = any(v.rel_accuracy_bits() < 40 for v in weights.entries)
    ratio = torch.inf if wide or not bool((scale > 0).all()) else 1.0 + 1e-11
    return _whitened(found, residual), found.columns * inverse * _UP, ratio


def _whitened(found: Metric, residual: Balls) -> arb:
    rows, columns = found.whitener.shape
    whitener = arb_mat(rows, columns, found.whitener.reshape(-1).tolist())
    return _length(ball_product(whitener, residual)) / arb(found.floor)


def _exact_norms(matrix: arb_mat, here: Image, residual: Balls) -> tuple[arb, Tensor, float] | None:
    """r and columns from a solution of B X = [residual, A] in balls, which proves B invertible."""
    rows, count = matrix.nrows(), matrix.ncols()
    weights = here.log_weights.exp().entries
    table = matrix.tolist()
    scaled = arb_mat([[a * w for a, w in zip(row, weights, strict=True)] for row in table])
    sides = arb_mat([[*row, e] for row, e in zip(table, residual.entries, strict=True)])
    try:
        solved = (scaled * matrix.transpose()).solve(sides)
    except ZeroDivisionError:
        return None
    squares = [
        sum((sides[i, j] * solved[i, j] for i in range(rows)), arb(0)) for j in range(count + 1)
    ]
    norms = [v.upper().nonnegative_part().sqrt() for v in squares]
    if here.log_slope is not None:
        pairs = zip(norms[:-1], here.log_slope.entries, strict=True)
        norms[:-1] = [norm / slope.exp() for norm, slope in pairs]
    columns = torch.tensor([above(v) for v in norms[:-1]], dtype=torch.float64)
    return norms[-1], columns, 1.0


def _length(vector: Balls) -> arb:
    """An upper end of the Euclidean norm."""
    largest = [v.abs_upper() for v in vector.entries]
    return sum((v * v for v in largest), arb(0)).sqrt().upper()
