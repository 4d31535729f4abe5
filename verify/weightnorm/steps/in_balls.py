"""Steps of training in ball arithmetic: the Hessian of the loss, and the rows after one step."""

from __future__ import annotations

from flint import arb, arb_mat

from verify.balls import symmetric_norm
from verify.quantity import Quantity
from verify.weightnorm.ball_network import first_order, hessian, norm
from verify.weightnorm.in_balls import View, view
from verify.weightnorm.steps.case import StepCase

__all__ = [
    "eta",
    "largest_gradient",
    "largest_hessian",
    "loss_hessian_norm",
    "row_norm_shrinkage",
    "step_view",
]


def step_view(case: StepCase, quantity: Quantity, entry: int) -> View:
    """The network of the step with all its inputs, whatever the entry."""
    return view(case, _OF_DATA, 0)


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


def row_norm_shrinkage(v: View) -> arb:
    """max_i (||W_i||^2 + eta^2 ||dL/dW_i||^2) / ||W_i - eta dL/dW_i||^2 over all rows."""
    n, rate = len(v.inputs), eta(v)
    swept = [first_order(v.net, x) for x in v.inputs]
    slopes = [2 * (s.output - y) / n for s, y in zip(swept, v.net.y, strict=True)]
    flat = [
        sum((c * s.theta[k] for c, s in zip(slopes, swept, strict=True)), arb(0))
        for k in range(len(swept[0].theta))
    ]
    worst, start = arb(0), 0
    for rows in v.net.weights:
        for row in rows:
            moved = [rate * g for g in flat[start : start + len(row)]]
            start += len(row)
            after = norm([w - s for w, s in zip(row, moved, strict=True)])
            before, step = norm(row), norm(moved)
            worst = worst.max((before * before + step * step) / (after * after))
    return worst
