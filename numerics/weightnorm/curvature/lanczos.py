"""Lanczos for the lowest eigenvector of S(mu), never forming it: vectors are short (theory C2).

A product with S(mu) is one sweep up and one down through What^2..What^L; the first layer, usually
the largest, is never touched. Full reorthogonalization, against ghosts of converged vectors.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from numerics.linalg.batched import apply, apply_transposed
from numerics.rounding import length
from numerics.weightnorm.curvature.form import FormData, RowData, complement
from numerics.weightnorm.curvature.rayleigh import SweptLayer, sweep


@dataclass(frozen=True, eq=False)
class Lowest:
    """Ritz value (Q,), unit vector (Q, p) and residual norm (Q,) at the low end of a spectrum."""

    value: Tensor
    vector: Tensor
    residual: Tensor


def reduced_product(data: FormData, mu: Tensor, z: Tensor) -> Tensor:
    """S(mu) z for mu (Q,) and z (Q, m_1 + ... + m_L)."""
    mu = mu.unsqueeze(-1)
    swept = sweep(data, z)
    pull = -(swept[-1].row.slope * swept[-1].gdot) / mu
    parts: list[Tensor] = []
    for layer in reversed(swept):
        row = layer.row
        on_gdot = row.slope * pull - row.bend * layer.gdot
        diagonal = mu - row.own_along - row.radial.square() / mu
        parts.append(diagonal * layer.t + row.gain * on_gdot - row.link * layer.along)
        if row.unit is not None:
            loss = complement(row, mu)
            on_rows = row.inner * on_gdot + loss * layer.on_row
            pull = _pull_back(layer, on_rows, loss * layer.along - row.link * layer.t, loss)
    return torch.cat(parts[::-1], dim=-1)


def _pull_back(layer: SweptLayer, on_rows: Tensor, along: Tensor, loss: Tensor) -> Tensor:
    """sum_i on_rows_i What_i + along_i a_i - loss_i y, (Q, k)."""
    row: RowData = layer.row
    if row.unit is None or layer.y is None:
        raise RuntimeError("the first layer has nothing below it")
    pull = apply_transposed(row.unit, on_rows - row.row_part * along)
    pull = pull + (row.alpha_part * along).sum(-1, keepdim=True) * row.direction
    if row.extra is not None:
        pull = pull + apply_transposed(row.extra, along)
    return pull - loss.sum(-1, keepdim=True) * layer.y


def lowest_eigenvector(
    product: Callable[[Tensor], Tensor], start: Tensor, *, steps: int, tolerance: float
) -> Lowest:
    """Lanczos from `start` (Q, p), until residual <= tolerance * (spread of the Ritz values)."""
    return _lanczos(product, start, steps, tolerance, _ritz)[0]


def both_ends(
    product: Callable[[Tensor], Tensor], start: Tensor, *, steps: int, tolerance: float
) -> tuple[Lowest, ...]:
    """The lowest eigenvector of A and of -A, as `lowest_eigenvector` finds each, from one run: both
    have the same Krylov spaces."""
    return _lanczos(product, start, steps, tolerance, _both_ritz)


def _lanczos(
    product: Callable[[Tensor], Tensor],
    start: Tensor,
    steps: int,
    tolerance: float,
    wanted: Callable[[Tensor, list[Tensor], list[Tensor]], tuple[Lowest, ...]],
) -> tuple[Lowest, ...]:
    steps = min(steps, start.shape[-1])
    basis = start.new_zeros(start.shape[0], steps, start.shape[-1])
    vector = start / length(start).unsqueeze(-1)
    diagonal: list[Tensor] = []
    off: list[Tensor] = []
    while True:
        basis[:, len(diagonal)] = vector
        image = product(vector)
        diagonal.append((image * vector).sum(-1))
        known = basis[:, : len(diagonal)]
        for _ in range(2):
            image = image - apply_transposed(known, apply(known, image))
        off.append(length(image))
        done = len(diagonal) >= steps
        if done or len(diagonal) % 4 == 0:
            found, small = wanted(known, diagonal, off), tolerance * _spread(diagonal, off)
            if done or all(bool((lowest.residual <= small).all()) for lowest in found):
                return found
        vector = image / torch.where(off[-1] > 0, off[-1], 1.0).unsqueeze(-1)


def _ritz(basis: Tensor, diagonal: list[Tensor], off: list[Tensor]) -> tuple[Lowest, ...]:
    values, vectors = _decomposed(diagonal, off)
    return (_end(basis, values[..., 0], vectors[..., 0], off[-1]),)


def _both_ritz(basis: Tensor, diagonal: list[Tensor], off: list[Tensor]) -> tuple[Lowest, ...]:
    values, vectors = _decomposed(diagonal, off)
    low = _end(basis, values[..., 0], vectors[..., 0], off[-1])
    return low, _end(basis, -values[..., -1], vectors[..., -1], off[-1])


def _decomposed(diagonal: list[Tensor], off: list[Tensor]) -> tuple[Tensor, Tensor]:
    """Eigenvalues (Q, k), ascending, and vectors of the tridiagonal matrix."""
    matrix = torch.diag_embed(torch.stack(diagonal, dim=-1))
    if len(diagonal) > 1:
        beside = torch.stack(off[:-1], dim=-1)
        matrix = matrix + torch.diag_embed(beside, 1) + torch.diag_embed(beside, -1)
    # what overflowed cannot be decomposed; any vector gives a valid lower end
    values, vectors = torch.linalg.eigh(torch.nan_to_num(matrix, 0.0, 0.0, 0.0))
    return values, vectors


def _end(basis: Tensor, value: Tensor, small: Tensor, beyond: Tensor) -> Lowest:
    """The Ritz vector of an eigenvector of the tridiagonal matrix (Q, k), with its residual."""
    vector = apply_transposed(basis, small)
    size = length(vector).clamp_min(1e-300).unsqueeze(-1)
    return Lowest(value, vector / size, beyond * small[..., -1].abs())


def _spread(diagonal: list[Tensor], off: list[Tensor]) -> Tensor:
    """A scale for the operator's norm, (Q,)."""
    return torch.stack([*[d.abs() for d in diagonal], *off], dim=-1).amax(-1)
