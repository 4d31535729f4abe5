"""The true quantities of a problem, each described once."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flint import arb

from bounds.diagonal_linear import NOTATION
from verify.diagonal_linear import along, steps
from verify.diagonal_linear.cases import NetCase
from verify.diagonal_linear.in_balls import Net
from verify.diagonal_linear.readings import balanced, certified, excess, flowing, magnified
from verify.quantity import Quantity

__all__ = ["QUANTITIES"]

_LIMITS: Mapping[str, Callable[[Net], arb]] = {
    "l1_gap": lambda v: v.l1_gap,
    "l1_excess": Net.l1_excess,
    "l1_gap_plain": lambda v: v.l1_gap_plain,
    "plain_product": Net.plain_product,
    "balance": Net.balance,
    "balance_plain": Net.balance_plain,
    "comparison": Net.comparison,
    "comparison_ratio": Net.comparison_ratio,
    "comparison_power": Net.comparison_power,
    "weighted_gap": Net.weighted_gap,
    "weighted_gap_plain": Net.weighted_gap_plain,
    "mass": lambda v: v.T,
    "off_support": Net.off_support,
    "off_support_log": Net.off_support_log,
    "signed_log": Net.signed_log,
}
_FLOWS: Mapping[str, Callable[[NetCase], along.Pair]] = {
    "magnified_mass": magnified,
    "end_mass": along.end_mass,
    "kernel_log": along.kernel_log,
    "kernel_power": along.kernel_power,
    "scale_power": along.scale_power,
    "mass_at": along.mass,
    "loss": along.loss,
    "kernel_speed": along.speed,
    "defect_high": steps.defect_high,
    "defect_low": steps.defect_low,
    "defect": steps.defect,
    "defect_share": steps.defect_share,
    "step_balance": balanced,
    "step_excess": excess,
}


def _quantities() -> dict[str, Quantity]:
    found = {}
    for name in (*_LIMITS, *_FLOWS):
        key = f"diagonal_linear.{name}"
        exact = _LIMITS.get(name)
        measure = flowing(_FLOWS[name]) if exact is None else certified(exact)
        latex = NOTATION.quantities[key]
        needs = ("range",) if exact is None else ()
        found[key] = Quantity(
            key=key, latex=latex, over="net", measure=measure, exact=exact, needs=needs
        )
    return found


QUANTITIES: Mapping[str, Quantity] = _quantities()
