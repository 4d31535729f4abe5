"""C1 to C4 on independent draws, and the control whose Chernoff exponent is too good."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import sympy as sp
import torch
from torch import Tensor

from bounds.relu_two_layer import NOTATION
from bounds.relu_two_layer.draws import chernoff_failure
from numerics import Enclosure
from numerics.relu_two_layer import (
    input_norm,
    least_eigenvalue,
    limit_kernels,
    limit_tangent_kernel,
)
from numerics.relu_two_layer.concentration import kernel_width
from verify.claim import Claim
from verify.probability import Draws, check_draws
from verify.relu_two_layer.cases import DrawCase
from verify.relu_two_layer.draws import drawn
from verify.relu_two_layer.sources import on_sphere
from verify.relu_two_layer.subjects import likely
from verify.verdict import Verdict

__all__ = ["Trial", "chernoff_control", "judged", "trials"]

#: Enough draws for "holds" at delta = 0.05 with no failure: (1 - delta)^draws below 5e-7.
_DRAWS = 300


@dataclass(frozen=True)
class Trial:
    """A statement with probability, and where its draws come from."""

    claim: Claim
    draw: Callable[[int, int], DrawCase]
    words: str
    draws: int = _DRAWS


def _width(x: Tensor, limit: Enclosure, scale: float = 1.0) -> int:
    """The width that C1 asks for at eps = 1/2, delta = 0.05."""
    least, chi = float(least_eigenvalue(limit).lower), float(input_norm(x).upper)
    return kernel_width(n=len(x), least=least, chi=chi, eps=0.5, delta=0.05, scale=scale)


def trials() -> tuple[Trial, ...]:
    """Each statement at a width where its probability says something."""
    six, two = on_sphere(6, 6, 3), torch.eye(2, dtype=torch.float64)
    by_rows, by_gains = (
        _width(six, limit_kernels(six).direction),
        _width(two, limit_kernels(two).gain),
    )
    both = _width(six, limit_tangent_kernel(six, alpha=0.5), 4.0)
    y = torch.ones(6, dtype=torch.float64)

    def of(
        name: str, words: str, x: Tensor, m: int, draws: int = _DRAWS, **more: float | Tensor
    ) -> Trial:
        def draw(seed: int, count: int) -> DrawCase:
            return drawn(x, m, seed=seed, count=count, **more)  # type: ignore[arg-type]

        return Trial(likely()[f"relu.{name}"], draw, f"{words}, m = {m}", draws)

    return (
        of("width_direction", "6 inputs, d = 6", six, by_rows),
        of("width_tangent", "6 inputs, d = 6, alpha 0.5", six, both, alpha=0.5),
        of("width_gain", "2 orthonormal inputs", two, by_gains),
        of("output_at_start", "d = 6, level 2.5", six, 40, level=2.5),
        of("residual_at_start", "6 inputs, |y| = 1", six, 40, y=y),
        of("shortest_row", "d = 3", on_sphere(1, 3, 0), 60, 2000),
        of("candidates", "d = 6, angle 0.1", six, 100, angle=0.1),
    )


def judged(seed: int = 0) -> list[tuple[Trial, Draws]]:
    """All of them on independent draws."""
    return [(t, check_draws(t.claim, t.draw, draws=t.draws, seed=seed)) for t in trials()]


def chernoff_control(
    seed: int = 0, *, share: str = "3/5", d: int = 8, m: int = 4, draws: int = 30_000
) -> Draws:
    """C1 with R = share chi^2 for chi^2: one input, V(0) = 0 with probability exactly 2^-m.

    R = chi^2 is sharp within a factor 1/log 2 = 1.44 by this.
    """
    right = likely()["relu.width_direction"]
    size = NOTATION.symbol("chi") ** 2 * sp.Rational(share)
    failure = chernoff_failure(NOTATION.symbol("lam_V"), size)
    bound = replace(right.bound, name="relu_control.chernoff", failure=failure)
    wrong = replace(right, bound=bound)

    def draw(start: int, count: int) -> DrawCase:
        one = torch.zeros(1, d, dtype=torch.float64)
        one[0, 0] = 1.0
        return drawn(one, m, eps=0.99999, seed=start, count=count)

    return check_draws(wrong, draw, draws=draws, seed=seed, batch=10_000)


def survived(found: Draws) -> bool:
    """Whether a control got through."""
    return found.verdict is not Verdict.VIOLATED
