"""Products of a batch of vectors with a batch of matrices that may be shared (batch size 1)."""

from __future__ import annotations

import torch
from torch import Tensor


def apply(matrix: Tensor, vector: Tensor) -> Tensor:
    """matrix (Q | 1, m, k) times vector (Q, k) -> (Q, m), without copying a shared matrix."""
    if matrix.shape[0] == 1:
        return torch.matmul(vector, matrix[0].mT)
    return torch.matmul(matrix, vector.unsqueeze(-1)).squeeze(-1)


def apply_transposed(matrix: Tensor, vector: Tensor) -> Tensor:
    """matrix^T (Q | 1, m, k) times vector (Q, m) -> (Q, k)."""
    if matrix.shape[0] == 1:
        return torch.matmul(vector, matrix[0])
    return torch.matmul(vector.unsqueeze(-2), matrix).squeeze(-2)


def outer(left: Tensor, right: Tensor) -> Tensor:
    """left right^T, (Q, a), (Q, b) -> (Q, a, b)."""
    return left.unsqueeze(-1) * right.unsqueeze(-2)


def add_diagonal(matrix: Tensor, diagonal: Tensor) -> None:
    """matrix (Q, m, m) += diag(diagonal) in place; diagonal (Q, m) or (Q, 1)."""
    torch.diagonal(matrix, dim1=-2, dim2=-1).add_(diagonal)
