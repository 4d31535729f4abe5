"""A dual point near a very sharp limit, from the optimal vertex it is close to (sheet section 4).

For eta -> inf the limit tends to the vertex x*, and nu to eta (Q - beta) lam (L = 2) or to
(1 - E) lam_b with E = exp(-(L-2) eta (g_*^2 - g_0^2)/2), g_*^2 = sum x*^(2/L) (L > 2): a point that
float64 cannot hold once E is below its rounding error. The plain flow from a tiny start ends there
as well, with log(Q/beta) for eta (Q - beta), and g_0^(2-L) (1 - (g_0/g_*)^(L-2)) for 1 - E.
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
    """nu of the vertex, or None where there is none (many rows, no proved vertex)."""
    if len(problem.right) > _ROWS:
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
    before = (problem.start.balls() * 2.0).exp().sum()
    factor = _normalized(problem, found, before) if problem.flow.normalized else None
    factor = _plain(problem.flow.depth, found, before) if factor is None else factor
    return Balls([(v * factor).mid() for v in found.dual])


def _square(depth: int, found: Vertex) -> arb:
    """g_*^2 of the vertex."""
    power = arb(2) / depth
    return sum((arb(v) ** power for v in found.x if v > 0), arb(0))


def _normalized(problem: Problem, found: Vertex, before: arb) -> arb:
    depth, eta = problem.flow.depth, arb(problem.flow.eta)
    if depth == 2:
        return eta * (found.value - before)
    return 1 - (-(depth - 2) * eta * (_square(depth, found) - before) / 2).exp()


def _plain(depth: int, found: Vertex, before: arb) -> arb:
    if depth == 2:
        return (arb(found.value) / before).log()
    power = arb(depth - 2) / 2
    return before**-power * (1 - (before / _square(depth, found)) ** power)
