"""The conditions of the limit theorem (sheet U5), by name, and why a limit has no certificate."""

from __future__ import annotations

import torch
from flint import arb, ctx
from scipy.optimize import linprog
from torch import Tensor

from numerics.diagonal_linear.problem import Problem, check_data, check_depth
from numerics.diagonal_linear.start import Start
from numerics.errors import NumericsError
from numerics.linalg.balls import Balls, ball_matrix, ball_product
from numerics.linalg.tracked import exactly, tracked_product

_BITS = (256, 2048, 16384)


def loss_margin(matrix: Tensor, right: Tensor, start: Start, depth: int) -> arb:
    """M_0 = ||y||^2 - ||A x_0 - y||^2 as a ball that decides its sign wherever possible.

    M_0 >= 0 is BELOW_ZERO_LOSS: the loss at the start is at most the loss at x = 0.
    """
    a, y = check_data(matrix, right, start)
    check_depth(depth)
    found = arb.nan()
    for bits in _BITS:  # a start given by numbers is exact at enough bits, zero included
        with ctx.workprec(bits):
            image = ball_product(ball_matrix(a), _position(start, depth))
            target = Balls([arb(v) for v in y.tolist()])
            found = (image * target * 2 - image * image).sum()
        if found > 0 or found < 0 or found.is_exact():
            return found
    return found


def _position(start: Start, depth: int) -> Balls:
    """x_0: w_0^L, or w_+^L - w_-^L."""
    flat = start.flat()
    if flat.w is None:
        x = (flat.balls() * depth).exp()
    else:
        x = Balls([arb(v) ** depth for v in flat.w.tolist()])
    if not start.signed:
        return x
    half = len(x.entries) // 2
    return Balls(x.entries[:half]) - Balls(x.entries[half:])


def _clearly_below(matrix: Tensor, right: Tensor, start: Start, depth: int) -> bool:
    """M_0 > 0 by float64 alone; False says nothing."""
    a, y = check_data(matrix, right, start)
    check_depth(depth)
    x = (start.flat().tracked() * float(depth)).exp()
    full = torch.cat((a, -a), dim=1) if start.signed else a
    image = tracked_product(full, x)
    return bool((image * exactly(2.0 * y) - image * image).sum().lower > 0)


def require_below_zero_loss(matrix: Tensor, right: Tensor, start: Start, depth: int) -> None:
    """Raise unless M_0 >= 0 is proved: in float64 with tracked errors, else in balls."""
    if _clearly_below(matrix, right, start, depth):
        return
    margin = loss_margin(matrix, right, start, depth)
    if margin >= 0:
        return
    raise NumericsError(
        argument="start",
        found=f"M_0 = ||y||^2 - ||A x_0 - y||^2 = {margin.str(6)}",
        accepted="M_0 >= 0 (BELOW_ZERO_LOSS): from a larger loss than that of x = 0 the flow may "
        "fall into x = 0; `decide` says of a run which it does, `minimizer` gives argmin F_L",
    )


def diagnosis(problem: Problem) -> NumericsError:
    """The error for a problem without a certificate; a linear program looks for the reason."""
    margin = _interior(problem)
    if margin is None:
        return NumericsError(
            argument="A, y",
            found="no x >= 0 with A x = y (by a linear program)",
            accepted="an interpolating point x >= 0 (FEASIBLE)",
        )
    if margin <= 1e-9:
        return NumericsError(
            argument="A, y",
            found="no x > 0 with A x = y: some entry vanishes on the whole feasible set, or nearly "
            f"(largest smallest entry {margin:.1e} by a linear program)",
            accepted="an interpolating point x > 0 (STRICTLY_FEASIBLE)",
        )
    return NumericsError(
        argument="eta, start",
        found="a limit too sharp to certify (the entries off the support of the minimum-l1 point "
        "are out of reach of the working precision)",
        accepted="a smaller eta, or a start of larger mass",
    )


def _interior(problem: Problem) -> float | None:
    """The largest min_i x_i (at most 1), in units of the right side; None: infeasible."""
    columns = problem.matrix.shape[1]
    unit = problem.right.abs().max()
    sums = problem.matrix.sum(1, keepdim=True)
    cost = [0.0] * columns + [-1.0]
    found = linprog(  # x = z + t, z >= 0
        cost,
        A_eq=torch.cat((problem.matrix, sums), dim=1).numpy(),
        b_eq=(problem.right / unit).numpy(),
        bounds=[(0, None)] * columns + [(None, 1.0)],
        method="highs",
    )
    margin = -float(found.fun) if found.status == 0 else -1.0
    return margin if margin > -1e-9 else None
