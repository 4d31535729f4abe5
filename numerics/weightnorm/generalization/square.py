"""G4 with the union over kappa nu1: the square loss certificate.

P (y - f)^2 <= P_n (y - f)^2 + 2 (Y + M) c_n kappa nu1 R2/sqrt(n) + r conf(n, K, delta)
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from numerics.errors import NumericsError
from numerics.rounding import UNIT
from numerics.weightnorm.generalization.certificate import Certificate
from numerics.weightnorm.generalization.choices import Choices
from numerics.weightnorm.generalization.complexity import (
    confidence,
    square_loss_complexity,
    square_loss_range,
)
from numerics.weightnorm.generalization.directed import mean_above, up
from numerics.weightnorm.generalization.margin import class_gain
from numerics.weightnorm.generalization.sample import Sample, certificate_of


def square_certificate(
    sample: Sample, choices: Choices, delta: float, *, y_bound: float, signs: bool, clip: bool
) -> Certificate:
    """The smallest scale of the grid above kappa nu1; with `clip`, of f clipped to [-Y, Y].

    |f| <= M = scale * radius, or min(M, Y) with `clip` (clipping is 1-Lipschitz). y_bound = Y and
    `signs` (every target is +-Y) are said of the population; the sample can only contradict them.
    """
    _check_targets(sample.y, y_bound, signs)
    union = choices.count("scales", "classes", "maps")
    conf = confidence(sample.n, union[0], delta)
    scale = _rounded_up(up(class_gain(sample.family) * sample.nu1, 1), choices.scales)
    radius = sample.input_map.radius
    size = up(scale * radius, 1)
    f_bound = min(size, y_bound) if clip else size
    empirical = mean_above(_losses_above(sample, f_bound))
    complexity = square_loss_complexity(sample.n, size, y_bound, f_bound)
    spread = square_loss_range(y_bound, f_bound, signs=signs)
    deviation = up(spread * conf, 1)
    bound = up(empirical + complexity + deviation, 2)
    certificate = certificate_of(
        sample,
        "G4, G6: square loss" + (" of f clipped" if clip else ""),
        bound=bound,
        empirical=empirical,
        complexity=complexity,
        confidence=deviation,
        delta=delta,
        union=union,
        details={"scale": scale, "f_bound": f_bound, "range": spread},
    )
    return replace(
        certificate,
        loss="P (y - f)^2",
        value=min(bound, up((y_bound + f_bound) ** 2, 2)),
        trivial=float(sample.y.var(unbiased=False)),
    )


def _losses_above(sample: Sample, f_bound: float) -> Tensor:
    """Upper ends of (y - f)^2, f clipped to [-f_bound, f_bound] (which never moves it further)."""
    apart = (sample.y - sample.f.clamp(-f_bound, f_bound)).abs() + sample.f_error
    return (apart * (1.0 + 4.0 * UNIT)).square() * (1.0 + 4.0 * UNIT)


def _check_targets(y: Tensor, y_bound: float, signs: bool) -> None:
    sizes = y.abs()
    wrong = sizes != y_bound if signs else sizes > y_bound
    if bool(wrong.any()):
        first = int(wrong.to(torch.int8).argmax())
        raise NumericsError(
            argument="y",
            found=f"the target {float(y[first]):g} at index {first}",
            accepted=f"+-{y_bound:g}" if signs else f"|y| <= y_bound = {y_bound:g}",
        )


def _rounded_up(value: float, grid: tuple[float, ...]) -> float:
    above = [scale for scale in grid if scale >= value]
    if not above:
        raise NumericsError(
            argument="choices.scales",
            found=f"kappa nu1 = {value:.6g} above every value of the grid ({max(grid):g})",
            accepted="a grid fixed before training that reaches it",
        )
    return min(above)
