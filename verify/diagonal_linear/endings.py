"""How a descent balances (D3). float64 evidence.

Each function gives the values and the allowance for their error, (B,) each.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from numerics.diagonal_linear import Descent
from verify.diagonal_linear.along import Pair, each
from verify.diagonal_linear.cases import NetCase
from verify.diagonal_linear.steps import descents

__all__ = [
    "cross", "step_balance", "step_defect_norm", "step_excess",
    "step_mass",
]  # fmt: skip

_ROUNDING = 1e-13


@dataclass(frozen=True)
class _Balance:
    """After all steps: eta (T-Q)(T-beta), the two divergences, <nu, e>, <Delta, x - x*>, T."""

    excess: float
    divergences: float
    dual: float
    cross: float
    mass: float
    norm: float
    size: float


def _divergence(p: Tensor, q: Tensor) -> float:
    kept = p > 0
    return float((p[kept] * (p[kept] / q[kept]).log()).sum())


def _balance(case: NetCase, index: int) -> _Balance | None:
    run = descents(case)[index]
    if run is None:
        return None
    star = case.memory["stars"][index]
    matrix, eta = case.matrix[index], run.flow.eta or 0.0
    x_0, x = (run.g[0] * run.u[0]) ** 2, run.x
    beta, mass, least = float(x_0.sum()), float(x.sum()), float(star.sum())
    first = mass * _divergence(x / mass, x_0 / beta)
    second = least * _divergence(star / least, x / mass)
    nu, sizes = _multipliers(run, matrix, case.right[index])
    e = matrix @ x - case.right[index]
    excess, dual = eta * (mass - least) * (mass - beta), float(nu @ e)
    cross = float(run.defect @ (x - star))
    size = (
        abs(excess)
        + first
        + second
        + float(sizes @ e.abs())
        + (mass + least)
        * (1.0 + float((x / mass).log().abs().max()) + float((x_0 / beta).log().abs().max()))
    )
    norm = float(run.defect.abs().max())
    return _Balance(excess, first + second, dual, cross, mass, norm, size)


def _multipliers(run: Descent, matrix: Tensor, right: Tensor) -> tuple[Tensor, Tensor]:
    """nu = -4 eta h sum_k T_k e_k, and the sum of the magnitudes of its terms."""
    x = (run.g[:-1, None] * run.u[:-1]) ** 2
    terms = (
        4.0 * (run.flow.eta or 0.0) * run.step * x.sum(-1, keepdim=True) * (x @ matrix.mT - right)
    )
    return -terms.sum(0), terms.abs().sum(0)


def _each(case: NetCase, name: str) -> Pair:
    return _sum(case, (name,), ())


def _sum(case: NetCase, plus: tuple[str, ...], minus: tuple[str, ...]) -> Pair:
    found = each(case, "balances", lambda k: _balance(case, k))
    middle, slack = [], []
    for one in found:
        if one is None:
            middle.append(torch.nan)
            slack.append(torch.inf)
            continue
        middle.append(sum(getattr(one, n) for n in plus) - sum(getattr(one, n) for n in minus))
        slack.append(_ROUNDING * one.size)
    return torch.tensor(middle, dtype=torch.float64), torch.tensor(slack, dtype=torch.float64)


def step_balance(case: NetCase) -> Pair:
    """eta (T-Q)(T-beta) + T KL(p||p_0) + Q KL(p*||p) - <nu, e> after all steps."""
    return _sum(case, ("excess", "divergences"), ("dual",))


def step_excess(case: NetCase) -> Pair:
    """eta (T-Q)(T-beta) - <nu, e>."""
    return _sum(case, ("excess",), ("dual",))


def cross(case: NetCase) -> Pair:
    """<Delta, x - x*>."""
    return _each(case, "cross")


def step_mass(case: NetCase) -> Pair:
    """T after all steps."""
    return _each(case, "mass")


def step_defect_norm(case: NetCase) -> Pair:
    """||Delta||_inf after all steps."""
    return _each(case, "norm")
