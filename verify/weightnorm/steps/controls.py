"""Negative controls of the optimization claims: each must be refuted by the same machinery.

Wrong formulas are hunted on a few step cases; wrong optimizers and too large steps are runs.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import sympy as sp
from torch import Tensor

import bounds
import numerics
from numerics import WeightNormNetwork
from numerics.data import load
from numerics.weightnorm.training import gradient_step, train
from verify.claim import Claim
from verify.families import Control
from verify.weightnorm.specs import LayerSpec, NetworkSpec
from verify.weightnorm.steps.case import StepCase, step_case
from verify.weightnorm.steps.quantities import largest_row_loss


@dataclass(frozen=True)
class FormulaControl:
    """A wrong formula: the right bound, what was spoilt, and how."""

    name: str
    base: str
    mistake: str
    spoil: Callable[[sp.Expr], sp.Expr]


@dataclass(frozen=True)
class Refuted:
    """How a control fared: refuted or not, the ratio truth/bound, and where."""

    name: str
    mistake: str
    refuted: bool
    ratio: float
    witness: str


_s = bounds.symbol
_ALPHA, _BETA = _s("alpha_t"), _s("beta_loss")

FORMULAS: tuple[FormulaControl, ...] = (
    FormulaControl(
        "loss_hessian.constant",
        "loss_hessian.split",
        "varrho^2 for 2 varrho^2",
        lambda e: e - _s("grad_max") ** 2,
    ),
    FormulaControl(
        "loss_hessian.residual",
        "loss_hessian.split",
        "the term of the residuals dropped (Gauss-Newton)",
        lambda e: e.subs(_s("hess_max"), 0),
    ),
    FormulaControl(
        "row_norms_grow.constant",
        "row_norms_grow",
        "constant 0.9 for 1",
        lambda e: sp.Rational(9, 10) * e,
    ),
    FormulaControl(
        "restricted_strong_convexity.constant",
        "restricted_strong_convexity",
        "constant 1.8 for 2",
        lambda e: sp.Rational(9, 10) * e,
    ),
    FormulaControl(
        "restricted_strong_convexity.residual",
        "restricted_strong_convexity",
        "the term 2 sqrt(L) H of the residuals dropped",
        lambda e: e.subs(_s("ell"), 0),
    ),
    FormulaControl(
        "cone_gap.ball.constant",
        "cone_gap.ball",
        "1.5 alpha_t for alpha_t",
        lambda e: e.subs(_ALPHA, sp.Rational(3, 2) * _ALPHA),
    ),
    FormulaControl(
        "descent.curvature",
        "descent",
        "a quarter of beta_loss",
        lambda e: e.subs(_BETA, _BETA / 4),
    ),
    FormulaControl(
        "descent.contraction.constant",
        "descent.contraction",
        "three times alpha_t",
        lambda e: e.subs(_ALPHA, 3 * _ALPHA),
    ),
)


def hunting_ground(seed: int = 0) -> Iterator[StepCase]:
    """Step cases that come near the claims: one input or two, small and large targets, rows."""
    for target in (1e-3, 2.0, -50.0):
        for rows, norm in (("oblique", -1.0), ("perpendicular", -1.0), ("gaussian", 1.0)):
            spec = NetworkSpec((LayerSpec(3, rows, norm),), 3, "tanh", v="ones", seed=seed)
            network, x = spec.build()
            f = network(x).reshape(1)
            for kappa, radius in ((1.0, None), (0.3, 0.01)):
                case = step_case(
                    network, x.reshape(1, -1), f + target, eta=0.2, kappa=kappa, radius=radius,
                    attack_steps=30, seed=seed, label=f"{rows} rows of norm 1e{norm:g}, residual "
                    f"{target:g}, kappa {kappa:g}",
                )  # fmt: skip
                if isinstance(case, StepCase):
                    yield case


def corners(claim: Claim, seed: int) -> Iterator[StepCase]:
    """`hunting_ground` as the engine asks for it."""
    yield from hunting_ground(seed)


def made(claims: Mapping[str, Claim]) -> tuple[Control, ...]:
    """The wrong formulas as claims, made from the right ones."""
    found = []
    for spoilt in FORMULAS:
        right = claims[spoilt.base]
        bound = replace(
            right.bound, name=spoilt.name, expression=spoilt.spoil(right.bound.expression)
        )
        known = right.subject.readings[right.quantity.over]
        readings = {s: known[s] for s in bound.symbols}
        wrong = replace(right, bound=bound, readings=readings)
        found.append(Control(spoilt.name, spoilt.base, spoilt.mistake, wrong))
    return tuple(found)


def _digits(seed: int) -> tuple[WeightNormNetwork, Tensor, Tensor]:
    data = load("digits", n=40, seed=seed)
    return WeightNormNetwork.random((64, 8, 8), "tanh", seed=seed), data.x, data.y


def optimizer_breaks_row_norms(optimizer: str, seed: int = 0) -> Refuted:
    """Adam's rows shrink: it does not step along the gradient (T12 fails as it must)."""
    network, x, y = _digits(seed)
    run = train(
        network, x, y, optimizer=optimizer, learning_rate=0.05, steps=20, checkpoint_every=1,
        seed=seed, progress=False,
    ).checkpoints  # fmt: skip
    pairs = itertools.pairwise(run)
    ratio, step = max((largest_row_loss(a.network, b.network), a.step) for a, b in pairs)
    refuted = ratio > 1 + 1e-12
    return Refuted(f"row_norms.{optimizer}", f"{optimizer} for a gradient step", refuted, ratio,
                   f"digits, step {step}")  # fmt: skip


def momentum_breaks_pythagoras(seed: int = 0) -> Refuted:
    """Heavy ball breaks the equality of T12: its step is not orthogonal to the rows.

    Its row norms do not shrink, they grow faster: <W_t, u_(t-1)> <= 0 by induction from
    <W_(t-1), u_(t-1)> <= 0 and W_t = W_(t-1) - eta u_(t-1). So what fails is the equality.
    """
    network, x, y = _digits(seed)
    run = train(
        network, x, y, optimizer="momentum", learning_rate=0.5, steps=20, checkpoint_every=1,
        seed=seed, progress=False,
    ).checkpoints  # fmt: skip
    worst = 0.0
    for a, b in itertools.pairwise(run):
        for old, new in zip(a.network.weights, b.network.weights, strict=True):
            grown = (old.square().sum(-1) + (new - old).square().sum(-1)).sqrt()
            worst = max(worst, float((new.norm(dim=-1) / grown - 1).abs().max()))
    return Refuted(
        "row_norms.momentum", "momentum for a gradient step, in the equality of T12",
        worst > 1e-9, 1 + worst, "digits, 20 steps",
    )  # fmt: skip


def too_large_a_step(seed: int = 0) -> Refuted:
    """Three over the smoothness actually measured: the loss rises, so no such step is safe."""
    worst, where = 0.0, ""
    for case in hunting_ground(seed):
        top = float(numerics.loss_hessian_norm(case.network, case.x, case.y).lower)
        moved = gradient_step(case.network, case.x, case.y, 3.0 / top)
        after = float(numerics.loss(moved, case.x, case.y).lower)
        if after / case.level > worst:
            worst, where = after / case.level, case.label
    return Refuted("descent.step", "eta = 3/||Hess L|| called safe", worst > 1, worst, where)


def refute_rules(seed: int = 0) -> tuple[Refuted, ...]:
    """The wrong update rules and the too large step."""
    return (
        optimizer_breaks_row_norms("adam", seed),
        momentum_breaks_pythagoras(seed),
        too_large_a_step(seed),
    )
