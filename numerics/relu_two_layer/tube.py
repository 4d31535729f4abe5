"""How far rows and gains can go while the residual falls at a given rate (statement F3, step 1).

If ||r|| falls at rate Gamma0 for ever, the path is no longer than ||r||/Gamma0, so unit k turns by
at most D_k and its gain moves by at most dg_k. All numbers are upper bounds, rounded up, in units
of the row's norm where that has a meaning.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from numerics.enclosure import Enclosure
from numerics.relu_two_layer.balls import Ball
from numerics.relu_two_layer.eigenvalues import largest_eigenvalue, least_eigenvalue
from numerics.relu_two_layer.inputs import resolve_inputs, resolve_targets
from numerics.relu_two_layer.kernels import direction_ball, gain_ball, gram
from numerics.relu_two_layer.network import ReluNetwork
from numerics.relu_two_layer.state import State, chi_ball, state
from numerics.rounding import UNIT

UP, DOWN = 1.0 + 1e-12, 1.0 - 1e-12  # more than a hundred roundings of numbers without cancellation


@dataclass(frozen=True, eq=False)
class Present:
    """What F1 and F3 need of the current state of one network: numbers and (1, ...) balls.

    chi, residual, rho (1, m), feature_norms s_k (1, m) and jacobian_squared ||J||^2 are upper
    bounds; row_norms (1, m) and gram = X X^T are balls; tangent is Lambda. Rows, gains and
    residuals are those given divided by `unit`.
    """

    here: State
    x: Tensor
    unit: float
    chi: float
    residual: float
    rho: Tensor
    row_norms: Ball
    feature_norms: Tensor
    gram: Ball
    direction: Ball
    gain: Ball
    tangent: Enclosure
    least: Enclosure
    jacobian_squared: float

    @property
    def m(self) -> int:
        return self.here.swept.m


def present(network: ReluNetwork, x: Tensor, y: Tensor) -> Present:
    """The current state of one network, certified, in units in which gains or targets are near 1.

    Rows, gains and targets are divided by one power of two: J, Lambda, angles and rates stay, the
    whole course of training is divided by it.
    """
    x = resolve_inputs(network, x)
    y = resolve_targets(x, y)
    unit = _unit(network, y)
    scaled = ReluNetwork(network.v / unit, network.g / unit, network.c, network.batch)
    here = state(scaled, x, y / unit)
    swept = here.swept
    direction, gain = direction_ball(swept), gain_ball(swept)
    tangent = (direction + gain).enclosure("products of n x m matrices")
    return Present(
        here=here,
        x=x,
        unit=unit,
        chi=float(chi_ball(x).upper),
        residual=float(here.r.norm().upper),
        rho=swept.rho.size,
        row_norms=swept.row_norms,
        feature_norms=swept.features.norm(-2).upper,
        gram=gram(swept),
        direction=direction,
        gain=gain,
        tangent=tangent,
        least=least_eigenvalue(tangent),
        jacobian_squared=float(largest_eigenvalue(tangent).upper),
    )


def _unit(network: ReluNetwork, y: Tensor) -> float:
    """A power of two near the largest gain or target, by which division is exact; else 1."""
    largest = max(float(network.g.abs().amax()), float(y.abs().amax()))
    if largest == 0.0:
        return 1.0
    exponent = math.frexp(largest)[1]
    rows = network.v.abs().amax(-1)
    low, high = math.frexp(float(rows.amin()))[1], math.frexp(float(rows.amax()))[1]
    unit = math.ldexp(1.0, min(max(exponent, high - 900), low + 900, 1000))
    whole = all(torch.equal(t / unit * unit, t) for t in (network.v, network.g, y))
    return unit if whole else 1.0


@dataclass(frozen=True, eq=False)
class Tube:
    """Bounds for all later times, (1, m) each.

    turn: D_k in radians; gain: dg_k / ||v_k||; ratio: rb_k, on |rho_k|; ratio_change: dr_k.
    """

    turn: Tensor
    gain: Tensor
    ratio: Tensor
    ratio_change: Tensor

    @property
    def sine(self) -> Tensor:
        """Upper bounds on the sine of every angle up to D_k."""
        return (torch.sin(self.turn.clamp_max(math.pi / 2.0)) * (1.0 + 8.0 * UNIT)).clamp_max(1.0)


def tube(now: Present, rate: float, *, discrete: bool) -> Tube | None:
    """The tube of a residual falling at `rate` under the flow or gradient descent; None if
    rows may turn without bound (chi ||r|| / (sqrt(m) rate) not below every ||v_k||)."""
    path = now.residual / (math.sqrt(now.m) * rate) * UP
    low = now.row_norms.lower
    share = now.chi * path / low * UP
    if not bool((share < 1.0).all()):  # also where a number is not finite
        return None
    own = path / low
    turn = share * (now.rho + own * now.feature_norms) / ((1.0 - share) * (1.0 + share)) * UP
    gain = own * (now.feature_norms + now.chi * turn) * UP
    ratio = (now.rho + gain) * UP
    change = gain + (0.5 * now.rho * turn.square() if discrete else 0.0)
    found = Tube(turn, gain, ratio, change * UP)
    parts = (found.turn, found.gain, found.ratio, found.ratio_change)
    return found if all(bool(torch.isfinite(part).all()) for part in parts) else None
