"""The Hessian of the empirical square loss: products by formula, Lanczos below, a sum above.

    Hess Loss = (2/n) sum_i ( grad f_i grad f_i^T + r_i Hess f_i ),   r_i = f_i - y_i.

From below: |z^T Hess Loss z| for a Ritz vector z, all rounding errors bounded. From above:
||Hess Loss|| <= (2/n) lambda_max(Gram matrix of the gradients) + (2/n) sum_i |r_i| ||Hess f_i||,
every term certified. The two meet where the residuals are small.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from numerics.enclosure import Enclosure, from_ends
from numerics.norms import vector_norm
from numerics.rounding import ETA, TINY, UNIT
from numerics.scaling import (
    Shift,
    aligned,
    combined,
    negated,
    shifted,
    shifted_down,
    shifted_up,
)
from numerics.validation import check_count
from numerics.weightnorm.curvature.lanczos import both_ends
from numerics.weightnorm.curvature.norm import signed_ends
from numerics.weightnorm.curvature.products import weighted_product
from numerics.weightnorm.curvature.tangent import doubled, tangent
from numerics.weightnorm.curvature.tangent_error import along_direction
from numerics.weightnorm.forward_error import forward_radii
from numerics.weightnorm.gradients import residuals, row_gradient
from numerics.weightnorm.guarded import guarded_forward
from numerics.weightnorm.inputs import Inputs, resolve_inputs, resolve_targets
from numerics.weightnorm.network import WeightNormNetwork
from numerics.weightnorm.parameters import Direction, resolve_direction
from numerics.weightnorm.sweeps import Trace, trace
from numerics.weightnorm.tangent_kernel import kernel_ends

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
    """Hess_theta Loss Delta for Loss = (1/n) sum_i (f(x_i) - y_i)^2, without the Hessian.

    Parameters
    ----------
    network : WeightNormNetwork
        One network, or a batch of B.
    inputs : Tensor
        Data (n, d) shared by the batch, or (B, n, d); float64.
    targets : Tensor
        y (n,) or (B, n); float64.
    direction : Direction or Tensor
        Delta, a change of all parameters: a `Direction`, or flat (p,) or (B, p) with
        p = network.parameters; one per network, the same for its n inputs.
    chunk : int
        Inputs swept at a time.

    Returns
    -------
    Tensor
        float64, flat (B, p), p = network.parameters; (p,) for a single network.

    Raises
    ------
    NumericsError
        Shapes that do not fit, or an activation without a second derivative.

    Examples
    --------
    >>> import torch, numerics
    >>> network = numerics.WeightNormNetwork.random((3, 4), "tanh", seed=0)
    >>> x, y = torch.eye(3, dtype=torch.float64), torch.ones(3, dtype=torch.float64)
    >>> delta = torch.ones(network.parameters, dtype=torch.float64)
    >>> product = numerics.loss_hessian_vector_product(network, x, y, delta)
    >>> bool(product.norm() <= numerics.loss_hessian_norm(network, x, y).upper * delta.norm())
    True
    """
    resolved = resolve_inputs(network, inputs)
    y = resolve_targets(resolved, targets)
    change = resolve_direction(network, direction)
    parts = _parts(network, resolved.x, y, check_count(chunk, "chunk"))
    product = _product(network, parts, change, resolved.x.shape[1])
    return product if resolved.batched else product.squeeze(0)


def _parts(
    network: WeightNormNetwork, x: Tensor, y: Tensor, chunk: int
) -> Iterator[tuple[Trace, Tensor]]:
    """The data set in chunks: each swept through the network, with its targets."""
    for start in range(0, x.shape[1], chunk):
        part = slice(start, start + chunk)
        yield trace(network, x[:, part]), y[:, part]


def _product(
    network: WeightNormNetwork, parts: Iterable[tuple[Trace, Tensor]], change: Direction, n: int
) -> Tensor:
    """Hess_theta Loss Delta over the n data that the parts hold, flat (B, p)."""
    total = torch.zeros_like(change.flat())
    for swept, target in parts:
        scale = 2.0 / n
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
    """||Hess_theta Loss||_2 for Loss = (1/n) sum_i (f(x_i) - y_i)^2.

    The lower end is as sharp as Lanczos; the upper end is proved but not sharp unless the residuals
    are small.

    Parameters
    ----------
    network : WeightNormNetwork
        One network, or a batch of B.
    inputs : Tensor
        Data (n, d) shared by the batch, or (B, n, d); float64.
    targets : Tensor
        y (n,) or (B, n); float64.
    tolerance : float
        Residual at which Lanczos stops; positive.
    seed : int
        Of the first vector.
    chunk : int
        Inputs swept at a time.

    Returns
    -------
    Enclosure
        Shape (B,); a scalar for a single network.

    Raises
    ------
    NumericsError
        Shapes that do not fit, or an activation without a second derivative (relu).

    Examples
    --------
    >>> import torch, numerics
    >>> network = numerics.WeightNormNetwork.random((3, 4), "tanh", seed=0)
    >>> x, y = torch.eye(3, dtype=torch.float64), torch.ones(3, dtype=torch.float64)
    >>> found = numerics.loss_hessian_norm(network, x, y)
    >>> bool(0 < found.lower <= found.upper)
    True
    """
    network.activation.require_second("the loss Hessian")
    resolved = resolve_inputs(network, inputs, marks=3)
    y = resolve_targets(resolved, targets, marks=True)
    check_count(chunk, "chunk")
    lower = _lower(network, resolved.x, y, tolerance, seed, chunk)
    upper, sound = _upper(network, resolved, y)
    if not resolved.batched:
        lower, upper = lower.squeeze(0), upper.squeeze(0)
        sound = None if sound is None else sound.squeeze(0)
    return from_ends(lower, upper, _METHOD, sound=sound)


def _lower(
    network: WeightNormNetwork, x: Tensor, y: Tensor, tolerance: float, seed: int, chunk: int
) -> Tensor:
    start = Direction.random(network, seed=seed).flat()
    steps = max(8, min(64, _BASIS // start.numel()))
    best, n = torch.zeros_like(start[:, 0]), x.shape[1]
    swept = list(_parts(network, x, y, chunk)) if n <= chunk else None  # one is kept, not many

    def product(vector: Tensor) -> Tensor:
        change = Direction.from_flat(network, vector, marks=True)
        parts = _parts(network, x, y, chunk) if swept is None else swept
        # an entry that is no number stays at 0 and keeps no other from converging
        return torch.nan_to_num(_product(network, parts, change, n), 0.0, 0.0, 0.0)

    for found in both_ends(product, start, steps=steps, tolerance=tolerance):
        direction = Direction.from_flat(network, found.vector)
        best = torch.maximum(best, _certified_curvature(network, x, y, direction, chunk))
    return best


def _certified_curvature(
    network: WeightNormNetwork, x: Tensor, y: Tensor, z: Direction, chunk: int
) -> Tensor:
    """A lower bound on |z^T Hess Loss z| / ||z||^2, (B,)."""
    n, total = x.shape[1], None
    for start in range(0, n, chunk):
        part = slice(start, start + chunk)
        found = _curvature_of_chunk(network, x[:, part], y[:, part], z)
        total = found if total is None else _added(total, found)
    if total is None:
        raise RuntimeError("a data set has at least one input")
    error = 1.01 * total.radius + (n + 8.0) * UNIT * total.size + TINY
    norm = vector_norm(z.flat()).upper
    below = (2.0 / n) * (total.value.abs() - error) / norm / norm * (1.0 - 16.0 * UNIT)
    usable = torch.isfinite(below) & (norm > 2.0**-64) & (norm < 2.0**64)
    return shifted_down(torch.where(usable, below, 0.0).clamp_min(0.0), total.shift)


@dataclass(frozen=True, eq=False)
class _Curvature:
    """sum_i fdot_i^2 + r_i fddot_i, a bound on its error, sum of sizes: (B,), times 2^shift."""

    value: Tensor
    radius: Tensor
    size: Tensor
    shift: Shift


def _curvature_of_chunk(
    network: WeightNormNetwork, x: Tensor, y: Tensor, z: Direction
) -> _Curvature:
    swept = guarded_forward(network, x)
    first, second = along_direction(network.activation, swept, z)
    after = forward_radii(network.activation, swept.layers)[-1].after
    r = residuals(swept, after, y)
    shifts = (doubled(first.shift), combined(r.shift, second.shift))
    square, product = first.value.square(), r.value * second.value
    wrong = 2.0 * first.value.abs() * first.radius + first.radius.square()
    bent = r.value.abs() * second.radius + r.radius * (second.value.abs() + second.radius)
    _, unit = aligned((square + wrong, shifts[0]), (product.abs() + bent, shifts[1]))
    back = None if unit is None else -unit.amax(-1, keepdim=True)
    to = [combined(shift, back) for shift in shifts]
    square, wrong = shifted(square, to[0]), shifted(wrong, to[0])
    product, bent = shifted(product, to[1]), shifted(bent, to[1])
    return _Curvature(
        (square + product).sum(-1),
        (wrong + bent).sum(-1) + TINY,
        (square + product.abs()).sum(-1),
        None if back is None else -back.squeeze(-1),
    )


def _added(one: _Curvature, two: _Curvature) -> _Curvature:
    unit = one.shift
    if unit is not None and two.shift is not None:
        unit = torch.maximum(unit, two.shift)
    parts = []
    for name in ("value", "radius", "size"):
        left = shifted(getattr(one, name), combined(one.shift, negated(unit)))
        right = shifted(getattr(two, name), combined(two.shift, negated(unit)))
        parts.append(left + right)
    return _Curvature(parts[0], parts[1] + TINY, parts[2], unit)


def _upper(network: WeightNormNetwork, inputs: Inputs, y: Tensor) -> tuple[Tensor, Tensor | None]:
    """The upper end (B,), and where it may be trusted."""
    n, swept = inputs.x.shape[1], guarded_forward(network, inputs.x)
    found = residuals(swept, forward_radii(network.activation, swept.layers)[-1].after, y)
    residual = shifted_up((found.value.abs() + found.radius) * (1.0 + 2.0 * UNIT), found.shift)
    single = signed_ends(network, inputs.x, 1e-2).upper.amax(0)
    # ETA: a product that vanishes is no more than that
    bent = (residual * single + ETA).sum(-1) * (1.0 + (n + 8.0) * UNIT)
    total = kernel_ends(network, inputs.x)[1] + bent
    upper = (2.0 / n) * total * (1.0 + 8.0 * UNIT) + ETA
    sound = None if found.sound is None else found.sound.all(-1)
    return torch.where(torch.isnan(upper), torch.inf, upper), sound
