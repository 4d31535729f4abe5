"""The Hessian of the empirical square loss: products by formula, Lanczos below, a sum above.

    Hess Loss = (2/n) sum_i ( grad f_i grad f_i^T + r_i Hess f_i ),   r_i = f_i - y_i.

From below: |z^T Hess Loss z| for a Ritz vector z, all rounding errors bounded. From above:
||Hess Loss|| <= (2/n) lambda_max(Gram matrix of the gradients) + (2/n) sum_i |r_i| ||Hess f_i||,
every term certified. The two meet where the residuals are small.
"""

from __future__ import annotations

import torch
from torch import Tensor

from numerics.enclosure import Enclosure, Quality
from numerics.rounding import UNIT, length
from numerics.validation import check_count
from numerics.weightnorm.curvature.lanczos import lowest_eigenvector
from numerics.weightnorm.curvature.norm import signed_ends
from numerics.weightnorm.curvature.products import weighted_product
from numerics.weightnorm.curvature.tangent import tangent
from numerics.weightnorm.curvature.tangent_error import along_direction
from numerics.weightnorm.inputs import Inputs, resolve_inputs, resolve_targets
from numerics.weightnorm.network import WeightNormNetwork
from numerics.weightnorm.parameters import Direction, resolve_direction
from numerics.weightnorm.quantities import gradient_norms, outputs, row_gradient
from numerics.weightnorm.spectral import largest_eigenvalue
from numerics.weightnorm.sweeps import trace

_METHOD = (
    "lower end: curvature along a Lanczos vector; upper end: Gram matrix of the gradients by "
    "Cholesky, plus residuals times certified Hessian norms"
)
_BASIS = 2**26  # doubles that the Lanczos basis may take


def loss_hessian_vector_product(
    network: WeightNormNetwork,
    inputs: Tensor,
    targets: Tensor,
    direction: Direction | Tensor,
    *,
    chunk: int = 256,
) -> Tensor:
    """Hess_theta Loss Delta, flat (B, p), or (p,) unbatched; the data set is swept in chunks."""
    resolved = resolve_inputs(network, inputs)
    y = resolve_targets(resolved, targets)
    change = resolve_direction(network, direction)
    product = _product(network, resolved.x, y, change, check_count(chunk, "chunk"))
    return product if resolved.batched else product.squeeze(0)


def _product(
    network: WeightNormNetwork, x: Tensor, y: Tensor, change: Direction, chunk: int
) -> Tensor:
    total = torch.zeros_like(change.flat())
    for start in range(0, x.shape[1], chunk):
        part, target = x[:, start : start + chunk], y[:, start : start + chunk]
        swept = trace(network, part)
        scale = 2.0 / x.shape[1]
        residual = scale * (swept.output - target)
        total = total + weighted_product(network.activation, swept, change, residual).flat()
        steps = tangent(network.activation, swept.layers, change)
        slope = (change.v.unsqueeze(1) * swept.layers[-1].after).sum(-1)
        slope = scale * (slope + (swept.v * steps[-1].first).sum(-1))
        rows = [
            row_gradient(layer, delta, slope)
            for layer, delta in zip(swept.layers, swept.delta, strict=True)
        ]
        last = (slope.unsqueeze(-1) * swept.layers[-1].after).sum(1)
        total = total + Direction(tuple(rows), last).flat()
    return total


def loss_hessian_norm(
    network: WeightNormNetwork,
    inputs: Tensor,
    targets: Tensor,
    *,
    tolerance: float = 1e-6,
    seed: int = 0,
    chunk: int = 256,
) -> Enclosure:
    """||Hess_theta Loss||_2 over a data set (n, d) or (B, n, d), targets (n,) or (B, n); (B,).

    The lower end is as sharp as Lanczos (residual tolerance `tolerance`); the upper end is proved
    but not sharp unless the residuals are small. Raises `NumericsError` for relu.
    """
    network.activation.require_second("the loss Hessian")
    resolved = resolve_inputs(network, inputs)
    y = resolve_targets(resolved, targets)
    check_count(chunk, "chunk")
    lower = _lower(network, resolved.x, y, tolerance, seed, chunk)
    upper = torch.maximum(_upper(network, inputs, resolved, y), lower)
    if not resolved.batched:
        lower, upper = lower.squeeze(0), upper.squeeze(0)
    return Enclosure(lower, upper, Quality.ENCLOSURE, _METHOD)


