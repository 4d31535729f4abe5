"""The certificate of (C3) layer by layer: the same decision for O(L m^3) instead of O(L^3 m^3).

The layers of S(mu) meet only in y^l = alphadot^l. So its coordinates t^l can be eliminated from the
last layer to the first, like the backward sweep of a linear-quadratic regulator: with the form of
the layers above as a matrix C on y^l, layer l adds its own block B on t^l and its coupling X,

    B = diag(moving) C diag(moving) + diag(..) > 0,      C' = (form on y^(l-1)) - X B^-1 X^T,

and S(mu) > 0 iff every B on the way is. Each C' is lowered by everything that rounding may have
added, so that its exact counterpart is at least as large. Where some B is nearly singular the
elimination costs digits and False comes back although S(mu) > 0: False is no proof of anything.
"""

from __future__ import annotations

import torch
from torch import Tensor

from numerics.linalg.batched import add_diagonal
from numerics.linalg.cholesky import is_positive_definite
from numerics.linalg.loewner import factor_below
from numerics.rounding import TINY, UNIT, length
from numerics.weightnorm.curvature.form import FormData, RowData, complement
from numerics.weightnorm.curvature.last_layer import below_last, eliminate_last
from numerics.weightnorm.curvature.rayleigh import SMALLEST
from numerics.weightnorm.curvature.reduced import _block_error, _row_errors, _through_rows
from numerics.weightnorm.curvature.terms import Partial


def certify_layerwise(data: FormData, mu: Tensor) -> Tensor:
    """(Q,) True where lambda_max < mu (Q,) is proved for the form of the data.

    Nothing is proved below `SMALLEST`, as by `norm.certify`.
    """
    mu = mu.unsqueeze(-1)
    valid = (mu >= SMALLEST).all(-1)
    for layer in data.layers:
        if layer.has_complement:
            valid = valid & (layer.own < mu).all(-1)
    last = eliminate_last(data.layers[-1], mu)
    valid = valid & last.valid
    if len(data.layers) == 1:
        return valid
    form = below_last(data.layers[-1], mu, last, guard=True).curvature
    for layer in reversed(data.layers[1:-1]):
        if not bool(valid.any()):
            return valid
        form, definite = _descend(layer, mu, form)
        valid = valid & definite
    block, error = _block(data.layers[0], mu, form)
    return valid & is_positive_definite(block, error, overwrite=True)


def _block(layer: RowData, mu: Tensor, form: Tensor) -> tuple[Tensor, Tensor]:
    """B, the form on t^l, and its error (Q,)."""
    moving = layer.gain * layer.slope
    block = moving.unsqueeze(-1) * form * moving.unsqueeze(-2)
    bent = layer.gain.square() * layer.bend
    add_diagonal(block, mu - layer.own_along - layer.radial.square() / mu - bent)
    size = torch.linalg.matrix_norm(block)
    error = _block_error(layer, mu, size, torch.zeros_like(size))
    return block, error + 4.0 * UNIT * mu.squeeze(-1)  # what underflows is less than this


def _descend(layer: RowData, mu: Tensor, form: Tensor) -> tuple[Tensor, Tensor]:
    """The form on y^(l-1) after t^l is eliminated, and whether B was proved positive (Q,)."""
    block, wrong = _block(layer, mu, form)
    nothing = form.new_zeros(*form.shape[:-1], 0)
    below = _through_rows(layer, mu, Partial(form, nothing, wrong), guard=False)
    stiffness = layer.slope.unsqueeze(-1) * form * layer.slope.unsqueeze(-2)
    add_diagonal(stiffness, -layer.bend)
    size = torch.linalg.matrix_norm(stiffness) + 2.0 * length(layer.bend)
    on_y, off_y = _row_errors(layer, complement(layer, mu), size, torch.zeros_like(size))
    factor = factor_below(block, wrong)
    moved, error = factor.solve(below.coupling.mT, off_y)
    taken = torch.matmul(moved.mT, moved)
    total = torch.linalg.matrix_norm(moved)
    rounding = (1.1 * layer.width + 8.0) * UNIT * total.square()
    error = 2.0 * total * error + error.square() + rounding
    form = below.curvature - taken
    error = on_y + error + 4.0 * UNIT * (size + torch.linalg.matrix_norm(taken)) + TINY
    add_diagonal(form, -1.01 * error.unsqueeze(-1))
    return form, factor.valid & torch.isfinite(error)
