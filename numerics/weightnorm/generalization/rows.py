"""One row of the table: train by the recipe, certify, compare, hold out."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch

from numerics.weightnorm.generalization.certificate import Certificate, HeldOut
from numerics.weightnorm.generalization.certify import certify, held_out
from numerics.weightnorm.generalization.choices import Choices, choices, network_class
from numerics.weightnorm.generalization.competitors import competing_bounds
from numerics.weightnorm.generalization.maps import InputMap
from numerics.weightnorm.generalization.priors import Prior
from numerics.weightnorm.generalization.recipe import (
    aligned_network,
    recipe_for,
    train_for_certificate,
    widened,
)
from numerics.weightnorm.generalization.sample import error_above, ramp_above, see
from numerics.weightnorm.generalization.tasks import Split
from numerics.weightnorm.network import Placement, WeightNormNetwork

DEPTHS = (1, 2, 4, 8, 16)
DELTA = 0.05


@dataclass(frozen=True, eq=False, slots=True)
class Row:
    """A trained network of one task with its certificate and what is put beside it.

    ramp: on the sample and on the held-out part at the certificate's margin (None without one).
    """

    task: str
    depth: int
    placement: str
    network: WeightNormNetwork
    certificate: Certificate
    held: HeldOut
    train_error: float
    ramp: tuple[float, float] | None
    others: dict[str, float] = field(default_factory=dict)


def table_choices(split: Split, maps: tuple[InputMap, ...], **more: Any) -> Choices:
    """K of the table: the rho grid, five depths of tanh with outer placement, the maps."""
    classes = [network_class("tanh", "outer", depth) for depth in DEPTHS]
    return choices(len(split.y), *classes, maps=maps, **more)


def choose_map(split: Split, found: Choices, *, seed: int = 0) -> InputMap:
    """The map with the best margin certificate of a network of one unit; it is one of the union."""
    scored = []
    for i, input_map in enumerate(found.maps):
        network = _trained(split, input_map, (1,), "outer", "margin", seed)
        row = certify(network, split.x, split.y, choices=found, input_map=input_map, delta=DELTA)
        scored.append((row.bound, i))
    return found.maps[min(scored)[1]]


def margin_row(
    split: Split,
    found: Choices,
    input_map: InputMap,
    depth: int,
    *,
    width: int = 64,
    seed: int = 0,
    competitors: bool = True,
    folder: Path | None = None,
) -> Row:
    """G3 for the margin recipe at that depth, outer placement."""
    network = _trained(split, input_map, (width,) * depth, "outer", "margin", seed, folder=folder)
    row = judge(split, network, found, input_map, "margin")
    if not competitors:
        return row
    sample = see(network, split.x, split.y, found, input_map)
    return replace(row, others=competing_bounds(sample, found, DELTA))


def trained_row(
    split: Split,
    found: Choices,
    input_map: InputMap,
    method: str,
    *,
    hidden: tuple[int, ...],
    placement: Placement,
    times: int = 1,
    seed: int = 0,
    prior: Prior | None = None,
    start: WeightNormNetwork | None = None,
) -> Row:
    """A network trained for one method (objective of the same name) and certified by it.

    times: after training every unit is repeated as often (`widened`).
    """
    network = _trained(split, input_map, hidden, placement, method, seed, prior=prior, start=start)
    network = widened(network, times)
    return judge(split, network, found, input_map, method, prior=prior)


def judge(
    split: Split,
    network: WeightNormNetwork,
    found: Choices,
    input_map: InputMap,
    method: str,
    *,
    prior: Prior | None = None,
) -> Row:
    """The certificate of a trained network, and how it does on the held-out part."""
    certificate = certify(
        network, split.x, split.y, choices=found, input_map=input_map, delta=DELTA, method=method,
        prior=prior,
    )  # fmt: skip
    held = held_out(network, split.held_x, split.held_y, input_map=input_map, delta=DELTA)
    sample = see(network, split.x, split.y, found, input_map)
    ramp = None
    if certificate.margin is not None:
        fresh = see(network, split.held_x, split.held_y, found, input_map)
        ramp = (certificate.empirical, ramp_above(fresh, 1.0 / certificate.margin))
    return Row(
        split.task.name, network.depth, network.placement, network, certificate, held,
        error_above(sample), ramp,
    )  # fmt: skip


def _trained(
    split: Split,
    input_map: InputMap,
    hidden: tuple[int, ...],
    placement: Placement,
    objective: str,
    seed: int,
    *,
    prior: Prior | None = None,
    start: WeightNormNetwork | None = None,
    folder: Path | None = None,
) -> WeightNormNetwork:
    z = input_map(split.x)
    if start is None:
        start = aligned_network(z, split.y, hidden, seed=seed, placement=placement)
    recipe = recipe_for(start.depth, objective)
    with torch.enable_grad():
        return train_for_certificate(
            start, z, split.y, recipe=recipe, prior=prior, folder=folder, resume=folder is not None
        )
