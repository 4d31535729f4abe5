"""Left sides of the lemmas of the depth-free proofs: the shares of a layer, and its Jacobian.

In layer l with unit rows What_i, a the direction of alpha^(l-1), beta that of delta^l = df/dg^l:

    Q = sum_i beta_i^2 sin^2(What_i, a),   A = (1/m) sum_i cos^2(What_i, a),
    B = ||sum_i beta_i What_i||^2/m:       turned, passed on, passed back; Q + A + B <= 2 (T21).
"""

from __future__ import annotations

import torch
from torch import Tensor

from numerics.enclosure import Enclosure, Quality
from numerics.linalg.batched import add_diagonal
from numerics.rounding import UNIT, length
from numerics.weightnorm.inputs import resolve_inputs
from numerics.weightnorm.network import WeightNormNetwork
from numerics.weightnorm.sweeps import forward, perpendicular_norms, trace

_ALLOWANCE = 1e-12  # relative, for eigenvalues of a Gram matrix formed in float64


def layer_shares(network: WeightNormNetwork, x: Tensor) -> Enclosure:
    """Q + A + B for l = 1..L on a new last axis, (B, n, L) shaped as the inputs say.

    A direction that is 0 is replaced by the first unit vector: T21 holds for every pair (a, beta).
    """
    inputs = resolve_inputs(network, x)
    swept, columns, radii = trace(network, inputs.x), [], []
    for layer, delta in zip(swept.layers, swept.delta, strict=True):
        a, beta = _direction(layer.before), _direction(delta)
        unit = layer.weight / layer.norms.unsqueeze(-1)
        cosine = torch.matmul(a, unit.mT)
        turned = (beta.square() * (1.0 - cosine.square())).sum(-1)
        back = torch.matmul(beta, unit).square().sum(-1) / layer.weight.shape[-2]
        columns.append(turned + cosine.square().mean(-1) + back)
        m, k = layer.weight.shape[-2:]
        radii.append(torch.full_like(columns[-1], 16.0 * (m + k + 16.0) * UNIT))
    value, radius = torch.stack(columns, dim=-1), torch.stack(radii, dim=-1)
    ends = [inputs.restore(end) for end in (value - radius, value + radius)]
    return Enclosure(ends[0], ends[1], Quality.ENCLOSURE, "row formula, rounding of norms included")


def _direction(vector: Tensor) -> Tensor:
    """Unit vectors along the last axis, e_0 for a zero vector."""
    largest = vector.abs().amax(-1, keepdim=True)
    scaled = vector / torch.where(largest > 0, largest, 1.0)
    size = length(scaled).unsqueeze(-1)
    first = torch.zeros_like(vector)
    first[..., 0] = 1.0
    return torch.where(size > 0, scaled / torch.where(size > 0, size, 1.0), first)


def feature_jacobian_norms(network: WeightNormNetwork, x: Tensor) -> Enclosure:
    """||d alpha^l/d(W^1..W^l)||_2 for l = 1..L on a new last axis, (B, n, L).

    sqrt lambda_max(G_l) with G_l = D (s^2 What G_(l-1) What^T + diag((s n/r)^2)) D, D = diag(c
    phi'), the exact Gram matrix of the Jacobian's rows (T32); dense eigenvalues.
    """
    inputs = resolve_inputs(network, x)
    gram: Tensor | None = None
    columns = []
    for layer in forward(network, inputs.x):
        reach = layer.inner * perpendicular_norms(layer) / layer.norms.unsqueeze(1)
        inside = torch.diag_embed(reach.square())
        if gram is not None:
            unit = (layer.weight / layer.norms.unsqueeze(-1)).unsqueeze(1)
            inside = layer.inner**2 * unit @ gram @ unit.mT
            add_diagonal(inside, reach.square())
        slope = layer.outer * layer.first
        gram = slope.unsqueeze(-1) * inside * slope.unsqueeze(-2)
        columns.append(torch.linalg.eigvalsh(gram)[..., -1].clamp_min(0.0).sqrt())
    value = torch.stack(columns, dim=-1)
    ends = [inputs.restore(value * factor) for factor in (1.0 - _ALLOWANCE, 1.0 + _ALLOWANCE)]
    return Enclosure(ends[0], ends[1], Quality.EXACT_TO_ROUNDING, "dense eigenvalues")
