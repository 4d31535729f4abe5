"""min <b, x> over {x >= 0 : A x = y}, two-sided: HiGHS finds, our certificates decide.

Lower end: a dual vector that is feasible beyond rounding, A^T lam <= b, so <lam, y> <= Q.
Upper end: a point x' >= 0 with residual rho = A x' - y and r = ||rho||_(B^-1) <= 1 for
B = A diag(x')^2 A^T. Then x = x' - diag(x')^2 A^T B^-1 rho solves A x = y and differs from x' by at
most r x'_i (Dikin's ellipsoid): it is feasible, and Q <= <b, x> = <lam, y> + <b - A^T lam, x>.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from scipy.optimize import linprog
from torch import Tensor

from numerics.diagonal_linear.mirror import Flow
from numerics.diagonal_linear.newton import minimize
from numerics.diagonal_linear.problem import Problem
from numerics.diagonal_linear.start import Start
from numerics.diagonal_linear.weights import Weights
from numerics.errors import NumericsError
from numerics.linalg.equations import Equations
from numerics.linalg.metric import metric
from numerics.linalg.tracked import Tracked, exactly, tracked_product
from numerics.rounding import UNIT

_MIXTURES = (1e-14, 1e-13, 1e-12, 1e-11, 1e-9, 1e-7, 1e-4)
_SHRINK = 2.0**-51


@dataclass(frozen=True, eq=False)
class Program:
    """The linear program in its own units: rows scaled, y of size about 1, x = 2^exponent x'."""

    matrix: Tensor
    right: Tensor
    weights: Weights
    exponent: int
    source: Equations


@dataclass(frozen=True, eq=False)
class Candidate:
    """What the solver says: x (N,) and multipliers (n,). Believed in nothing."""

    x: Tensor
    dual: Tensor


def find(program: Program) -> Candidate:
    """HiGHS' vertex solution; `NumericsError` if it finds no x >= 0 with A x = y."""
    cost = program.weights.tracked().value
    unit = cost.max()
    found = linprog(
        (cost / unit).numpy(),
        A_eq=program.matrix.numpy(),
        b_eq=program.right.numpy(),
        bounds=(0, None),
        method="highs-ds",
    )
    if found.status != 0:
        raise NumericsError(
            argument="A, y",
            found=f"no minimum: {found.message}",
            accepted="an interpolating point x >= 0 (FEASIBLE)",
        )
    dual = torch.as_tensor(found.eqlin.marginals, dtype=torch.float64) * unit
    return Candidate(torch.as_tensor(found.x, dtype=torch.float64).clamp_min(0.0), dual)


def feasible_dual(program: Program, dual: Tensor) -> tuple[Tensor, Tracked]:
    """The multipliers shrunk until A^T lam <= b beyond rounding, and the slack b - A^T lam."""
    transposed, weights = program.matrix.mT.contiguous(), program.weights.tracked()
    for _ in range(60):
        slack = weights - tracked_product(transposed, exactly(dual))
        if bool((slack.lower >= 0).all()):
            return dual, slack
        worst = float((-slack.lower / weights.value).max())
        dual = dual / (1.0 + max(1.25 * worst, _SHRINK))
    return torch.zeros_like(dual), weights


def weak_duality(program: Program, dual: Tensor) -> Tracked:
    """<lam, y>, at most Q."""
    return tracked_product(program.right[None], exactly(dual))


def duality_gap(program: Program, x: Tensor, slack: Tracked) -> float:
    """An upper end of Q - <lam, y> from a nearly feasible x >= 0; infinite if it proves nothing."""
    if not bool((program.right != 0).any()):
        return 0.0  # x = 0 is feasible
    best = _dikin(program, x, slack)
    inside = None if best < torch.inf else _interior(program)
    if inside is None:
        return best
    for mixture in _MIXTURES:
        best = min(best, _dikin(program, x + mixture * (inside - x), slack))
        if best < torch.inf:
            break
    return best


def _dikin(program: Program, x: Tensor, slack: Tracked) -> float:
    found = metric(program.matrix, x)
    if not found.proved:
        return torch.inf
    r = found.norm(tracked_product(program.matrix, exactly(x)) - exactly(program.right))
    if not r <= 1.0:
        return torch.inf
    return float((slack.upper.clamp_min(0.0) * x).sum()) * (1.0 + r + (len(x) + 16) * UNIT)


def _interior(program: Program) -> Tensor | None:
    """A point x > 0 with A x = y: the limit of the plain flow from a uniform start."""
    columns = program.matrix.shape[1]
    start = Start.of(torch.ones(columns, dtype=torch.float64))
    flow = Flow(2, None)
    given = Problem(program.matrix, program.right, start, flow, flow, 0, False, program.source)
    point = minimize(given)
    return point.x if point is not None and point.converged else None
