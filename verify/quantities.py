"""The true quantities that bounds speak of, under the keys the bounds use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import sympy as sp

import numerics
from numerics import Enclosure
from verify.case import FunctionClassCase, NetworkCase
from verify.errors import VerifyError

#: "input": one value per network and input, (B, n); "data": one per network and data set, (B,);
#: "class": one per function class, (); "sample": one per sample of a claim that is not of networks.
Level = Literal["input", "data", "class", "sample"]


@dataclass(frozen=True)
class Quantity:
    """A true quantity: key, level, the function that measures it, and its formula in LaTeX.

    `formula` is the quantity as a sympy expression in a sample's numbers, where it is one.
    """

    key: str
    level: Level
    compute: Callable[[Any], Enclosure]
    latex: str
    needs_second_derivative: bool = False
    formula: sp.Expr | None = None


def _at_inputs(measure: Callable[..., Enclosure]) -> Callable[[NetworkCase], Enclosure]:
    return lambda case: measure(case.network, case.x)


def _at_data(measure: Callable[..., Enclosure]) -> Callable[[NetworkCase], Enclosure]:
    return lambda case: measure(case.network, case.x, case.y)


def _rademacher(case: FunctionClassCase) -> Enclosure:
    return numerics.rademacher_complexity(
        case.widths,
        case.x,
        nu=case.nu,
        activation=case.activation,
        placement=case.placement,
        seed=case.seed,
        restarts=case.restarts,
        steps=case.steps,
    )


QUANTITIES: dict[str, Quantity] = {
    quantity.key: quantity
    for quantity in (
        Quantity(
            "gradient_norm",
            "input",
            _at_inputs(numerics.gradient_norm),
            r"\lVert \nabla_\theta f \rVert_2",
        ),
        Quantity(
            "input_gradient_norm",
            "input",
            _at_inputs(numerics.input_gradient_norm),
            r"\lVert \nabla_x f \rVert_2",
        ),
        Quantity("output_magnitude", "input", _at_inputs(numerics.output_magnitude), r"|f|"),
        Quantity(
            "hessian_norm",
            "input",
            _at_inputs(numerics.hessian_norm),
            r"\lVert \nabla^2_\theta f \rVert_2",
            needs_second_derivative=True,
        ),
        Quantity("loss", "data", _at_data(numerics.loss), r"\mathcal{L}(\theta)"),
        Quantity(
            "loss_gradient_norm",
            "data",
            _at_data(numerics.loss_gradient_norm),
            r"\lVert \nabla_\theta \mathcal{L} \rVert_2",
        ),
        Quantity(
            "rademacher_complexity", "class", _rademacher, r"\hat{\mathfrak{R}}_n(\mathcal{F})"
        ),
    )
}


def quantity(key: str) -> Quantity:
    """The shipped quantity of that key.

    Raises:
        VerifyError: no such key.
    """
    if key not in QUANTITIES:
        raise VerifyError("quantity", repr(key), "one of " + ", ".join(QUANTITIES))
    return QUANTITIES[key]
