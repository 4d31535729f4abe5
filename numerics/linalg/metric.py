"""Upper bounds on norms ||v||_(B^-1) for B = A S^2 A^T, S diagonal, proved in float64.

W = R^-T from a QR factorization of S A^T makes M = W B W^T close to the identity. Nothing is
believed of R or W: M >= floor^2 I is proved from the computed V = W A S by
sigma_min(V - E) >= sqrt(1 - ||I - V V^T||_F) - ||E||_F with the rounding errors E bounded entry by
entry. Then B is positive definite and ||v||_(B^-1) <= ||W v||_2 / floor. Working with S A^T, not
with B, keeps matrices B up to condition 1e24 in reach; a Cholesky factorization of B stops at 1e12.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from numerics.linalg.tracked import Tracked, exactly, tracked_product
from numerics.rounding import TINY, UNIT


@dataclass(frozen=True, eq=False)
class Metric:
    """B = A S^2 A^T with W and a proved floor: ||v||_(B^-1) <= ||W v||_2 / floor.

    columns (N,): upper ends of ||A_i||_(B^-1). floor 0 means that nothing is proved.
    """

    whitener: Tensor
    floor: float
    columns: Tensor

    @property
    def proved(self) -> bool:
        """Whether B is proved positive definite and the norms are bounded."""
        return self.floor > 0.0

    def norm(self, vector: Tracked | Tensor) -> float:
        """An upper end of ||v||_(B^-1)."""
        vector = vector if isinstance(vector, Tracked) else exactly(vector)
        image = tracked_product(self.whitener, vector)
        size = torch.linalg.vector_norm(image.value.abs() + image.error)
        return float(size * (1.0 + _length(len(image.value)))) / self.floor


def metric(matrix: Tensor, scale: Tensor) -> Metric:
    """The metric of A (n, N) and S = diag(scale), scale >= 0 (N,)."""
    n = matrix.shape[0]
    factor = torch.linalg.qr((matrix * scale).mT, mode="r")[1]
    eye = torch.eye(n, dtype=torch.float64)
    whitener = torch.linalg.solve_triangular(factor.mT, eye, upper=False)
    image = whitener @ matrix
    error = _length(n) * (whitener.abs() @ matrix.abs()) + TINY
    floor = _floor(image * scale, error * scale)
    if not floor > 0.0:
        return Metric(whitener, 0.0, torch.full_like(scale, torch.inf))
    size = torch.linalg.vector_norm(image, dim=0) + torch.linalg.vector_norm(error, dim=0)
    return Metric(whitener, floor, size * (1.0 + 2.0 * _length(n)) / floor)


def _floor(scaled: Tensor, error: Tensor) -> float:
    """A lower end of sigma_min(V - E), |V - scaled| <= UNIT |scaled|, |E| <= error."""
    n, columns = scaled.shape
    size = torch.linalg.matrix_norm(scaled)
    gram = torch.eye(n, dtype=torch.float64) - scaled @ scaled.mT
    defect = torch.linalg.matrix_norm(gram) + _length(columns) * size.square()
    missing = torch.linalg.matrix_norm(error) + 2.0 * UNIT * size
    slack = 1.0 + _length(n * columns)
    if not float(defect) < 0.9:
        return 0.0
    floor = torch.sqrt(1.0 - slack * defect) * (1.0 - 8.0 * UNIT) - slack * missing
    return max(0.0, float(floor) - TINY) if bool(torch.isfinite(floor)) else 0.0


def _length(k: int) -> float:
    return 1.1 * (k + 8) * UNIT
