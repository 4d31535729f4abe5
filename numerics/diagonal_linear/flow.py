"""The flows of diagonal linear networks, integrated (sheet section 0).

x = w^L, w = g u, ||u||_2 = 1, loss l = 1/2 ||e||^2, e = A x - y, r = A^T e:

    polar:       g' = -L g^(L-1) <r, u^L>,   u' = -eta L g^L (r u^(L-1) - <r, u^L> u)
    plain:       w' = -L r w^(L-1)           (the polar flow with eta = 1/g^2)
    unnormalized direction: w = g v/||v||, both rates 1; ||v|| is conserved and eta = 1/||v||^2

float64 evidence, not certified: what `limit` makes unnecessary for the end point, and what is
needed for claims about the way there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from numerics.diagonal_linear.mirror import Flow
from numerics.diagonal_linear.problem import check_data, check_flow
from numerics.diagonal_linear.start import Start, as_start
from numerics.errors import NumericsError
from numerics.integration import integrate
from numerics.validation import check_positive, check_tensor


@dataclass(frozen=True, eq=False)
class Trajectory:
    """A run at its times (K,): g (K,), u (K, N), and the residuals e = A x - y (K, n).

    pushed (K, n) is int kappa e dt and clock (K,) is int kappa dt, with the kappa of U1. matrix is
    A, or [A, -A] for the signed model (then N counts both parts); y, flow and start as given.
    """

    times: Tensor
    g: Tensor
    u: Tensor
    residual: Tensor
    pushed: Tensor
    clock: Tensor
    matrix: Tensor
    right: Tensor
    flow: Flow
    start: Start

    @property
    def x(self) -> Tensor:
        """x = (g u)^L, (K, N)."""
        return (self.g[:, None] * self.u) ** self.flow.depth

    @property
    def loss(self) -> Tensor:
        """l = 1/2 ||e||^2, (K,)."""
        return 0.5 * self.residual.square().sum(-1)

    @property
    def margin(self) -> Tensor:
        """M = ||y||^2 - ||e||^2, (K,): nondecreasing (U3a)."""
        return self.right.square().sum() - self.residual.square().sum(-1)


def polar_flow(
    matrix: Tensor,
    right: Tensor,
    start: Tensor | Start,
    *,
    eta: float,
    depth: int = 2,
    times: Tensor,
    rtol: float = 1e-11,
    loss: float = 0.0,
) -> Trajectory:
    """The weight-normalized flow at the times (K,), ending early where the loss falls to `loss`.

    matrix A (n, N), right y (n,), start w_0 (N,), or (2, N) for the signed model.
    """
    flow = check_flow(Flow(depth, check_positive(eta, "eta")))
    return _run(matrix, right, as_start(start), flow, times, rtol, loss)


def plain_flow(
    matrix: Tensor,
    right: Tensor,
    start: Tensor | Start,
    *,
    depth: int = 2,
    times: Tensor,
    rtol: float = 1e-11,
    loss: float = 0.0,
) -> Trajectory:
    """The flow w' = -dl/dw, as `polar_flow`; reported as g = ||w||, u = w/||w||."""
    flow = check_flow(Flow(depth, None))
    return _run(matrix, right, as_start(start), flow, times, rtol, loss)


def weight_norm_flow(
    matrix: Tensor,
    right: Tensor,
    scale: float,
    direction: Tensor,
    *,
    depth: int = 2,
    times: Tensor,
    rtol: float = 1e-11,
) -> tuple[Tensor, Tensor]:
    """(g (K,), v (K, N)) of w = g v/||v|| with both rates 1 and v never normalized."""
    a, y = check_data(matrix, right, Start.of(direction))
    check_flow(Flow(depth, None))
    rows, v0 = a.numpy(), check_tensor(direction, "direction").to("cpu", torch.float64)

    def field(_: float, state: np.ndarray) -> np.ndarray:
        g, v = state[0], state[1:]
        norm = np.linalg.norm(v)
        u = v / norm
        r = rows.T @ (rows @ (g * u) ** depth - y.numpy())
        du = depth * g**depth * (r * u ** (depth - 1) - (r @ u**depth) * u)
        return np.concatenate(([-depth * g ** (depth - 1) * (r @ u**depth)], -du / norm))

    begin = torch.cat((torch.tensor([scale], dtype=torch.float64), v0))
    _, states = integrate(field, begin, times, rtol=rtol)
    return states[:, 0], states[:, 1:]


