"""Signed sums over an input set: the steps of the Rademacher peeling argument."""

from __future__ import annotations

import torch
from torch import Tensor

from numerics.activations import Activation
from numerics.activations import activation as find_activation
from numerics.enclosure import Enclosure, enclose, from_ends
from numerics.errors import NumericsError
from numerics.rounding import TINY, UNIT, largest, length
from numerics.scaling import Shift, combined, exponents, negated, settled, shifted, stacked
from numerics.validation import check_count, check_positive, check_tensor, exact_float64
from numerics.weightnorm.forward_error import forward_radii
from numerics.weightnorm.guarded import guarded_forward
from numerics.weightnorm.inputs import Inputs, resolve_inputs
from numerics.weightnorm.network import WeightNormNetwork
from numerics.weightnorm.rademacher import ENUMERATED, all_signs, from_below, signed_norms


def signed_feature_norms(network: WeightNormNetwork, x: Tensor, signs: Tensor) -> Enclosure:
    """||sum_k eps_k alpha^l(x_k)||_2 for l = 0, ..., L.

    Parameters
    ----------
    network : WeightNormNetwork
        One network, or a batch of B.
    x : Tensor
        Inputs (d,), (n, d) shared by the batch, or (B, n, d); float64.
    signs : Tensor
        eps (S, n) with entries +1 and -1.

    Returns
    -------
    Enclosure
        Shape (B, S, L + 1); without B for a single network.

    Raises
    ------
    NumericsError
        Shapes that do not fit, or signs that are not +1 and -1.

    Examples
    --------
    >>> import torch, numerics
    >>> network = numerics.WeightNormNetwork.random((3, 4, 4), "tanh", seed=0, batch=2)
    >>> x = torch.ones(5, 3, dtype=torch.float64)
    >>> signs = torch.tensor([[1.0, -1.0, 1.0, -1.0, 1.0]], dtype=torch.float64)
    >>> numerics.signed_feature_norms(network, x, signs).lower.shape
    torch.Size([2, 1, 3])
    """
    inputs = resolve_inputs(network, x, marks=3)
    signs = _check_signs(inputs, signs)
    swept = guarded_forward(network, inputs.x)
    layers, radii = swept.layers, forward_radii(network.activation, swept.layers)
    zero = torch.zeros_like(layers[0].size)
    rows = [(layers[0].before, zero, layers[0].before_shift)]
    for layer, radius in zip(layers, radii, strict=True):
        rows.append((layer.after, radius.after, layer.after_shift))
    rounding = (inputs.x.shape[-2] + max(network.widths) + 8.0) * UNIT
    found = []
    for alpha, wrong, shift in rows:
        moved, unit = _in_one_unit(alpha, shift, length(alpha))
        error = shifted(wrong + rounding * length(alpha), combined(shift, negated(unit)))
        found.append((length(torch.matmul(signs, moved)), error.sum(-1), unit))
    return _finish(inputs, found, swept.sound)


def signed_row_maxima(network: WeightNormNetwork, x: Tensor, signs: Tensor) -> Enclosure:
    """max_i |sum_k eps_k phi(g^l_i(x_k))| over the rows i of layer l, for l = 1, ..., L.

    The factor c_l of the layer is left out.

    Parameters
    ----------
    network : WeightNormNetwork
        One network, or a batch of B.
    x : Tensor
        Inputs (d,), (n, d) shared by the batch, or (B, n, d); float64.
    signs : Tensor
        eps (S, n) with entries +1 and -1.

    Returns
    -------
    Enclosure
        Shape (B, S, L); without B for a single network.

    Raises
    ------
    NumericsError
        Shapes that do not fit, or signs that are not +1 and -1.

    Examples
    --------
    >>> import torch, numerics
    >>> network = numerics.WeightNormNetwork.random((3, 4, 4), "tanh", seed=0, batch=2)
    >>> x = torch.ones(5, 3, dtype=torch.float64)
    >>> signs = torch.tensor([[1.0, -1.0, 1.0, -1.0, 1.0]], dtype=torch.float64)
    >>> numerics.signed_row_maxima(network, x, signs).lower.shape
    torch.Size([2, 1, 2])
    """
    inputs = resolve_inputs(network, x, marks=3)
    signs = _check_signs(inputs, signs)
    phi, found = network.activation, []
    swept = guarded_forward(network, inputs.x)
    for layer, radius in zip(swept.layers, forward_radii(phi, swept.layers), strict=True):
        moved, unit = _in_one_unit(layer.after, layer.after_shift, layer.after_size)
        value = moved / layer.outer
        error = shifted(radius.after, combined(layer.after_shift, negated(unit)))
        error = error / layer.outer + (inputs.x.shape[-2] + 8.0) * UNIT * largest(value)
        found.append((largest(torch.matmul(signs, value)), error.sum(-1), unit))
    return _finish(inputs, found, swept.sound)


def _in_one_unit(alpha: Tensor, shift: Shift, size: Tensor) -> tuple[Tensor, Shift]:
    """alpha 2^shift (B, n, m) in one unit (B, 1) per network."""
    if shift is None:
        return alpha, None
    unit = settled((exponents(size) + shift).amax(-1, keepdim=True))
    return shifted(alpha, (shift - unit).unsqueeze(-1)), unit


