"""True quantities of the network without normalization, with what is known of each value's error.

First-order quantities carry a forward error analysis of the sweeps; it holds while no product or
square leaves the normal range of float64, and where one does the value is given as [0, inf]. The
Hessian is dense, for small networks: what the error of the sweep moves in it is bounded by the same
sums without their signs, the rest is an allowance that is not proved: its quality says so.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from numerics.activations import Activation
from numerics.enclosure import Enclosure, Quality
from numerics.unnormalized.network import UnnormalizedNetwork, gradient, hessian, sweep

__all__ = ["gradient_norm", "hessian_norm", "loss", "output_magnitude", "spectral_gain"]

_UNIT = 2.0**-53
#: Magnitudes between which products of two numbers neither overflow nor lose digits.
_SMALL, _LARGE = 2.0**-500, 2.0**500
#: Allowance of dense Hessians and singular values, relative to the Frobenius norm.
_DENSE = 1e-11


def _guarded(value: Tensor, radius: Tensor, inside: Tensor, method: str) -> Enclosure:
    """[value - radius, value + radius] at 0 or above where the analysis holds, else [0, inf]."""
    good = inside & value.isfinite() & radius.isfinite()
    lower = torch.where(good, (value - radius).clamp_min(0.0), torch.zeros_like(value))
    upper = torch.where(good, value + radius, torch.full_like(value, math.inf))
    return Enclosure(lower, upper, Quality.EXACT_TO_ROUNDING, method)


def _in_range(network: UnnormalizedNetwork, x: Tensor) -> Tensor:
    """Whether every number stays where the analysis holds, (B, 1); exact zeros may stand."""

    def fits(tensor: Tensor) -> Tensor:
        size = tensor.flatten(1).abs()
        return ((size == 0) | ((size > _SMALL) & (size < _LARGE))).all(-1)

    parts = [fits(t) for t in (*network.weights, network.v)]
    return torch.stack([*parts, x.abs().amax(-1).gt(0).all(-1)]).all(0).unsqueeze(-1)


def _errors(network: UnnormalizedNetwork, x: Tensor) -> tuple[list[Tensor], list[Tensor], Tensor]:
    """Bounds of |computed - exact| for features, pre-activations and the output of a sweep."""
    phi, swept = network.activation, sweep(network, x)
    unit = 4.0 * (x.shape[-1] + 8) * _UNIT
    features = [unit * swept.features[0].abs()]
    pre: list[Tensor] = []
    for l, weight in enumerate(network.weights):
        size, root = weight.abs(), math.sqrt(weight.shape[2])
        own = 2.0 * (weight.shape[2] + 4) * _UNIT * (swept.features[l].abs() @ size.mT) / root
        pre.append(1.0001 * (features[-1] @ size.mT / root + own))
        rounding = phi.rounding * _UNIT * swept.pre[l].abs().clamp_min(1.0)
        features.append(1.0001 * (phi.lipschitz[0] * pre[-1] + rounding))
    v, root = network.v.abs().unsqueeze(-1), math.sqrt(network.v.shape[1])
    own = 2.0 * (network.v.shape[1] + 4) * _UNIT * (swept.features[-1].abs() @ v).squeeze(-1)
    return features, pre, 1.0001 * ((features[-1] @ v).squeeze(-1) + own) / root


def output_magnitude(network: UnnormalizedNetwork, x: Tensor) -> Enclosure:
    """|f| at every input, (B, n)."""
    *_, radius = _errors(network, x)
    return _guarded(network(x).abs(), radius, _in_range(network, x), "one forward sweep")


def loss(network: UnnormalizedNetwork, x: Tensor, y: Tensor) -> Enclosure:
    """(1/n) sum (f_i - y_i)^2, (B,); y (B, n)."""
    *_, radius = _errors(network, x)
    residual = (network(x) - y).abs()
    radius = radius + 2 * _UNIT * (residual + y.abs())
    value = residual.square().mean(-1)
    n = x.shape[1]
    slack = ((2 * residual + radius) * radius).mean(-1) + 2 * (n + 3) * _UNIT * value
    inside = _in_range(network, x).squeeze(-1)
    return _guarded(value, 1.0001 * slack, inside, "one forward sweep")


def gradient_norm(network: UnnormalizedNetwork, x: Tensor) -> Enclosure:
    """||grad_theta f|| at every input, (B, n)."""
    phi, swept = network.activation, sweep(network, x)
    features, pre, _ = _errors(network, x)
    m = network.v.shape[1]
    e = network.v.unsqueeze(1).abs().expand_as(swept.features[-1]) / math.sqrt(m)
    e_error = 4 * _UNIT * e
    squares = (features[-1].square() / m).sum(-1)
    for l in range(len(network.weights) - 1, -1, -1):
        weight, root = network.weights[l].abs(), math.sqrt(network.weights[l].shape[2])
        slope = phi.first(swept.pre[l]).abs()
        blur = phi.lipschitz[1] * pre[l] + phi.rounding * _UNIT * swept.pre[l].abs().clamp_min(1.0)
        delta = slope * e
        error = 1.0001 * (blur * (e + e_error) + slope * e_error + 4 * _UNIT * delta)
        a, a_error = swept.features[l].abs(), features[l]
        block = error.unsqueeze(-1) * (a + a_error).unsqueeze(-2)
        block = block + delta.unsqueeze(-1) * (a_error + 4 * _UNIT * a).unsqueeze(-2)
        squares = squares + (1.0001 * block / root).square().sum((-1, -2))
        own = 2 * (m + 4) * _UNIT * (delta + error) @ weight
        e, e_error = delta @ weight / root, 1.0001 * (error @ weight + own) / root
    value = torch.linalg.vector_norm(gradient(network, x), dim=-1)
    radius = 1.0001 * squares.sqrt() + 2 * network.parameters * _UNIT * value
    return _guarded(value, radius, _in_range(network, x), "forward and backward sweep")


def hessian_norm(network: UnnormalizedNetwork, x: Tensor) -> Enclosure:
    """||Hess_theta f||_2 at every input, (B, n), from dense eigenvalues."""
    columns = []
    for k in range(x.shape[1]):
        matrix = hessian(network, x[:, k : k + 1])
        broken = ~matrix.isfinite().all(-1).all(-1)
        safe = torch.where(broken[:, None, None], torch.zeros_like(matrix), matrix)
        norm = torch.linalg.eigvalsh(safe).abs().amax(-1)
        radius = _DENSE * torch.linalg.matrix_norm(safe) + _moved(network, x[:, k : k + 1])
        columns.append(torch.stack([norm, torch.where(broken, math.inf, radius)]))
    value, radius = torch.stack(columns, dim=-1)
    return _guarded(value, radius, _in_range(network, x), "dense eigenvalues")


def _moved(network: UnnormalizedNetwork, x: Tensor) -> Tensor:
    """At least how far the errors of the sweep move the Hessian at one input, in Frobenius norm;
    infinite where they are no small part of what they stand in. (B,)

    An entry is a sum of products of weights, features, slopes and curvatures. With every factor
    replaced by a bound of its size, one relative error for all factors holds for the sum.
    """
    phi, (features, pre, _) = network.activation, _errors(network, x)
    sup1, sup2, sup3 = phi.lipschitz
    start = abs(float(phi.value(torch.zeros((), dtype=x.dtype))))
    above = Activation(
        "above",
        lambda t: start + sup1 * t,
        lambda t: torch.full_like(t, sup1),
        lambda t: torch.full_like(t, sup2),
        (sup1, 0.0, 0.0),
    )
    sized = UnnormalizedNetwork(tuple(w.abs() for w in network.weights), network.v.abs(), above)
    sizes = sweep(sized, x.abs()).features
    parts = [(e / size).nan_to_num(nan=0.0) for e, size in zip(features, sizes, strict=True)]
    parts += [g * (sup2 / sup1 + (sup3 / sup2 if sup2 > 0 else 0.0)) for g in pre]
    relative = torch.stack([part.flatten(1).amax(-1) for part in parts]).amax(0)
    count = 3 * len(network.weights) + 6  # factors of a product, and no fewer
    own = (4 * (max(network.widths) + 8) + 2 * phi.rounding) * _UNIT
    share = count * (relative + own)
    size = torch.linalg.matrix_norm(hessian(sized, x.abs()))
    return torch.where(share < 0.01, 1.1 * share * size, math.inf)


def spectral_gain(network: UnnormalizedNetwork) -> Enclosure:
    """gamma, the smallest number with ||W^l||_2 <= gamma sqrt(m) in every layer, (B,)."""
    norms = [torch.linalg.matrix_norm(w, ord=2) for w in network.weights]
    value = torch.stack(norms).amax(0) / math.sqrt(network.v.shape[1])
    radius = _DENSE * value
    ends = value - radius, value + radius
    return Enclosure(*ends, Quality.EXACT_TO_ROUNDING, "singular values of LAPACK")
