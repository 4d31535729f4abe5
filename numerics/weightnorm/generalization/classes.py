"""G7: margin certificate for k classes with shared hidden layers.

    P(error) <= P_n ramp(margin/gamma) + c_n sqrt(pi) rho (1 + sqrt(k lambda))/sqrt(n) + conf,
margin = F_y - max_(j != y) F_j, rho = kappa nu_V/gamma, nu_V = sum_r ||V_(:,r)||_2/sqrt(m) after
subtracting the mean row of V, which moves no margin. lambda is estimated at a tenth of delta.
By rows: c_n rho (1/sqrt k + sqrt(1 - 1/k))/sqrt(n) in place of the second term, rho = kappa k
nu1/gamma, nu1 = max_j ||V_j||_1/sqrt(m); better unless the classes share their units.
"""

from __future__ import annotations

import math
from functools import partial

import torch
from torch import Tensor

from numerics.errors import NumericsError
from numerics.rounding import LEAST, UNIT, length
from numerics.validation import check_tensor
from numerics.weightnorm.generalization.certificate import Certificate
from numerics.weightnorm.generalization.choices import Choices, NetworkClass
from numerics.weightnorm.generalization.class_linear import linear_classes_value, linear_rows
from numerics.weightnorm.generalization.complexity import (
    class_margin_complexity,
    confidence,
    row_margin_complexity,
    top_eigenvalue_bound,
)
from numerics.weightnorm.generalization.directed import (
    down,
    mean_above,
    probability,
    sum_above,
    up,
)
from numerics.weightnorm.generalization.maps import InputMap, check_inputs
from numerics.weightnorm.generalization.margin import class_gain
from numerics.weightnorm.generalization.priors import Prior
from numerics.weightnorm.generalization.sample import (
    check_radius,
    covered_map,
    covered_prior,
    covering_class,
)
from numerics.weightnorm.inputs import resolve_inputs
from numerics.weightnorm.network import WeightNormNetwork
from numerics.weightnorm.quantities import outputs


def certify_classes(
    network: WeightNormNetwork,
    x: Tensor,
    labels: Tensor,
    *,
    choices: Choices,
    delta: float = 0.05,
    input_map: InputMap | None = None,
    method: str = "margin",
    prior: Prior | None = None,
) -> Certificate:
    """P(F_y <= max_(j != y) F_j) with probability >= 1 - delta over the iid sample.

    network: a batch of k networks with equal hidden weights, one per class (v stacked is V); odd
    activation. labels: (n,) int64 in 0..k-1. Inputs must be mapped into the unit ball.
    method: "margin" (G7 by Chevet's inequality), "rows" (G7 by the rows of V), or "linear" (G9 for
    classes: inner placement, a prior of choices.priors). Fixed before, or counted in `others`.
    """
    if method not in ("margin", "rows", "linear"):
        accepted = "margin, rows or linear"
        raise NumericsError(argument="method", found=repr(method), accepted=accepted)
    delta, x, single = probability(delta, "delta"), check_inputs(x), _shared(network)
    labels = _check_labels(labels, len(x), network.networks)
    family, chosen = covering_class(choices, single), covered_map(choices, input_map, x)
    _check_family(family, chosen)
    z, z_error = chosen.apply(x)
    check_radius(z, z_error, chosen.radius)
    if method == "linear":
        prior = covered_prior(choices, prior, x)
        return _linear(network, z, z_error, labels, choices, delta, prior, chosen, family)
    margins = _margins_below(network, z, z_error, labels)
    total, covers = choices.count("rho", "classes", "maps")
    if method == "rows":
        size, left, details = row_sum(network), delta, {}
        cost = partial(row_margin_complexity, len(x), classes=network.networks)
    else:
        size, left = spread(network), down(0.9 * delta, 2)
        eigenvalue = top_eigenvalue_bound(z, 0.1 * delta, error=float(z_error.max()))
        details = {"top eigenvalue": eigenvalue}
        cost = partial(
            class_margin_complexity, len(x), classes=network.networks, top_eigenvalue=eigenvalue
        )
    conf, scale = confidence(len(x), total, left), up(class_gain(family) * size, 1)
    found = [_one(margins, rho, down(rho / scale, 1), cost(rho=rho), conf) for rho in choices.rho]
    bound, rho, empirical, complexity = min(found)
    counts = torch.bincount(labels, minlength=network.networks)
    return Certificate(
        statement="G7, G6: margin of classes" + (", by rows" if method == "rows" else ""),
        loss="P(F_y <= max of the others)",
        value=min(1.0, bound),
        bound=bound,
        empirical=empirical,
        complexity=complexity,
        confidence=conf,
        delta=delta,
        n=len(x),
        choices=total,
        covers=covers,
        nu1=size,
        rho=rho,
        margin=scale / rho,
        trivial=1.0 - float(counts.max()) / len(x),
        input_map=chosen.description,
        network=f"{network.networks} outputs; {family.describe()}",
        details=details,
    )


