"""Networks in ball arithmetic: the true quantities with rigorous error bounds, at any precision.

Every number is an `arb` of python-flint, an interval that is certain to hold the true value. The
gradient is written once for numbers of any kind; run on dual numbers a + b eps (eps^2 = 0) it
gives a column of the Hessian. For small networks: the work is done number by number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from flint import arb, arb_mat
from torch import Tensor

from numerics import Activation, WeightNormNetwork
from verify.activation import balls_of
from verify.balls.numbers import Dual, Unary
from verify.errors import VerifyError
from verify.weightnorm.cases import NetworkCase


@dataclass(frozen=True)
class BallNetwork:
    """One network with its data, every float taken as the exact number it is.

    weights: per layer, rows of numbers; v; x: inputs; y: targets; phi, phi', phi'' on
    balls; placement.
    """

    weights: list[list[list[arb]]]
    v: list[arb]
    x: list[list[arb]]
    y: list[arb]
    phi: tuple[Unary, Unary, Unary | None]
    inner: bool

    @property
    def parameters(self) -> int:
        return sum(len(rows) * len(rows[0]) for rows in self.weights) + len(self.v)


def ball_network(case: NetworkCase, index: int) -> BallNetwork:
    """The network of that index in a case, with all its inputs."""
    bare = ball_network_of(case.network, index, case.phi)
    return replace(bare, x=_exact(case.x[index]), y=_exact(case.y[index]))


def ball_network_of(network: WeightNormNetwork, index: int, phi: Activation) -> BallNetwork:
    """The network of that index of a batch, without data."""
    return BallNetwork(
        [_exact(w[index]) for w in network.weights],
        _exact(network.v[index]),
        [],
        [],
        balls_of(phi),
        network.placement == "inner",
    )


def _exact(tensor: Tensor) -> Any:
    def balls(values: Any) -> Any:
        return [balls(v) for v in values] if isinstance(values, list) else arb(values)

    return balls(tensor.detach().cpu().tolist())


def dot(left: Sequence[Any], right: Sequence[Any]) -> Any:
    """sum_i left_i right_i."""
    total = left[0] * right[0]
    for a, b in zip(left[1:], right[1:], strict=True):
        total = total + a * b
    return total


def norm(vector: Sequence[Any]) -> Any:
    """Euclidean norm."""
    square = dot(vector, vector)
    # a ball around 0 may reach below 0, where arb's root is not a number
    return square.nonnegative_part().sqrt() if isinstance(square, arb) else square.sqrt()


@dataclass(frozen=True)
class Derivatives:
    """f, the gradient in theta (order W^1 row by row, ..., W^L, v) and the gradient in x."""

    output: Any
    theta: list[Any]
    x: list[Any]


Numbers = tuple[list[list[list[Any]]], list[Any], list[Any]]  # weights, v, one input


def derivatives(
    net: BallNetwork, numbers: Numbers, phi: Unary, slope: Unary, lift: Unary
) -> Derivatives:
    """The forward and the backward sweep at one input, for balls or dual numbers."""
    weights, v, alpha = numbers
    swept = []
    for rows in weights:
        m = arb(len(rows))
        s, c = (lift(m.rsqrt()), lift(arb(1))) if net.inner else (lift(arb(1)), lift(m.rsqrt()))
        norms = [norm(row) for row in rows]
        hats = [[w / r for w in row] for row, r in zip(rows, norms, strict=True)]
        along = [dot(hat, alpha) for hat in hats]
        pre = [s * t for t in along]
        swept.append((alpha, s, c, norms, hats, along, pre))
        alpha = [c * phi(g) for g in pre]
    output, e, blocks = dot(v, alpha), v, [list(alpha)]
    for before, s, c, norms, hats, along, pre in reversed(swept):
        delta = [c * slope(g) * up for g, up in zip(pre, e, strict=True)]
        blocks.append(
            [
                d * s / r * (a - t * h)
                for d, r, t, hat in zip(delta, norms, along, hats, strict=True)
                for a, h in zip(before, hat, strict=True)
            ]
        )
        e = [dot([s * d for d in delta], [hat[k] for hat in hats]) for k in range(len(before))]
    return Derivatives(output, [entry for block in reversed(blocks) for entry in block], e)


def first_order(net: BallNetwork, x: list[arb]) -> Derivatives:
    """f and its gradients at one input."""
    phi, slope, _ = net.phi
    return derivatives(net, (net.weights, net.v, x), phi, slope, lambda t: t)


def hessian(net: BallNetwork, x: list[arb]) -> arb_mat:
    """Hess_theta f at one input, (p, p)."""
    phi, slope, bend = net.phi
    if bend is None:
        raise VerifyError("activation", "no second derivative", "one that has one")
    p = net.parameters

    def value(t: Dual) -> Dual:
        return Dual(phi(t.a), slope(t.a) * t.b)

    def first(t: Dual) -> Dual:
        return Dual(slope(t.a), bend(t.a) * t.b)

    def lift(t: arb) -> Dual:
        return Dual(t, arb(0))

    columns = []
    for direction in range(p):
        place = iter(range(p))

        def moving(t: arb, at: int = direction, place: Any = place) -> Dual:
            return Dual(t, arb(int(next(place) == at)))

        weights = [[[moving(w) for w in row] for row in rows] for rows in net.weights]
        v = [moving(t) for t in net.v]
        swept = derivatives(net, (weights, v, [lift(t) for t in x]), value, first, lift)
        columns.append([entry.b for entry in swept.theta])
    return arb_mat(p, p, [columns[j][i] for i in range(p) for j in range(p)])


def input_hessian(net: BallNetwork, x: list[arb]) -> arb_mat:
    """Hess_x f at one input, (d, d)."""
    phi, slope, bend = net.phi
    if bend is None:
        raise VerifyError("activation", "no second derivative", "one that has one")

    def value(t: Dual) -> Dual:
        return Dual(phi(t.a), slope(t.a) * t.b)

    def first(t: Dual) -> Dual:
        return Dual(slope(t.a), bend(t.a) * t.b)

    def lift(t: arb) -> Dual:
        return Dual(t, arb(0))

    weights = [[[lift(w) for w in row] for row in rows] for rows in net.weights]
    v, d = [lift(t) for t in net.v], len(x)
    columns = []
    for direction in range(d):
        moved = [Dual(t, arb(int(k == direction))) for k, t in enumerate(x)]
        swept = derivatives(net, (weights, v, moved), value, first, lift)
        columns.append([entry.b for entry in swept.x])
    return arb_mat(d, d, [columns[j][i] for i in range(d) for j in range(d)])
