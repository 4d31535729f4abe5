"""Negative controls: claims that are wrong on purpose, which the machinery must refute.

Each group of bounds has a wrong constant, a wrong exponent and the mistake of taking the spectral
norm of What for the norm of its rows (unit rows do not give spectral norm 1: ||What||_2 can reach
sqrt(m), theory.md section 7). A verifier that cannot reject these is worth nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import sympy as sp
import torch

import bounds
from bounds.weightnorm.complexity import RADEMACHER_ODD
from numerics import WeightNormNetwork
from verify.case import Case
from verify.check import unmet
from verify.claim import Claim
from verify.families import Control
from verify.weightnorm.adversarial import bent, folded
from verify.weightnorm.cases import FunctionClassCase, NetworkCase, network_case
from verify.weightnorm.corners import corner_specs
from verify.weightnorm.quantities import QUANTITIES
from verify.weightnorm.strategies import case_of

__all__ = ["class_corners", "made", "network_corners"]


@dataclass(frozen=True)
class _Spoilt:
    """A right bound spoilt: name of the control, the bound, the mistake, and how it is made."""

    name: str
    base: str
    mistake: str
    spoil: Callable[[sp.Expr], sp.Expr]


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


_ONE = torch.ones(1, 1, dtype=torch.float64)
_TENTH = _scaled(sp.Rational(9, 10))
_L, _m, _n = (bounds.symbol(name) for name in ("L", "m_min", "n"))
_ROW_NORM = "||What||_2 taken as its row norm 1: the gain K becomes K/sqrt(m)"


def _gain_per_sqrt_width(expression: sp.Expr) -> sp.Expr:
    return _with("K", lambda k: k / sp.sqrt(_m))(expression)


_SPOILT: tuple[_Spoilt, ...] = (
    _Spoilt("gradient_bound.constant", "gradient", "constant 0.9 for 1", _TENTH),
    _Spoilt(
        "gradient_bound.exponent",
        "gradient",
        "minimum weight norm to the power -1/2 for -1",
        _per_layer("omega", sp.sqrt),
    ),
    _Spoilt("gradient_bound.row_norm", "input_gradient", _ROW_NORM, _gain_per_sqrt_width),
    _Spoilt("hessian_bound.constant", "hessian.recursive", "constant 0.9 for 1", _TENTH),
    _Spoilt(
        "hessian_bound.exponent",
        "hessian.closed",
        "minimum weight norm to the powers -1/2, -1 for -1, -2",
        _with("omega", sp.sqrt),
    ),
    _Spoilt(
        "hessian_bound.row_norm",
        "hessian.closed",
        "||What||_2 taken as its row norm 1: m^(-1/2) lost in L-1 layers",
        _scaled(_m ** (-(_L - 1) / 2)),
    ),
    _Spoilt("loss_bound.constant", "loss", "constant 0.9 for 1", _TENTH),
    _Spoilt("loss_bound.exponent", "loss", "||v|| for ||v||^2", _with("nu", sp.sqrt)),
    _Spoilt("loss_bound.row_norm", "loss", _ROW_NORM, _gain_per_sqrt_width),
    _Spoilt("loss_bound.gradient_constant", "loss_gradient", "constant 0.9 for 1", _TENTH),
    _Spoilt("rademacher_bound.constant", "rademacher.odd", "constant 0.9 for 1", _TENTH),
    _Spoilt(
        "rademacher_bound.exponent",
        "rademacher.odd",
        "n^(-3/2) for n^(-1)",
        _scaled(_n**-sp.S.Half),
    ),
    _Spoilt(
        "rademacher_bound.not_odd",
        "rademacher",
        "the constant 1 of odd activations for all of them (T33)",
        lambda _: RADEMACHER_ODD.expression,
    ),
    _Spoilt("rademacher_bound.row_norm", "rademacher.odd", _ROW_NORM, _gain_per_sqrt_width),
    _Spoilt(
        "rademacher_bound.offset",
        "rademacher.offset",
        "what phi(0) costs left out",
        _with("phi0", lambda _: sp.S.Zero),
    ),
    _Spoilt("tangent_kernel_bound.constant", "tangent_kernel", "constant 0.9 for 1", _TENTH),
    _Spoilt(
        "tangent_kernel_bound.diagonal",
        "tangent_kernel",
        "one entry of the diagonal for the whole norm: 1 for n",
        _scaled(1 / _n),
    ),
    _Spoilt(
        "input_hessian_bound.depth",
        "input_hessian",
        "sqrt(L) for L, where only the second derivative is bounded",
        lambda bound: bound / sp.sqrt(_L),
    ),
    _Spoilt("input_hessian_bound.constant", "input_hessian", "half of it", _scaled(sp.S.Half)),
)


def made(claims: Mapping[str, Claim]) -> tuple[Control, ...]:
    """The controls of these claims, each on the same quantity and readings as the right one."""
    return tuple(_control(spoilt, claims[spoilt.base]) for spoilt in _SPOILT)


def _control(spoilt: _Spoilt, right: Claim) -> Control:
    expression = spoilt.spoil(right.bound.expression)
    bound = replace(right.bound, name=spoilt.name, expression=expression)
    known = right.subject.readings[right.quantity.over]
    wrong = replace(right, bound=bound, readings={s: known[s] for s in bound.symbols})
    return Control(spoilt.name, spoilt.base, spoilt.mistake, wrong)


def network_corners(claim: Claim, seed: int) -> Iterator[Case]:
    """Networks at the sharp corners of the bounds; of a sample, with its input in both signs."""
    for case in map(case_of, corner_specs(seed=seed)):
        sample = "X" in claim.bound.symbols
        yield network_case(case.network, torch.cat([case.x, -case.x], 1), origin=case.origin,
                           label=case.label) if sample else case  # fmt: skip
    if claim.quantity is QUANTITIES["input_hessian_norm"]:
        yield _curved_chain()


def _curved_chain() -> NetworkCase:
    """Six layers of one unit, each steep and curved where its input is (T31)."""
    network = WeightNormNetwork.from_tensors([_ONE] * 6, _ONE[0], activation=bent("1/20"))
    return network_case(network, 0.0 * _ONE, origin="structured", label="bent chain, depth 6")


def class_corners(claim: Claim, seed: int) -> Iterator[Case]:
    """Function classes on orthogonal inputs, where the Rademacher bounds are sharp."""
    for depth in (1, 2, 3):
        for activation in ("identity", "tanh", "cos"):
            yield FunctionClassCase(
                widths=(4, *([4] * depth)),
                x=0.02 * torch.eye(4, dtype=torch.float64),
                activation=activation,
                seed=seed,
                restarts=4,
                label=f"class {activation}, depth {depth}, width 4, four orthogonal inputs",
            )
    if not unmet(claim, FunctionClassCase(widths=(1, 1), x=_ONE, activation="gelu")):
        yield FunctionClassCase(
            widths=(1, 1),
            x=torch.tensor([[4.0], [1.0], [1.0]], dtype=torch.float64),
            activation=folded(),
            seed=seed,
            restarts=24,  # no step turns the one weight's sign
            steps=2,
            label="class folded, depth 1, width 1, three inputs of two sizes",
        )