def signed_matrix(matrix: Tensor, start: Start) -> Tensor:
    """A, or [A, -A] where the start is that of the signed model."""
    return torch.cat((matrix, -matrix), dim=1) if start.signed else matrix


def initial_polar(start: Start) -> tuple[float, Tensor]:
    """g_0 = ||w_0|| and u_0 = w_0/g_0 (flat); `NumericsError` outside the range of float64."""
    flat = start.flat()
    w = flat.log_w.exp() if flat.w is None else flat.w
    g = float(torch.linalg.vector_norm(w))
    if not 1e-150 < g < 1e150 or not bool((w > 0).all()):
        raise NumericsError(
            argument="start", found=f"||w_0|| = {g:g}", accepted="w_0 > 0 in the range of float64"
        )
    return g, w / g


def kappa(flow: Flow, g: float, before: float) -> float:
    """The speed of the mirror flow (U1): d/dt grad F = -kappa A^T e."""
    depth = flow.depth
    if flow.eta is None:
        return 4.0 if depth == 2 else depth * (depth - 2.0)
    if depth == 2:
        return 4.0 * flow.eta * g**2
    fade = np.exp(-(depth - 2) * flow.eta * (g**2 - before**2) / 2.0)
    return float(depth * (depth - 2) * flow.eta * g**depth * fade)


class PolarField:
    """The polar vector field in (log g, log u, int kappa e, int kappa).

    Logarithms keep u > 0, and its small entries, on which the invariants live, accurate.
    """

    def __init__(self, matrix: Tensor, right: Tensor, flow: Flow, before: float) -> None:
        self.rows, self.aim = matrix.numpy(), right.numpy()
        self.flow, self.before, self.count = flow, before, matrix.shape[1]

    def residual(self, state: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        """g, u and e; inf where a trial step of the integrator leaves the range of float64."""
        g, u = np.exp(state[0]), np.exp(state[1 : self.count + 1])
        return g, u, self.rows @ (g * u) ** self.flow.depth - self.aim

    def __call__(self, _: float, state: np.ndarray) -> np.ndarray:
        with np.errstate(over="ignore", invalid="ignore"):
            return self._slope(state)

    def _slope(self, state: np.ndarray) -> np.ndarray:
        g, u, e = self.residual(state)
        speed = kappa(self.flow, g, self.before)
        return np.concatenate((self.polar(g, u, e), speed * e, np.array([speed])))

    def polar(self, g: float, u: np.ndarray, e: np.ndarray) -> np.ndarray:
        """The slopes of log g and log u."""
        depth, r = self.flow.depth, self.rows.T @ e
        inner = r @ u**depth
        eta = 1.0 / g**2 if self.flow.eta is None else self.flow.eta
        dg = -depth * g ** (depth - 2) * inner
        du = -eta * depth * g**depth * (r * u ** (depth - 2) - inner)
        return np.concatenate(([dg], du))


def _run(
    matrix: Tensor, right: Tensor, start: Start, flow: Flow, times: Tensor, rtol: float, loss: float
) -> Trajectory:
    a, y = check_data(matrix, right, start)
    full = signed_matrix(a, start)
    g0, u0 = initial_polar(start)
    field, count = PolarField(full, y, flow, g0), len(u0) + 1

    def fitted(_: float, state: np.ndarray) -> float:
        with np.errstate(over="ignore", invalid="ignore"):
            e = field.residual(state)[2]
            return float(0.5 * e @ e - loss)

    logs = torch.cat((torch.tensor([g0], dtype=torch.float64), u0)).log()
    begin = torch.cat((logs, torch.zeros(len(y) + 1, dtype=torch.float64)))
    times, until = check_tensor(times, "times").double(), fitted if loss > 0.0 else None
    reached, states = integrate(field, begin, times, rtol=rtol, until=until)
    g, u = states[:, 0].exp(), states[:, 1:count].exp()
    u = u / torch.linalg.vector_norm(u, dim=-1, keepdim=True)
    residual = ((g[:, None] * u) ** flow.depth) @ full.mT - y
    pushed, clock = states[:, count:-1], states[:, -1]
    return Trajectory(reached, g, u, residual, pushed, clock, full, y, flow, start)
