"""How far the form of the computed scalars can be from the true Hessian form.

From the errors of the scalars follows |form - true form| <= perturbation ||Delta||^2 by the
recursion of the theory for ||gdot|| and ||alphadot||, with measured coefficients and
||What||_2 <= sqrt(m).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from numerics.rounding import TINY, largest, length
from numerics.weightnorm.curvature.scalars import Scalars

if TYPE_CHECKING:
    from numerics.weightnorm.curvature.form import RowData


def perturbation(rows: tuple[RowData, ...], errors: tuple[Scalars, ...]) -> tuple[Tensor, Tensor]:
    """(Q,): a bound on |form - true form| / ||Delta||^2, and a crude one on |true form| itself."""
    total = torch.full_like(rows[0].gain[:, 0], TINY)
    y = torch.zeros_like(total)  # bound on ||alphadot^(l-1)||
    y_error = torch.zeros_like(total)
    crude = torch.zeros_like(total)
    for row, wrong in zip(rows, errors, strict=True):
        spread = row.inner * math.sqrt(row.width)
        bent, size = _bend_terms(row, wrong, spread * y, spread * y_error)
        total = total + bent + largest(wrong.radial) + largest(wrong.own)
        link = length(row.link)
        total = total + link * y_error + length(wrong.link) * (y + y_error)
        crude = crude + size + largest(row.radial) + largest(row.own) + link * y
        y, y_error = _push(row, wrong, spread * y, spread * y_error)
    total = 1.01 * (total + y_error)
    return total, 1.01 * (crude + y) + total


def _bend_terms(
    row: RowData, wrong: Scalars, pushed: Tensor, pushed_error: Tensor
) -> tuple[Tensor, Tensor]:
    """Bounds on the error and on the size of sum_i bend_i gdot_i^2, row by row where t_i enters.

    gdot_i = gain_i t_i + b_i with ||b|| <= pushed, both known up to errors.
    """
    root, error_root = row.bend.abs().sqrt(), wrong.bend.sqrt()
    gain = row.gain.abs()
    size = (largest(root * gain).square() + (largest(root) * pushed).square()).sqrt()
    moved = largest(root * wrong.gain) + largest(root) * pushed_error
    reach = largest(error_root * (gain + wrong.gain))
    reach = reach + largest(error_root) * (pushed + pushed_error)
    return 2.0 * size * moved + moved.square() + reach.square(), size.square()


def _push(
    row: RowData, wrong: Scalars, pushed: Tensor, pushed_error: Tensor
) -> tuple[Tensor, Tensor]:
    """Bounds on ||alphadot^l|| and on its error."""
    gain, slope = row.gain.abs(), row.slope.abs()
    size = (largest(slope * gain).square() + (largest(slope) * pushed).square()).sqrt()
    error = largest(slope * wrong.gain + wrong.slope * (gain + wrong.gain))
    error = error + largest(slope) * pushed_error
    return size, error + largest(wrong.slope) * (pushed + pushed_error)
