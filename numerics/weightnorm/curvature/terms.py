"""Pieces of the reduced matrix that every layer contributes."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import torch
from torch import Tensor

from numerics.linalg.batched import add_diagonal, apply_transposed, outer
from numerics.weightnorm.curvature.form import RowData

_BLOCKED, _BLOCKS = 512, 4


@dataclass(frozen=True, eq=False)
class Partial:
    """The form on (y^l, t^(l+1..L-1)) while descending, all with the batch axis Q."""

    curvature: Tensor
    coupling: Tensor
    error: Tensor


def weighted_gram(layer: RowData, weights: Tensor) -> Tensor:
    """sum_i weights_i What_i What_i^T, (Q, k, k)."""
    unit = rows(layer)
    return gram(unit, weights.unsqueeze(-1) * unit)


def gram(left: Tensor, right: Tensor, *, blocked: int | None = None) -> Tensor:
    """left^T right, (Q, m, k) each -> (Q, k, k), where that product is known to be symmetric.

    From k = `blocked` (512) on, it is computed in blocks below the diagonal only and mirrored: 10
    of 16 blocks.
    """
    k = left.shape[-1]
    if k < (_BLOCKED if blocked is None else blocked):
        return torch.matmul(left.mT, right)
    result = right.new_empty(right.shape[0], k, k)
    edges = [k * i // _BLOCKS for i in range(_BLOCKS + 1)]
    for low, high in itertools.pairwise(edges):
        block = torch.matmul(left[..., low:].mT, right[..., low:high])
        result[..., low:, low:high] = block
        result[..., low:high, high:] = block[..., high - low :, :].mT
    return result


def rows(layer: RowData) -> Tensor:
    if layer.unit is None:
        raise RuntimeError("the first layer's rows are never multiplied with anything")
    return layer.unit


def add_rank_two(
    curvature: Tensor, layer: RowData, mixed: Tensor, on_alpha: Tensor, loss: Tensor
) -> None:
    """The terms with the direction of alpha, and -sum loss_i I, in place."""
    b = apply_transposed(rows(layer), mixed) + 0.5 * on_alpha.unsqueeze(-1) * layer.direction
    curvature += outer(b, layer.direction)
    curvature += outer(layer.direction, b)
    add_diagonal(curvature, -loss.sum(-1, keepdim=True))


def add_extra(curvature: Tensor, layer: RowData, square: Tensor, product: Tensor) -> None:
    """sum square_i extra_i extra_i^T + product_i (What_i extra_i^T + its transpose), in place."""
    extra = layer.extra
    if extra is None:
        return
    curvature += torch.matmul(extra.mT, square.unsqueeze(-1) * extra)
    both = torch.matmul(extra.mT, product.unsqueeze(-1) * rows(layer))
    curvature += both + both.mT
