"""Steps of training in ball arithmetic: the Hessian of the loss, rows and loss after one step,
the curvature toward a point, and what the bounds say of a segment or ball.
"""

from __future__ import annotations

from dataclasses import replace

from flint import arb, arb_mat

from verify.balls import symmetric_norm
from verify.quantity import Quantity
from verify.weightnorm.ball_network import (
    BallNetwork,
    ball_network_of,
    dot,
    first_order,
    hessian,
    norm,
)
from verify.weightnorm.in_balls import Numbers, View, loss, view
from verify.weightnorm.steps.case import StepCase

__all__ = [
    "curvature_deficit",
    "eta",
    "largest_gradient",
    "largest_hessian",
    "loss_gradient",
    "loss_hessian_norm",
    "loss_ratio",
    "row_norm_shrinkage",
    "step_view",
    "to_point",
]


def step_view(case: StepCase, quantity: Quantity, entry: int) -> View:
    """The network of the step with all its inputs; the entry may be a point of its cone."""
    return replace(view(case, _OF_DATA, 0), entry=entry)


#: Stands for any quantity with one value for a data set.
_OF_DATA = Quantity(key="step", latex="", over="data", measure=lambda case: case)


def eta(v: View) -> arb:
    """The learning rate, exactly the float that it is."""
    return arb(v.case.eta)  # type: ignore[attr-defined]


def largest_gradient(v: View) -> arb:
    """max_i ||grad f_i||."""
    worst = arb(0)
    for x in v.inputs:
        worst = worst.max(norm(first_order(v.net, x).theta))
    return worst


def largest_hessian(v: View) -> arb:
    """max_i ||Hess f_i||_2."""
    worst = arb(0)
    for x in v.inputs:
        worst = worst.max(symmetric_norm(hessian(v.net, x)))
    return worst


def loss_hessian_norm(v: View) -> arb:
    """||(2/n) sum_i (grad f_i grad f_i^T + (f_i - y_i) Hess f_i)||_2."""
    n = len(v.inputs)
    total: arb_mat | None = None
    for x, y in zip(v.inputs, v.net.y, strict=True):
        swept = first_order(v.net, x)
        p = len(swept.theta)
        column = arb_mat(p, 1, swept.theta)
        part = column * column.transpose() + hessian(v.net, x) * (swept.output - y)
        total = part if total is None else total + part
    if total is None:
        return arb(0)
    return symmetric_norm(total * (arb(2) / n))


def loss_gradient(v: View) -> Numbers:
    """grad L, flat over theta."""
    n = len(v.inputs)
    swept = [first_order(v.net, x) for x in v.inputs]
    slopes = [2 * (s.output - y) / n for s, y in zip(swept, v.net.y, strict=True)]
    return [
        sum((c * s.theta[k] for c, s in zip(slopes, swept, strict=True)), arb(0))
        for k in range(len(swept[0].theta))
    ]


def row_norm_shrinkage(v: View) -> arb:
    """max_i (||W_i||^2 + eta^2 ||dL/dW_i||^2) / ||W_i - eta dL/dW_i||^2 over all rows."""
    rate, flat = eta(v), loss_gradient(v)
    worst, start = arb(0), 0
    for rows in v.net.weights:
        for row in rows:
            moved = [rate * g for g in flat[start : start + len(row)]]
            start += len(row)
            after = norm([w - s for w, s in zip(row, moved, strict=True)])
            before, step = norm(row), norm(moved)
            worst = worst.max((before * before + step * step) / (after * after))
    return worst


def loss_ratio(v: View) -> arb:
    """L(theta - eta grad L) / L(theta), the step itself taken in balls."""
    rate = eta(v)
    moved = _shifted(v.net, [-rate * g for g in loss_gradient(v)])
    return loss(replace(v, net=moved)) / loss(v)


def _shifted(net: BallNetwork, d: Numbers) -> BallNetwork:
    """theta + d, d flat."""
    by = iter(d)
    weights = [[[w + next(by) for w in row] for row in rows] for rows in net.weights]
    return replace(net, weights=weights, v=[t + next(by) for t in net.v])


def _flat(net: BallNetwork) -> Numbers:
    return [w for rows in net.weights for row in rows for w in row] + net.v


def _point(v: View) -> BallNetwork:
    """The point of the cone that the entry speaks of."""
    case: StepCase = v.case  # type: ignore[assignment]
    moved = ball_network_of(case.points.networks, v.entry, case.phi)
    return replace(v.net, weights=moved.weights, v=moved.v)


def to_point(v: View) -> Numbers:
    """theta' - theta, flat."""
    return [new - old for new, old in zip(_flat(_point(v)), _flat(v.net), strict=True)]


def curvature_deficit(v: View) -> arb:
    """<d, grad L>^2 / (2 L ||d||^2) - 2 (L(theta') - L - <d, grad L>)/||d||^2, at least 0."""
    d, here = to_point(v), loss(v)
    slope, square = dot(d, loss_gradient(v)), dot(d, d)
    there = loss(replace(v, net=_point(v)))
    return (slope * slope / (2 * here * square) - 2 * (there - here - slope) / square).max(arb(0))
