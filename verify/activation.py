"""An activation as one object: formula, proved constants, torch functions and balls.

`numerics.Activation` is what networks hold; its `definition` is the `bounds.Activation` it was made
from. The shipped ones are joined by identity: an own activation that is called "tanh" is not tanh.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import sympy as sp
import torch
from flint import arb
from torch import Tensor

import bounds
import numerics
from bounds.activation.core import t
from bounds.activation.formula import prove_third
from bounds.activation.graph import Graph, graph_of
from bounds.activation.jet import Arithmetic, jet_of
from bounds.activation.real import Undefined, derivatives, working_precision
from bounds.errors import BoundsError
from verify.activation_rounding import (
    FARTHEST,
    Asymptote,
    Errors,
    asymptote_of,
    float_of,
    held,
    proved_rounding,
)
from verify.balls.numbers import ACTIVATIONS as SHIPPED_BALLS
from verify.errors import VerifyError

__all__ = ["balls_of", "definition_of", "from_formula", "joined"]

Lines = tuple[Asymptote | None, Asymptote | None]
Unary = Callable[[Any], Any]


def torch_power(x: Any, exponent: sp.Rational) -> Any:
    """x to a rational power: products and one quotient, a square root, or pow."""
    if exponent < 0:
        return 1.0 / torch_power(x, -exponent)
    if exponent.is_Integer:
        result = x
        for _ in range(int(exponent) - 1):
            result = result * x
        return result
    return torch.sqrt(x) if exponent == sp.S.Half else torch.pow(x, float_of(exponent))


def torch_sech2(x: Tensor) -> Tensor:
    """sech^2 without overflow and without cancellation."""
    small = torch.exp(-2.0 * x.abs())
    return 4.0 * small / (1.0 + small).square()


TORCH = Arithmetic(
    constant=float_of,
    power=torch_power,
    exp=torch.exp,
    log=torch.log,
    tanh=torch.tanh,
    sech2=torch_sech2,
    erf=torch.erf,
    atan=torch.atan,
    asinh=torch.asinh,
    sin=torch.sin,
    cos=torch.cos,
)


def _compiled(graph: Graph, lines: Lines, order: int) -> Callable[[Tensor], Tensor]:
    """phi^(order), order <= 2, on tensors: the formula near 0, its asymptotes or nan far out."""
    low = None if lines[0] is None else -lines[0].start
    high = None if lines[1] is None else lines[1].start

    def core(g: Tensor) -> Tensor:
        jet = jet_of(graph, [g, 1.0], order, TORCH)
        value = jet[order] * math.factorial(order) if order < len(jet) else 0.0
        return value if isinstance(value, Tensor) else torch.full_like(g, value)

    def line_at(line: Asymptote, g: Tensor) -> Tensor:
        slope, offset = float_of(line.slope), float_of(line.offset)
        if order == 0:
            return slope * g + offset
        return torch.full_like(g, slope if order == 1 else 0.0)

    def at(g: Tensor) -> Tensor:
        low_end, high_end = -FARTHEST if low is None else low, FARTHEST if high is None else high
        value = core(torch.clamp(g, min=low_end, max=high_end))
        beyond = ((g < -FARTHEST) & (low is None)) | ((g > FARTHEST) & (high is None))
        value = torch.where(beyond, torch.full_like(g, math.nan), value)
        for line, side in zip(lines, (-1, 1), strict=True):
            if line is not None:
                value = torch.where(side * g > line.start, line_at(line, g), value)
        return value

    return at


def joined(definition: bounds.Activation) -> numerics.Activation:
    """The activation of a formula on tensors, with proved suprema and a proved `rounding`.

    The torch functions run the Taylor arithmetic that is proved about in `bounds`. `rounding` is
    inf where no finite constant is proved (see `verify.activation_rounding`). sup|phi'''| is
    proved here if the definition lacks it, inf where that fails. VerifyError for a definition
    without a second derivative, or with an `Abs`, `Max` and the like.
    """
    K, beta = definition.K, definition.beta
    if beta is None:
        raise VerifyError(
            "definition", f"{definition.name} without beta", "a twice differentiable formula"
        )
    graph = graph_of(definition.expression, t)
    lipschitz = (_above(K), _above(beta), _above(_third(definition)))
    errors = Errors(graph, lipschitz[0], lipschitz[1])
    with working_precision():
        lines = asymptote_of(errors, -1), asymptote_of(errors, 1)
        rounding = proved_rounding(errors, lines)
    value, first, second = (_compiled(graph, lines, order) for order in range(3))
    return numerics.Activation(
        definition.name, value, first, second, lipschitz, rounding, definition
    )


def _third(definition: bounds.Activation) -> sp.Expr:
    if definition.beta2 is not None:
        return definition.beta2
    try:
        return prove_third(definition.expression).value
    except BoundsError:
        return sp.oo


def _above(value: sp.Expr) -> float:
    """A float that is at least the number, or the number itself."""
    near = float_of(value) if value.is_finite else math.inf
    return near if near == math.inf or held(value) else math.nextafter(near, math.inf)


def from_formula(expression: sp.Expr, *, name: str = "custom") -> numerics.Activation:
    """An activation for networks from a sympy formula in one symbol; everything about it proved.

    BoundsError where `bounds.activation_from_formula` refuses the formula.
    """
    return joined(bounds.activation_from_formula(expression, name=name, third=True))


def definition_of(activation: numerics.Activation) -> bounds.Activation:
    """Formula and proved constants of an activation; VerifyError if it has none.

    Its own `definition`, or the shipped one if it *is* the shipped object: names decide nothing.
    """
    if isinstance(activation.definition, bounds.Activation):
        return activation.definition
    if numerics.ACTIVATIONS.get(activation.name) is activation:
        return bounds.ACTIVATIONS[activation.name]
    raise VerifyError(
        "activation",
        f"{activation.name!r}, made by hand: nothing is proved of it",
        "one of the shipped table, or one made by verify.activation.from_formula(expression)",
    )


def balls_of(activation: numerics.Activation) -> tuple[Unary, Unary, Unary | None]:
    """phi, phi', phi'' on balls (arb), nan where not defined; phi'' None where there is none."""
    definition = definition_of(activation)
    if activation.definition is None and activation.name in SHIPPED_BALLS:
        return SHIPPED_BALLS[activation.name]
    graph = graph_of(definition.expression, t)

    def at(order: int) -> Unary:
        def derivative(x: Any) -> arb:
            try:
                return derivatives(graph, arb(x), order)[order]
            except Undefined:
                return arb.nan()

        return derivative

    return at(0), at(1), at(2)
