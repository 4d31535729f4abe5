"""A dual point near a very sharp limit, from the optimal vertex it is close to (sheet section 4).

For eta -> inf the limit tends to the vertex x*, and nu to eta (Q - beta) lam (L = 2) or to
(1 - E) lam_b with E = exp(-(L-2) eta (g_*^2 - g_0^2)/2), g_*^2 = sum x*^(2/L) (L > 2): a point that
float64 cannot hold once E is below its rounding error.
"""

from __future__ import annotations

from flint import arb, ctx

from numerics.diagonal_linear.linear_program import Program, find
from numerics.diagonal_linear.problem import Problem
from numerics.diagonal_linear.vertex import Vertex, vertex
from numerics.diagonal_linear.weights import of_start
from numerics.errors import NumericsError
from numerics.linalg.balls import Balls

_BITS = 320
_ROWS = 64  # beyond, rational arithmetic takes too long


def sharp_start(problem: Problem) -> Balls | None:
    """nu of the vertex, or None where there is none (plain flow, many rows, no proved vertex)."""
    if not problem.flow.normalized or len(problem.right) > _ROWS:
        return None
    weights = of_start(problem.start, problem.flow.depth)
    program = Program(problem.matrix, problem.right, weights, 0, problem.source)
    try:
        found = vertex(program, find(program))
    except NumericsError:
        return None
    with ctx.workprec(_BITS):
        return None if found is None else _dual_point(problem, found)


def _dual_point(problem: Problem, found: Vertex) -> Balls:
    depth, eta = problem.flow.depth, arb(problem.flow.eta)
    before = (problem.start.balls() * 2.0).exp().sum()
    if depth == 2:
        factor = eta * (found.value - before)
    else:
        power = arb(2) / depth
        after = sum((arb(v) ** power for v in found.x if v > 0), arb(0))
        factor = 1 - (-(depth - 2) * eta * (after - before) / 2).exp()
    return Balls([(v * factor).mid() for v in found.dual])
