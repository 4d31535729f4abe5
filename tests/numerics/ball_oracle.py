"""An independent oracle: the same quantities in ball arithmetic (python-flint), at 300 bits.

Nothing is shared with `numerics`: derivatives come from Taylor arithmetic of the plain forward
pass, definiteness from the pivots of an LDL^T factorization whose signs the balls decide.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from flint import arb, arb_series, ctx

from numerics import WeightNormNetwork

Rows = list[list[arb]]


@contextmanager
def precision(bits: int = 300) -> Iterator[None]:
    old, cap = ctx.prec, ctx.cap
    ctx.prec, ctx.cap = bits, 3
    try:
        yield
    finally:
        ctx.prec, ctx.cap = old, cap


def _sigmoid(t: arb_series) -> arb_series:
    return 1 / (1 + (-t).exp())


def _tanh(t: arb_series) -> arb_series:
    return 2 * _sigmoid(2 * t) - 1


def _gelu(t: arb_series) -> arb_series:
    return t * (1 + (t / arb(2).sqrt()).erf()) / 2


PHI: dict[str, Callable[[arb_series], arb_series]] = {
    "tanh": _tanh,
    "sigmoid": _sigmoid,
    "softplus": lambda t: (1 + t.exp()).log(),
    "arctan": lambda t: t.atan(),
    "erf": lambda t: t.erf(),
    "sin": lambda t: t.sin(),
    "cos": lambda t: t.cos(),
    "silu": lambda t: t * _sigmoid(t),
    "gelu": _gelu,
    "identity": lambda t: t,
}


class BallNetwork:
    """One network and one input, exact as given in float64."""

    def __init__(self, network: WeightNormNetwork, x: torch.Tensor, scale: float = 1.0) -> None:
        """`scale` multiplies the activation of that name."""
        self.shapes = [tuple(w.shape[-2:]) for w in network.weights]
        flat = [*network.weights, network.v]
        self.theta = [arb(value) for part in flat for value in part.flatten().tolist()]
        self.x = [arb(value) for value in x.tolist()]
        self.inner, phi = network.placement == "inner", PHI[network.activation.name]
        self.phi = phi if scale == 1.0 else lambda t: arb(scale) * phi(t)

    def series(self, direction: dict[int, int]) -> arb_series:
        """f(theta + t Delta) mod t^3 for a sparse integer direction."""
        theta, alphas = self._sweep(direction)
        v = theta[len(theta) - len(alphas[-1]) :]
        return sum((u * a for u, a in zip(v, alphas[-1], strict=True)), arb_series([0]))

    def features(self) -> list[list[arb]]:
        """alpha^0, ..., alpha^L."""
        return [[_coefficients(a)[0] for a in alpha] for alpha in self._sweep({})[1]]

    def along(self, direction: list[float]) -> tuple[list[list[arb]], list[list[arb]], arb, arb]:
        """First and second derivatives of every alpha^l, and of f, along Delta (flat)."""
        exact = {i: arb(value) for i, value in enumerate(direction)}
        theta, alphas = self._sweep(exact)
        last = theta[len(theta) - len(alphas[-1]) :]
        f = sum((u * a for u, a in zip(last, alphas[-1], strict=True)), arb_series([0]))
        first = [[_coefficients(a)[1] for a in alpha] for alpha in alphas[1:]]
        second = [[2 * _coefficients(a)[2] for a in alpha] for alpha in alphas[1:]]
        return first, second, _coefficients(f)[1], 2 * _coefficients(f)[2]

    def input_gradient(self) -> list[arb]:
        """df/dx."""
        found = []
        for j in range(len(self.x)):
            theta, alphas = self._sweep({}, moving=j)
            last = theta[len(theta) - len(alphas[-1]) :]
            f = sum((u * a for u, a in zip(last, alphas[-1], strict=True)), arb_series([0]))
            found.append(_coefficients(f)[1])
        return found

    def _sweep(
        self, direction: dict[int, int], moving: int = -1
    ) -> tuple[list[arb_series], list[list[arb_series]]]:
        theta = [
            arb_series([value, direction.get(i, 0)], prec=3) for i, value in enumerate(self.theta)
        ]
        alpha = [arb_series([value, int(j == moving)], prec=3) for j, value in enumerate(self.x)]
        start, alphas = 0, [alpha]
        for width, inputs in self.shapes:
            factor = 1 / arb(width).sqrt()
            after = []
            for i in range(width):
                row = theta[start + i * inputs : start + (i + 1) * inputs]
                norm = sum((w * w for w in row), arb_series([0], prec=3)).sqrt()
                g = sum((w * a for w, a in zip(row, alpha, strict=True)), arb_series([0])) / norm
                after.append(self.phi(factor * g) if self.inner else factor * self.phi(g))
            alpha, start = after, start + width * inputs
            alphas.append(alpha)
        return theta, alphas

    def derivatives(self) -> tuple[arb, list[arb], Rows]:
        """f, its gradient and its Hessian, by Taylor coefficients along e_j and e_j + e_k."""
        p = len(self.theta)
        single = [_coefficients(self.series({j: 1})) for j in range(p)]
        hessian = [[arb(0)] * p for _ in range(p)]
        for j in range(p):
            hessian[j][j] = 2 * single[j][2]
            for k in range(j):
                both = _coefficients(self.series({j: 1, k: 1}))[2]
                hessian[j][k] = hessian[k][j] = both - single[j][2] - single[k][2]
        return single[0][0], [s[1] for s in single], hessian


def _coefficients(series: arb_series) -> list[arb]:
    found = list(series.coeffs())
    return found + [arb(0)] * (3 - len(found))


def shifted(matrix: Rows, mu: arb, sign: int) -> Rows:
    """mu I - sign * matrix."""
    return [
        [(mu if i == j else 0) - sign * value for j, value in enumerate(row)]
        for i, row in enumerate(matrix)
    ]


def definite(matrix: Rows) -> bool | None:
    """True: positive definite; False: not; None: the balls do not decide."""
    rows = [list(row) for row in matrix]
    for j in range(len(rows)):
        pivot = rows[j][j]
        if pivot < 0:
            return False
        if not pivot > 0:
            return None
        for i in range(j + 1, len(rows)):
            factor = rows[i][j] / pivot
            for k in range(j + 1, len(rows)):
                rows[i][k] -= factor * rows[j][k]
    return True


def norm_is_below(hessian: Rows, mu: float) -> bool | None:
    """Whether the spectral norm of the symmetric matrix is below mu."""
    answers = [definite(shifted(hessian, arb(mu), sign)) for sign in (1, -1)]
    if False in answers:
        return False
    return True if answers == [True, True] else None


def contains(lower: float, upper: float, squared: arb) -> bool:
    """Whether lower <= sqrt(squared) <= upper for certain; lower = 0 says nothing."""
    above = lower == 0.0 or bool(arb(lower) ** 2 <= squared)
    return above and bool(squared <= arb(upper) ** 2)
