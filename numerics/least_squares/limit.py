"""Where weight-normalized least squares ends: a scalar root, no differential equation.

After [WU20], sheet W3. x = g w, ||w|| = 1, g' = -c <w, r>, w' = -g (I - w w^T) r with
r = A^T (A x - y). If the loss tends to 0, then with X = ||x*||^2, x* = A^+ y, a = ||w_0^perp||,

    x_inf = x* + g_inf e^((g_0^2 - G)/(2c)) w_0^perp,     G = g_inf^2

and G is the only root of G (1 - a^2 e^((g_0^2 - G)/c)) = X with G >= max(X, g_0^2 + 2c log a).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import torch
from flint import arb, ctx
from torch import Tensor

from numerics.enclosure import Enclosure, Quality
from numerics.errors import NumericsError
from numerics.least_squares.geometry import BITS, Geometry, ball_geometry, float_geometry
from numerics.least_squares.root import limit_square
from numerics.least_squares.start import Start
from numerics.linalg.balls import Balls, above, ball_matrix, ball_product, balls, below
from numerics.linalg.equations import check_equations, equations
from numerics.validation import check_positive

METHOD = (
    "the scalar root of W3, enclosed by the sign of a monotone function in ball arithmetic, from "
    "certified x* and w_0^perp; rounding errors included ({arithmetic})"
)


class Side(Enum):
    """Why the loss tends to 0 and g keeps its sign; the value is the sentence."""

    LOSS = "M_0 = 2 g_0 <Aw_0, y> - g_0^2 ||Aw_0||^2 > 0: g^2 stays above a positive floor (W7b)."
    FLOOR = "g_0^2 > 2c log(1/a): the kernel part keeps g^2 above a positive floor (W2)."
    ORIGIN = "g_0 = 0 and <Aw_0, y> != 0: g leaves 0 with the sign of <Aw_0, y>."
    UNKNOWN = (
        "Nothing proved: g may pass through 0 and change its sign, and may tend to the saddle "
        "g = 0; x encloses both signs, for the case that the loss tends to 0."
    )


@dataclass(frozen=True, eq=False)
class LeastSquaresLimit:
    """The limit x (N,), g_inf^2, and ||x_inf - x*||; solution is x* = A^+ y.

    side says whether convergence and the sign of g_inf are proved. `square_ball`, `distance_ball`,
    `length_ball` (||x*||) and `kernel_ball` (a = ||w_0^perp||) are the numbers as balls.
    """

    x: Enclosure
    solution: Enclosure
    square: Enclosure
    distance: Enclosure
    side: Side
    square_ball: arb
    distance_ball: arb
    length_ball: arb
    kernel_ball: arb


def limit(
    matrix: Tensor,
    right: Tensor,
    start: Start,
    *,
    ratio: float,
    relative_width: float = 1e-9,
    bits: int | None = None,
) -> LeastSquaresLimit:
    """The limit of weight-normalized gradient flow on 1/2 ||Ax - y||^2, certified.

    matrix A (n, N), right y (n,) in the range of A, ratio c = rate(g)/rate(w). `bits` asks for the
    geometry in balls; it is used anyway where float64 cannot give ||x_inf - x*|| to
    `relative_width`. Raises `NumericsError` for y = 0 and y outside the range of A.
    After [WU20], sheet W3.
    """
    check_positive(ratio, "ratio")
    check_positive(relative_width, "relative_width")
    a, y = check_equations(matrix, right)
    if tuple(start.direction.shape) != (a.shape[1],):
        raise NumericsError(
            argument="start",
            found=f"a direction of shape {tuple(start.direction.shape)}",
            accepted=f"({a.shape[1]},)",
        )
    if bool((y == 0).all()):
        raise NumericsError(argument="y", found="y = 0", accepted="y != 0: something to fit")
    given = equations(a, y)
    known = None if bits is not None else float_geometry(given, start)
    if known is not None:
        found = _assemble(a, y, start, ratio, known, "float64 geometry")
        if float(found.distance.relative_width) <= relative_width:
            return found
    level = bits or BITS
    found = _in_balls(a, y, start, ratio, ball_geometry(given, start, level), level)
    if not float(found.distance.relative_width) <= relative_width:
        found = _in_balls(a, y, start, ratio, ball_geometry(given, start, 4 * level), 4 * level)
    return found


def _in_balls(
    a: Tensor, y: Tensor, start: Start, ratio: float, known: Geometry, bits: int
) -> LeastSquaresLimit:
    with ctx.workprec(bits):
        return _assemble(a, y, start, ratio, known, f"balls at {bits} bits")


def _assemble(
    a: Tensor, y: Tensor, start: Start, ratio: float, known: Geometry, arithmetic: str
) -> LeastSquaresLimit:
    with ctx.workprec(max(BITS, ctx.prec)):
        c, before = arb(ratio), arb(start.scale) * arb(start.scale)
        square = limit_square(known.length, known.kernel_length, before, c)
        shrink = ((before - square) / (2 * c)).exp()
        side, turn = _side(a, y, start, known.kernel_length, c)
        coefficient = square.sqrt() * shrink
        signed = coefficient.union(-coefficient) if turn == 0 else coefficient * turn
        x = known.solution + known.kernel * signed
        distance = coefficient * known.kernel_length
    method = METHOD.format(arithmetic=arithmetic)
    return LeastSquaresLimit(
        x=_enclosure(x, method),
        solution=_enclosure(known.solution, method),
        square=_scalar(square, method),
        distance=_scalar(distance, method),
        side=side,
        square_ball=square,
        distance_ball=distance,
        length_ball=known.length,
        kernel_ball=known.kernel_length,
    )


def _side(a: Tensor, y: Tensor, start: Start, kernel: arb, c: arb) -> tuple[Side, int]:
    """Which proof of convergence applies, and the sign of g_inf (0: unknown); g_0 >= 0."""
    image = ball_product(ball_matrix(a), balls(start.direction))
    along = (image * balls(y)).sum()
    size = (image * image).sum()
    norm = (balls(start.direction) * balls(start.direction)).sum().sqrt()
    g = arb(start.scale)
    if start.scale == 0.0 and (along > 0 or along < 0):
        return Side.ORIGIN, 1 if along > 0 else -1
    if start.scale > 0.0 and 2 * norm * along > g * size:
        return Side.LOSS, 1
    if start.scale > 0.0 and g * g + 2 * c * kernel.log() > 0:
        return Side.FLOOR, 1
    return Side.UNKNOWN, 0


def _enclosure(vector: Balls, method: str) -> Enclosure:
    low = torch.tensor([below(v) for v in vector.entries], dtype=torch.float64)
    high = torch.tensor([above(v) for v in vector.entries], dtype=torch.float64)
    return Enclosure(low, high, Quality.ENCLOSURE, method)


def _scalar(value: arb, method: str) -> Enclosure:
    low = torch.tensor(max(0.0, below(value)), dtype=torch.float64)
    return Enclosure(
        low, torch.tensor(above(value), dtype=torch.float64), Quality.ENCLOSURE, method
    )
