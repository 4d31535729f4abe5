"""The neural tangent kernel of a network over a sample: Theta_ij = <grad f(x_i), grad f(x_j)>.

With row i of layer l contributing delta_i s P_i alpha / r_i to a gradient (theta, section 2),

    Theta = A_L A_L^T + sum_l (D_l D_l^T) o (A_(l-1) A_(l-1)^T) - (D_l o H_l)(D_l o H_l)^T,

A features, D scaled derivatives, H projections <What_i, alpha>, one row for each input, o entry by
entry: n by n matrices alone, never the gradients. Upper end: a Cholesky factorization of
mu I - Theta, and the trace. Lower end: z^T Theta z for a Ritz vector z. Rounding is in both.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from numerics.enclosure import Enclosure, from_ends
from numerics.linalg.batched import apply
from numerics.rounding import TINY, UNIT, length
from numerics.scaling import Shift, shifted, shifted_down, shifted_up
from numerics.validation import check_count
from numerics.weightnorm.gradients import gradient_norms
from numerics.weightnorm.guarded import guarded_trace
from numerics.weightnorm.inputs import resolve_inputs
from numerics.weightnorm.network import WeightNormNetwork
from numerics.weightnorm.spectral import largest_eigenvalue_at_most, top_vector

__all__ = ["kernel_ends", "tangent_kernel_norm"]

_BLOCK = 2048  # inputs of one Gram matrix
_METHOD = (
    "lower end: z^T Theta z; upper end: Cholesky factorization of mu I - Theta, rounding included"
)


def tangent_kernel_norm(
    network: WeightNormNetwork, x: Tensor, *, block: int = _BLOCK
) -> Enclosure:
    """||Theta||_2, the largest eigenvalue of the tangent kernel over an input set (n, d).

    Parameters
    ----------
    network : WeightNormNetwork
        One network, or a batch of B.
    x : Tensor
        Inputs (d,), (n, d) shared by the batch, or (B, n, d); float64.
    block : int
        Inputs whose kernel is one matrix; of more, the sum over blocks is the upper end and the
        largest block the lower one.

    Returns
    -------
    Enclosure
        Shape (B,); a scalar for a single network.

    Raises
    ------
    NumericsError
        Shapes that do not fit, or NaN or infinity in a single network.

    Examples
    --------
    >>> import torch, numerics
    >>> network = numerics.WeightNormNetwork.random((3, 4, 4), "tanh", seed=0)
    >>> x = torch.ones(1, 3, dtype=torch.float64)
    >>> one, gradient = numerics.tangent_kernel_norm(network, x), numerics.gradient_norm(network, x)
    >>> bool(one.lower <= gradient.upper**2) and bool(gradient.lower**2 <= one.upper)
    True
    """
    inputs = resolve_inputs(network, x, marks=3)
    lower, upper, known = kernel_ends(network, inputs.x, check_count(block, "block"))
    if not inputs.batched:
        lower, upper, known = lower.squeeze(0), upper.squeeze(0), known.squeeze(0)
    return from_ends(lower, upper, _METHOD, sound=known)


def kernel_ends(
    network: WeightNormNetwork, x: Tensor, block: int = _BLOCK
) -> tuple[Tensor, Tensor, Tensor]:
    """Both ends of ||Theta||_2 for x (B, n, d), and where they may be trusted; (B,) each."""
    lower = upper = x.new_zeros(x.shape[0])
    known = torch.ones_like(lower, dtype=torch.bool)
    for start in range(0, x.shape[1], block):
        gram = _gram(network, x[:, start : start + block])
        low, high = gram.ends()
        lower, upper = torch.maximum(lower, low), upper + high
        known = known if gram.sound is None else known & gram.sound
    return lower, upper * (1.0 + 16.0 * UNIT), known


@dataclass(frozen=True, eq=False)
class _Gram:
    """Theta of a block of inputs (B, k, k) to within `error` (B,) in the spectral norm, its trace
    at most `trace`, all times 2^(2 unit); sound: where all numbers could be held, None for
    everywhere."""

    matrix: Tensor
    error: Tensor
    trace: Tensor
    unit: Shift
    sound: Tensor | None

    def ends(self) -> tuple[Tensor, Tensor]:
        z = top_vector(self.matrix)
        z = z / length(z).unsqueeze(-1)  # of length 1 to within rounding, which `slack` covers
        form = (z * apply(self.matrix, z)).sum(-1).clamp_min(0.0)
        upper = largest_eigenvalue_at_most(self.matrix, 2.0 * self.error, form)
        upper = torch.minimum(_known(upper * (1.0 + 16.0 * UNIT)), _known(self.trace))
        slack = (3.0 * z.shape[-1] + 32.0) * UNIT * length(self.matrix.flatten(1))
        lower = torch.nan_to_num(form - slack - 2.0 * self.error, nan=0.0).clamp_min(0.0)
        shift = None if self.unit is None else 2 * self.unit.squeeze(-1)
        lower = torch.where(torch.isfinite(upper), torch.minimum(lower, upper), 0.0)
        return shifted_down(lower, shift), _known(shifted_up(upper, shift))


def _known(upper: Tensor) -> Tensor:
    """An upper end; infinite where nothing was computed (numbers beyond float64)."""
    return torch.where(torch.isnan(upper), torch.full_like(upper, torch.inf), upper)


def _gram(network: WeightNormNetwork, x: Tensor) -> _Gram:
    swept = guarded_trace(network, x)
    norms = gradient_norms(network, swept, common=True)
    top, last = norms.units.top, swept.layers[-1].after
    last = last if top is None else shifted(last, top.unsqueeze(-1))
    gram = torch.matmul(last, last.mT)
    for layer, delta, factor in zip(swept.layers, swept.delta, norms.units.factors, strict=True):
        link = delta * factor
        along = link * layer.projections
        inner = torch.matmul(link, link.mT) * torch.matmul(layer.before, layer.before.mT)
        gram = gram + inner - torch.matmul(along, along.mT)
    rounding = (2.2 * (max(network.widths) + network.depth) + 32.0) * UNIT
    error = (
        2.0 * length(norms.radius) * length(norms.value + norms.radius)
        + 2.0 * rounding * length(norms.plain).square()
    )
    sizes = norms.value + norms.radius
    trace = sizes.square().sum(-1) * (1.0 + (x.shape[1] + 8.0) * UNIT) + TINY
    sound = None if swept.sound is None else swept.sound.all(-1)
    return _Gram(gram, error, trace, norms.units.unit, sound)
