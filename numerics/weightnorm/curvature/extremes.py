"""Both ends of the spectrum of Hess_theta f, and the norm from below alone (theory C2, C4)."""

from __future__ import annotations

import torch
from torch import Tensor

from numerics.enclosure import Enclosure, Quality, with_refusals
from numerics.validation import check_positive
from numerics.weightnorm.curvature.norm import METHOD, signed_ends
from numerics.weightnorm.curvature.problems import chunks
from numerics.weightnorm.curvature.search import climb
from numerics.weightnorm.inputs import resolve_inputs
from numerics.weightnorm.network import WeightNormNetwork


def hessian_extremes(
    network: WeightNormNetwork, x: Tensor, *, relative_width: float = 1e-8
) -> tuple[Enclosure, Enclosure]:
    """Certified enclosures of lambda_min and lambda_max of Hess_theta f.

    lambda_max >= 0 >= lambda_min always, because f is linear in v.

    Parameters
    ----------
    network : WeightNormNetwork
        One network, or a batch of B.
    x : Tensor
        Inputs (d,), (n, d) shared by the batch, or (B, n, d); float64.
    relative_width : float
        The width asked for, relative to the eigenvalue; positive.

    Returns
    -------
    tuple of Enclosure
        (lambda_min, lambda_max), each (B, n); without B for a single network, without n for one
        input.

    Raises
    ------
    NumericsError
        Shapes that do not fit, a width that is not positive, or an activation without a second
        derivative.

    Examples
    --------
    >>> import torch, numerics
    >>> network = numerics.WeightNormNetwork.random((3, 4), "tanh", seed=0)
    >>> x = torch.ones(3, dtype=torch.float64)
    >>> low, high = numerics.hessian_extremes(network, x)
    >>> eigenvalues = torch.linalg.eigvalsh(numerics.hessian(network, x))
    >>> bool(low.lower <= eigenvalues[0] + 1e-12) and bool(eigenvalues[-1] - 1e-12 <= high.upper)
    True
    """
    width = check_positive(relative_width, "relative_width")
    ends = signed_ends(network, x, width, separate=True)
    restore = ends.inputs.restore
    methods = [
        with_refusals(METHOD, torch.isfinite(upper) | (lower > 0))
        for lower, upper in zip(ends.lower, ends.upper, strict=True)
    ]
    top = Enclosure(restore(ends.lower[0]), restore(ends.upper[0]), Quality.ENCLOSURE, methods[0])
    return (
        Enclosure(-restore(ends.upper[1]), -restore(ends.lower[1]), Quality.ENCLOSURE, methods[1]),
        top,
    )


def hessian_norm_from_below(
    network: WeightNormNetwork, x: Tensor, *, tolerance: float = 1e-6
) -> Enclosure:
    """A certified lower end of ||Hess_theta f||_2, without the cost of a certificate above.

    Lanczos, until another round would gain less than `tolerance`.

    Parameters
    ----------
    network : WeightNormNetwork
        One network, or a batch of B.
    x : Tensor
        Inputs (d,), (n, d) shared by the batch, or (B, n, d); float64.
    tolerance : float
        Relative gain of a round that is no longer worth it; positive.

    Returns
    -------
    Enclosure
        Shape (B, n); without B for a single network, without n for one input. The upper end is
        infinite.

    Raises
    ------
    NumericsError
        Shapes that do not fit, a tolerance that is not positive, or an activation without a second
        derivative.

    Examples
    --------
    >>> import torch, numerics
    >>> network = numerics.WeightNormNetwork.random((3, 4), "tanh", seed=0)
    >>> x = torch.ones(3, dtype=torch.float64)
    >>> below = numerics.hessian_norm_from_below(network, x)
    >>> bool(below.lower <= numerics.hessian_norm(network, x).upper)
    True
    """
    check_positive(tolerance, "tolerance")
    network.activation.require_second("the Hessian norm")
    inputs = resolve_inputs(network, x, marks=2)
    lower = inputs.x.new_zeros(inputs.x.shape[0] * inputs.x.shape[1])
    for chunk in chunks(network, inputs):
        part = slice(chunk.start, chunk.start + chunk.data.problems)
        for data in chunk.signed():
            found = climb(data, tolerance).lower(data)
            found, _ = data.true_ends(found, found)
            best = found.reshape(-1, chunk.data.problems).amax(0)
            lower[part] = torch.maximum(lower[part], best)
    lower = inputs.restore(lower.reshape(inputs.x.shape[:2]))
    return Enclosure(
        lower,
        torch.full_like(lower, torch.inf),
        Quality.LOWER_ESTIMATE,
        "root of z^T S(mu) z for a Lanczos vector z, rounding errors included",
    )
