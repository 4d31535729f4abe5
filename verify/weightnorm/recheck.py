"""What the checker recomputes of a WeightNorm network or class: standard library and flint only.

Loaded by `verify/checker.py` under the name it gives itself, in a process without the rest of the
project. Every formula is written anew from the definition of the network.
"""

import math
from fractions import Fraction
from functools import partial
from typing import Any

from flint import arb
from plumbline_checker import (
    Matrix,
    Recomputed,
    Symbols,
    ball,
    dot,
    evaluate,
    expect,
    greatest,
    least,
    line,
    matrix,
    norm,
    number,
    record,
    require,
    vector,
)
from plumbline_checker_activations import Phi, activation


def chained(raw: Any, inputs: int) -> list[Matrix]:
    """Weights with chained shapes and no zero row."""
    layers: list[Matrix] = []
    for index, rows in enumerate(expect(list, raw, "weights"), start=1):
        layers.append(matrix(rows, inputs, f"weights of layer {index}"))
        inputs = len(layers[-1])
        require(all(map(any, layers[-1])), f"layer {index} has a zero row, which has no direction")
    require(layers, "weights: no hidden layer")
    return layers


def features(layers: list[list[Any]], x: list[Any], phi: Phi, placement: str) -> list[Any]:
    """alpha^L as power series, by the definition of the network (theory, section 0)."""
    alpha = x
    for rows in layers:
        shrink = arb(len(rows)).rsqrt()
        inner, outer = (shrink, arb(1)) if placement == "inner" else (arb(1), shrink)
        g = [inner * (dot(row, alpha) / dot(row, row).sqrt()) for row in rows]
        alpha = [outer * phi.at(entry) for entry in g]
    return alpha


class Linear:
    """The activation of the network that all of its weights multiply out to."""

    @staticmethod
    def at(entry: Any) -> Any:
        return entry


LINEAR = Linear()


def model(subject: dict[str, Any]) -> tuple[Phi, str, Matrix]:
    phi = activation(subject["activation"])
    placement = expect(str, subject["placement"], "placement")
    require(placement in ("inner", "outer"), f"placement {placement[:40]!r} is unknown")
    return phi, placement, matrix(subject["inputs"], None, "inputs")


def _symbols(phi: Phi, placement: str, layers: list[Matrix], inputs: Matrix, nu: arb) -> Symbols:
    """What the architecture, the weights and the inputs fix; `m` only where widths are equal."""
    widths = [len(rows) for rows in layers]
    omegas = [least([norm(row) for row in rows]) for rows in layers]
    values = {
        **{f"m_{l}": arb(m) for l, m in enumerate(widths, start=1)},
        **{f"omega_{l}": omega for l, omega in enumerate(omegas, start=1)},
        "omega": least(omegas),
        **{"m_min": arb(min(widths)), "m_max": arb(max(widths)), "L": arb(len(widths))},
        **{"d": arb(len(inputs[0])), "n": arb(len(inputs)), "nu": nu, "rho_1": (nu - 1).max(0)},
        "p": arb(1) / 2 if placement == "inner" else arb(0),
        "xi": greatest([norm(x) for x in inputs]),
        "X": norm([entry for x in inputs for entry in x]),
    }
    constants = {"K": phi.K, "beta": phi.beta, "beta2": phi.beta2, "phi0": phi.phi0}
    for name, text in constants.items():
        values |= {name: evaluate(text, {})} if text else {}
    return values | ({"m": arb(widths[0])} if len(set(widths)) == 1 else {})


#: quantity -> (order of the derivative, what it is taken in, of a data set rather than an input)
QUANTITIES = {
    **{"output_magnitude": (0, "", False), "input_gradient_norm": (1, "x", False)},
    **{"gradient_norm": (1, "theta", False), "hessian_norm": (2, "theta", False)},
    **{"loss": (0, "", True), "loss_gradient_norm": (1, "theta", True)},
    "loss_hessian_norm": (2, "theta", True),
    "linear_deviation": (0, "", False),
    "input_hessian_norm": (2, "x", False),
    "tangent_kernel_norm": (1, "theta", True),
}
#: Shipped activations with |phi(t) - t| <= |t|^3/3.
CUBIC = ("tanh", "arctan", "sin", "identity")
CLASS_QUANTITIES = ("rademacher_complexity", "rademacher_complexity_l1")
NETWORK_KEYS = "kind activation placement weights v inputs targets direction"


