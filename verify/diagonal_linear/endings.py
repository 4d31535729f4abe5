"""How a descent balances (D3) and how fast a flow ends (R1 at the limit). float64 evidence.

Each function gives the values and the allowance for their error, (B,) each.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from numerics.diagonal_linear import Descent, Flow, tangent_kernel
from verify.diagonal_linear.along import Pair, each, end_run
from verify.diagonal_linear.cases import NetCase
from verify.diagonal_linear.steps import descents

__all__ = [
    "cross", "end_condition", "end_slope", "step_balance", "step_defect_norm", "step_excess",
    "step_mass",
]  # fmt: skip

_ROUNDING, _LINEAR = 1e-13, 1e-7


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
    size = abs(excess) + first + second + float(sizes @ e.abs()) + (mass + least) * (
        1.0 + float((x / mass).log().abs().max()) + float((x_0 / beta).log().abs().max())
    )
    norm = float(run.defect.abs().max())
    return _Balance(excess, first + second, dual, cross, mass, norm, size)


def _multipliers(run: Descent, matrix: Tensor, right: Tensor) -> tuple[Tensor, Tensor]:
    """nu = -4 eta h sum_k T_k e_k, and the sum of the magnitudes of its terms."""
    x = (run.g[:-1, None] * run.u[:-1]) ** 2
    terms = 4.0 * (run.flow.eta or 0.0) * run.step * x.sum(-1, keepdim=True) * (
        x @ matrix.mT - right
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


def end_slope(case: NetCase) -> Pair:
    """-(log ||e||)'/lmax(K_inf) = e^T K e/(||e||^2 lmax(K_inf)) where ||e|| is 1e-7 of ||y||.

    There K is not yet K_inf, which the claim's tolerance has room for; the allowance is the run's.
    """
    found, slack = [], []
    for index in range(case.size):
        run, (_, top) = end_run(case, index), _spectra(case)[index]
        if run is None:
            found.append(torch.nan)
            slack.append(torch.inf)
            continue
        kernel = tangent_kernel(run.matrix, float(run.g[-1]), run.u[-1], run.flow)
        e = run.residual[-1]
        found.append(float(e @ kernel @ e / (e @ e)) / top)
        slack.append(_LINEAR)
    return torch.tensor(found, dtype=torch.float64), torch.tensor(slack, dtype=torch.float64)


def _end_spectrum(case: NetCase, index: int) -> tuple[float, float]:
    """The extreme eigenvalues of K at the certified limit."""
    x, depth = case.memory["limits"][index], case.depth
    w = x ** (1.0 / depth)
    g = float(torch.linalg.vector_norm(w))
    flow = Flow(depth, float(case.eta[index]))
    values = np.linalg.eigvalsh(tangent_kernel(case.matrix[index], g, w / g, flow).numpy())
    return float(values[0]), float(values[-1])


def _spectra(case: NetCase) -> list[tuple[float, float]]:
    found: list[tuple[float, float]] = each(
        case, "end spectra", lambda k: _end_spectrum(case, k)
    )
    return found


def end_condition(case: NetCase) -> Pair:
    """lmin(K_inf)/lmax(K_inf)."""
    ratios = torch.tensor([low / top for low, top in _spectra(case)], dtype=torch.float64)
    return ratios, torch.full_like(ratios, 1e-9)
