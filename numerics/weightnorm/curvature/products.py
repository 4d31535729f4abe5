"""Hessian-vector products and dense Hessians by formula: no automatic differentiation.

Half the gradient of the quadratic form Delta^T (sum_i w_i Hess f(x_i)) Delta, read backwards
through the layers: with chi = d(form/2)/d(gdot), zeta = d(form/2)/d(alphadot),

    (H Delta)_i = P_i [ (s chi_i/r_i - delta_i s p_i/r_i^2) alpha + (delta_i s/r_i) alphadot
                        - (delta_i s <What_i, alpha>/r_i^2) Delta_i ] - (delta_i s t_i/r_i^2) What_i

A product costs five products with matrices of the weights' size per layer, for any n.
"""

from __future__ import annotations

import torch
from torch import Tensor

from numerics.activations import Activation
from numerics.errors import NumericsError
from numerics.validation import check_count
from numerics.weightnorm.curvature.tangent import TangentLayer, tangent
from numerics.weightnorm.inputs import resolve_inputs
from numerics.weightnorm.network import WeightNormNetwork
from numerics.weightnorm.parameters import Direction, resolve_direction
from numerics.weightnorm.sweeps import Layer, Trace, trace

_DENSE_LIMIT = 2**28  # entries of the dense Hessians of one call, 2 GiB


def weighted_product(
    activation: Activation, swept: Trace, direction: Direction, weights: Tensor
) -> Direction:
    """sum_i weights_i Hess f(x_i) Delta, weights (B, n); one direction per network."""
    steps = tangent(activation, swept.layers, direction, second_order=False)
    bend = activation.require_second("the Hessian-vector product")
    w = weights.unsqueeze(-1)
    zeta = w * direction.v.unsqueeze(1)
    parts = []
    for l in reversed(range(len(steps))):
        layer, step = swept.layers[l], steps[l]
        delta = w * swept.delta[l]
        curve = layer.outer * (w * swept.e[l + 1]) * bend(layer.pre)
        chi = curve * step.g_first + layer.outer * layer.first * zeta
        parts.append(_row_part(layer, step, delta, chi))
        zeta = _pull_back(layer, step, delta, chi)
    return Direction(tuple(parts[::-1]), (w * steps[-1].first).sum(1))


def _row_part(layer: Layer, step: TangentLayer, delta: Tensor, chi: Tensor) -> Tensor:
    """Layer l's block of the product, (B, m, k)."""
    link = layer.inner * delta / step.norms
    on_alpha = layer.inner * chi / step.norms - link * step.radial / step.norms
    on_change = (-link * layer.projections / step.norms).sum(1)  # (B, m)
    left, right = torch.cat([on_alpha, link], 1), torch.cat([layer.before, step.before_first], 1)
    block = torch.matmul(left.mT, right)  # both outer products in one pass
    block.addcmul_(on_change.unsqueeze(-1), step.change)
    along = (on_alpha * layer.projections + link * step.before_on_rows).sum(1)
    along = along + on_change * step.radial.squeeze(1)
    along = along + (link * step.t / step.norms).sum(1)
    return block.addcmul_((-along / layer.norms).unsqueeze(-1), layer.weight)


def _pull_back(layer: Layer, step: TangentLayer, delta: Tensor, chi: Tensor) -> Tensor:
    """zeta of the layer below, (B, n, k): s What^T chi + sum_i (delta_i s/r_i) tau_i."""
    link = layer.inner * delta / step.norms
    on_rows = (layer.inner * chi - link * step.radial) / step.norms
    return torch.matmul(on_rows, layer.weight) + torch.matmul(link, step.change)


def hessian_vector_product(
    network: WeightNormNetwork, x: Tensor, direction: Direction | Tensor
) -> Tensor:
    """Hess_theta f(x) Delta, without the Hessian.

    Parameters
    ----------
    network : WeightNormNetwork
        One network, or a batch of B.
    x : Tensor
        Inputs (d,), (n, d) shared by the batch, or (B, n, d); float64.
    direction : Direction or Tensor
        Delta, a change of all parameters: a `Direction`, or flat (p,) or (B, p) with
        p = network.parameters; one per network, the same for its n inputs.

    Returns
    -------
    Tensor
        float64, flat: (B, n, p), p = network.parameters; without B for a single network, without n
        for one input.

    Raises
    ------
    NumericsError
        Shapes that do not fit, or an activation without a second derivative.

    Examples
    --------
    >>> import torch, numerics
    >>> network = numerics.WeightNormNetwork.random((3, 4), "tanh", seed=0)
    >>> x = torch.ones(3, dtype=torch.float64)
    >>> delta = torch.ones(network.parameters, dtype=torch.float64)
    >>> product = numerics.hessian_vector_product(network, x, delta)
    >>> bool(torch.allclose(product, numerics.hessian(network, x) @ delta))
    True
    """
    inputs = resolve_inputs(network, x)
    change = resolve_direction(network, direction)
    products = [
        weighted_product(
            network.activation,
            trace(network, inputs.x[:, i : i + 1]),
            change,
            inputs.x.new_ones(network.networks, 1),
        ).flat()
        for i in range(inputs.x.shape[1])
    ]
    return inputs.restore(torch.stack(products, dim=1))


