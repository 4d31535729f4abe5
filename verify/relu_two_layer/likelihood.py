"""C1 to C4 and F5 on independent draws, and the control whose Chernoff exponent is too good."""

from __future__ import annotations

import functools
from dataclasses import replace

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
    width_demanded,
)
from numerics.relu_two_layer.concentration import kernel_width
from verify.families import Control
from verify.probability import Draws, Trial, tried
from verify.relu_two_layer import apriori
from verify.relu_two_layer.cases import DrawCase
from verify.relu_two_layer.draws import drawn
from verify.relu_two_layer.flow_cases import DrawnRunCase
from verify.relu_two_layer.sources import on_sphere
from verify.relu_two_layer.subjects import likely

__all__ = ["Trial", "chernoff_control", "judged", "trials"]

#: Enough draws for "holds" at delta = 0.05 with no failure: (1 - delta)^draws below 5e-7.
_DRAWS = 300
_STEPS = 8


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
        *_runs(),
    )


def _runs() -> list[Trial]:
    """F5 on data for which the width it demands can be run: two orthogonal inputs, tiny targets."""
    x, y = torch.eye(2, 3, dtype=torch.float64), torch.tensor([4e-4, -3e-4], dtype=torch.float64)
    m = width_demanded(apriori.demanded(x, y))

    @functools.lru_cache(maxsize=2)  # both statements look at the same runs
    def draw(seed: int, count: int) -> DrawnRunCase:
        return apriori.drawn(x, y, m, steps=_STEPS, seed=seed, count=count)

    words = f"2 orthogonal inputs, |y| = 5e-4, pairs, m = {m}, {_STEPS} steps"
    names = ("a_priori_residual", "a_priori_least")
    return [Trial(likely()[f"relu.{name}"], draw, words, _DRAWS) for name in names]


def judged(seed: int = 0) -> list[tuple[Trial, Draws]]:
    """All of them on independent draws."""
    return [(trial, tried(trial, seed)) for trial in trials()]


def chernoff_control(share: str = "3/5", d: int = 8, m: int = 4, draws: int = 30_000) -> Control:
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

    trial = Trial(wrong, draw, f"one input, d = {d}, m = {m}", draws)
    mistake = f"{share} chi^2 for chi^2 in the range of a term"
    return Control(bound.name, right.name, mistake, wrong, trial)