def signed_input_average(x: Tensor) -> Enclosure:
    """E_eps ||sum_k eps_k x_k||_2, the mean over all 2^n sign vectors.

    Parameters
    ----------
    x : Tensor
        (n, d), n <= 10; taken as float64.

    Returns
    -------
    Enclosure
        A scalar.

    Raises
    ------
    NumericsError
        x of another shape.

    Examples
    --------
    >>> import torch, numerics
    >>> found = numerics.signed_input_average(torch.eye(4, dtype=torch.float64))  # always sqrt(4)
    >>> bool(found.lower <= 2 <= found.upper)
    True
    """
    x = check_tensor(x, "x").to(torch.float64)
    if x.dim() != 2 or x.shape[0] > ENUMERATED:
        raise NumericsError(
            argument="x", found=f"shape {tuple(x.shape)}", accepted=f"(n, d), n <= {ENUMERATED}"
        )
    shift = settled(exponents(x.abs().amax()))
    near = shifted(x, -shift)
    sums = length(torch.matmul(all_signs(x.shape[0]).to(x.device), near))
    rounding = (2.0 * sum(x.shape) + len(sums) + 16.0) * UNIT
    radius = rounding * length(near).sum() + TINY
    mean = sums.mean()
    return from_ends(
        (mean - radius).clamp_min(0.0),
        mean + 1.01 * radius,
        "enumeration of all signs, rounding included",
        shift=shift,
    )


def contracted_row_complexity(
    h: Tensor,
    scale: float,
    activation: str | Activation,
    *,
    restarts: int = 8,
    steps: int = 200,
    seed: int = 0,
) -> Enclosure:
    """E_eps sup_(||w|| = 1) |sum_k eps_k phi(scale <w, h_k>)|, from below.

    All sign vectors (up to the global one, which |.| cannot see), Adam ascent over w from
    `restarts` starts, one of them the direction of sum_k eps_k h_k.

    Parameters
    ----------
    h : Tensor
        (n, k), n <= 10; taken as float64.
    scale : float
        Positive.
    activation : str or Activation
        phi.
    restarts, steps : int
        Starts per sign vector, and steps of ascent from each.
    seed : int
        Of the starts.

    Returns
    -------
    Enclosure
        A scalar; the upper end is infinite.

    Raises
    ------
    NumericsError
        h of another shape, or a scale, restarts or steps that are not positive.

    Examples
    --------
    >>> import torch, numerics
    >>> h = torch.ones(1, 2, dtype=torch.float64)  # sup_w |tanh(<w, (1, 1)>)| = tanh(sqrt(2))
    >>> found = numerics.contracted_row_complexity(h, 1.0, "tanh", restarts=2, steps=2)
    >>> 0.88 < float(found.lower) <= 0.88839
    True
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
        len(signs),
        check_count(restarts, "restarts"),
        h.shape[1],
        generator=generator,
        dtype=torch.float64,
    )
    w = drawn.to(h.device)
    w[:, 0] = torch.matmul(signs, h)
    rows = _ascend_rows(w, signs, h, scale, phi, check_count(steps, "steps"))
    # one layer of one row: its single feature is phi(<w, scale h>)
    unit = WeightNormNetwork.from_tensors(
        [rows.flatten(0, 1).unsqueeze(1)], torch.ones_like(rows.flatten(0, 1)[:, :1]),
        activation=phi,
    )  # fmt: skip
    repeated = signs.repeat_interleave(restarts, 0)
    reached = signed_norms(unit, scale * h, repeated, slip=4.0 * UNIT)
    best = reached.lower.reshape(len(signs), restarts).amax(-1)
    return from_below(best, 1.0, f"all sign vectors, gradient ascent over w from {restarts} starts")


def _ascend_rows(
    w: Tensor, signs: Tensor, h: Tensor, scale: float, phi: Activation, steps: int
) -> Tensor:
    """w, (S, restarts, k), with the best |sum_k eps_k phi(scale <w, h_k>)| met from each start."""
    zero = (w == 0).all(-1, keepdim=True)
    w = torch.where(zero, torch.ones_like(w), w)
    w = (w / length(w).unsqueeze(-1)).requires_grad_()
    optimizer = torch.optim.Adam([w], lr=0.05)
    best, kept = torch.full_like(w[..., 0], -1.0).detach(), w.detach().clone()
    for _ in range(steps):
        unit = w / length(w).unsqueeze(-1)
        total = (signs.unsqueeze(1) * phi.value(scale * torch.matmul(unit, h.T))).sum(-1).abs()
        better = total.detach() > best
        best = torch.where(better, total.detach(), best)
        kept = torch.where(better.unsqueeze(-1), w.detach(), kept)
        optimizer.zero_grad()
        (-total.sum()).backward()
        optimizer.step()
    return kept


def _check_signs(inputs: Inputs, signs: Tensor) -> Tensor:
    signs = exact_float64(check_tensor(signs, "signs"), inputs.x.device)
    n = inputs.x.shape[1]
    if signs.dim() != 2 or signs.shape[1] != n or not bool((signs.abs() == 1).all()):
        raise NumericsError(
            argument="signs", found=f"shape {tuple(signs.shape)}", accepted=f"(S, {n}) of +-1"
        )
    return signs


def _finish(
    inputs: Inputs, found: list[tuple[Tensor, Tensor, Shift]], sound: Tensor | None
) -> Enclosure:
    """Values (B, S), radii (B,) and units (B, 1) per layer -> an enclosure (B, S, layers)."""
    value = torch.stack([value for value, _, _ in found], dim=-1)
    radius = torch.stack([radius for _, radius, _ in found], dim=-1).unsqueeze(1).expand_as(value)
    shift = stacked([unit for _, _, unit in found])
    shift = None if shift is None else shift.expand_as(value)
    known = None if sound is None else sound.all(-1)[:, None, None].expand_as(value)
    if not inputs.batched:
        value, radius = value.squeeze(0), radius.squeeze(0)
        shift = None if shift is None else shift.squeeze(0)
        known = None if known is None else known.squeeze(0)
    return enclose(value, radius, "forward sweep", shift=shift, sound=known)
