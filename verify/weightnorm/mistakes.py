"""The mistakes people make with bounds of this family, beside those of any formula."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import sympy as sp
import torch
from torch import Tensor

import bounds
from numerics import Enclosure
from numerics.weightnorm.rows import row_norms
from verify.claim import Claim
from verify.subject import Change, Measured, Mistakes
from verify.weightnorm.cases import NetworkCase

__all__ = ["MISTAKES"]

#: Symbols whose exponents are put off by a half and by one.
_EXPONENTS = ("L", "m", "m_min", "m_max", "omega", "nu", "n", "xi", "X", "K", "y_1", "y_2", "ell")
#: Symbols that people confuse.
_SWAPS = ("nu", "xi", "K", "omega", "beta", "phi0", "X", "n", "y_1", "y_2", "m_min", "m_max")


def _changes(bound: bounds.Bound) -> Iterator[Change]:
    """The wrong width, the row norm for the spectral norm, the depth off by one."""
    expression, symbol = bound.expression, bound.notation.symbol
    for name, other in (("m_min", "m_max"), ("m_max", "m_min")):
        if name in bound.symbols:
            changed = expression.subs(symbol(name), symbol(other))
            yield Change("min for max", f"{other} for {name}", changed)
    if "K" in bound.symbols:
        K = symbol("K")
        words = "||What||_2 taken as its row norm 1: K/sqrt(m) for K"
        yield Change("row norm", words, expression.subs(K, K / sp.sqrt(symbol("m_min"))))
    if "L" in bound.symbols:
        changed = expression.subs(symbol("L"), symbol("L") - 1)
        yield Change("depth", "L - 1 for L", changed, least_depth=2)


def _measured(claim: Claim) -> Iterator[Measured]:
    """Mistakes in what is measured: omega's exponent, its maximum."""
    if "omega" not in claim.bound.symbols:
        return
    reading = claim.readings["omega"]
    for power in (0.5, 2.0):
        changed = replace(
            reading, measure=_then(reading.measure, power), smooth=_then(reading.smooth, power),
            exact=None,
        )  # fmt: skip
        words = f"omega_l^{power:g} for omega_l"
        yield "exponent", words, {"omega": changed}, {"omega": partial(_power, power)}
    largest = replace(reading, measure=_largest_rows, smooth=_largest_rows, exact=None)
    yield "min for max", "largest row norm for omega", {"omega": largest}, {}


def _power(power: float, value: Any) -> Any:
    if isinstance(value, Enclosure):
        return Enclosure(value.lower**power, value.upper**power, value.quality, value.method)
    return value**power


def _then(measure: Callable[[Any], Any] | None, power: float) -> Any:
    return None if measure is None else lambda case: _power(power, measure(case))


def _largest_rows(case: NetworkCase) -> Tensor:
    norms = [row_norms(w).amax(-1) for w in case.network.weights]
    return torch.stack(norms, dim=-1).unsqueeze(1)


MISTAKES = Mistakes(
    exponents=_EXPONENTS,
    swaps=_SWAPS,
    vanishing=("beta", "phi0"),
    width="m_min",
    changes=_changes,
    measured=_measured,
)
