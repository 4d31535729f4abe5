"""||Hess_x f||_2 with both ends certified: the curvature of a network in its input.

    Hess_x f = sum_l A_l^T diag(h^l) A_l,   A_l = dg^l/dx = s_l What^l Y_(l-1),   Y_0 = I,
    Y_l = diag(c_l phi'(g^l)) A_l,          h^l_i = c_l (df/dalpha^l_i) phi''(g^l_i)

since every g^l is linear in alpha^(l-1). Errors are carried in Frobenius norms; O(L m^2 d).
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from numerics.enclosure import Enclosure, from_ends
from numerics.linalg.batched import apply
from numerics.rounding import SUBNORMAL, TINY, UNIT, largest, row_error
from numerics.scaling import shifted_down, shifted_up
from numerics.weightnorm.forward_error import Radii, sweep_radii
from numerics.weightnorm.guarded import guarded_trace
from numerics.weightnorm.inputs import resolve_inputs
from numerics.weightnorm.network import WeightNormNetwork
from numerics.weightnorm.spectral import largest_eigenvalue
from numerics.weightnorm.sweeps import Layer, Trace

__all__ = ["input_hessian_norm"]

_METHOD = "lower end: |z^T H z|; upper end: Cholesky factorizations of mu I -+ H, rounding included"


def input_hessian_norm(network: WeightNormNetwork, x: Tensor) -> Enclosure:
    """A certified two-sided enclosure of ||Hess_x f||_2 (T31, the left side).

    Parameters
    ----------
    network : WeightNormNetwork
        One network, or a batch of B.
    x : Tensor
        Inputs (d,), (n, d) shared by the batch, or (B, n, d); float64.

    Returns
    -------
    Enclosure
        Shape (B, n); without B for a single network, without n for one input.

    Raises
    ------
    NumericsError
        An activation without a second derivative, or shapes that do not fit.

    Examples
    --------
    >>> import torch, numerics
    >>> network = numerics.WeightNormNetwork.random((3, 4), "tanh", seed=0)
    >>> norm = numerics.input_hessian_norm(network, torch.ones(3, dtype=torch.float64))
    >>> bool(norm.lower <= norm.upper)
    True
    """
    network.activation.require_second("the curvature in x")
    inputs = resolve_inputs(network, x, marks=2)
    swept = guarded_trace(network, inputs.x)
    form, error = _hessian(network, swept)
    known = torch.isfinite(form).all(-1).all(-1) & torch.isfinite(error)
    if swept.sound is not None:
        known = known & swept.sound
    form = torch.where(known[..., None, None], form, 0.0)
    lower, upper = _ends(form.flatten(0, 1), torch.where(known, error, 0.0).flatten())
    lower, upper = lower.reshape(known.shape), upper.reshape(known.shape)
    shift = None if swept.v_shift is None else swept.v_shift.expand(known.shape)
    lower, upper = shifted_down(lower, shift), shifted_up(upper, shift)
    ends = (inputs.restore(end) for end in (lower, upper, known))
    low, high, sound = ends
    return from_ends(low, high, _METHOD, sound=sound)


def _frobenius(matrix: Tensor) -> Tensor:
    return torch.linalg.matrix_norm(matrix)


def _hessian(network: WeightNormNetwork, swept: Trace) -> tuple[Tensor, Tensor]:
    """The matrix (B, n, d, d) and its error in the Frobenius norm (B, n), times 2^-v_shift."""
    d = swept.layers[0].weight.shape[-1]
    moved = torch.eye(d, dtype=torch.float64, device=swept.v.device)
    moved = moved.expand(*swept.layers[0].size.shape, d, d)
    error = torch.zeros_like(swept.layers[0].size)
    total, wrong = torch.zeros_like(moved), torch.full_like(error, TINY)
    radii = sweep_radii(network.activation, swept)
    for l, layer in enumerate(swept.layers):
        first, error = _pushed(layer, moved, error)
        part, off = _bent(network, swept, l, radii[l], first, error)
        total = total + part
        wrong = wrong + off + 2.0 * UNIT * (_frobenius(total) + _frobenius(part))
        moved, error = _sloped(layer, radii[l], first, error)
    return total, wrong * (1.0 + 64.0 * UNIT)


def _pushed(layer: Layer, moved: Tensor, error: Tensor) -> tuple[Tensor, Tensor]:
    """A = s What Y and its error, for Y and its error."""
    m, k = layer.weight.shape[-2:]
    unit = (layer.weight / layer.norms.unsqueeze(-1)).unsqueeze(1)
    rounding = (1.1 * k + 12.0) * UNIT + 1.01 * row_error(k)
    off = layer.inner * math.sqrt(m) * (error + rounding * _frobenius(moved)) + TINY
    return layer.inner * torch.matmul(unit, moved), off


def _sloped(layer: Layer, radii: Radii, first: Tensor, error: Tensor) -> tuple[Tensor, Tensor]:
    """Y = c phi'(g) A and its error."""
    slope = layer.outer * layer.first
    wrong = layer.outer * radii.first
    after = slope.unsqueeze(-1) * first
    off = (largest(slope) + wrong) * error + wrong * _frobenius(first)
    return after, off + 4.0 * UNIT * _frobenius(after) + TINY


def _bent(
    network: WeightNormNetwork, swept: Trace, l: int, radii: Radii, first: Tensor, error: Tensor
) -> tuple[Tensor, Tensor]:
    """A^T diag(h) A and its error."""
    layer, activation = swept.layers[l], network.activation
    e = swept.e[l + 1]
    h = layer.outer * e * activation.require_second("the curvature in x")(layer.pre)
    lost = 0.0 if swept.v_shift is None else SUBNORMAL  # entries of v far below the largest
    e_off, second_off = radii.e.unsqueeze(-1) + lost, radii.second.unsqueeze(-1)
    h_off = second_off * (e.abs() + e_off) + activation.lipschitz[1] * e_off
    h_off = layer.outer * h_off + 4.0 * UNIT * h.abs() + lost
    scaled = h.unsqueeze(-1) * first
    product = torch.matmul(first.mT, scaled)
    size, top = _frobenius(first), largest(h) + largest(h_off)
    rounding = (1.1 * first.shape[-2] + 12.0) * UNIT * size * _frobenius(scaled)
    unsure = (h_off.sqrt().unsqueeze(-1) * first).square().sum((-1, -2))
    off = top * (2.0 * size * error + error.square()) + 1.01 * (unsure + rounding)
    return product, off + TINY


def _ends(form: Tensor, error: Tensor) -> tuple[Tensor, Tensor]:
    """Ends of the spectral norm of every symmetric matrix within `error` of form, (Q,)."""
    form = 0.5 * (form + form.mT)
    error = error + 2.0 * UNIT * _frobenius(form)
    values, vectors = torch.linalg.eigh(form)
    z = torch.where(
        (values[..., -1] >= -values[..., 0]).unsqueeze(-1), vectors[..., -1], vectors[..., 0]
    )
    found = ((z * apply(form, z)).sum(-1) / z.square().sum(-1)).abs()
    rounding = (3.0 * form.shape[-1] + 32.0) * UNIT * _frobenius(form)
    lower = (found - rounding - error).clamp_min(0.0)
    upper = torch.maximum(largest_eigenvalue(form, error), largest_eigenvalue(-form, error))
    return lower, upper
