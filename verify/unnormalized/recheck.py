"""What the checker recomputes of a network without normalization (stdlib and flint only)."""

import math
from fractions import Fraction
from functools import partial
from typing import Any

from flint import arb, arb_mat
from plumbline_checker import (
    Matrix,
    Recomputed,
    Symbols,
    ball,
    dot,
    evaluate,
    expect,
    greatest,
    line,
    matrix,
    norm,
    record,
    require,
    vector,
)
from plumbline_checker_activations import Phi, activation

#: quantity -> (order of the derivative in theta, of a data set rather than an input)
QUANTITIES = {
    "unnormalized.output_magnitude": (0, False),
    "unnormalized.gradient_norm": (1, False),
    "unnormalized.hessian_norm": (2, False),
    "unnormalized.loss": (0, True),
}


def output(layers: list[list[Any]], last: list[Any], x: list[Any], phi: Any) -> Any:
    """f as a power series, by the definition; x lies on the sphere of radius sqrt(d) already."""
    alpha = x
    for rows in layers:
        shrink = arb(len(alpha)).rsqrt()
        alpha = [phi(shrink * dot(row, alpha)) for row in rows]
    return arb(len(last)).rsqrt() * dot(last, alpha)


def on_sphere(x: list[Fraction]) -> list[Any]:
    """sqrt(d) x/||x|| as constant power series."""
    require(any(x), "inputs: a zero input has no direction")
    scale = arb(len(x)).sqrt() / norm(x)
    return [scale * entry for entry in line(x)]


def top_norm(rows: Matrix) -> arb:
    """An upper end of ||W||_2: the square root of the largest row sum of |W W^T|."""
    exact = [
        [sum((a * b for a, b in zip(r, s, strict=True)), Fraction(0)) for s in rows] for r in rows
    ]
    power = exact
    for _ in range(4):  # ||G||_2 <= (largest row sum of |G^16|)^(1/16), which is nearly sharp
        columns = list(zip(*power, strict=True))
        power = [
            [sum((a * b for a, b in zip(r, c, strict=True)), Fraction(0)) for c in columns]
            for r in power
        ]
    sums = [ball(sum(map(abs, row), Fraction(0))) for row in power]
    return (greatest(sums).log() / 32).exp() if any(map(any, rows)) else arb(0)


def network(raw: Any, quantity: str) -> Recomputed:
    """A quantity of one network and its symbols; derivatives along the stored direction."""
    subject = record(raw, "kind activation weights v inputs targets direction", "subject")
    require(quantity in QUANTITIES, f"this checker cannot compute {quantity!r}")
    order, of_data = QUANTITIES[quantity]
    phi = activation(subject["activation"])
    require(order < 2 or phi.beta, f"{phi.name} has no second derivative")
    inputs = matrix(subject["inputs"], None, "inputs")
    require(of_data or len(inputs) == 1, f"{quantity} is of one input, not {len(inputs)}")
    layers, size = [], len(inputs[0])
    for rows in expect(list, subject["weights"], "weights"):
        layers.append(matrix(rows, size, "weights"))
        size = len(layers[-1])
    require(layers and len({len(rows) for rows in layers}) == 1, "weights: unequal widths, or none")
    v = vector(subject["v"], size, "v")
    targets = vector(subject["targets"], len(inputs), "targets")
    flat = [entry for rows in layers for row in rows for entry in row] + v
    direction = vector(subject["direction"], len(flat), "direction") if order else []
    require(
        any(direction) if order else subject["direction"] == [], "direction: zero or not needed"
    )
    theta = iter(line(flat, direction or None))
    moved = [[[next(theta) for _ in row] for row in rows] for rows in layers]
    last = list(theta)
    outputs = [output(moved, last, on_sphere(x), phi.at) for x in inputs]
    errors = [f - ball(y) for f, y in zip(outputs, targets, strict=True)]
    loss = dot(errors, errors) / len(inputs)
    truth = abs((loss if of_data else outputs[0])[order]) * math.factorial(order)
    truth = truth / norm(direction) ** order if order else truth
    values = _symbols(phi, layers, v, targets)
    return Recomputed(truth, values, partial(meets, phi), order == 0, phi.given)


def _symbols(phi: Phi, layers: list[Matrix], v: list[Fraction], targets: Any) -> Symbols:
    n = len(targets)
    values: Symbols = {
        "L": arb(len(layers)),
        "m": arb(len(v)),
        "nu": norm(v),
        "gamma": greatest([gain(rows) for rows in layers]) / arb(len(v)).sqrt(),
        "y_1": ball(sum(map(abs, targets), Fraction(0)) / n),
        "y_2": ball(sum((y * y for y in targets), Fraction(0)) / n),
    }
    for name, text in zip(("K", "beta", "phi0"), (phi.K, phi.beta, phi.phi0), strict=True):
        values |= {name: evaluate(text, {})} if text else {}
    return values


def gain(rows: Matrix) -> arb:
    """A ball around ||W||_2: eigenvalues of W W^T between a Rayleigh quotient and a power bound."""
    m = len(rows)
    gram = arb_mat(m, m, [dot(line(r), line(s))[0] for r in rows for s in rows])
    high = top_norm(rows)
    z = arb_mat(m, 1, [1] * m)
    for _ in range(60):
        z = (gram * z).mid()
        longest = greatest([abs(z[i, 0]) for i in range(m)])
        if not longest > 0:
            return arb(0).union(high)
        z = (z / longest.mid()).mid()
    low = ((z.transpose() * gram * z)[0, 0] / (z.transpose() * z)[0, 0]).nonnegative_part().sqrt()
    return low.lower().union(high.upper())


def meets(phi: Phi, key: str) -> bool:
    """Does the network meet the assumption? Unknown ones count as not met."""
    known = {"smooth": phi.beta != "", "phi(0) = 0": phi.phi0 == "0"}
    by_construction = ("spectral", "input norm", "square loss", "Lipschitz")
    return key in by_construction or known.get(key, False)


KINDS = {"unnormalized": network}
