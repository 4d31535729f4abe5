"""Convergence without counting sign changes: gains alone (statements F1 and F2).

With G_S = (1/m) sum_{k in S} s_k s_k^T, mu = lam(G_S(0)), rbar the shortest row in S, for all times

    lam(Lambda(t)) >= lam(G_S(t)) >= mu - chi (||r(0)|| - ||r(t)||) / (sqrt(m) rbar)   (flow, F1)

while the right side is positive; for gradient descent ||r(0)|| - ||r(t)|| becomes the measured
T_s = sum_{j < s} eta_j ||grad L(j)||^2 / ||r(j)|| (F2).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from numerics.enclosure import Enclosure, Quality
from numerics.errors import NumericsError
from numerics.relu_two_layer.balls import Ball
from numerics.relu_two_layer.eigenvalues import least_eigenvalue
from numerics.relu_two_layer.kernels import gain_ball
from numerics.relu_two_layer.network import ReluNetwork
from numerics.relu_two_layer.tube import DOWN, UP, Present, present


@dataclass(frozen=True, eq=False)
class GainRegime:
    """lam(G_S(0)), and the price c = chi / (sqrt(m) rbar) of a unit of residual, for a choice S.

    price is an upper bound; rate = mu - c ||r(0)||, rounded down, is positive if F1 applies.
    units: (m,) True for the units in S.
    """

    least: Enclosure
    price: float
    residual: float
    rate: float
    shortest: float
    units: Tensor

    def floor(self, spent: float) -> float:
        """The right side of F1 and F2 after ||r(0)|| - ||r(t)||, or T_s, of at most `spent`."""
        return float(self.least.lower) * DOWN - self.price * spent * UP


def gain_regime(network: ReluNetwork, x: Tensor, y: Tensor, *, keep: float = 1.0) -> GainRegime:
    """F1's numbers for one network, with S the share `keep` of longest rows, 0 < keep <= 1."""
    return of_present(present(network, x, y), keep)


def of_present(now: Present, keep: float) -> GainRegime:
    """The same from a state computed already."""
    if not 0.0 < keep <= 1.0:
        raise NumericsError(argument="keep", found=repr(keep), accepted="0 < keep <= 1")
    low = now.row_norms.lower[0]
    units = torch.zeros(now.m, dtype=torch.bool, device=low.device)
    units[torch.topk(low, max(1, math.ceil(keep * now.m))).indices] = True
    least = least_eigenvalue(_part(now, units).enclosure("Gram matrix of the gains in S"))
    shortest = float(low[units].amin())
    price = now.chi / (math.sqrt(now.m) * shortest) * UP if shortest > 0.0 else math.inf
    return GainRegime(
        least=Enclosure(least.lower[0], least.upper[0], Quality.ENCLOSURE, least.method),
        price=price / now.unit,
        residual=now.residual * now.unit,
        rate=float(least.lower) * DOWN - price * now.residual * UP,
        shortest=shortest * now.unit,
        units=units,
    )


def _part(now: Present, units: Tensor) -> Ball:
    """G_S as balls (1, n, n)."""
    if bool(units.all()):
        return now.gain
    swept = now.here.swept
    masked = Ball(torch.where(units, swept.a.mid, 0.0), swept.a.rad)
    return gain_ball(replace(swept, a=masked))


def spent_by_steps(
    learning_rates: Sequence[float], gradients: Sequence[float], residuals: Sequence[float]
) -> float:
    """T_s = sum_j eta_j ||grad L(j)||^2 / ||r(j)||, rounded up; 0 for no step (F2)."""
    terms = [
        rate * gradient**2 / residual
        for rate, gradient, residual in zip(learning_rates, gradients, residuals, strict=True)
    ]
    return math.fsum(terms) * UP