def _linear(
    network: WeightNormNetwork, z: Tensor, z_error: Tensor, labels: Tensor, choices: Choices,
    delta: float, prior: Prior | None, chosen: InputMap, family: NetworkClass,
) -> Certificate:  # fmt: skip
    total, covers = choices.count("pairs", "maps", "priors")
    rows = linear_rows(network)
    found = linear_classes_value(rows, z, z_error, labels, choices, total, delta, prior)
    counts = torch.bincount(labels, minlength=network.networks)
    return Certificate(
        statement="G9: classes, linear up to a proved distance",
        loss="P(F_y <= max of the others)",
        value=min(1.0, found.bound),
        bound=found.bound,
        empirical=found.empirical,
        complexity=up(found.divergence / len(labels), 1),
        confidence=up(found.log / len(labels), 1),
        delta=delta,
        n=len(labels),
        choices=total,
        covers=covers,
        nu1=spread(network),
        rho=None,
        margin=None,
        trivial=1.0 - float(counts.max()) / len(labels),
        input_map=chosen.description,
        network=f"{network.networks} outputs; {family.describe()}",
        details={
            "mu": found.mu,
            "tau": found.tau,
            "derandomization": found.fair,
            "distance": found.distance,
        },
    )


def _one(
    margins: Tensor, rho: float, scale: float, complexity: float, conf: float
) -> tuple[float, float, float, float]:
    """(bound, rho, P_n ramp, complexity) of one rho; scale is a lower end of 1/gamma."""
    reached = (margins.clamp_min(0.0) * scale).clamp_max(1.0)
    empirical = mean_above((1.0 - reached * (1.0 - 4.0 * UNIT)).clamp(0.0, 1.0))
    return up(empirical + complexity + conf, 2), rho, empirical, complexity


def _check_family(family: NetworkClass, chosen: InputMap) -> None:
    if chosen.radius > 1.0 or not family.is_odd():
        raise NumericsError(
            argument="choices",
            found=f"{family.describe()}, inputs of norm {chosen.radius:g}",
            accepted="an odd activation and a map into the unit ball",
        )


def spread(network: WeightNormNetwork) -> float:
    """An upper end of nu_V = sum_r ||V_(:,r) - mean||_2/sqrt(m), V (k, m) = network.v."""
    v = network.v.to(torch.float64)
    centered = v - v.mean(0)
    slack = 8.0 * math.sqrt(len(v)) * (len(v) + 8.0) * UNIT * v.abs().amax(0)
    columns = length(centered.T) * (1.0 + (len(v) + 8.0) * UNIT) + slack
    return up(sum_above(columns) / math.sqrt(v.shape[1]), 3)


def row_sum(network: WeightNormNetwork) -> float:
    """An upper end of k max_j ||V_j||_1/sqrt(m), V (k, m) = network.v."""
    v = network.v.to(torch.float64)
    largest = max(sum_above(row.abs()) for row in v)
    return up(len(v) * largest / math.sqrt(v.shape[1]), 3)


def _shared(network: WeightNormNetwork) -> WeightNormNetwork:
    if network.networks < 2 or any(bool((w != w[:1]).any()) for w in network.weights):
        raise NumericsError(
            argument="network",
            found=f"{network.networks} networks, or hidden weights that differ",
            accepted="a batch of at least two networks with the same hidden weights",
        )
    return network.select(0)


def _margins_below(
    network: WeightNormNetwork, z: Tensor, z_error: Tensor, labels: Tensor
) -> Tensor:
    """Lower ends of F_y - max_(j != y) F_j, (n,)."""
    f, radius = outputs(network, resolve_inputs(network, z))
    slopes = length(network.v.to(torch.float64)) * 1.01
    slopes = slopes * network.activation.lipschitz[0] ** network.depth
    radius = 1.01 * (radius + slopes.unsqueeze(-1) * z_error) + 4.0 * UNIT * f.abs() + LEAST
    own = (f - radius).gather(0, labels.unsqueeze(0)).squeeze(0)
    others = (f + radius).scatter(0, labels.unsqueeze(0), -torch.inf).amax(0)
    return (own - others) - 4.0 * UNIT * (own.abs() + others.abs())


def _check_labels(labels: object, n: int, classes: int) -> Tensor:
    if isinstance(labels, Tensor) and labels.dtype == torch.int64 and labels.shape == (n,):
        if bool(((labels >= 0) & (labels < classes)).all()):
            return labels
        raise NumericsError(
            argument="labels", found="a label out of range", accepted=f"0 to {classes - 1}"
        )
    found = labels if not isinstance(labels, Tensor) else check_tensor(labels.double(), "labels")
    shape = tuple(found.shape) if isinstance(found, Tensor) else type(found).__name__
    raise NumericsError(
        argument="labels", found=f"{shape}", accepted=f"an int64 tensor of shape ({n},)"
    )
