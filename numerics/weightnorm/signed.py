"""Signed sums over an input set: the steps of the Rademacher peeling argument."""

from __future__ import annotations

import torch
from torch import Tensor

from numerics.activations import Activation
from numerics.activations import activation as find_activation
from numerics.enclosure import Enclosure, Quality
from numerics.errors import NumericsError
from numerics.rounding import UNIT, largest, length
from numerics.validation import check_count, check_positive, check_tensor
from numerics.weightnorm.forward_error import forward_radii
from numerics.weightnorm.inputs import resolve_inputs
from numerics.weightnorm.network import WeightNormNetwork
from numerics.weightnorm.quantities import enclose
from numerics.weightnorm.rademacher import ENUMERATED, all_signs
from numerics.weightnorm.sweeps import forward


def signed_feature_norms(network: WeightNormNetwork, x: Tensor, signs: Tensor) -> Enclosure:
    """||sum_k eps_k alpha^l(x_k)||_2 for l = 0..L; signs (S, n) -> (B, S, L + 1)."""
    inputs, signs = resolve_inputs(network, x), _check_signs(x, signs)
    layers = forward(network, inputs.x)
    features = [inputs.x, *(layer.after for layer in layers)]
    radii = forward_radii(network.activation, layers)
    moved = [torch.zeros_like(radii[0].after), *(radius.after for radius in radii)]
    rounding = (x.shape[-2] + max(network.widths) + 8.0) * UNIT
    pairs = [
        (length(torch.matmul(signs, a)), (wrong + rounding * length(a)).sum(-1))
        for a, wrong in zip(features, moved, strict=True)
    ]
    return _finish(network, pairs)


def signed_row_maxima(network: WeightNormNetwork, x: Tensor, signs: Tensor) -> Enclosure:
    """max_i |sum_k eps_k phi(g^l_i(x_k))| over the rows i of layer l = 1..L, (B, S, L); no c_l."""
    inputs, signs = resolve_inputs(network, x), _check_signs(x, signs)
    phi, pairs = network.activation, []
    layers = forward(network, inputs.x)
    for layer, radius in zip(layers, forward_radii(phi, layers), strict=True):
        value = layer.after / layer.outer
        size = largest(value) + largest(layer.pre)
        wrong = phi.lipschitz[0] * layer.inner * radius.projection + phi.rounding * UNIT * size
        rounding = (x.shape[-2] + 8.0) * UNIT * largest(value)
        pairs.append((largest(torch.matmul(signs, value)), (wrong + rounding).sum(-1)))
    return _finish(network, pairs)


def signed_input_average(x: Tensor) -> Enclosure:
    """The mean over all sign vectors of ||sum_k eps_k x_k||_2 for x (n, d), n <= 10; a scalar."""
    x = check_tensor(x, "x").to(torch.float64)
    if x.dim() != 2 or x.shape[0] > ENUMERATED:
        raise NumericsError(
            argument="x", found=f"shape {tuple(x.shape)}", accepted=f"(n, d), n <= {ENUMERATED}"
        )
    value = length(torch.matmul(all_signs(x.shape[0]).to(x.device), x)).mean()
    rounding = (sum(x.shape) + 2 ** x.shape[0]) * 2.0**-52
    return enclose(value, rounding * length(x).sum(), "enumeration of all signs")


def contracted_row_complexity(
    h: Tensor,
    scale: float,
    activation: str | Activation,
    *,
    restarts: int = 8,
    steps: int = 200,
    seed: int = 0,
) -> Enclosure:
    """E_eps sup_(|w|=1) |sum_k eps_k phi(scale <w, h_k>)| for h (n, k), n <= 10, from below.

    All sign vectors (up to the global one, which |.| cannot see), Adam ascent over w from
    `restarts` starts, one of them the direction of sum eps_k h_k.
    """
    h, phi = check_tensor(h, "h").to(torch.float64), find_activation(activation)
    check_positive(scale, "scale")
    if h.dim() != 2 or h.shape[0] > ENUMERATED:
        raise NumericsError(
            argument="h", found=f"shape {tuple(h.shape)}", accepted=f"(n, k), n <= {ENUMERATED}"
        )
    signs = all_signs(h.shape[0]).to(h.device)
    generator = torch.Generator().manual_seed(seed)
    drawn = torch.randn(
        len(signs), check_count(restarts, "restarts"), h.shape[1], generator=generator
    )
    w = drawn.to(h.device, torch.float64)
    w[:, 0] = torch.matmul(signs, h)
    best = _ascend_rows(w, signs, h, scale, phi, check_count(steps, "steps"))
    value = best.amax(-1).mean()
    return Enclosure(
        value,
        torch.full_like(value, torch.inf),
        Quality.LOWER_ESTIMATE,
        f"all sign vectors, gradient ascent over w from {restarts} starts",
    )


def _ascend_rows(
    w: Tensor, signs: Tensor, h: Tensor, scale: float, phi: Activation, steps: int
) -> Tensor:
    """The best |sum_k eps_k phi(scale <w, h_k>)| met from each start, (S, restarts)."""
    zero = (w == 0).all(-1, keepdim=True)
    w = torch.where(zero, torch.ones_like(w), w)
    w = (w / length(w).unsqueeze(-1)).requires_grad_()
    optimizer = torch.optim.Adam([w], lr=0.05)
    best = torch.zeros(w.shape[:2], dtype=torch.float64, device=w.device)
    for _ in range(steps):
        unit = w / length(w).unsqueeze(-1)
        total = (signs.unsqueeze(1) * phi.value(scale * torch.matmul(unit, h.T))).sum(-1).abs()
        best = torch.maximum(best, total.detach())
        optimizer.zero_grad()
        (-total.sum()).backward()
        optimizer.step()
    return best


def _check_signs(x: Tensor, signs: Tensor) -> Tensor:
    signs = check_tensor(signs, "signs").to(torch.float64)
    n = x.shape[-2] if x.dim() > 1 else 1
    if signs.dim() != 2 or signs.shape[1] != n or not bool((signs.abs() == 1).all()):
        raise NumericsError(
            argument="signs", found=f"shape {tuple(signs.shape)}", accepted=f"(S, {n}) of +-1"
        )
    return signs.to(x.device)


def _finish(network: WeightNormNetwork, pairs: list[tuple[Tensor, Tensor]]) -> Enclosure:
    """Values (B, S) and radii (B,) per layer -> an enclosure (B, S, layers)."""
    value = torch.stack([value for value, _ in pairs], dim=-1)
    radius = torch.stack([radius for _, radius in pairs], dim=-1).unsqueeze(-2).expand_as(value)
    if network.batch is None:
        value, radius = value.squeeze(0), radius.squeeze(0)
    return enclose(value, radius, "forward sweep")
