"""How far the limit's norm is above the smallest possible one, without a difference.

<b, x_inf> - Q = <b - A^T lam, x_inf> - (Q - <lam, y>): a sum of nonnegative terms, the last of
which is 0 for the multipliers of an optimal vertex. Sheet A7.
"""

from __future__ import annotations

import torch
from flint import arb, ctx
from torch import Tensor

from numerics.diagonal_linear.minimum import MinimumL1
from numerics.diagonal_linear.result import Limit
from numerics.enclosure import Enclosure, Quality
from numerics.errors import NumericsError
from numerics.linalg.balls import above, balls, below
from numerics.rounding import LEAST, UNIT

_BITS = 106
METHOD = "<b - A^T lam, x_inf> with certified slacks and a certified limit; rounding included"


def norm_gap(found: Limit, minimum: MinimumL1) -> Enclosure:
    """<b, x_inf> - Q >= 0, the b of the minimum: ||x_inf||_1 - Q for `minimum_l1`.

    Both must be of the same equations. Narrow where the minimum has its vertex and the limit is
    known to small relative width: then the ends differ by that width relatively, however small the
    gap. Otherwise the lower end is 0 below about 1e-14 Q.
    """
    if found.parts.lower.shape != minimum.slack.lower.shape:
        raise NumericsError(
            argument="minimum",
            found=f"parts of shape {tuple(minimum.slack.lower.shape)} for a limit of "
            f"{tuple(found.parts.lower.shape)}",
            accepted="the minimum of the same equations, signed as the limit is",
        )
    with ctx.workprec(max(found.bits, _BITS)):
        low, high = _ends(found, minimum)
    return Enclosure(low.clamp_min(0.0), high, Quality.ENCLOSURE, METHOD)


def ball_gap(found: Limit, minimum: MinimumL1) -> arb:
    """The same in ball arithmetic: a limit with `bits` and a minimum with `exact`."""
    if found.balls is None or minimum.vertex is None:
        raise NumericsError(
            argument="limit, minimum",
            found="no balls",
            accepted="limit(..., bits=128) and minimum_l1(..., exact=True) with a vertex",
        )
    with ctx.workprec(max(found.bits, _BITS)):
        pairs = zip(minimum.vertex.slack, found.balls, strict=True)
        return sum((s * x for s, x in pairs), arb(0))


def _ends(found: Limit, minimum: MinimumL1) -> tuple[Tensor, Tensor]:
    x_low, x_high = found.parts.lower.reshape(-1), found.parts.upper.reshape(-1)
    if minimum.vertex is not None:
        slack = minimum.vertex.slack
        low = sum((s * x for s, x in zip(slack, balls(x_low).entries, strict=True)), arb(0))
        high = sum((s * x for s, x in zip(slack, balls(x_high).entries, strict=True)), arb(0))
        if found.balls is not None:
            low = high = ball_gap(found, minimum)
        ends = torch.tensor([below(low), above(high)], dtype=torch.float64)
        return ends[0], ends[1]
    length = 1.0 + 1.1 * (x_low.numel() + 8) * UNIT
    slack_low = minimum.slack.lower.reshape(-1).clamp_min(0.0)
    low_sum = (slack_low * x_low).sum() / length - LEAST
    high_sum = (minimum.slack.upper.reshape(-1) * x_high).sum() * length + LEAST
    return (low_sum - minimum.duality_gap) * (1.0 - 2.0 * UNIT) - LEAST, high_sum
