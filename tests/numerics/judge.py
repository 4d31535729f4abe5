"""Every certified quantity of one network at one input against ball arithmetic."""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
from flint import arb

import numerics
from numerics import Enclosure
from tests.numerics.ball_oracle import BallNetwork, Rows, norm_is_below, precision
from tests.numerics.extreme import Extreme

BITS = 6000  # rows 1e300 and 1e-300 meet in one Hessian: 4,000 bits apart, squared


def excludes(found: Enclosure, truth: arb) -> bool:
    """Whether the truth lies outside for certain."""
    lower, upper = float(found.lower), float(found.upper)
    above = not math.isinf(upper) and bool(truth > arb(upper))
    return bool(truth < arb(lower)) or above


def norm(values: list[arb]) -> arb:
    """Euclidean norm."""
    return sum((a * a for a in values), arb(0)).sqrt()


def wrong_enclosures(case: Extreme) -> list[str]:
    """The quantities whose enclosure excludes the truth."""
    with precision(BITS):
        return [name for name, wrong in _verdicts(case) if wrong]


def _verdicts(case: Extreme) -> Iterator[tuple[str, bool]]:
    network, x, y = case.network, case.x, case.y
    balls = BallNetwork(network, x, case.scale)
    value, gradient, hessian = balls.derivatives()
    yield "gradient_norm", excludes(numerics.gradient_norm(network, x), norm(gradient))
    yield "output_magnitude", excludes(numerics.output_magnitude(network, x), abs(value))
    target = arb(float(y))
    residual = value - target
    yield "loss", excludes(numerics.loss(network, x[None], y), residual * residual)
    slope = norm([2 * residual * g for g in gradient])
    yield "loss_gradient", excludes(numerics.loss_gradient_norm(network, x[None], y), slope)
    features = numerics.feature_norms(network, x)
    for l, feature in enumerate(balls.features()):
        yield f"feature_norms[{l}]", excludes(features[l], norm(feature))
    kernel = numerics.tangent_kernel_norm(network, torch.stack([x, x]))
    yield "tangent_kernel_norm", excludes(kernel, 2 * norm(gradient) ** 2)
    yield from _by_layers(case, gradient)
    yield from _along(case, balls)
    slope = numerics.input_gradient_norm(network, x)
    yield "input_gradient_norm", excludes(slope, norm(balls.input_gradient()))
    both = numerics.signed_feature_norms(network, torch.stack([x, x]), torch.ones(1, 2))
    for l, feature in enumerate(balls.features()):
        yield f"signed_feature_norms[{l}]", excludes(both[0, l], 2 * norm(feature))
    yield "hessian_norm", _wrong(hessian, numerics.hessian_norm(network, x))
    below = numerics.hessian_norm_from_below(network, x)
    yield "hessian_norm_from_below", _wrong(hessian, below)
    yield from _decisions(case, hessian)
    p = range(len(gradient))
    curved = [[2 * (gradient[i] * gradient[j] + residual * hessian[i][j]) for j in p] for i in p]
    yield "loss_hessian_norm", _wrong(curved, numerics.loss_hessian_norm(network, x[None], y))


def _along(case: Extreme, balls: BallNetwork) -> Iterator[tuple[str, bool]]:
    """One direction with entries of any exponent."""
    network, x, delta = case.network, case.x, case.direction
    first, second, _, curve = balls.along(delta.tolist())
    found = numerics.feature_first_norms(network, x, delta)
    bent = numerics.feature_second_norms(network, x, delta)
    for l in range(network.depth):
        yield f"feature_first_norms[{l}]", excludes(found[l], norm(first[l]))
        yield f"feature_second_norms[{l}]", excludes(bent[l], norm(second[l]))
    along = numerics.second_directional_derivative(network, x, delta)
    yield "second_directional_derivative", excludes(along, abs(curve))


def _by_layers(case: Extreme, gradient: list[arb]) -> Iterator[tuple[str, bool]]:
    network, start = case.network, 0
    parts = numerics.layer_gradient_norms(network, case.x)
    omegas = numerics.minimum_weight_norms(network)
    for l, weight in enumerate(network.weights):
        size = weight[0].numel()
        yield f"layer_gradient[{l}]", excludes(parts[l], norm(gradient[start:][:size]))
        start += size
        rows = [norm([arb(w) for w in row]) for row in weight[0].tolist()]
        least = rows[0]
        for row in rows[1:]:
            least = least.min(row)
        yield f"minimum_weight_norms[{l}]", excludes(omegas[l], least)
    v = norm([arb(value) for value in network.v[0].tolist()])
    yield "output_layer_norm", excludes(numerics.output_layer_norm(network), v)


def _decisions(case: Extreme, hessian: Rows) -> Iterator[tuple[str, bool]]:
    """Bounds a little and far below and above the middle of the enclosure."""
    found = numerics.hessian_norm(case.network, case.x)
    top = min(float(found.upper), 1e308)
    if top == 0.0:  # exactly zero, judged above; no bound lies below it
        return
    for factor in (1e-30, 1e-3, 1.0 - 1e-7, 1.0 + 1e-7, 1e3):
        b = top * factor
        decided = numerics.hessian_norm_at_most(case.network, case.x, b)
        below = norm_is_below(hessian, b) if b > 0 else False
        yield f"certified {factor}", bool(decided.certified) and below is False
        yield f"refuted {factor}", bool(decided.refuted) and below is True


def _wrong(hessian: Rows, found: Enclosure) -> bool:
    lower, upper = float(found.lower), float(found.upper)
    too_low = not math.isinf(upper) and upper >= 0 and _above(hessian, upper)
    return too_low or (lower > 0 and norm_is_below(hessian, lower) is True)


def _above(hessian: Rows, upper: float) -> bool:
    """Whether the norm exceeds `upper` for certain."""
    if upper == 0.0:
        return any(not bool(value.contains(0)) for row in hessian for value in row)
    # strictly above: a norm equal to the upper end is inside
    return norm_is_below(hessian, upper * (1 + 2.0**-50) + 5e-324) is False
