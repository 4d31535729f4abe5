"""The network without normalization in ball arithmetic: true quantities and symbols."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flint import arb, arb_mat

import bounds
from verify.activation import balls_of, definition_of
from verify.balls import symmetric_norm
from verify.balls.numbers import Dual, Unary
from verify.constants import constant_in_balls
from verify.quantity import Quantity
from verify.unnormalized.cases import PlainCase

__all__ = ["SYMBOLS", "View", "view"]


@dataclass(frozen=True, eq=False)
class View:
    """One network in balls with the inputs that one entry of a check speaks of."""

    weights: list[list[list[arb]]]
    v: list[arb]
    inputs: list[list[arb]]
    targets: list[arb]
    phi: tuple[Unary, Unary, Unary | None]
    definition: bounds.Activation


def view(case: PlainCase, quantity: Quantity, entry: int) -> View:
    """The network of an entry; its one input, or all of them for quantities of a data set."""
    index, at = (entry, None) if quantity.over == "data" else divmod(entry, case.x.shape[1])

    def exact(values: Any) -> Any:
        return [exact(part) for part in values] if isinstance(values, list) else arb(values)

    inputs, targets = exact(case.x[index].tolist()), exact(case.y[index].tolist())
    return View(
        [exact(w[index].tolist()) for w in case.network.weights],
        exact(case.network.v[index].tolist()),
        inputs if at is None else [inputs[at]],
        targets if at is None else [targets[at]],
        balls_of(case.phi),
        definition_of(case.phi),
    )


def _dot(left: Sequence[Any], right: Sequence[Any]) -> Any:
    total = left[0] * right[0]
    for a, b in zip(left[1:], right[1:], strict=True):
        total = total + a * b
    return total


def _norm(vector: Sequence[arb]) -> arb:
    return arb(_dot(vector, vector)).nonnegative_part().sqrt()


def _on_sphere(x: list[arb]) -> list[arb]:
    scale = arb(len(x)).sqrt() / _norm(x)
    return [scale * entry for entry in x]


def _gradient(
    weights: Any, v: Any, alpha: list[Any], phi: Unary, slope: Unary, lift: Unary
) -> tuple[Any, list[Any]]:
    """(f, grad_theta f) for balls or dual numbers; theta = (W^1 row by row, ..., v)."""
    swept = []
    for rows in weights:
        root = lift(arb(len(alpha)).rsqrt())
        pre = [root * _dot(row, alpha) for row in rows]
        swept.append((alpha, root, pre, rows))
        alpha = [phi(g) for g in pre]
    root = lift(arb(len(v)).rsqrt())
    output = root * _dot(v, alpha)
    blocks, e = [[root * a for a in alpha]], [root * entry for entry in v]
    for before, scale, pre, rows in reversed(swept):
        delta = [scale * (slope(g) * up) for g, up in zip(pre, e, strict=True)]
        blocks.append([d * a for d in delta for a in before])
        e = [_dot(delta, [row[k] for row in rows]) for k in range(len(before))]
    return output, [entry for block in reversed(blocks) for entry in block]


def _first_order(v: View, x: list[arb]) -> tuple[arb, list[arb]]:
    phi, slope, _ = v.phi
    return _gradient(v.weights, v.v, _on_sphere(x), phi, slope, lambda t: t)


def gradient_norm(v: View) -> arb:
    return _norm(_first_order(v, v.inputs[0])[1])


def output_magnitude(v: View) -> arb:
    return abs(_first_order(v, v.inputs[0])[0])


def loss(v: View) -> arb:
    outputs = [_first_order(v, x)[0] for x in v.inputs]
    squares = [(f - y) * (f - y) for f, y in zip(outputs, v.targets, strict=True)]
    return (sum(squares, arb(0)) / len(squares)).nonnegative_part()


def hessian_norm(v: View) -> arb:
    return symmetric_norm(_hessian(v))


def _hessian(v: View) -> arb_mat:
    phi, slope, bend = v.phi
    p = sum(len(rows) * len(rows[0]) for rows in v.weights) + len(v.v)
    if bend is None:
        return arb_mat(p, p, [arb("nan")] * (p * p))

    def value(t: Dual) -> Dual:
        return Dual(phi(t.a), slope(t.a) * t.b)

    def first(t: Dual) -> Dual:
        return Dual(slope(t.a), bend(t.a) * t.b)

    def lift(t: arb) -> Dual:
        return Dual(t, arb(0))

    alpha = [lift(a) for a in _on_sphere(v.inputs[0])]
    columns = []
    for direction in range(p):
        place = iter(range(p))

        def moving(t: arb, at: int = direction, place: Any = place) -> Dual:
            return Dual(t, arb(int(next(place) == at)))

        weights = [[[moving(w) for w in row] for row in rows] for rows in v.weights]
        last = [moving(t) for t in v.v]
        columns.append([e.b for e in _gradient(weights, last, alpha, value, first, lift)[1]])
    return arb_mat(p, p, [columns[j][i] for i in range(p) for j in range(p)])


def _gain(v: View) -> arb:
    """max_l ||W^l||_2 / sqrt(m), from the spectral norms of W W^T."""
    greatest = arb(0)
    for rows in v.weights:
        m = len(rows)
        gram = arb_mat(m, m, [_dot(a, b) for a in rows for b in rows])
        greatest = greatest.max(symmetric_norm(gram).nonnegative_part().sqrt())
    return greatest / arb(len(v.v)).sqrt()


def _mean(values: list[arb]) -> arb:
    return sum(values, arb(0)) / len(values)


SYMBOLS: dict[str, Callable[[View], Any]] = {
    "L": lambda v: len(v.weights),
    "m": lambda v: arb(len(v.v)),
    "K": constant_in_balls("K"),
    "beta": constant_in_balls("beta"),
    "phi0": constant_in_balls("phi0"),
    "nu": lambda v: _norm(v.v),
    "gamma": _gain,
    "y_1": lambda v: _mean([abs(y) for y in v.targets]),
    "y_2": lambda v: _mean([y * y for y in v.targets]),
}
