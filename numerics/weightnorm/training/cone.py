"""Points of the ball-cone set of the optimization results, and searches for their worst point.

    Q = {theta' : |cos(theta' - theta, grad Loss(theta))| >= kappa, ||theta' - theta|| <= rho_2}

after [CV25] section 5 (T13, T14). A point is theta + rho (s c ghat + sqrt(1 - c^2) w) with rho in
(0, rho_2], c in [kappa, 1], a sign s, ghat the unit gradient and w a unit vector orthogonal to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from numerics.errors import NumericsError
from numerics.validation import check_count, check_positive
from numerics.weightnorm.inputs import resolve_inputs, resolve_targets
from numerics.weightnorm.network import WeightNormNetwork
from numerics.weightnorm.theta import (
    Parameters,
    flat,
    parameters,
    unflat,
    with_parameters,
)
from numerics.weightnorm.training.gradient import loss_and_gradient

Objective = Literal["curvature", "loss"]


@dataclass(frozen=True, eq=False, slots=True)
class ConePoints:
    """K points theta' of Q around one network theta.

    networks: the points, a batch of K; distance: ||theta' - theta||, (K,); cosine: of theta' -
    theta with the gradient, with its sign, (K,); loss: Loss(theta'), (K,).
    curvature: (Loss(theta') - Loss(theta) - <theta' - theta, grad Loss>) / (distance^2 / 2), (K,).
    rounding: how far rounding of the two losses can move that curvature, (K,).
    T13 says that alpha_t is at most the smallest curvature, T14 that Loss(theta) - loss is at most
    ||grad Loss||^2 / (2 alpha_t) wherever alpha_t > 0.
    """

    networks: WeightNormNetwork
    distance: Tensor
    cosine: Tensor
    loss: Tensor
    curvature: Tensor
    rounding: Tensor


@dataclass(frozen=True, eq=False, slots=True)
class _Centre:
    """theta flat (p,), its unit gradient, and the data."""

    network: WeightNormNetwork
    theta: Tensor
    unit: Tensor
    slope: Tensor
    loss: Tensor
    scale: Tensor
    x: Tensor
    y: Tensor


def sample_cone(
    network: WeightNormNetwork,
    x: Tensor,
    y: Tensor,
    *,
    cosine: float,
    radius: float,
    count: int,
    seed: int,
) -> ConePoints:
    """`count` random points of Q around one unbatched network, in float64.

    cosine: kappa in (0, 1]; radius: rho_2 > 0. Distances are log-uniform over two decades below
    the radius; every fourth point is on the cone's boundary at full radius.
    Raises NumericsError where the gradient is zero: it gives the cone no axis.
    """
    centre = _centre(network, x, y)
    cosine, radius = _check(cosine, radius)
    generator = torch.Generator().manual_seed(seed)
    draw = torch.rand(3, check_count(count, "count"), generator=generator, dtype=torch.float64)
    extreme = torch.arange(count) % 4 == 0
    c = torch.where(extreme, cosine, cosine + (1.0 - cosine) * draw[0])
    rho = torch.where(extreme, radius, radius * 10.0 ** (-2.0 * draw[1]))
    sign = torch.where(draw[2] < 0.5, -1.0, 1.0)
    noise = torch.randn(count, len(centre.theta), generator=generator, dtype=torch.float64)
    across = _across(noise.to(centre.theta), centre.unit)
    return _points(centre, across, (sign * c).to(across), rho.to(across))


def attack_cone(
    network: WeightNormNetwork,
    x: Tensor,
    y: Tensor,
    *,
    cosine: float,
    radius: float,
    count: int,
    seed: int,
    steps: int = 50,
    objective: Objective = "curvature",
) -> ConePoints:
    """The points of `sample_cone` driven, each inside Q, to small curvature or small loss.

    Normalized gradient steps on theta' followed by projection to Q; the best point met is kept.
    The smallest value found bounds the set's infimum from above only: it can refute, not confirm.
    """
    centre = _centre(network, x, y)
    points = best = sample_cone(network, x, y, cosine=cosine, radius=radius, count=count, seed=seed)
    for step in range(check_count(steps, "steps")):
        size = 0.5 * 0.9**step
        moved = flat(parameters(points.networks)) - centre.theta
        move = _descent(centre, points, moved, objective)
        points = _project(centre, moved + size * points.distance[:, None] * move, cosine, radius)
        best = _better(points, best, objective)
    return best


def _centre(network: WeightNormNetwork, x: Tensor, y: Tensor) -> _Centre:
    if network.batch is not None:
        raise NumericsError(
            argument="network", found="a batch", accepted="one network; see select(i)"
        )
    network = network.to(dtype=torch.float64)
    inputs = resolve_inputs(network, x)
    targets = resolve_targets(inputs, y)
    loss, gradient = loss_and_gradient(network, inputs.x, targets)
    slope = flat(gradient)[0]
    norm = torch.linalg.vector_norm(slope)
    if not bool(norm > 0):
        raise NumericsError(
            argument="network", found="a zero gradient", accepted="a point with a gradient"
        )
    theta = flat(parameters(network))[0]
    # what the loss's rounding errors are relative to: its terms before y - f cancels
    scale = loss[0] + targets.square().mean()
    return _Centre(network, theta, slope / norm, slope, loss[0], scale, inputs.x[0], targets[0])


def _check(cosine: float, radius: float) -> tuple[float, float]:
    if not 0 < cosine <= 1:
        raise NumericsError(argument="cosine", found=repr(cosine), accepted="a number in (0, 1]")
    return float(cosine), check_positive(radius, "radius")


def _across(vectors: Tensor, unit: Tensor) -> Tensor:
    """Unit vectors orthogonal to `unit`, row by row; a row without such a part gives zero."""
    for _ in range(2):
        vectors = vectors - (vectors @ unit)[:, None] * unit
    norms = torch.linalg.vector_norm(vectors, dim=1, keepdim=True)
    return torch.where(norms > 0, vectors / norms, torch.zeros_like(vectors))


def _points(centre: _Centre, across: Tensor, cosine: Tensor, distance: Tensor) -> ConePoints:
    sine = (1.0 - cosine.square()).clamp_min(0.0).sqrt()
    delta = distance[:, None] * (cosine[:, None] * centre.unit + sine[:, None] * across)
    networks = _at(centre, centre.theta + delta)
    loss = loss_and_gradient(networks, centre.x, centre.y)[0]
    linear = delta @ centre.slope
    curvature = 2.0 * (loss - centre.loss - linear) / distance.square()
    terms = 16.0 * (sum(centre.network.widths) + len(centre.y)) * 2.0**-53
    scale = centre.scale + loss + (delta.abs() @ centre.slope.abs())
    rounding = 2.0 * terms * scale / distance.square()
    return ConePoints(networks, distance, cosine, loss, curvature, rounding)


def _at(centre: _Centre, thetas: Tensor) -> WeightNormNetwork:
    values: Parameters = unflat(thetas, parameters(centre.network))
    many = with_parameters(centre.network, values)
    return WeightNormNetwork(
        many.weights, many.v, many.activation, many.placement, batch=len(thetas)
    )


def _descent(centre: _Centre, points: ConePoints, delta: Tensor, objective: Objective) -> Tensor:
    """The unit direction in which the objective falls fastest at each point, (K, p)."""
    slope = flat(loss_and_gradient(points.networks, centre.x, centre.y)[1])
    if objective == "curvature":
        radial = points.curvature[:, None] * delta
        slope = slope - centre.slope - radial
    norms = torch.linalg.vector_norm(slope, dim=1, keepdim=True)
    return torch.where(norms > 0, -slope / norms, torch.zeros_like(slope))


def _project(centre: _Centre, delta: Tensor, cosine: float, radius: float) -> ConePoints:
    """Keep distance within the radius and the cosine at least kappa, keeping the sign."""
    along = delta @ centre.unit
    across = delta - along[:, None] * centre.unit
    distance = torch.linalg.vector_norm(delta, dim=1)
    sign = torch.where(along < 0, -1.0, 1.0)
    c = sign * (along.abs() / distance).clamp(cosine, 1.0)
    # not below a hundredth of the radius: closer, the curvature drowns in rounding
    return _points(centre, _across(across, centre.unit), c, distance.clamp(1e-2 * radius, radius))


def _better(new: ConePoints, old: ConePoints, objective: Objective) -> ConePoints:
    keep = new.loss < old.loss if objective == "loss" else new.curvature < old.curvature

    def choose(a: Tensor, b: Tensor) -> Tensor:
        return torch.where(keep.reshape(-1, *[1] * (a.dim() - 1)), a, b)

    pairs = zip(parameters(new.networks), parameters(old.networks), strict=True)
    return ConePoints(
        with_parameters(new.networks, tuple(choose(a, b) for a, b in pairs)),
        choose(new.distance, old.distance),
        choose(new.cosine, old.cosine),
        choose(new.loss, old.loss),
        choose(new.curvature, old.curvature),
        choose(new.rounding, old.rounding),
    )
