"""A user's Python function as a quantity: checked, and wrapped in an enclosure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from numerics import Enclosure, Quality
from verify.errors import VerifyError
from verify.quantity import Quantity
from verify.subject import Subject

__all__ = ["function_quantity"]


def function_quantity(
    about: Subject,
    function: Callable[..., Any],
    name: str,
    over: str,
    latex: str | None,
    rounding: float,
) -> Quantity:
    """The quantity that a function is, exact to `rounding` relative as far as its user says.

    Raises:
        VerifyError: the subject takes no functions.
    """
    if about.called is None:
        raise VerifyError("quantity", f"a function of a {about.noun}", "one of its keys")
    of_case = about.called(function, over)

    def measure(case: Any) -> Enclosure:
        value = of_case(case)
        if isinstance(value, Enclosure):
            return value
        _check(value, name, about.expected(case, over))
        radius = torch.where(torch.isfinite(value), rounding * value.abs(), 0.0)
        method = f"the user's function, taken to be exact to {rounding:g} relative"
        return Enclosure(value - radius, value + radius, Quality.EXACT_TO_ROUNDING, method)

    words = latex or rf"\mathrm{{{name.replace('_', ' ')}}}"
    return Quantity(key=name, latex=words, over=over, measure=measure)


def _check(value: Any, name: str, shape: tuple[int, ...]) -> None:
    argument = f"quantity {name}"
    if not isinstance(value, Tensor) or value.dtype != torch.float64:
        found = str(value.dtype) if isinstance(value, Tensor) else type(value).__name__
        raise VerifyError(argument, found, "a torch.float64 tensor, or an Enclosure")
    if tuple(value.shape) != shape:
        raise VerifyError(argument, f"shape {tuple(value.shape)}", f"shape {shape}")
    if bool(torch.isnan(value).any()):
        index = int(torch.isnan(value).reshape(-1).nonzero()[0])
        raise VerifyError(argument, f"NaN at entry {index}", "numbers")
