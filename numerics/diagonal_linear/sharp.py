"""A dual point near a very sharp limit, from the optimal vertex it is close to (sheet section 4).

For eta -> inf the limit tends to the vertex x*, and nu to eta (Q - beta) lam (L = 2) or to
(1 - E) lam_b with E = exp(-(L-2) eta (g_*^2 - g_0^2)/2), g_*^2 = sum x*^(2/L) (L > 2): a point that
float64 cannot hold once E is below its rounding error. The plain flow from a tiny start ends there
as well: its nu is the one that puts the entries of the support where the vertex has them.
"""

from __future__ import annotations

from flint import arb, arb_mat, ctx

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


def _dual_point(problem: Problem, found: Vertex) -> Balls | None:
    if not problem.flow.normalized:
        return _on_support(problem, found)
    before = (problem.start.balls() * 2.0).exp().sum()
    factor = _factor(problem, found, before)
    return Balls([(v * factor).mid() for v in found.dual])


def _factor(problem: Problem, found: Vertex, before: arb) -> arb:
    depth, eta = problem.flow.depth, arb(problem.flow.eta)
    if depth == 2:
        return eta * (found.value - before)
    power = arb(2) / depth
    after = sum((arb(v) ** power for v in found.x if v > 0), arb(0))
    return 1 - (-(depth - 2) * eta * (after - before) / 2).exp()


def _on_support(problem: Problem, found: Vertex) -> Balls | None:
    """A_S^T nu = grad F(x*) on the support S, where S has as many entries as there are rows."""
    rows, depth = problem.matrix.tolist(), problem.flow.depth
    if len(found.basis) != len(rows) or not all(v > 0 for v in found.x):
        return None
    logs = problem.start.balls().entries
    sides = []
    for j, x in zip(found.basis, found.x, strict=True):
        log_x = arb(x).log()
        if depth == 2:
            sides.append([log_x - 2 * logs[j]])
        else:
            ends = (2 - depth) * logs[j], (2 - depth) * log_x / depth
            sides.append([ends[0].exp() - ends[1].exp()])
    columns = arb_mat([[row[j] for row in rows] for j in found.basis])
    try:
        solved = columns.solve(arb_mat(sides)).entries()
    except ZeroDivisionError:
        return None
    return Balls([v.mid() for v in solved])