def network(raw: Any, quantity: str) -> Recomputed:
    """A quantity of one network and its symbols; derivatives along the stored direction."""
    subject = record(raw, NETWORK_KEYS, "subject")
    require(quantity in QUANTITIES, f"this checker cannot compute {quantity!r} of a network")
    order, variable, of_data = QUANTITIES[quantity]
    phi, placement, inputs = model(subject)
    layers = chained(subject["weights"], len(inputs[0]))
    v = vector(subject["v"], len(layers[-1]), "v")
    targets = vector(subject["targets"], len(inputs), "targets")
    require(of_data or len(inputs) == 1, f"{quantity} is of one input, not {len(inputs)}")
    require(order < 2 or phi.beta, f"{phi.name} has no second derivative")
    flat = [entry for rows in layers for row in rows for entry in row] + v
    size = {"": 0, "theta": len(flat), "x": len(inputs[0])}[variable]
    direction = vector(subject["direction"], size, "direction") if size else [Fraction(0)]
    require(any(direction) if size else subject["direction"] == [], "direction: zero or not needed")
    theta = iter(line(flat, direction if variable == "theta" else None))
    moved = [[[next(theta) for _ in row] for row in rows] for rows in layers]
    last = list(theta)
    lines = [line(x, direction if variable == "x" else None) for x in inputs]
    outputs = [dot(last, features(moved, x, phi, placement)) for x in lines]
    if quantity == "linear_deviation":
        outputs[0] -= dot(last, features(moved, lines[0], LINEAR, placement))
    errors = [f - ball(y) for f, y in zip(outputs, targets, strict=True)]
    loss = dot(errors, errors) / len(inputs)
    truth = abs((loss if of_data else outputs[0])[order]) * math.factorial(order)
    values = _symbols(phi, placement, layers, inputs, norm(v)) | {
        "ell": loss[0].nonnegative_part(),
        "y_1": ball(sum(map(abs, targets), Fraction(0)) / len(inputs)),
        "y_2": ball(sum((y * y for y in targets), Fraction(0)) / len(inputs)),
    }
    truth = truth / norm(direction) ** order if order else truth
    if quantity == "tangent_kernel_norm":  # sum_i <grad f(x_i), direction>^2/||direction||^2
        truth = sum((f[1] * f[1] for f in outputs), arb(0)) / norm(direction) ** 2
    return Recomputed(truth, values, partial(meets, phi), order == 0, phi.given)


def function_class(raw: Any, quantity: str) -> Recomputed:
    """The Rademacher complexity of a class, from below: a sign vector without weights counts 0."""
    subject = record(raw, "kind activation placement nu inputs families search", "subject")
    require(quantity in CLASS_QUANTITIES, f"{quantity!r} is no quantity of a class")
    phi, placement, inputs = model(subject)
    one_norm = quantity == "rademacher_complexity_l1"  # ||v||_1 <= nu sqrt(m), the scale outside
    placement = "outer" if one_norm else placement
    nu, n = number(subject["nu"], "nu"), len(inputs)
    require(nu >= 0 and n <= 20, "nu: negative, or more than 20 inputs")
    suprema: dict[Any, arb] = {}
    layers: list[Matrix] = []
    for entry in expect(list, subject["families"], "families"):
        family = record(entry, "signs weights", "families")
        signs = tuple(vector(family["signs"], n, "signs"))
        regular = signs[0] == 1 and set(signs) <= {1, -1} and signs not in suprema
        require(regular, "signs: each vector of +1 and -1 once, the first entry +1")
        shapes = [len(rows) for rows in layers]
        layers = chained(family["weights"], len(inputs[0]))
        require(shapes in ([], [len(rows) for rows in layers]), "families of several architectures")
        lines = [[line(row) for row in rows] for rows in layers]
        found = [features(lines, line(x), phi, placement) for x in inputs]
        sums = [dot(line(list(signs)), list(unit))[0] for unit in zip(*found, strict=True)]
        squares = sum((value * value for value in sums), arb(0)).sqrt()
        largest = greatest([abs(value) for value in sums]) * arb(len(sums)).sqrt()
        suprema[signs] = largest if one_norm else squares
    require(suprema, "families: none")
    truth = ball(nu) * sum(suprema.values(), arb(0)) / (n * 2 ** (n - 1))
    values = _symbols(phi, placement, layers, inputs, ball(nu)) | {"nu1": ball(nu)}
    single = ("omega", "xi", "rho_1")  # symbols of one network or input have no value here
    known = {k: v for k, v in values.items() if not k.startswith(single)}
    return Recomputed(truth, known, partial(meets, phi), False, phi.given)


def meets(phi: Phi, key: str) -> bool:
    """Does a network with this activation meet the assumption? Unknown ones count as not met."""
    known = {"smooth": phi.beta != "", "phi(0) = 0": phi.phi0 == "0", "odd": phi.odd}
    known["cubic"] = phi.name in CUBIC and not phi.given
    centred = phi.odd or (phi.name == "sigmoid" and not phi.given)
    known |= {"third": phi.beta2 != "", "odd about phi(0)": centred}
    by_construction = ("unit rows", "placement", "extremes", "ball", "square loss", "Lipschitz")
    return key in by_construction or known.get(key, False)


KINDS = {"network": network, "class": function_class}
