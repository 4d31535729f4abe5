"""Negative controls: claims that are wrong on purpose, and the machinery that must refute them.

Each family of bounds has a wrong constant, a wrong exponent and the mistake of taking the spectral
norm of What for the norm of its rows (unit rows do not give spectral norm 1: ||What||_2 can reach
sqrt(m), theory.md section 7). A verifier that cannot reject these is worth nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import sympy as sp
import torch

import bounds
from verify.case import Case, FunctionClassCase
from verify.claim import Claim, check, claim_for
from verify.corners import corner_specs
from verify.strategies import case_of
from verify.verdict import CODES, Verdict


@dataclass(frozen=True)
class Control:
    """A wrong claim: the right one it comes from, what was spoilt, and how."""

    name: str
    base: str
    mistake: str
    spoil: Callable[[sp.Expr], sp.Expr]

    @property
    def claim(self) -> Claim:
        """The wrong claim, on the same quantity and measures as the right one."""
        right = bounds.get(self.base)
        wrong = replace(right, name=self.name, expression=self.spoil(right.expression))
        return claim_for(wrong)


@dataclass(frozen=True)
class Refutation:
    """How a control fared: refuted or not, after how many networks, by which one, by how much."""

    control: Control
    refuted: bool
    tried: int
    ratio: float
    witness: str


def _scaled(factor: sp.Expr) -> Callable[[sp.Expr], sp.Expr]:
    return lambda expression: factor * expression


def _per_layer(name: str, change: Callable[[sp.Expr], sp.Expr]) -> Callable[[sp.Expr], sp.Expr]:
    base = bounds.layer_symbol(name)
    return lambda expression: expression.replace(
        lambda e: isinstance(e, sp.Indexed) and e.base == base, change
    )


def _with(name: str, change: Callable[[sp.Expr], sp.Expr]) -> Callable[[sp.Expr], sp.Expr]:
    symbol = bounds.symbol(name)
    return lambda expression: expression.subs(symbol, change(symbol))


_TENTH = _scaled(sp.Rational(9, 10))
_L, _m, _n = (bounds.symbol(name) for name in ("L", "m_min", "n"))
_ROW_NORM = "||What||_2 taken as its row norm 1: the gain K becomes K/sqrt(m)"


def _gain_per_sqrt_width(expression: sp.Expr) -> sp.Expr:
    return _with("K", lambda k: k / sp.sqrt(_m))(expression)


CONTROLS: tuple[Control, ...] = (
    Control("gradient_bound.constant", "gradient", "constant 0.9 for 1", _TENTH),
    Control(
        "gradient_bound.exponent",
        "gradient",
        "minimum weight norm to the power -1/2 for -1",
        _per_layer("omega", sp.sqrt),
    ),
    Control("gradient_bound.row_norm", "input_gradient", _ROW_NORM, _gain_per_sqrt_width),
    Control("hessian_bound.constant", "hessian.recursive", "constant 0.9 for 1", _TENTH),
    Control(
        "hessian_bound.exponent",
        "hessian.closed",
        "minimum weight norm to the powers -1/2, -1 for -1, -2",
        _with("omega", sp.sqrt),
    ),
    Control(
        "hessian_bound.row_norm",
        "hessian.closed",
        "||What||_2 taken as its row norm 1: m^(-1/2) lost in L-1 layers",
        _scaled(_m ** (-(_L - 1) / 2)),
    ),
    Control("loss_bound.constant", "loss", "constant 0.9 for 1", _TENTH),
    Control("loss_bound.exponent", "loss", "||v|| for ||v||^2", _with("nu", sp.sqrt)),
    Control("loss_bound.row_norm", "loss", _ROW_NORM, _gain_per_sqrt_width),
    Control("loss_bound.gradient_constant", "loss_gradient", "constant 0.9 for 1", _TENTH),
    Control("rademacher_bound.constant", "rademacher.odd", "constant 0.9 for 1", _TENTH),
    Control(
        "rademacher_bound.exponent",
        "rademacher.odd",
        "n^(-3/2) for n^(-1)",
        _scaled(_n**-sp.S.Half),
    ),
    Control("rademacher_bound.row_norm", "rademacher.odd", _ROW_NORM, _gain_per_sqrt_width),
)


def hunting_ground(level: str, seed: int) -> Iterator[Case]:
    """The cases on which controls are hunted: sharp corners, or classes with orthogonal inputs."""
    if level == "class":
        yield from _class_corners(seed)
    else:
        yield from (case_of(spec) for spec in corner_specs(seed=seed))


def _class_corners(seed: int) -> Iterator[FunctionClassCase]:
    for depth in (1, 2, 3):
        for activation in ("identity", "tanh"):
            yield FunctionClassCase(
                widths=(4, *([4] * depth)),
                x=0.02 * torch.eye(4, dtype=torch.float64),
                activation=activation,
                seed=seed,
                restarts=4,
                label=f"class {activation}, depth {depth}, width 4, four orthogonal inputs",
            )


def refute(control: Control, seed: int = 0) -> Refutation:
    """Walk the hunting ground until the control is violated, or it ends."""
    claim, tried, best, witness = control.claim, 0, 0.0, ""
    for case in hunting_ground(claim.quantity.level, seed):
        result = check(claim, case)
        if not result.networks:
            continue
        tried += result.networks
        ratio = float(result.ratios.max())
        if ratio > best:
            best, witness = ratio, case.label
        if bool((result.codes == CODES.index(Verdict.VIOLATED)).any()):
            return Refutation(control, True, tried, ratio, case.label)
    return Refutation(control, False, tried, best, witness)


def refute_all(chosen: dict[str, Claim], seed: int) -> list[Refutation]:
    """The controls that belong to the chosen claims."""
    return [refute(control, seed) for control in CONTROLS if control.base in chosen]
