"""Networks whose rows, inputs and output weights have any exponent a float64 can have."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import torch

from numerics import Activation, WeightNormNetwork, activation
from tests.numerics.cases import SMOOTH
from tests.numerics.structured import D, Draw

KINDS = ("one scale", "a scale per row", "compensated", "denormal", "huge", "entries apart",
         "v apart", "scaled activation")  # fmt: skip
SHAPES = ((3, 1), (2, 2), (3, 2), (2, 2, 1), (3, 2, 2), (1, 2, 2), (2, 1, 2), (2, 2, 2, 1))


@dataclass(frozen=True)
class Extreme:
    """A network, one input, one target, and how they were drawn."""

    network: WeightNormNetwork
    x: torch.Tensor
    y: torch.Tensor
    direction: torch.Tensor  # flat
    kind: str
    decades: float  # log10 of the scale that was drawn first, for counts by magnitude
    scale: float = 1.0  # of the activation


def _to_float(mantissa: torch.Tensor, exponent: torch.Tensor | float) -> torch.Tensor:
    """mantissa * 10^exponent, cut to the largest floats, in steps that cannot overflow early."""
    exponent = torch.as_tensor(exponent, dtype=D)
    for _ in range(3):
        step = exponent.clamp(-290.0, 290.0)
        mantissa, exponent = mantissa * torch.pow(10.0, step), exponent - step
    top = torch.finfo(D).max
    return mantissa.clamp(-top, top)


def _scales(draw: Draw, kind: str) -> tuple[float, float, float]:
    """log10 of the scales of rows, input and v."""
    r, x, v = (600.0 * float(torch.rand((), generator=draw.generator)) - 300.0 for _ in range(3))
    if kind == "compensated":  # ||v|| ||x|| / ||W||^2 of order one
        r = 150.0 * r / 300.0
        v = 0.0 if draw.integer(0, 2) else v * 0.3
        x = max(-300.0, min(300.0, 2.0 * r - v))
    if kind == "denormal":
        r, x = r, -307.0 - 15.0 * float(torch.rand((), generator=draw.generator))
        if draw.integer(0, 2):
            r, x = x, r
    if kind == "huge":
        r, x = 307.5 + 0.7 * float(torch.rand((), generator=draw.generator)), x * draw.integer(0, 2)
    return r, x, v


def scaled_activation(name: str, scale: float) -> Activation:
    """scale * phi for a power of two, as a user would write it."""
    phi = activation(name)
    second = phi.require_second("the attack")
    return Activation(
        name,
        lambda g: scale * phi.value(g),
        lambda g: scale * phi.first(g),
        lambda g: scale * second(g),
        tuple(scale * bound for bound in phi.lipschitz),
        rounding=phi.rounding,
    )


def extreme(seed: int) -> Extreme:
    """One draw: activation, placement, shape, kind and scales."""
    draw = Draw(seed)
    kind, widths = KINDS[draw.integer(0, len(KINDS))], SHAPES[draw.integer(0, len(SHAPES))]
    phi, placement = SMOOTH[draw.integer(0, len(SMOOTH))], ("inner", "outer")[draw.integer(0, 2)]
    r, scale_x, scale_v = _scales(draw, kind)
    weights = []
    for into, out in itertools.pairwise(widths):
        rows = draw.normal(out, into)
        if draw.integer(0, 4) == 0:
            rows = torch.sign(rows)
        power = torch.full((out, 1), r, dtype=D)
        if kind in ("a scale per row", "v apart"):
            power = 600.0 * torch.rand(out, 1, generator=draw.generator, dtype=D) - 300.0
        if kind == "entries apart":
            power = power + 40.0 * draw.normal(out, into)
        rows = _to_float(rows, power)
        zero = (rows == 0).all(-1, keepdim=True)
        weights.append(torch.where(zero, torch.full_like(rows, 5e-324), rows))
    x = _to_float(draw.normal(widths[0]), scale_x)
    if draw.integer(0, 6) == 0:
        x = x * (draw.normal(widths[0]) > 0)
    if draw.integer(0, 6) == 0:  # a row nearly along the input
        weights[0][0] = _to_float(x / x.abs().max().clamp_min(5e-324), r)
        weights[0][0, 0] = weights[0][0, 0] if bool((weights[0][0] != 0).any()) else 1.0
    power, scale = scale_v, 1.0
    if kind == "v apart":
        power = 600.0 * torch.rand(widths[-1], generator=draw.generator, dtype=D) - 300.0
    v = _to_float(draw.normal(widths[-1]), power)
    if kind == "scaled activation":
        scale = 2.0 ** draw.integer(-900, 900)
    network = WeightNormNetwork.from_tensors(
        weights,
        v,
        activation=phi if scale == 1.0 else scaled_activation(phi, scale),
        placement=placement,
    )
    y = _to_float(draw.normal(1), 600.0 * math.sin(seed) / 2.0 if draw.integer(0, 2) else 0.0)
    delta = draw.normal(network.parameters)
    apart = draw.normal(network.parameters) if draw.integer(0, 3) == 0 else 0.0
    delta = _to_float(delta, (r if draw.integer(0, 2) else 0.0) + 30.0 * torch.as_tensor(apart))
    return Extreme(network, x, y, delta, kind, r, scale)
