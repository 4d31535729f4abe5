"""Networks in ball arithmetic as the engine asks for them: views, true quantities, symbols."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flint import arb, arb_mat

import bounds
from verify.activation import definition_of
from verify.balls import symmetric_norm
from verify.constants import constant_in_balls
from verify.quantity import Quantity
from verify.weightnorm.ball_network import (
    BallNetwork,
    ball_network,
    dot,
    first_order,
    hessian,
    input_hessian,
    norm,
)
from verify.weightnorm.cases import NetworkCase

__all__ = ["View", "view"]

Numbers = list[arb]


@dataclass(frozen=True, eq=False)
class View:
    """One network of a case in balls, and the inputs that one entry of a check speaks of."""

    net: BallNetwork
    inputs: list[Numbers]
    definition: bounds.Activation
    case: NetworkCase
    index: int
    entry: int = 0


def view(case: NetworkCase, quantity: Quantity, entry: int) -> View:
    """The network of an entry; its one input, or all of them for quantities of a data set."""
    index, at = (entry, None) if quantity.over == "data" else divmod(entry, case.x.shape[1])
    net = ball_network(case, index)
    inputs = net.x if at is None else [net.x[at]]
    return View(net, inputs, definition_of(case.phi), case, index)


def gradient_norm(v: View) -> arb:
    return norm(first_order(v.net, v.inputs[0]).theta)


def input_gradient_norm(v: View) -> arb:
    return norm(first_order(v.net, v.inputs[0]).x)


def output_magnitude(v: View) -> arb:
    return abs(first_order(v.net, v.inputs[0]).output)


def hessian_norm(v: View) -> arb:
    return symmetric_norm(hessian(v.net, v.inputs[0]))


def input_hessian_norm(v: View) -> arb:
    return symmetric_norm(input_hessian(v.net, v.inputs[0]))


def tangent_kernel_norm(v: View) -> arb:
    rows = [first_order(v.net, x).theta for x in v.inputs]
    n = len(rows)
    return symmetric_norm(arb_mat(n, n, [dot(a, b) for a in rows for b in rows]))


def loss(v: View) -> arb:
    outputs = [first_order(v.net, x).output for x in v.inputs]
    residuals = [f - y for f, y in zip(outputs, v.net.y, strict=True)]
    return (sum((r * r for r in residuals), arb(0)) / len(v.inputs)).nonnegative_part()


def loss_gradient_norm(v: View) -> arb:
    swept = [first_order(v.net, x) for x in v.inputs]
    scaled = [
        [2 * (d.output - y) / len(v.inputs) * entry for entry in d.theta]
        for d, y in zip(swept, v.net.y, strict=True)
    ]
    return norm([sum(column, arb(0)) for column in zip(*scaled, strict=True)])


def _smallest(values: Numbers) -> arb:
    least = values[0]
    for value in values[1:]:
        least = least.min(value)
    return least


def _largest(values: Numbers) -> arb:
    return -_smallest([-value for value in values])


def _mean(values: Numbers) -> arb:
    return sum(values, arb(0)) / len(values)


#: The symbols of the notation in balls, under their names.
SYMBOLS: dict[str, Callable[[View], Any]] = {
    "L": lambda v: len(v.net.weights),
    "d": lambda v: len(v.inputs[0]),
    "m": lambda v: [arb(len(rows)) for rows in v.net.weights],
    "m_min": lambda v: arb(min(map(len, v.net.weights))),
    "m_max": lambda v: arb(max(map(len, v.net.weights))),
    "K": constant_in_balls("K"),
    "beta": constant_in_balls("beta"),
    "beta2": constant_in_balls("beta2"),
    "phi0": constant_in_balls("phi0"),
    "p": lambda v: arb(1) / 2 if v.net.inner else arb(0),
    "omega": lambda v: [_smallest([norm(row) for row in rows]) for rows in v.net.weights],
    "nu": lambda v: norm(v.net.v),
    "rho_1": lambda v: (norm(v.net.v) - 1).max(arb(0)),
    "xi": lambda v: _largest([norm(x) for x in v.inputs]),
    "X": lambda v: norm([entry for x in v.inputs for entry in x]),
    "n": lambda v: arb(len(v.net.x)),
    "y_1": lambda v: _mean([abs(y) for y in v.net.y]),
    "y_2": lambda v: _mean([y * y for y in v.net.y]),
    "ell": loss,
}
