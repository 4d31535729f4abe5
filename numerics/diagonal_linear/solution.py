"""From a problem to certified ends: float64 first, then ball arithmetic with more and more bits."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from flint import arb, arb_mat, ctx
from torch import Tensor

from numerics.diagonal_linear.certificate import Radii, radii
from numerics.diagonal_linear.evidence import ball_evidence, float_evidence
from numerics.diagonal_linear.mirror import Image
from numerics.diagonal_linear.newton import DualPoint, minimize
from numerics.diagonal_linear.polish import polish
from numerics.diagonal_linear.problem import Problem
from numerics.diagonal_linear.sharp import sharp_start
from numerics.linalg.balls import Balls, above, ball_matrix, balls, below
from numerics.linalg.tracked import ELEMENTARY
from numerics.rounding import LEAST, UNIT

FLOAT_BITS = 53
LADDER = (128, 256, 512, 1024, 2048)


@dataclass(frozen=True, eq=False)
class Ends:
    """lower <= truth <= upper, float64."""

    lower: Tensor
    upper: Tensor

    def first(self) -> Ends:
        """The first entry, as scalars."""
        return Ends(self.lower[0], self.upper[0])


@dataclass(frozen=True, eq=False)
class Solution:
    """Certified ends of x (all parts, flat), of sum x and of g^2, in the problem's units.

    bits: 53 for float64, else the precision of `balls`, which are x. `width` is the largest
    uncertainty of log x_i. The plain flow has no `square`.
    """

    x: Ends
    mass: Ends
    square: Ends | None
    nu: Tensor
    bits: int
    width: float
    balls: list[arb] | None = None
    ball_square: arb | None = None


def solve_problem(problem: Problem, relative_width: float, bits: int | None) -> Solution | None:
    """The narrowest certified solution found; None where no certificate closes."""
    point = minimize(problem)
    best = None
    if bits is None and point is not None:
        best = _in_float(problem, point)
        if best is not None and best.width <= relative_width:
            return best
    start = balls([0.0] * len(problem.right)) if point is None else balls(point.nu)
    found = _climb(problem, start, point, relative_width, bits or 0)
    if found is None and best is None:
        sharp = sharp_start(problem)
        found = None if sharp is None else _climb(problem, sharp, None, relative_width, bits or 0)
    return found if best is None or (found is not None and found.width < best.width) else best


def _climb(
    problem: Problem, nu: Balls, point: DualPoint | None, relative_width: float, bits: int
) -> Solution | None:
    """Newton's method and the certificate at more and more bits."""
    best: Solution | None = None
    for level in (level for level in LADDER if level >= bits):
        with ctx.workprec(level):
            matrix = ball_matrix(problem.matrix)
            nu, reached = polish(problem, matrix, nu, point)
            found = _in_balls(problem, matrix, nu, level)
        if found is not None and (best is None or found.width < best.width):
            best = found
        if not reached or (best is not None and best.width <= relative_width):
            break  # where Newton's method does not arrive, more bits do not help
    return best


def _in_float(problem: Problem, point: DualPoint) -> Solution | None:
    known = float_evidence(problem, point.nu)
    bound = None if known is None else radii(problem.flow, known[1])
    if known is None or bound is None:
        return None
    log_x, square = known[0].log_x, known[0].square
    error = log_x.error + bound.entries + 4.0 * UNIT * log_x.value.abs()
    error = error * (1.0 + 8.0 * UNIT)
    slack = 2.0 * ELEMENTARY
    lower = (log_x.value - error).exp() * (1.0 - slack) - LEAST
    x = Ends(lower.clamp_min(0.0), (log_x.value + error).exp() * (1.0 + slack) + LEAST)
    mass, ends = _sum(x), None
    if square is not None:
        moved = (square.error + bound.square) * (1.0 + 8.0 * UNIT) + 4.0 * UNIT * square.value.abs()
        ends = Ends(square.value - moved, square.value + moved)
        mass = _meet(mass, ends) if problem.flow.depth == 2 else mass
    return Solution(x, mass, ends, point.nu, FLOAT_BITS, float(error.max()))


def _in_balls(problem: Problem, matrix: arb_mat, nu: Balls, bits: int) -> Solution | None:
    for exact in (False, True):
        known = ball_evidence(problem, matrix, nu, exact=exact)
        bound = None if known is None else radii(problem.flow, known[1])
        if known is not None and bound is not None:
            return _from_balls(problem, known[0], bound, nu, bits)
    return None


def _from_balls(problem: Problem, here: Image, bound: Radii, nu: Balls, bits: int) -> Solution:
    moved = bound.entries.tolist()
    entries = [v * arb(0, r).exp() for v, r in zip(here.x.entries, moved, strict=True)]
    total, square = sum(entries, arb(0)), None
    if here.square is not None:
        square = here.square + arb(0, bound.square)
        total = square if problem.flow.depth == 2 else total
    uncertain = zip(moved, here.log_x.entries, strict=True)
    width = max(above(arb(r) + v.rad()) for r, v in uncertain)
    ends = None if square is None else _ends([square]).first()
    mass = _ends([total]).first()
    return Solution(_ends(entries), mass, ends, nu.middles(), bits, width, entries, square)


def _ends(values: list[arb]) -> Ends:
    """Float64 ends of nonnegative balls."""
    lower = torch.tensor([max(0.0, below(v)) for v in values], dtype=torch.float64)
    return Ends(lower, torch.tensor([above(v) for v in values], dtype=torch.float64))


def _sum(x: Ends) -> Ends:
    length = 1.1 * (x.lower.numel() + 4) * UNIT
    return Ends(x.lower.sum() * (1.0 - length), x.upper.sum() * (1.0 + length))


def _meet(one: Ends, other: Ends) -> Ends:
    return Ends(torch.maximum(one.lower, other.lower), torch.minimum(one.upper, other.upper))
