"""Inputs and targets of a batch of networks, resolved once; refusals of data by name."""

from __future__ import annotations

import torch
from torch import Tensor

from numerics.errors import NumericsError
from numerics.relu_two_layer.balls import Ball, ball, exact
from numerics.relu_two_layer.network import ReluNetwork
from numerics.relu_two_layer.refusals import Refusal, refuse
from numerics.rounding import LEAST, UNIT
from numerics.validation import check_tensor


def resolve_inputs(network: ReluNetwork, x: Tensor) -> Tensor:
    """x (n, d), shared by the batch, or (B, n, d), as (B, n, d) float64 on the network's device."""
    x = check_tensor(x, "x").to(network.device, torch.float64)
    d, count = network.d, network.networks
    if x.dim() not in (2, 3) or x.shape[-1] != d or (x.dim() == 3 and x.shape[0] != count):
        raise NumericsError(
            argument="x",
            found=f"shape {tuple(x.shape)}",
            accepted=f"(n, {d}) or ({count}, n, {d})",
        )
    return x.expand(count, -1, -1) if x.dim() == 2 else x


def resolve_targets(x: Tensor, y: Tensor) -> Tensor:
    """y (n,) or (B, n) as (B, n), for x (B, n, d)."""
    y = check_tensor(y, "y").to(x.device, torch.float64)
    count, n = x.shape[:2]
    if tuple(y.shape) not in ((n,), (count, n)):
        raise NumericsError(
            argument="y", found=f"shape {tuple(y.shape)}", accepted=f"({n},) or ({count}, {n})"
        )
    return y.expand(count, n)


def check_inputs(x: Tensor) -> Tensor:
    """x (n, d) or (B, n, d) of nonzero rows, float64; refuses `zero_input`."""
    x = check_tensor(x, "x").to(torch.float64)
    if x.dim() not in (2, 3):
        raise NumericsError(
            argument="x", found=f"shape {tuple(x.shape)}", accepted="(n, d) or (B, n, d)"
        )
    zero = (x == 0).all(-1).nonzero()
    if len(zero):
        where = f"a zero row at index {tuple(zero[0].tolist())}"
        raise refuse(Refusal.ZERO_INPUT, "x", where, "rows with a nonzero entry")
    return x


def check_unit(x: Tensor) -> Tensor:
    """x whose rows have norm 1 as well as float64 rows can; refuses `not_unit`."""
    x = check_inputs(x)
    norms = torch.linalg.vector_norm(x, dim=-1)
    allowed = (x.shape[-1] + 16.0) * UNIT
    if bool(((norms - 1.0).abs() > allowed).any()):
        found = f"a row of norm {float(norms.flatten()[int((norms - 1).abs().argmax())]):.17g}"
        raise refuse(Refusal.NOT_UNIT, "x", found, f"norms within {allowed:.1e} of 1")
    return x


def scale_exponent(value: Tensor) -> Tensor:
    """e with 2^e <= max |entry| < 2^(e+1) over the last axis, kept; 0 for zero; int64."""
    largest = value.abs().amax(-1, keepdim=True)
    exponent = torch.frexp(largest).exponent.to(torch.int64) - 1
    return torch.where(largest > 0, exponent, 0).clamp(-1000, 1000)


def power_of_two(exponent: Tensor) -> Tensor:
    """2^e, exactly, for int64 e between -1022 and 1023."""
    return ((exponent + 1023) << 52).view(torch.float64)


def row_norms(matrix: Tensor) -> Ball:
    """Euclidean norms along the last axis, at any finite magnitude."""
    return scaled_rows(matrix)[2]


def scaled_rows(matrix: Tensor) -> tuple[Tensor, Tensor, Ball]:
    """The rows over powers of two, largest entry in [1, 2); their norms as computed, (..., 1); and
    the norms of the rows themselves. A sum of d squares costs d + 1 roundings, its root half."""
    scale = power_of_two(scale_exponent(matrix))
    scaled = matrix / scale
    norm = torch.linalg.vector_norm(scaled, dim=-1, keepdim=True)
    computed = norm.squeeze(-1)
    radius = 0.55 * (matrix.shape[-1] + 6.0) * UNIT * computed + matrix.shape[-1] * LEAST
    return scaled, norm, ball(computed, radius, 1.0) * exact(scale.squeeze(-1))