def _lower(
    network: WeightNormNetwork, x: Tensor, y: Tensor, tolerance: float, seed: int, chunk: int
) -> Tensor:
    start = Direction.random(network, seed=seed).flat()
    steps = max(8, min(64, _BASIS // start.numel()))
    best = torch.zeros_like(start[:, 0])
    for sign in (-1.0, 1.0):

        def product(vector: Tensor, sign: float = sign) -> Tensor:
            change = Direction.from_flat(network, vector)
            return sign * _product(network, x, y, change, chunk)

        found = lowest_eigenvector(product, start, steps=steps, tolerance=tolerance)
        vector = Direction.from_flat(network, found.vector)
        best = torch.maximum(best, _certified_curvature(network, x, y, vector, chunk))
    return best


def _certified_curvature(
    network: WeightNormNetwork, x: Tensor, y: Tensor, z: Direction, chunk: int
) -> Tensor:
    """A lower bound on |z^T Hess Loss z| / ||z||^2, (B,)."""
    n = x.shape[1]
    value, error, size = (torch.zeros_like(x[:, 0, 0]) for _ in range(3))
    for start in range(0, n, chunk):
        part = Inputs(x[:, start : start + chunk], batched=True, listed=True)
        swept = trace(network, part.x)
        steps = tangent(network.activation, swept.layers, z)
        found = along_direction(network.activation, swept.layers, swept.v, z, steps)
        f, f_error = outputs(network, part)
        residual = f - y[:, start : start + chunk]
        r_error = f_error + 2.0 * UNIT * residual.abs()
        value = value + (found.first.square() + residual * found.second).sum(-1)
        size = size + (found.first.square() + (residual * found.second).abs()).sum(-1)
        wrong = 2.0 * found.first.abs() * found.first_error + found.first_error.square()
        wrong = wrong + residual.abs() * found.second_error
        wrong = wrong + r_error * (found.second.abs() + found.second_error)
        error = error + wrong.sum(-1)
    error = 1.01 * error + (n + 8.0) * UNIT * size
    norm = length(z.flat()).square() * (1.0 + (network.parameters + 8.0) * UNIT)
    found_lower = (2.0 / n) * (value.abs() - error) / norm * (1.0 - 8.0 * UNIT)
    return torch.where(torch.isfinite(found_lower), found_lower, 0.0).clamp_min(0.0)


def _upper(network: WeightNormNetwork, raw: Tensor, inputs: Inputs, y: Tensor) -> Tensor:
    n = inputs.x.shape[1]
    f, f_error = outputs(network, inputs)
    residual = (f - y).abs() * (1.0 + 2.0 * UNIT) + f_error
    single = signed_ends(network, raw, 1e-2).upper.amax(0)
    bent = (residual * single).sum(-1) * (1.0 + (n + 8.0) * UNIT)
    return (2.0 / n) * (_gauss_newton(network, inputs.x) + bent) * (1.0 + 8.0 * UNIT)


def _gauss_newton(network: WeightNormNetwork, x: Tensor, block: int = 2048) -> Tensor:
    """A bound on lambda_max(sum grad f_i grad f_i^T), (B,); a sum over blocks of inputs."""
    total = torch.zeros_like(x[:, 0, 0])
    for start in range(0, x.shape[1], block):
        swept = trace(network, x[:, start : start + block])
        norms, wrong, plain = gradient_norms(network, swept)
        last = swept.layers[-1].after
        gram = torch.matmul(last, last.mT)
        for layer, delta in zip(swept.layers, swept.delta, strict=True):
            link = delta * (layer.inner / layer.norms).unsqueeze(1)
            along = link * layer.projections
            inner = torch.matmul(link, link.mT) * torch.matmul(layer.before, layer.before.mT)
            gram = gram + inner - torch.matmul(along, along.mT)
        rounding = (2.2 * (max(network.widths) + network.depth) + 32.0) * UNIT
        error = (
            2.0 * length(wrong) * length(norms + wrong) + 2.0 * rounding * length(plain).square()
        )
        total = total + largest_eigenvalue(gram, 2.0 * error)
    return total * (1.0 + 16.0 * UNIT)
