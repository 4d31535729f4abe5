"""The matrix K of statement F3: what the kernel keeps whatever the candidates do.

K = (1/m) sum_k D_k^s [N_k - N_k[:, C_k] N_k[C_k, C_k]^(-1) N_k[C_k, :]] D_k^s with
N_k = rho_k^2 X X^T + (1 - rho_k^2) a_k a_k^T (glued) or rho_k^2 (X X^T - a_k a_k^T) (directions
only). The result is a certified *lower* matrix. For each unit L L^T <= N[C, C] is proved by the
residual of a shifted Cholesky factorization, and N[:, C] (L L^T)^(-1) N[C, :] = H H^T is subtracted
with the error of H; a unit for which that fails, or with too many candidates, is left out: its term
is positive semidefinite.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from numerics.enclosure import Enclosure
from numerics.relu_two_layer.balls import Ball, ball, exact
from numerics.relu_two_layer.candidates import Candidates
from numerics.relu_two_layer.kernels import direction_ball, gain_ball
from numerics.relu_two_layer.tube import Present
from numerics.rounding import LEAST, UNIT

_MOST = 48  # candidates of one unit
_CHUNK = 2**22  # numbers in one block of columns
_WORST = 1e6  # condition number of N[C, C]


@dataclass(frozen=True, eq=False)
class _Removed:
    """H H^T summed over units, the norm of its error, and the units to be left out."""

    total: Tensor  # (n, n)
    error: float
    left_out: list[int]


def kept_kernel(now: Present, found: Candidates, *, glued: bool) -> Enclosure:
    """K (glued), or K + G(0) (directions only), certified from below: (1, n, n)."""
    removed = _removed(now, found, glued)
    strict = found.strict.clone()
    if removed.left_out:
        strict[..., removed.left_out] = False
    swept = now.here.swept
    masked = Ball(torch.where(strict, swept.a.mid, 0.0), swept.a.rad)
    kept = replace(swept, active=strict, a=masked, undecided=None)
    base = direction_ball(kept) + (gain_ball(kept) if glued else now.gain)
    total = ball(base.mid - removed.total / now.m, base.rad, 2.0)
    spread = torch.full_like(total.rad, removed.error / now.m)
    return Ball(total.mid, total.rad + spread).enclosure("Schur complements, unit by unit")


def _removed(now: Present, found: Candidates, glued: bool) -> _Removed:
    n = now.x.shape[-2]
    total, error, left_out = now.x.new_zeros(n, n), 0.0, []
    counts = found.mask[0].sum(0)
    useful = found.strict[0].any(0)
    for q in counts[useful].unique().tolist():
        if q == 0:
            continue
        units = (useful & (counts == q)).nonzero().flatten()
        if q > _MOST:
            left_out += units.tolist()
            continue
        for part in units.split(max(1, _CHUNK // (n * q))):
            columns, wrong, good = _columns(now, found, part, q, glued)
            left_out += part[~good].tolist()
            columns = columns[good].transpose(0, 1).flatten(1)  # (n, units q)
            sizes = columns.square().sum()
            total += columns @ columns.T
            error += float(wrong[good].sum() * 1.001)
            error += float((columns.shape[-1] + 8.0) * UNIT * sizes * 1.001)
    return _Removed(total, error * 1.001, left_out)


def _columns(
    now: Present, found: Candidates, units: Tensor, q: int, glued: bool
) -> tuple[Tensor, Tensor, Tensor]:
    """D^s H for each unit (u, n, q), a bound on ||H H^T - computed||, and where it is proved."""
    index = found.mask[0][:, units].T.nonzero()[:, 1].reshape(-1, q)  # (u, q)
    cross = _unit_blocks(now, units, index, glued)  # N[:, C], (u, n, q)
    block = Ball(_take(cross.mid, index), _take(cross.rad, index))
    middle = 0.5 * (block.mid + block.mid.mT)
    apart = torch.linalg.matrix_norm(block.rad + (middle - block.mid).abs()) * 1.001 + LEAST
    factor, good = _factor_below(middle, apart)
    inverse = torch.linalg.solve_triangular(
        factor,
        torch.eye(q, dtype=factor.dtype, device=factor.device).expand_as(factor),
        upper=False,
    )
    reach, good = _inverse_norm(factor, inverse, good)
    strict = found.strict[0][:, units].T.unsqueeze(-1)
    right = torch.where(strict, cross.mid, 0.0)
    h = right @ inverse.mT
    # ||h - exact|| <= ||h L^T - N[:, C]|| ||L^(-1)||, N's own error included
    back = exact(h) @ exact(factor.mT) - Ball(right, torch.where(strict, cross.rad, 0.0))
    residual = torch.linalg.matrix_norm(back.size) * 1.001 + LEAST
    wrong = residual * reach
    size = torch.linalg.matrix_norm(h) * 1.001
    worst = (2.0 * size * wrong + wrong.square()) * 1.001
    good = good & torch.isfinite(worst)
    return h, torch.where(good, worst, 0.0), good


def _unit_blocks(now: Present, units: Tensor, index: Tensor, glued: bool) -> Ball:
    """N_k[:, C_k] for each unit, (u, n, q)."""
    swept = now.here.swept
    x = Ball(now.gram.mid[0][index].mT, now.gram.rad[0][index].mT)
    a = Ball(swept.a.mid[0][:, units].T, swept.a.rad[0][:, units].T)
    on_row = Ball(a.mid.gather(-1, index), a.rad.gather(-1, index))
    squared = swept.rho[0, units].square().unsqueeze(-1).unsqueeze(-1)
    outer = a.unsqueeze(-1) * on_row.unsqueeze(-2)
    return (x - outer) * squared + (outer if glued else outer * 0.0)


def _take(matrix: Tensor, index: Tensor) -> Tensor:
    """Rows `index` (u, q) of matrices (u, n, q): (u, q, q)."""
    return matrix.gather(1, index.unsqueeze(-1).expand(-1, -1, matrix.shape[-1]))


def _factor_below(matrix: Tensor, error: Tensor) -> tuple[Tensor, Tensor]:
    """L with L L^T <= every symmetric matrix within `error` (u,) of `matrix` (u, q, q)."""
    q = matrix.shape[-1]
    trace = torch.diagonal(matrix, dim1=-2, dim2=-1).sum(-1).clamp_min(0.0)
    shift = 4.0 * (error + (q + 8.0) * q * UNIT * trace)
    eye = torch.eye(q, dtype=matrix.dtype, device=matrix.device)
    factor, info = torch.linalg.cholesky_ex(matrix - shift[:, None, None] * eye)
    good = (info == 0) & torch.isfinite(factor).all(-1).all(-1)
    factor = torch.where(good[:, None, None], factor.tril(), eye)
    gap = torch.linalg.matrix_norm(factor @ factor.mT - (matrix - shift[:, None, None] * eye))
    rounding = (q + 8.0) * UNIT * 2.0 * factor.square().sum((-1, -2)) + 4.0 * UNIT * shift
    return factor, good & (1.01 * (gap + rounding + error) <= shift)


def _inverse_norm(factor: Tensor, inverse: Tensor, good: Tensor) -> tuple[Tensor, Tensor]:
    """An upper bound on ||L^(-1)|| from an approximate inverse Z: ||Z||/(1 - ||Z L - I||)."""
    q = factor.shape[-1]
    eye = torch.eye(q, dtype=factor.dtype, device=factor.device)
    size, own = torch.linalg.matrix_norm(inverse), torch.linalg.matrix_norm(factor)
    off = torch.linalg.matrix_norm(inverse @ factor - eye) + (q + 8.0) * UNIT * size * own
    good = good & (off < 0.5) & (size * own < q * _WORST**0.5)
    return torch.where(good, 1.001 * size / (1.0 - off.clamp_max(0.5)), 1.0), good
