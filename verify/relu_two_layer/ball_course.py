"""A run of gradient descent in ball arithmetic, from exact numbers on.

The sign of a preactivation is decided by its ball; where a step leaves it open the rest of the run
is not a number, which decides nothing. What a certificate promised (rate, floor, tube) are float64
numbers, and are taken as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from flint import arb

from numerics.relu_two_layer import Certificate
from verify.quantity import Quantity
from verify.relu_two_layer import ball_network, courses
from verify.relu_two_layer.ball_network import Net, View, dot, least, norm, square_sum, top
from verify.relu_two_layer.cases import CourseCase

__all__ = ["COURSE", "CourseView", "view"]


@dataclass(frozen=True, eq=False)
class CourseView(View):
    """One run in balls. certificate: of its first state, None where there is none."""

    steps: int
    certificate: Certificate | None

    @cached_property
    def after(self) -> tuple[Net, arb]:
        """The network after all steps, and sum eta ||grad||^2/||r||."""
        net, spent = self.start, arb(0)
        for _ in range(self.steps):
            net, cost = self._stepped(net)
            spent += cost
        return net, spent

    def _stepped(self, net: Net) -> tuple[Net, arb]:
        eta, d = self.parts["eta"], len(net.x[0])
        r = [f - y for f, y in zip(net.outputs, self.parts["y"], strict=True)]
        scaled = [c / arb(net.m).sqrt() for c in net.c]
        v, g, slope = [], [], arb(0)
        for k, u in enumerate(net.unit):
            pull = [dot(r, [int(row[k]) * x[p] for row, x in zip(net.on, net.x, strict=True)])
                    for p in range(d)]  # fmt: skip
            along = dot(pull, u)
            rate = scaled[k] * net.rho[k]
            by_v = [rate * (t - along * s) for t, s in zip(pull, u, strict=True)]
            by_g = scaled[k] * dot(r, [row[k] for row in net.features])
            slope += square_sum(by_v) + by_g * by_g
            v.append([s - eta * t for s, t in zip(net.v[k], by_v, strict=True)])
            g.append(net.g[k] - eta * by_g)
        size = norm(r)
        cost = arb(0) if size.is_zero() else eta * slope / size
        return _decided(replace(net, v=v, g=g)), cost

    @cached_property
    def end(self) -> Net:
        return self.after[0]

    def promised(self, name: str) -> Any:
        return arb.nan() if self.certificate is None else getattr(self.certificate, name)


def _decided(net: Net) -> Net:
    """The network with the signs its balls have; all gains NaN where one is open."""
    products = [[dot(v, x) for v in net.v] for x in net.x]
    if any(not (p > 0 or p < 0 or p.is_zero()) for row in products for p in row):
        return replace(net, g=[arb.nan()] * net.m)
    return replace(net, signs=[[(p > 0) - (p < 0) for p in row] for row in products])


def view(case: CourseCase, quantity: Quantity, entry: int) -> CourseView:
    """The run and the entry of it behind one entry of a check."""
    base = ball_network.view(case, quantity, entry)
    index = entry // case.entries(quantity.over)
    found = courses.certificates(case)[index]
    steps = int(case["count"][index])
    return CourseView(base.parts, base.exact, base.entry, steps, found)


def _angle(v: CourseView) -> arb:
    first, last = v.start.unit[v.entry], v.end.unit[v.entry]
    apart = norm([a - b for a, b in zip(first, last, strict=True)])
    across = norm([a + b for a, b in zip(first, last, strict=True)])
    return 2 * arb.atan2(apart, across)


def _flips(v: CourseView, foreseen: bool) -> arb:
    """How many signs changed, those foreseen by the certificate left out where asked."""
    if any(not g.is_finite() for g in v.end.g):
        return arb.nan()
    mask = v.certificate.may_flip if foreseen and v.certificate is not None else None
    count = 0
    for i, (old, new) in enumerate(zip(v.start.on, v.end.on, strict=True)):
        for k, changed in enumerate(a != b for a, b in zip(old, new, strict=True)):
            count += changed and not (mask is not None and bool(mask[i, k]))
    return arb(count)


def _shortest(v: CourseView) -> arb:
    found = v.start.norms[0]
    for size in v.start.norms[1:]:
        found = found.min(size)
    return found


def _residual(v: CourseView, net: Net) -> arb:
    return norm([f - y for f, y in zip(net.outputs, v.parts["y"], strict=True)])


def _power(v: CourseView) -> int:
    return v.steps


COURSE: Mapping[str, Callable[[Any], Any]] = {
    "relu.gain_floor": lambda v: least(v.end.gain()),
    "relu.later_residual": lambda v: _residual(v, v.end),
    "relu.later_least": lambda v: least(v.end.tangent()),
    "relu.later_turn": _angle,
    "relu.later_gain": lambda v: abs(v.end.g[v.entry] - v.start.g[v.entry]),
    "relu.unforeseen": lambda v: _flips(v, True),
    "relu.flip_count": lambda v: _flips(v, False),
    "n": lambda v: len(v.parts["x"]),
    "m": lambda v: v.start.m,
    "eta": lambda v: v.parts["eta"],
    "steps": _power,
    "chi": lambda v: v.start.chi(),
    "mu": lambda v: least(v.start.gain()).nonnegative_part(),
    "r_min": _shortest,
    "S": lambda v: v.after[1],
    "r_0": lambda v: _residual(v, v.start),
    "lam_0": lambda v: least(v.start.tangent()).nonnegative_part(),
    "top_0": lambda v: top(v.start.tangent()),
    "rate": lambda v: arb(v.promised("rate")),
    "least": lambda v: arb(v.promised("least")),
    "turn": lambda v: arb(float(v.promised("turn")[v.entry])),
    "gain": lambda v: arb(float(v.promised("gain_change")[v.entry])),
}
