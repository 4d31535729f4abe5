"""Statements of G1, G2, G5, G9 and I1 made wrong on purpose."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import sympy as sp

from bounds.weightnorm.generalization import NOTATION
from verify.claim import Claim
from verify.families import Control

__all__ = ["made"]

_eta, _n, _X = (NOTATION.symbol(name) for name in ("eta_n", "n", "X"))
_G_2 = NOTATION.symbol("G_2")


def _times(factor: sp.Expr) -> Callable[[sp.Expr], sp.Expr]:
    return lambda expression: factor * expression


def _one_layer(expression: sp.Expr) -> sp.Expr:
    """The sum over the layers replaced by its last term."""
    (total,) = expression.atoms(sp.Sum)
    index, _, last = total.limits[0]
    return expression.subs(total, total.function.subs(index, last))


_SPOILT = (
    (
        "symmetrization", "generalization.symmetrization",
        "R_2n for 2 R_2n/(1 - eta_n)", _times((1 - _eta) / 2),
    ),
    (
        "balanced", "generalization.balanced",
        "balanced signs taken for iid ones: 1 for 1/(1 - eta_n)", _times(1 - _eta),
    ),
    (
        "central_binomial", "generalization.central_binomial",
        "1/sqrt(pi (n + 1/2)) for 1/sqrt(pi (n + 1/4))",
        lambda e: 1 / sp.sqrt(sp.pi * (_n + sp.Rational(1, 2))),
    ),
    ("self_bounding", "generalization.self_bounding", "Z/2 for Z", _times(sp.Rational(1, 2))),
    (
        "signed_sum_taylor", "generalization.signed_sum_taylor",
        "the Taylor polynomial cut before its third term",
        lambda e: _X * (1 - _G_2 / (4 * _X**4)),
    ),
    ("rademacher_l1", "rademacher.l1", "constant 0.9 for 1", _times(sp.Rational(9, 10))),
    ("deviation.constant", "linear.deviation", "1/4 for 1/3", _times(sp.Rational(3, 4))),
    ("deviation.depth", "linear.deviation", "the last layer for all of them", _one_layer),
)  # fmt: skip


def made(claims: Mapping[str, Claim]) -> tuple[Control, ...]:
    """The controls, each on the quantity and the readings of the right claim."""
    return tuple(_control(*row, claims[row[1]]) for row in _SPOILT)


def _control(
    name: str, base: str, mistake: str, spoil: Callable[[sp.Expr], sp.Expr], right: Claim
) -> Control:
    full = f"generalization_bound.{name}"
    bound = replace(right.bound, name=full, expression=spoil(right.bound.expression))
    known = right.subject.readings[right.quantity.over]
    wrong = replace(right, bound=bound, readings={s: known[s] for s in bound.symbols})
    return Control(full, base, mistake, wrong)
