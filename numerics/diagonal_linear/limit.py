"""Where the flows of diagonal linear networks end, certified: argmin F_L over {x >= 0, A x = y}.

After [CRW24], sheet U5 and section 4: no flow is integrated. The end point of the flow minimizes
the potential F_L of its start on the interpolating set; its dual has n unknowns, is solved by
Newton's method, and certificate C1 encloses the exact limit.
"""

from __future__ import annotations

import torch
from torch import Tensor

from numerics.diagonal_linear.conditions import diagnosis, require_below_zero_loss
from numerics.diagonal_linear.mirror import Flow
from numerics.diagonal_linear.problem import Problem, problem
from numerics.diagonal_linear.result import Limit, assemble
from numerics.diagonal_linear.solution import LADDER, solve_problem
from numerics.diagonal_linear.start import Start, as_start
from numerics.errors import NumericsError
from numerics.validation import check_positive


def limit(
    matrix: Tensor,
    right: Tensor,
    start: Tensor | Start,
    *,
    eta: float,
    depth: int = 2,
    relative_width: float = 1e-9,
    bits: int | None = None,
) -> Limit:
    """The limit of the weight-normalized flow w = g u, x = w^L, loss 1/2 ||Ax - y||^2.

    matrix A (n, N), right y (n,), start w_0 (N,) or (2, N) for the signed model; eta is the ratio
    rate(u)/rate(g) of the learning rates. Both ends are certified (C1); every log x_i is known to
    `relative_width` unless that needs more than 2048 bits, and `bits` asks for ball arithmetic with
    at least so many. Raises `NumericsError` naming the condition that fails: POSITIVE_INIT,
    BELOW_ZERO_LOSS (else the flow may end at x = 0; see `decide`), FEASIBLE, STRICTLY_FEASIBLE.
    After [CRW24], sheet U5.
    """
    begin = as_start(start)
    require_below_zero_loss(matrix, right, begin, depth)
    return minimizer(
        matrix, right, begin, eta=eta, depth=depth, relative_width=relative_width, bits=bits
    )


def plain_limit(
    matrix: Tensor,
    right: Tensor,
    start: Tensor | Start,
    *,
    depth: int = 2,
    relative_width: float = 1e-9,
    bits: int | None = None,
) -> Limit:
    """The limit of the plain flow w' = -dl/dw; as `limit`, and any positive start converges."""
    return minimizer(
        matrix, right, start, eta=None, depth=depth, relative_width=relative_width, bits=bits
    )


def minimizer(
    matrix: Tensor,
    right: Tensor,
    start: Tensor | Start,
    *,
    eta: float | None,
    depth: int = 2,
    relative_width: float = 1e-9,
    bits: int | None = None,
) -> Limit:
    """argmin F_L over {x >= 0, A x = y} whatever the loss at the start; eta None: plain flow.

    It is the flow's limit where the flow interpolates (U5').
    """
    width = check_positive(relative_width, "relative_width")
    if bits is not None and (not isinstance(bits, int) or not 0 < bits <= LADDER[-1]):
        raise NumericsError(argument="bits", found=repr(bits), accepted=f"1 to {LADDER[-1]}")
    given = problem(matrix, right, as_start(start), Flow(depth, eta))
    return _limit(given, width, bits)


def _limit(given: Problem, width: float, bits: int | None) -> Limit:
    found = solve_problem(given, width, bits)
    if found is None:
        raise diagnosis(given)
    finite = bool(torch.isfinite(given.unscaled(found.x.upper)).all())
    if not finite:
        raise NumericsError(
            argument="A, y", found="a limit beyond the range of float64", accepted="x below 1e308"
        )
    return assemble(given, found)
