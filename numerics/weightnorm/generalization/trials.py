"""Certificates over independent draws with a known population: what was true, what was claimed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor

from numerics.errors import NumericsError
from numerics.rounding import length
from numerics.validation import check_count
from numerics.weightnorm.generalization.certificate import Certificate
from numerics.weightnorm.generalization.certify import certify
from numerics.weightnorm.generalization.choices import Choices, choices, network_class
from numerics.weightnorm.generalization.competitors import spectral_complexity
from numerics.weightnorm.generalization.directed import probability
from numerics.weightnorm.generalization.objectives import (
    Objective,
    find_objective,
    ramp_at,
    square_at,
)
from numerics.weightnorm.generalization.populations import Population
from numerics.weightnorm.generalization.recipe import (
    Recipe,
    aligned_network,
    train_for_certificate,
)
from numerics.weightnorm.network import Placement, WeightNormNetwork

BATCH = 256  # draws trained side by side
SCALE = 2.0  # nu1 of the networks of the square loss
ROUNDING = 1e-10  # of risks of finite populations, sums of at most a few thousand numbers


@dataclass(frozen=True, eq=False, slots=True)
class Outcomes:
    """What was true and what was claimed in independent draws; float64 tensors (N,).

    truth: the population value; empirical: the sample's; certified: the claimed upper end.
    rho: of the certificates (0 where not used). n, delta: of every draw. doubt: how far the truth
    may be from what was computed, ties included. beside: further columns (N,) by name.
    certificates: the objects behind `certified`, where there are any.
    """

    truth: Tensor
    empirical: Tensor
    certified: Tensor
    rho: Tensor
    n: int
    delta: float
    doubt: float | Tensor = ROUNDING
    beside: Mapping[str, Tensor] = field(default_factory=dict)
    certificates: tuple[Certificate, ...] = ()

    def __add__(self, other: Outcomes) -> Outcomes:
        if (self.n, self.delta) != (other.n, other.delta):
            raise NumericsError(
                argument="outcomes", found="different n or delta", accepted="draws of one kind"
            )
        return Outcomes(
            torch.cat([self.truth, other.truth]),
            torch.cat([self.empirical, other.empirical]),
            torch.cat([self.certified, other.certified]),
            torch.cat([self.rho, other.rho]),
            self.n,
            self.delta,
            torch.cat([_spread(self), _spread(other)]),
            {name: torch.cat([self.beside[name], other.beside[name]]) for name in self.beside},
            (*self.certificates, *other.certificates),
        )


def _spread(outcomes: Outcomes) -> Tensor:
    return torch.as_tensor(outcomes.doubt, dtype=torch.float64).expand(len(outcomes.truth))


def trained_outcomes(
    population: Population,
    *,
    depth: int,
    n: int,
    draws: int,
    seed: int,
    method: str = "margin",
    rho: float | None = None,
    width: int = 16,
    steps: int = 120,
    delta: float = 0.05,
) -> Outcomes:
    """Draw, train, certify and look up the truth, `draws` times; every draw is a new sample.

    method: of `certify`. rho: fixed before, and the networks are trained to fit as well as it
    allows (margin); or None: trained by the recipe, rho chosen afterwards from the default grid.
    """
    delta = probability(delta, "delta")
    check_count(draws, "draws")
    placement: Placement = "inner" if method == "linear" else "outer"
    family = network_class("tanh", placement, depth, widths=(width,) * depth)
    found = choices(
        n, family, rho=None if rho is None else (rho,), scales=(SCALE,), votes=((25, 13), (65, 36))
    )
    parts, start = [], 0
    while start < draws:
        size = min(BATCH, draws - start)
        parts.append(
            _batch(population, found, size, seed + start, n, method, rho, width, steps, delta)
        )
        start += size
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total


def _batch(
    population: Population,
    found: Choices,
    size: int,
    seed: int,
    n: int,
    method: str,
    rho: float | None,
    width: int,
    steps: int,
    delta: float,
) -> Outcomes:
    x, y = population.draw(n, draws=size, seed=seed)
    family = found.classes[0]
    start = aligned_network(
        x, y, (width,) * family.depth, seed=seed, placement=family.placement, nu1=1.5
    )
    recipe = Recipe(method, early=steps // 2, late=steps - steps // 2, rate=0.05)
    objective = _objective(method, rho)
    networks = train_for_certificate(start, x, y, recipe=recipe, objective=objective)
    if method == "square":
        networks = _scaled(networks, SCALE)
    certificates = [
        certify(
            networks.select(i), x[i], y[i], choices=found, delta=delta, method=method, clip=True
        )
        for i in range(size)
    ]
    return Outcomes(
        _truth(population, networks, certificates, method),
        _column(certificates, lambda c: c.empirical),
        _column(certificates, lambda c: c.bound),
        _column(certificates, lambda c: c.rho or 0.0),
        n,
        delta,
        population.ties(networks) + ROUNDING,
        _beside(population, networks, x, y),
        tuple(certificates),
    )


def _beside(
    population: Population, networks: WeightNormNetwork, x: Tensor, y: Tensor
) -> dict[str, Tensor]:
    """What other statements say of the same draws: errors, norms, size of the network."""
    with torch.no_grad():
        wrong = y * networks(x) <= 0.0
    size = [spectral_complexity(networks.select(i)) for i in range(networks.networks)]
    return {
        "error": population.errors(networks),
        "sample_error": wrong.double().mean(-1),
        "nu": length(networks.v),
        "spectral": torch.tensor(size, dtype=torch.float64),
        "parameters": torch.full((len(size),), float(networks.parameters), dtype=torch.float64),
    }


def _truth(
    population: Population,
    networks: WeightNormNetwork,
    certificates: list[Certificate],
    method: str,
) -> Tensor:
    """What the certificates bound, (B,); for G3 the ramp loss, which it bounds above the errors."""
    if method == "square":
        return population.square_losses(networks, 1.0)
    if method == "margin":
        return population.ramps(networks, _column(certificates, lambda c: 1.0 / (c.margin or 1.0)))
    return population.errors(networks)


def _objective(method: str, rho: float | None) -> Objective:
    if method == "square":
        return square_at(SCALE)
    return find_objective(method) if rho is None else ramp_at(rho)


def _scaled(networks: WeightNormNetwork, scale: float) -> WeightNormNetwork:
    """v scaled to nu1 = scale, from below: the class of that scale holds the network."""
    nu1 = networks.v.abs().sum(-1, keepdim=True) / networks.widths[-1] ** 0.5
    v = networks.v * (scale * (1.0 - 1e-9) / nu1)
    return WeightNormNetwork(
        networks.weights, v, networks.activation, networks.placement, networks.batch
    )


def _column(certificates: list[Certificate], read: Callable[[Certificate], float]) -> Tensor:
    return torch.tensor([read(c) for c in certificates], dtype=torch.float64)
