"""Networks of any architectures in one call: those of one architecture are measured at once."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import torch
from torch import Tensor

from numerics.enclosure import Enclosure
from numerics.errors import NumericsError
from numerics.validation import check_positive
from numerics.weightnorm.curvature.norm import hessian_norm
from numerics.weightnorm.inputs import resolve_inputs
from numerics.weightnorm.network import WeightNormNetwork


def hessian_norms(
    networks: Sequence[WeightNormNetwork],
    inputs: Sequence[Tensor],
    *,
    relative_width: float = 1e-8,
) -> list[Enclosure]:
    """||Hess_theta f||_2 of many networks of any architectures, each at its own inputs.

    Networks with the same widths, activation, placement, device and number of inputs are measured
    together, which is many times faster than one by one.

    Parameters
    ----------
    networks : sequence of WeightNormNetwork
        Single networks or batches.
    inputs : sequence of Tensor
        For each of them (d,), (n, d) or (B, n, d), as in `hessian_norm`.
    relative_width : float
        As in `hessian_norm`.

    Returns
    -------
    list of Enclosure
        In the order given, each as `hessian_norm` of that network alone would be shaped; the ends
        may differ from it within the width.

    Raises
    ------
    NumericsError
        Another number of inputs than of networks; shapes that do not fit; NaN or infinity in a
        single network or its inputs; relu.

    Examples
    --------
    >>> import torch, numerics
    >>> small = numerics.WeightNormNetwork.random((2, 3), "tanh", seed=0)
    >>> deep = numerics.WeightNormNetwork.random((2, 3, 4), "sin", seed=0, batch=5)
    >>> x = torch.ones(2, dtype=torch.float64)
    >>> [tuple(norm.lower.shape) for norm in numerics.hessian_norms([small, deep], [x, x])]
    [(), (5,)]
    """
    check_positive(relative_width, "relative_width")
    if len(networks) != len(inputs):
        raise NumericsError(
            argument="inputs", found=f"{len(inputs)} for {len(networks)} networks",
            accepted="one for each network",
        )  # fmt: skip
    known = [resolve_inputs(n, x, marks=2) for n, x in zip(networks, inputs, strict=True)]
    groups: dict[Hashable, list[int]] = {}
    for k, (network, x) in enumerate(zip(networks, known, strict=True)):
        groups.setdefault((_kind(network), x.x.shape[1]), []).append(k)
    found: dict[int, Enclosure] = {}
    for members in groups.values():
        whole = hessian_norm(
            _together([networks[k] for k in members]),
            torch.cat([known[k].x for k in members]),
            relative_width=relative_width,
        )
        start = 0
        for k in members:
            part = slice(start, start + networks[k].networks)
            start, restore = part.stop, known[k].restore
            ends = restore(whole.lower[part]), restore(whole.upper[part])
            found[k] = Enclosure(*ends, whole.quality, whole.method)
    return [found[k] for k in range(len(networks))]


def _kind(network: WeightNormNetwork) -> Hashable:
    """What networks must have in common to be one batch; activations are told apart by identity."""
    device = str(network.device)
    return network.widths, id(network.activation), network.placement, device, network.dtype


def _together(networks: Sequence[WeightNormNetwork]) -> WeightNormNetwork:
    """One batch of them all."""
    layers = zip(*(network.weights for network in networks), strict=True)
    first, v = networks[0], torch.cat([network.v for network in networks])
    weights = tuple(torch.cat(layer) for layer in layers)
    return WeightNormNetwork(weights, v, first.activation, first.placement, len(v))
