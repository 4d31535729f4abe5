"""What an integrator says of a problem: the flow up to t, and its end. float64 evidence.

Each function gives the values and the allowance for their error, (B,) each.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from numerics import NumericsError
from numerics.diagonal_linear import (
    Fate,
    Flow,
    KernelRates,
    Potential,
    Trajectory,
    decide,
    kernel_rates,
    plain_limit,
    polar_flow,
    tangent_kernel,
)
from numerics.diagonal_linear.start import Start
from numerics.integration import integrate
from verify.diagonal_linear.cases import NetCase
from verify.diagonal_linear.in_balls import kernel_vector

__all__ = ["Pair", "each", "end_run", "runs"]

_RTOL, _SLACK, _FLAT, _POINTS = 1e-13, 2e-10, 1e-12, 81
#: Integrals at tolerances of 1e-12 and 1e-13 differ by at most 1.8e-11, relatively, on the
#: structured problems.
_INTEGRAL = 5e-11
Pair = tuple[Tensor, Tensor]


def each(case: NetCase, key: str, make: Callable[[int], Any]) -> list[Any]:
    """One result for each problem, made once."""
    if key not in case.memory:
        case.memory[key] = [make(index) for index in range(case.size)]
    found: list[Any] = case.memory[key]
    return found


def _pair(values: list[float], sizes: list[float] | None = None, share: float = _SLACK) -> Pair:
    middle = torch.tensor(values, dtype=torch.float64)
    size = 1.0 + middle.abs() if sizes is None else torch.tensor(sizes, dtype=torch.float64)
    return middle, share * middle.abs() + _FLAT * size


def _run(case: NetCase, index: int) -> Trajectory:
    end = float(case.t[index])
    times = end * torch.linspace(0.0, 1.0, _POINTS, dtype=torch.float64)
    return polar_flow(
        case.matrix[index], case.right[index], case.start(index),
        eta=float(case.eta[index]), depth=case.depth, times=times, rtol=_RTOL,
    )  # fmt: skip


def runs(case: NetCase) -> list[Trajectory]:
    """The flow of each problem from 0 to its t."""
    return each(case, "runs", lambda k: _run(case, k))


def mass(case: NetCase) -> Pair:
    """||x(t)||_1."""
    return _pair([float(run.x[-1].sum()) for run in runs(case)], [0.0] * case.size)


def scale(case: NetCase) -> Pair:
    """g_t."""
    return _pair([float(run.g[-1]) for run in runs(case)], [0.0] * case.size)


def scale_power(case: NetCase) -> Pair:
    """g_t^L."""
    return _pair([float(run.g[-1]) ** case.depth for run in runs(case)], [0.0] * case.size)


def clock(case: NetCase) -> Pair:
    """int kappa dt."""
    return _pair([float(run.clock[-1]) for run in runs(case)], [0.0] * case.size)


def loss(case: NetCase) -> Pair:
    """l(t)."""
    sizes = [1e-3 * float(run.loss[0]) for run in runs(case)]
    return _pair([float(run.loss[-1]) for run in runs(case)], sizes)


def kernel(case: NetCase, index: int) -> Tensor | None:
    """The unit vector c of ker A that the invariant is read with."""
    return kernel_vector(case.matrix[index])


def _kernels(case: NetCase) -> list[Tensor]:
    found = [kernel(case, k) for k in range(case.size)]
    return [torch.full((case.matrix.shape[2],), torch.nan) if c is None else c for c in found]


def _weighed(case: NetCase, value: Callable[[Trajectory], Tensor]) -> Pair:
    """<c, value> with an allowance for each entry of value."""
    found, slack = [], []
    for c, run in zip(_kernels(case), runs(case), strict=True):
        entries = value(run)
        found.append(float(c @ entries))
        slack.append(float(1e-8 * (c.abs() @ entries.abs())) + 1e-9)
    return torch.tensor(found, dtype=torch.float64), torch.tensor(slack, dtype=torch.float64)


def kernel_log(case: NetCase) -> Pair:
    """<c, log(p_t/p_0)>, L = 2."""
    return _weighed(case, lambda run: 2.0 * (run.u[-1].log() - run.u[0].log()))


def kernel_power(case: NetCase) -> Pair:
    """<c, u_t^(2-L)>."""
    return _weighed(case, lambda run: run.u[-1] ** (2 - case.depth))


def kernel_sum(case: NetCase) -> Pair:
    """<c, 1>."""
    return _pair([float(c.sum()) for c in _kernels(case)], [1e-2] * case.size)


def kernel_weights(case: NetCase) -> Pair:
    """<c, b>."""
    return _weighed(case, lambda run: run.u[0] ** (2 - case.depth))


def _separate(case: NetCase, index: int) -> Tensor:
    """log of (p_+, p_-) at t where w_+ and w_- are normalized each on its own: not the model."""
    matrix, right = case.matrix[index], case.right[index]
    rows, aim, eta, half = matrix.numpy(), right.numpy(), float(case.eta[index]), case.half
    logs, depth = case.log_w[index].double(), case.depth

    def field(_: float, state: np.ndarray) -> np.ndarray:
        g, u = np.exp(state[:2]), np.exp(state[2:])
        both = np.repeat(g, half)
        r = rows.T @ (rows @ (both * u) ** depth - aim)
        inside = np.add.reduceat(r * u**depth, [0, half])
        dg = -depth * g ** (depth - 2) * inside
        du = -eta * depth * both**depth * (r * u ** (depth - 2) - np.repeat(inside, half))
        return np.concatenate((dg, du))

    norms = torch.stack([part.mul(2).logsumexp(0) / 2 for part in (logs[:half], logs[half:])])
    begin = torch.cat((norms, logs - norms.repeat_interleave(half)))
    times = torch.tensor([0.0, float(case.t[index])], dtype=torch.float64)
    end = integrate(field, begin, times, rtol=_RTOL)[1][-1]
    w = end[2:] + end[:2].repeat_interleave(half)
    return depth * w - (depth * w).logsumexp(0)


def kernel_log_separate(case: NetCase) -> Pair:
    """<c, log(p_t/p_0)> of that other flow."""
    found = []
    for index, c in enumerate(_kernels(case)):
        start = case.depth * case.log_w[index]
        found.append(float(c @ (_separate(case, index) - start + start.logsumexp(0))))
    return _pair(found)


def _rates(case: NetCase, index: int) -> KernelRates:
    return kernel_rates(
        case.matrix[index], case.right[index], case.start(index),
        eta=float(case.eta[index]), depth=case.depth, time=float(case.t[index]), rtol=_RTOL,
    )  # fmt: skip


def _integrals(case: NetCase, value: Callable[[KernelRates], float]) -> Pair:
    found = each(case, "rates", lambda k: _rates(case, k))
    return _pair([value(one) for one in found], [0.0] * case.size, _INTEGRAL)


def kernel_low(case: NetCase) -> Pair:
    """int lmin(K) dt."""
    return _integrals(case, lambda found: found.low)


def kernel_high(case: NetCase) -> Pair:
    """int lmax(K) dt."""
    return _integrals(case, lambda found: found.high)


def rate_floor(case: NetCase) -> Pair:
    """int min(1, eta g^2) lmin(A D A^T) dt."""
    return _integrals(case, lambda found: found.floor)


def _speed(case: NetCase, index: int, flow: Flow) -> float:
    logs = case.log_w[index]
    g = float(torch.linalg.vector_norm(logs.exp()))
    kernel = tangent_kernel(case.matrix[index], g, logs.exp() / g, flow)
    return float(np.linalg.eigvalsh(kernel.numpy())[0])


def speed(case: NetCase) -> Pair:
    """lmin(K) of the polar flow at the start."""
    flows = [Flow(case.depth, float(eta)) for eta in case.eta]
    return _pair([_speed(case, k, flow) for k, flow in enumerate(flows)])


def plain_speed(case: NetCase) -> Pair:
    """lmin(K) of the plain flow there."""
    return _pair([_speed(case, k, Flow(case.depth, None)) for k in range(case.size)])


def potential_gap(case: NetCase) -> Pair:
    """V_0 = D_F(x*_b, x_0) in float64, x*_b from the family's own linear program."""
    from_balls = case.memory["x_b"]
    found = []
    for index, star in enumerate(from_balls):
        flow = Flow(case.depth, float(case.eta[index]))
        potential = Potential.of(case.start(index), flow)
        start = (case.log_w[index] * case.depth).exp()
        found.append(float(potential.divergence(star, start)))
    return _pair(found)


