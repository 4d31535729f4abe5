"""One limit to compute: the equations, the start and the flow, scaled without rounding.

x -> 2^-b x, w_0 -> 2^(-b/L) w_0, eta -> 2^(2b/L) eta, y -> 2^-b y maps flows to flows, and b a
multiple of L makes every step exact; so data of any scale become data near 1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from numerics.diagonal_linear.mirror import Flow
from numerics.diagonal_linear.start import Start
from numerics.errors import NumericsError
from numerics.linalg.equations import Equations, check_equations, equations
from numerics.linalg.scaling import shift, shifts_exactly
from numerics.validation import check_positive

_ACCEPTED_DEPTH = "an integer depth L >= 2 (L = 1 is numerics.least_squares)"


@dataclass(frozen=True, eq=False)
class Problem:
    """argmin F_L over {x >= 0 : A x = y}, for the solution x = 2^exponent x'.

    matrix (n, N), or (n, 2N) = [A, -A] for the signed model; right (n,); start flat; all scaled.
    `flow` is scaled too, `given` is the flow as it was asked for.
    """

    matrix: Tensor
    right: Tensor
    start: Start
    flow: Flow
    given: Flow
    exponent: int
    signed: bool
    source: Equations

    def unscaled(self, values: Tensor) -> Tensor:
        """2^exponent times the values: exact but for overflow and underflow."""
        return shift(values, self.exponent)


def problem(matrix: Tensor, right: Tensor, start: Start, flow: Flow) -> Problem:
    """Validate and scale; raises `NumericsError` naming the argument or the condition."""
    check_flow(flow)
    matrix, right = check_data(matrix, right, start)
    given = equations(matrix, right)
    full = torch.cat((given.matrix, -given.matrix), dim=1) if start.signed else given.matrix
    flat = start.flat()
    exponent = _exponent(given.right, flat, flow)
    scaled = _scaled(given.right, flat, flow, exponent) if exponent else None
    side, begin, moved = scaled or (given.right, flat, flow)
    return Problem(full, side, begin, moved, flow, exponent if scaled else 0, start.signed, given)


def check_data(matrix: Tensor, right: Tensor, start: Start) -> tuple[Tensor, Tensor]:
    """A (n, N) and y (n,), y != 0, with a start that fits."""
    matrix, right = check_equations(matrix, right)
    if bool((right == 0).all()):
        raise NumericsError(argument="y", found="y = 0", accepted="y != 0: something to fit")
    columns = matrix.shape[1]
    if start.log_w.shape[-1] != columns:
        raise NumericsError(
            argument="start",
            found=f"shape {tuple(start.log_w.shape)} for A with {columns} columns",
            accepted=f"({columns},), or (2, {columns}) for the signed model",
        )
    return matrix, right


def check_flow(flow: Flow) -> Flow:
    """Depth an integer >= 2, eta > 0 and finite or None."""
    check_depth(flow.depth)
    if flow.eta is not None:
        check_positive(flow.eta, "eta")
    return flow


def check_depth(depth: int) -> int:
    """An integer >= 2."""
    if isinstance(depth, bool) or not isinstance(depth, int) or depth < 2:
        raise NumericsError(argument="depth", found=repr(depth), accepted=_ACCEPTED_DEPTH)
    return depth


def _exponent(right: Tensor, start: Start, flow: Flow) -> int:
    if start.w is None:  # logarithms cannot be shifted without rounding
        return 0
    size = int(torch.frexp(right.abs().max()).exponent)
    return flow.depth * round(size / flow.depth)


def _scaled(
    right: Tensor, start: Start, flow: Flow, exponent: int
) -> tuple[Tensor, Start, Flow] | None:
    """The data in units of 2^exponent, or None where float64 cannot hold them."""
    step = exponent // flow.depth
    if start.w is None or not shifts_exactly(right, -exponent):
        return None
    if not shifts_exactly(start.w, -step):
        return None
    side, w = shift(right, -exponent), shift(start.w, -step)
    if flow.eta is None:
        return side, Start.of(w), flow
    eta = math.ldexp(flow.eta, 2 * step) if math.log2(flow.eta) + 2 * step < 1000 else math.inf
    if not 1e-290 < eta < math.inf:
        return None
    return side, Start.of(w), Flow(flow.depth, eta)
