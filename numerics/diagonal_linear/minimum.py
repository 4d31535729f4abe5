"""Q = min ||x||_1 (or <b, x>) over the interpolating points, with both ends certified."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from numerics.diagonal_linear.linear_program import (
    Candidate,
    Program,
    duality_gap,
    feasible_dual,
    find,
    weak_duality,
)
from numerics.diagonal_linear.problem import check_depth
from numerics.diagonal_linear.result import outward
from numerics.diagonal_linear.start import Start, as_start
from numerics.diagonal_linear.vertex import Vertex, vertex
from numerics.diagonal_linear.weights import Weights, of_start, ones
from numerics.enclosure import Enclosure, Quality
from numerics.linalg.equations import equations
from numerics.linalg.metric import metric
from numerics.linalg.scaling import shift, shifts_exactly
from numerics.linalg.tracked import Tracked, exactly, tracked_product
from numerics.rounding import UNIT

METHOD = (
    "lower end: weak duality with multipliers feasible beyond rounding; upper end: a feasible "
    "point within Dikin's ellipsoid of the solver's; found by HiGHS"
)
EXACT = "an optimal vertex of the linear program, proved in rational and ball arithmetic"


@dataclass(frozen=True, eq=False)
class MinimumL1:
    """Q and its minimizers.

    value: Q. x (N,), or (2, N) = x_+, x_- with `signed`: encloses every minimizer (the vertex, if
    `vertex` is there). dual (n,): multipliers with A^T dual <= b, and slack = b - A^T dual >= 0
    like x; <dual, y> <= Q <= <dual, y> + duality_gap (infinite, like the upper end of Q, where no
    exactly feasible point was found). vertex: the exact optimal vertex, if proved.
    """

    value: Enclosure
    x: Enclosure
    dual: Tensor
    slack: Enclosure
    duality_gap: float
    vertex: Vertex | None = None


def minimum_l1(
    matrix: Tensor, right: Tensor, *, signed: bool = False, exact: bool = False
) -> MinimumL1:
    """Q = min ||x||_1 over {x >= 0 : A x = y}, or over {A x = y} with `signed`.

    matrix A (n, N), right y (n,). `exact` proves an optimal vertex in rational arithmetic (ends
    then agree to the last bit); it raises nothing where that fails, `vertex` is then None.
    Raises `NumericsError` if no interpolating point is found.
    """
    count = torch.as_tensor(matrix).shape[-1]
    return _minimum(matrix, right, ones(2 * count if signed else count), signed, exact)


def minimum_weighted_l1(
    matrix: Tensor, right: Tensor, start: Tensor | Start, *, depth: int, exact: bool = False
) -> MinimumL1:
    """Q_b = min <b, x> with b = u_0^(2-L) (sheet A4): what the limit tends to for eta -> inf."""
    begin = as_start(start)
    weights = of_start(begin, check_depth(depth))
    return _minimum(matrix, right, weights, begin.signed, exact)


def _minimum(
    matrix: Tensor, right: Tensor, weights: Weights, signed: bool, exact: bool
) -> MinimumL1:
    program = _program(matrix, right, weights, signed)
    candidate = find(program)
    dual, slack = feasible_dual(program, candidate.dual)
    known, gap = weak_duality(program, dual), duality_gap(program, candidate.x, slack)
    low = known.lower.clamp_min(0.0).squeeze()
    high = ((known.upper + gap) * (1.0 + 4.0 * UNIT)).squeeze()
    gap = float((high - low) * (1.0 + 4.0 * UNIT))
    found = vertex(program, candidate) if exact else None
    shape, units = ((2, -1) if signed else (-1,)), program.exponent
    if found is None:
        x_low, x_high = _minimizers(program, candidate, slack, gap)
        value = _enclosure(low, high, units, METHOD)
        x = _enclosure(x_low.reshape(shape), x_high.reshape(shape), units, METHOD)
    else:
        value = _enclosure(*found.value_ends(), 0, EXACT)
        x_low, x_high = found.x_ends()
        x = _enclosure(x_low.reshape(shape), x_high.reshape(shape), 0, EXACT)
    return MinimumL1(
        value=value,
        x=x,
        dual=program.source.multipliers(dual),
        slack=_enclosure(slack.lower.reshape(shape), slack.upper.reshape(shape), 0, METHOD),
        duality_gap=float(outward(torch.tensor(gap, dtype=torch.float64), units, math.inf)),
        vertex=found,
    )


def _enclosure(low: Tensor, high: Tensor, exponent: int, method: str) -> Enclosure:
    """2^exponent times the ends, rounded outward."""
    lower, upper = outward(low, exponent, -math.inf), outward(high, exponent, math.inf)
    return Enclosure(lower, upper, Quality.ENCLOSURE, method)


def _program(matrix: Tensor, right: Tensor, weights: Weights, signed: bool) -> Program:
    given = equations(matrix, right)
    full = torch.cat((given.matrix, -given.matrix), dim=1) if signed else given.matrix
    exponent = int(torch.frexp(given.right.abs().max()).exponent)
    exponent = exponent if shifts_exactly(given.right, -exponent) else 0
    return Program(full, shift(given.right, -exponent), weights, exponent, given)


def _minimizers(
    program: Program, candidate: Candidate, slack: Tracked, gap: float
) -> tuple[Tensor, Tensor]:
    """Ends of every minimizer: off a basis x_i <= gap/slack_i, on it the equations fix x_i."""
    weights = program.weights.tracked()
    total = gap + float((weights * exactly(candidate.x)).sum().upper)
    high = torch.full_like(candidate.x, total) / weights.lower.clamp_min(1e-300)
    high = torch.minimum(high, gap / slack.lower.clamp_min(0.0)) * (1.0 + 8.0 * UNIT)
    high = torch.where(high.isnan(), torch.inf, high)
    low = torch.zeros_like(high)
    rows = program.matrix.shape[0]
    basis = slack.value.argsort()[:rows]
    scale = torch.zeros_like(high)
    scale[basis] = candidate.x[basis].clamp_min(1e-9 * float(candidate.x.max()))
    found = metric(program.matrix, scale)
    if not found.proved:
        return low, high
    x = torch.where(scale > 0, candidate.x, 0.0)
    residual = tracked_product(program.matrix, exactly(x)) - exactly(program.right)
    rest = (torch.where(scale > 0, 0.0, high) * found.columns).nan_to_num(0.0, torch.inf).sum()
    move = scale * (found.norm(residual) + float(rest)) * (1.0 + (len(x) + 16) * UNIT)
    on_low, on_high = (x - move).clamp_min(0.0), (x + move) * (1.0 + 4.0 * UNIT)
    low = torch.where(scale > 0, on_low * (1.0 - 4.0 * UNIT), low)
    return low, torch.where(scale > 0, torch.minimum(on_high, high), high)