def _last(case: NetCase, index: int) -> Trajectory | None:
    size = float(case.right[index].square().sum())
    times = torch.tensor([0.0, 1e4], dtype=torch.float64)
    try:
        return polar_flow(
            case.matrix[index], case.right[index], case.start(index),
            eta=float(case.eta[index]), depth=case.depth, times=times, rtol=1e-9,
            loss=1e-14 * size,
        )  # fmt: skip
    except NumericsError:
        return None


def end_run(case: NetCase, index: int) -> Trajectory | None:
    """The flow up to where the loss is 1e-14 of ||y||^2; None where the integrator gives up."""
    return each(case, "last", lambda k: _last(case, k))[index]


def _end(case: NetCase, index: int) -> tuple[float, float]:
    """||x(t)||_1 where the loss is 1e-14 of ||y||^2, and the allowance for the rest.

    A run that falls into x = 0 (U5', proved by the trap condition on its way) ends at 0.
    """
    matrix, size = case.matrix[index], float(case.right[index].square().sum())
    if decide(runs(case)[index]).fate is Fate.FALLS:
        return 0.0, 1e-9
    run = end_run(case, index)
    if run is None:
        return math.nan, math.inf
    rest = float(torch.linalg.vector_norm(run.residual[-1]))
    least = float(torch.linalg.svdvals(matrix)[-1])
    known = rest <= 1e-6 * math.sqrt(size)
    slack = 30.0 * rest / least + 1e-6 * math.sqrt(size) if known else math.inf
    return float(run.x[-1].sum()), slack


def end_mass(case: NetCase) -> Pair:
    """||x(t)||_1 at the end of the flow."""
    table = torch.tensor(each(case, "ends", lambda k: _end(case, k)), dtype=torch.float64)
    return table[:, 0], table[:, 1]


def magnified_mass(case: NetCase) -> Pair:
    """||x||_1 of the plain flow from rho w_0, log rho rounded."""
    found = []
    for index, log_rho in enumerate(case.memory["log_rho"]):
        start = Start.of_logs(case.log_w[index] + log_rho)
        try:
            limit = plain_limit(case.matrix[index], case.right[index], start, depth=case.depth)
            found.append(float(limit.mass.value))
        except NumericsError:  # a limit too sharp to certify: nothing is known
            found.append(math.nan)
    middle = torch.tensor(found, dtype=torch.float64)
    return middle, 1e-7 * middle
