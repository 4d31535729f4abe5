"""Samples moved onto equations: along the gradient for a search, in one number for a reader."""

from __future__ import annotations

from collections.abc import Mapping

import sympy as sp
import torch
from torch import Tensor

from verify.samples.quantity import smooth

__all__ = ["onto", "solved_besides"]

_EQUAL = 1e-14


def _differences(equation: sp.Eq, values: Mapping[str, Tensor]) -> tuple[Tensor, dict[str, Tensor]]:
    """left - right and its gradient in each number."""
    names = [n for n in sorted(map(str, equation.free_symbols)) if n in values]
    moving = {n: v.detach().clone().requires_grad_(n in names) for n, v in values.items()}
    with torch.enable_grad():
        apart = smooth(equation.lhs - equation.rhs, moving)
        grads = torch.autograd.grad(apart.sum(), [moving[n] for n in names])
    return apart.detach(), dict(zip(names, grads, strict=True))


def onto(equation: sp.Eq, values: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """One Newton step along the gradient."""
    apart, grads = _differences(equation, values)
    square = torch.stack([g.square() for g in grads.values()]).sum(0)
    usable = (apart.abs() > _EQUAL) & (square > 0) & square.isfinite()
    step = torch.where(usable, apart / torch.where(usable, square, 1.0), 0.0)
    return dict(values) | {n: values[n] - step * g for n, g in grads.items()}


def solved_besides(
    equation: sp.Eq, values: Mapping[str, Tensor], kept: frozenset[str]
) -> dict[str, Tensor]:
    """One Newton step in the first number that is not kept and moves the difference."""
    apart, grads = _differences(equation, values)
    for name, slope in grads.items():
        if name not in kept and bool((slope != 0).all()):
            return dict(values) | {name: values[name] - apart / slope}
    return dict(values)
