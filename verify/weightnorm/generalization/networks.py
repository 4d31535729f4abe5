"""What the statements add to networks and to classes: nearness to a linear map, ||v||_1."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flint import arb
from torch import Tensor

import numerics
from numerics import Enclosure, activation
from numerics.weightnorm.generalization.deviation import linear_deviation, linear_weights
from verify.quantity import Quantity
from verify.weightnorm.ball_network import first_order, norm
from verify.weightnorm.cases import FunctionClassCase, NetworkCase
from verify.weightnorm.in_balls import View

__all__ = ["DEVIATION", "RADEMACHER_L1", "is_cubic"]

_CUBIC = tuple(activation(name) for name in ("tanh", "arctan", "sin", "identity"))


def is_cubic(case: Any) -> str:
    """Known by identity: |phi(t) - t| <= |t|^3/3 and |phi(t)| <= |t|."""
    if any(case.phi is known for known in _CUBIC):
        return ""
    return f"needs |phi(t) - t| <= |t|^3/3; {case.phi.name} is not known to meet it"


def _log_deviation(case: NetworkCase) -> Tensor:
    """log|f - <u, x>| at the first input, differentiable."""
    x = case.x[:, :1]
    flat = (x @ linear_weights(case.network).unsqueeze(-1)).squeeze(-1)
    return (case.network(x) - flat)[:, 0].abs().log()


def _exact_deviation(v: View) -> arb:
    back = v.net.v
    for rows in reversed(v.net.weights):
        parts = [b / norm(row) for b, row in zip(back, rows, strict=True)]
        columns = zip(*rows, strict=True)
        root = arb(len(rows)).sqrt()  # c_l s_l = 1/sqrt(m_l) in every placement
        back = [_dot(parts, column) / root for column in columns]
    x = v.inputs[0]
    return abs(first_order(v.net, x).output - _dot(back, x))


def _dot(left: Sequence[arb], right: Sequence[arb]) -> arb:
    return sum((a * b for a, b in zip(left, right, strict=True)), arb(0))


def _rademacher(case: FunctionClassCase) -> Enclosure:
    """The supremum over ||v||_1 <= nu1 sqrt(m) is attained by one unit: the class at width 1."""
    return numerics.rademacher_complexity(
        (*case.widths[:-1], 1),
        case.x,
        nu=case.nu,
        activation=case.phi,
        placement="outer",
        seed=case.seed,
        restarts=case.restarts,
        steps=case.steps,
    )


DEVIATION = Quantity(
    key="linear_deviation",
    latex=r"|f - \langle u, x\rangle|",
    over="input",
    measure=lambda case: linear_deviation(case.network, case.x),
    climb=lambda: _log_deviation,
    exact=_exact_deviation,
)
RADEMACHER_L1 = Quantity(
    key="rademacher_complexity_l1",
    latex=r"\hat{\mathfrak{R}}_n(\|v\|_1 \le \nu_1\sqrt m)",
    over="class",
    measure=_rademacher,
)
