"""The extreme eigenvalues of the tangent kernel, integrated along a flow (sheet R1, R2).

e' = -K e with K = L^2 g^(2L-2) A [(1 - r) u^L u^(L T) + r D] A^T, r = eta g^2, D = diag(u^(2L-2)).
The integrals are states of the flow itself, so that the steps of the integrator answer to them:
sums over a grid of times chosen in advance lose whatever happens between two of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from numerics.diagonal_linear.flow import PolarField, initial_polar, signed_matrix
from numerics.diagonal_linear.mirror import Flow
from numerics.diagonal_linear.problem import check_data, check_flow
from numerics.diagonal_linear.start import Start, as_start
from numerics.integration import integrate
from numerics.validation import check_positive


@dataclass(frozen=True)
class KernelRates:
    """Integrals from 0 to t: of lmin(K), of lmax(K), and of min(1, eta g^2) lmin(A D_x A^T) with
    D_x = diag(x^(2-2/L)), the floor of lmin(K)/L^2."""

    low: float
    high: float
    floor: float


def kernel_rates(
    matrix: Tensor,
    right: Tensor,
    start: Tensor | Start,
    *,
    eta: float,
    depth: int = 2,
    time: float,
    rtol: float = 1e-13,
) -> KernelRates:
    """Integrals of the tangent kernel's extreme eigenvalues along the weight-normalized flow.

    By R1, l_0 e^(-2 high) <= l(t) <= l_0 e^(-2 low), and by R2 low >= L^2 floor.

    Parameters
    ----------
    matrix : Tensor
        A, (n, N).
    right : Tensor
        y, (n,).
    start : Tensor or Start
        w_0 > 0, (N,), or (2, N) for the signed model.
    eta : float
        The ratio rate(u)/rate(g) of the learning rates, > 0.
    depth : int
        L >= 2.
    time : float
        t > 0, in the flow's own units.
    rtol : float
        Tolerance of the integrator (DOP853); the eigenvalues have kinks where they meet, and its
        steps shrink there.

    Returns
    -------
    KernelRates
        float64 evidence, not certified.

    Raises
    ------
    NumericsError
        Bad shapes, an argument that is not positive, or an integrator that gave up.

    Examples
    --------
    >>> import torch
    >>> A = torch.tensor([[1.0, 0.5]], dtype=torch.float64)
    >>> y = torch.ones(1, dtype=torch.float64)
    >>> found = kernel_rates(A, y, torch.full((2,), 0.4, dtype=torch.float64), eta=2.0, time=0.5)
    >>> 0 < 4 * found.floor <= found.low == found.high
    True
    """
    flow = check_flow(Flow(depth, check_positive(eta, "eta")))
    begin = as_start(start)
    a, y = check_data(matrix, right, begin)
    full, (g0, u0) = signed_matrix(a, begin), initial_polar(begin)
    field = _RateField(full, y, flow, g0)
    logs = torch.cat((torch.tensor([g0], dtype=torch.float64), u0)).log()
    state = torch.cat((logs, torch.zeros(3, dtype=torch.float64)))
    times = torch.tensor([0.0, check_positive(time, "time")], dtype=torch.float64)
    with np.errstate(over="ignore", invalid="ignore"):  # trial steps may leave float64's range
        _, states = integrate(field, state, times, rtol=rtol)
    return KernelRates(*states[-1, -3:].tolist())


class _RateField(PolarField):
    """(log g, log u) and the three integrals."""

    def _slope(self, state: np.ndarray) -> np.ndarray:
        g, u, e = self.residual(state)
        return np.concatenate((self.polar(g, u, e), self._rates(g, u)))

    def _rates(self, g: float, u: np.ndarray) -> tuple[float, float, float]:
        depth, ratio = self.flow.depth, float(self.flow.eta or 0.0) * g**2
        size = g ** (2 * depth - 2)
        along, across = self.rows @ u**depth, (self.rows * u ** (2 * depth - 2)) @ self.rows.T
        kernel = depth**2 * size * ((1 - ratio) * np.outer(along, along) + ratio * across)
        if not np.isfinite(kernel).all():  # a trial step out of range, which the integrator refuses
            return np.inf, np.inf, np.inf
        spectrum = np.linalg.eigvalsh(kernel)
        least = size * np.linalg.eigvalsh(across)[0]
        return float(spectrum[0]), float(spectrum[-1]), float(min(1.0, ratio) * least)
