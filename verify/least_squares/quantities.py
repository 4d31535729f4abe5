"""The true quantities of a fit, each described once."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flint import arb
from torch import Tensor

from bounds.least_squares import NOTATION
from verify.least_squares import along
from verify.least_squares.cases import FitCase
from verify.least_squares.in_balls import Fit
from verify.least_squares.readings import certified, flowing
from verify.quantity import Quantity

__all__ = ["QUANTITIES"]

Pair = tuple[Tensor, Tensor]


def _balls(name: str, value: Callable[[Fit], arb], over: str = "fit") -> Quantity:
    key = f"least_squares.{name}"
    latex = NOTATION.quantities[key]
    return Quantity(key=key, latex=latex, over=over, measure=certified(value), exact=value)


def _flow(name: str, value: Callable[[FitCase], Pair], over: str = "fit") -> Quantity:
    key = f"least_squares.{name}"
    return Quantity(key=key, latex=NOTATION.quantities[key], over=over, measure=flowing(value))


_ALL = (
    _balls("kernel_distance", Fit.kernel_distance),
    _balls("comparison", Fit.comparison),
    _balls("kernel_step", Fit.kernel_step),
    _balls("step_loss", Fit.step_loss),
    _balls("growth", Fit.growth),
    _balls("phase_kernel", Fit.phase_kernel),
    _balls("exact_loss", Fit.exact_loss, "exact"),
    _balls("alternating_loss", Fit.alternating_loss),
    _balls("defect", Fit.defect),
    _flow("end_distance", along.end_distance),
    _flow("log_kernel", along.log_kernel),
    _flow("log_kernel_direction", along.log_kernel_of_direction, "direction"),
    _flow("square", along.square),
    _flow("scale", along.scale),
    _flow("residual", along.residual),
    _flow("two_phase_distance", along.two_phase_distance),
    _flow("saddle", along.saddle),
)
QUANTITIES: Mapping[str, Quantity] = {quantity.key: quantity for quantity in _ALL}