def hessian(network: WeightNormNetwork, x: Tensor, *, chunk: int = 256) -> Tensor:
    """Hess_theta f, dense, in the order W^1, ..., W^L, v.

    Assembled column by column from products with unit vectors.

    Parameters
    ----------
    network : WeightNormNetwork
        One network, or a batch of B.
    x : Tensor
        Inputs (d,), (n, d) shared by the batch, or (B, n, d); float64.
    chunk : int
        Columns at a time, over all problems.

    Returns
    -------
    Tensor
        float64 (B, n, p, p), p = network.parameters; without B for a single network, without n
        for one input.

    Raises
    ------
    NumericsError
        More than 2^28 entries, shapes that do not fit, or an activation without a second
        derivative.

    Examples
    --------
    >>> import torch, numerics
    >>> network = numerics.WeightNormNetwork.random((3, 4), "tanh", seed=0)
    >>> x = torch.ones(3, dtype=torch.float64)
    >>> found = numerics.hessian(network, x)
    >>> found.shape
    torch.Size([16, 16])
    >>> bool(torch.allclose(found, found.mT))
    True
    """
    network.activation.require_second("the Hessian")
    check_count(chunk, "chunk")
    inputs = resolve_inputs(network, x)
    networks, n, d = inputs.x.shape
    p = network.parameters
    if networks * n * p * p > _DENSE_LIMIT:
        raise NumericsError(
            argument="network",
            found=f"{networks * n} dense Hessians of {p} parameters",
            accepted=f"at most {_DENSE_LIMIT} entries; `hessian_norm` needs no dense Hessian",
        )
    result = inputs.x.new_empty(networks * n, p, p)
    points = inputs.x.reshape(networks * n, 1, d)
    for start in range(0, networks * n * p, chunk):
        flat = torch.arange(start, min(start + chunk, networks * n * p), device=points.device)
        problem, column = flat // p, flat % p
        result[problem, :, column] = _columns(network, points[problem], problem // n, column)
    return inputs.restore(result.reshape(networks, n, p, p))


def _columns(network: WeightNormNetwork, x: Tensor, owner: Tensor, column: Tensor) -> Tensor:
    """(c, p): for each of c requests, one column of the Hessian of network `owner` at its x."""
    part = WeightNormNetwork(
        tuple(w[owner] for w in network.weights),
        network.v[owner],
        network.activation,
        network.placement,
        len(owner),
    )
    units = torch.zeros(len(owner), network.parameters, dtype=torch.float64, device=x.device)
    units[torch.arange(len(owner), device=x.device), column] = 1.0
    direction = Direction.from_flat(part, units)
    return weighted_product(
        network.activation, trace(part, x), direction, x.new_ones(len(owner), 1)
    ).flat()


def gradients(network: WeightNormNetwork, x: Tensor) -> Tensor:
    """grad_theta f by formula, in the order W^1, ..., W^L, v.

    Parameters
    ----------
    network : WeightNormNetwork
        One network, or a batch of B.
    x : Tensor
        Inputs (d,), (n, d) shared by the batch, or (B, n, d); float64.

    Returns
    -------
    Tensor
        float64 (B, n, p), p = network.parameters; without B for a single network, without n for
        one input.

    Raises
    ------
    NumericsError
        Shapes that do not fit.

    Examples
    --------
    >>> import torch, numerics
    >>> network = numerics.WeightNormNetwork.random((3, 4), "tanh", seed=0)
    >>> x = torch.ones(3, dtype=torch.float64)
    >>> found = numerics.gradients(network, x)
    >>> bool(torch.isclose(found.norm(), numerics.gradient_norm(network, x).lower))
    True
    """
    inputs = resolve_inputs(network, x)
    return inputs.restore(flat_gradients(trace(network, inputs.x)))


def flat_gradients(swept: Trace) -> Tensor:
    """grad_theta f, (B, n, p): rows delta_i s P_i alpha / r_i, then alpha^L."""
    parts = []
    for layer, delta in zip(swept.layers, swept.delta, strict=True):
        rows = (layer.weight / layer.norms.unsqueeze(-1)).unsqueeze(1)
        alpha = layer.before.unsqueeze(-2)
        off = alpha - layer.projections.unsqueeze(-1) * rows
        link = layer.inner * delta / layer.norms.unsqueeze(1)
        parts.append((link.unsqueeze(-1) * off).flatten(2))
    return torch.cat([*parts, swept.layers[-1].after], dim=-1)
