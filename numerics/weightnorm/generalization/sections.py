"""The sections of the table: which networks are trained and certified, task by task.

Every section takes a split and yields rows as they are finished; `table` prints them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import torch

from numerics.errors import NumericsError
from numerics.weightnorm.generalization.certify import certify, held_out
from numerics.weightnorm.generalization.choices import Choices, choices, network_class
from numerics.weightnorm.generalization.competitors import gibbs_bound
from numerics.weightnorm.generalization.linear import linear_part
from numerics.weightnorm.generalization.maps import InputMap, principal, with_products
from numerics.weightnorm.generalization.priors import Prior, prior_mean, prior_network
from numerics.weightnorm.generalization.recipe import (
    aligned_network,
    recipe_for,
    train_for_certificate,
)
from numerics.weightnorm.generalization.rows import (
    DELTA,
    DEPTHS,
    Row,
    choose_map,
    judge,
    margin_row,
    table_choices,
    trained_row,
)
from numerics.weightnorm.generalization.sample import see
from numerics.weightnorm.generalization.tasks import Split, map_list
from numerics.weightnorm.network import Placement, WeightNormNetwork

SCALES = tuple(1.25**j for j in range(-8, 9))
LENGTHS = (10.0, 15.0, 20.0, 30.0, 40.0)  # of the prior's mean, for informed priors
# maps with products (components, weights, random features) that were compared on MNIST's parity
# before this one was fixed; certificates that use it pay for as many
TRIED = 50
TRAINED, TIMES = 16, 16  # inner placement: trained at width 16, then every unit 16 times


@dataclass(frozen=True, eq=False)
class Bench:
    """A split with its maps and the map chosen once, by certificate, for all sections."""

    split: Split
    folder: Path | None = None

    @cached_property
    def maps(self) -> tuple[InputMap, ...]:
        return map_list(self.split.pilot)

    @cached_property
    def found(self) -> Choices:
        return table_choices(self.split, self.maps)

    @cached_property
    def chosen(self) -> InputMap:
        return choose_map(self.split, self.found)

    @cached_property
    def products(self) -> InputMap:
        """The map with products, fixed before: 40 components (30 where the pilot has fewer)."""
        rank = int(torch.linalg.matrix_rank(self.split.pilot - self.split.pilot.mean(0)))
        components = 40 if rank > 40 else 30
        return with_products(principal(self.split.pilot, components), self.split.pilot)

    @cached_property
    def few(self) -> tuple[InputMap, ...]:
        """Two maps, fixed before: 20 components, and 15 with their products."""
        pilot = self.split.pilot
        return principal(pilot, 20), with_products(principal(pilot, 15), pilot)

    def run_folder(self, name: str) -> Path | None:
        task = self.split.task.name.replace(" ", "-").replace(",", "")
        return None if self.folder is None else self.folder / task / name


def margin_rows(bench: Bench, depths: tuple[int, ...] = DEPTHS) -> Iterator[Row]:
    """G3 by depth beside its competitors; the noisy network's bound once, at width 1."""
    for depth in depths:
        folder = bench.run_folder(f"margin-{depth}")
        row = margin_row(bench.split, bench.found, bench.chosen, depth, folder=folder)
        if depth == 1:
            row = replace(row, others=row.others | {"gibbs": _gibbs(bench)})
        yield row


def vote_rows(bench: Bench, depths: tuple[int, ...] = (1, 2)) -> Iterator[Row]:
    """G8, outer placement, trained for the vote."""
    for depth in depths:
        yield trained_row(
            bench.split, bench.found, bench.chosen, "vote", hidden=(64,) * depth, placement="outer"
        )


def linear_rows(bench: Bench, depths: tuple[int, ...] = (1, 2, 4, 8)) -> Iterator[Row]:
    """G9, inner placement, width 256, trained for it at width 16."""
    found = _inner_choices(bench, bench.maps, depths)
    for depth in depths:
        yield trained_row(
            bench.split, found, bench.chosen, "linear", hidden=(TRAINED,) * depth,
            placement="inner", times=TIMES,
        )  # fmt: skip


def square_rows(bench: Bench, depths: tuple[int, ...] = (1, 4)) -> Iterator[Row]:
    """G4 for f clipped to [-1, 1]."""
    found = table_choices(bench.split, bench.maps, scales=SCALES)
    for depth in depths:
        z = bench.chosen(bench.split.x)
        start = aligned_network(z, bench.split.y, (64,) * depth, seed=0)
        network = train_for_certificate(start, z, bench.split.y, recipe=recipe_for(depth, "square"))
        row = judge(bench.split, network, found, bench.chosen, "margin")
        certificate = certify(
            network, bench.split.x, bench.split.y, choices=found, input_map=bench.chosen,
            delta=DELTA, method="square", clip=True,
        )  # fmt: skip
        yield replace(row, certificate=certificate, ramp=None)


def product_rows(bench: Bench) -> Iterator[Row]:
    """What the map with products of coordinates gives: G3, G8 and G9 at depth 1."""
    maps = (bench.products,)
    outer = choices(len(bench.split.y), network_class("tanh", "outer", 1), maps=maps, others=TRIED)
    for method in ("margin", "vote"):
        yield trained_row(
            bench.split, outer, bench.products, method, hidden=(TRAINED,), placement="outer"
        )
    inner = _inner_choices(bench, maps, (1,))
    yield trained_row(
        bench.split, inner, bench.products, "linear", hidden=(TRAINED,), placement="inner",
        times=TIMES,
    )  # fmt: skip


def informed_rows(bench: Bench) -> Iterator[Row]:
    """G9 and G8 with priors centered on a network trained on the labelled pilot (if it has one).

    Beside each, "pilot": the exact upper end for the pilot's own network tested on the sample.
    """
    if bench.split.pilot_y is None:
        return
    for input_map in (bench.chosen, bench.products):
        start = _pilot_network(bench, input_map, (TRAINED,), "inner")
        direction, _ = linear_part(start)
        unit = direction / direction.norm()
        priors = tuple(prior_mean(length * unit, bench.split.pilot) for length in LENGTHS)
        found = choices(
            len(bench.split.y), network_class("tanh", "inner", 1, widths=(TRAINED * TIMES,)),
            maps=(*bench.maps, bench.products), priors=priors, others=TRIED,
        )  # fmt: skip
        yield _best_prior(bench, found, input_map, "linear", start, priors, times=TIMES)
        center = _pilot_network(bench, input_map, (TRAINED,), "outer")
        voters = (prior_network(center, bench.split.pilot),)
        found = choices(
            len(bench.split.y), network_class("tanh", "outer", 1),
            maps=(*bench.maps, bench.products), priors=voters, others=TRIED,
        )  # fmt: skip
        yield _best_prior(bench, found, input_map, "vote", center, voters)


def quick_rows(bench: Bench) -> Iterator[Row]:
    """A few seconds: G3 at depths 1 and 4, and G9 with a prior from the pilot; one map each."""
    plain, n = bench.few[0], len(bench.split.y)
    classes = [network_class("tanh", "outer", depth) for depth in (1, 4)]
    found = choices(n, *classes, maps=bench.few)
    for depth in (1, 4):
        yield margin_row(bench.split, found, plain, depth, width=16, competitors=False)
    yield from pilot_rows(bench)


def pilot_rows(bench: Bench) -> Iterator[Row]:
    """G9 with a prior from the labelled pilot, at the smaller map of products; a second or two."""
    if bench.split.pilot_y is None:
        return
    with_pairs = bench.few[1]
    start = _pilot_network(bench, with_pairs, (8,), "inner")
    direction, _ = linear_part(start)
    prior = prior_mean(LENGTHS[1] * direction / direction.norm(), bench.split.pilot)
    family = network_class("tanh", "inner", 1, widths=(8 * TIMES,))
    found = choices(len(bench.split.y), family, maps=bench.few, priors=(prior,))
    yield _best_prior(bench, found, with_pairs, "linear", start, (prior,), times=TIMES)


def _best_prior(
    bench: Bench,
    found: Choices,
    input_map: InputMap,
    method: str,
    start: WeightNormNetwork,
    priors: tuple[Prior, ...],
    times: int = 1,
) -> Row:
    rows = [
        trained_row(
            bench.split, found, input_map, method, hidden=(), placement=start.placement,
            prior=prior, start=start, times=times,
        )
        for prior in priors
    ]  # fmt: skip
    tested = held_out(start, bench.split.x, bench.split.y, input_map=input_map, delta=DELTA)
    best = min(rows, key=lambda row: row.certificate.bound)
    return replace(best, others={"pilot": tested.upper})


def _pilot_network(
    bench: Bench, input_map: InputMap, hidden: tuple[int, ...], placement: Placement
) -> WeightNormNetwork:
    z, y = input_map(bench.split.pilot), bench.split.pilot_y
    if y is None:
        raise NumericsError(argument="split", found="a pilot without labels", accepted="labels")
    start = aligned_network(z, y, hidden, seed=1, placement=placement)
    objective = "linear" if placement == "inner" else "vote"
    return train_for_certificate(start, z, y, recipe=recipe_for(1, objective))


def _inner_choices(bench: Bench, maps: tuple[InputMap, ...], depths: tuple[int, ...]) -> Choices:
    widths = [(TRAINED * TIMES,) * depth for depth in depths]
    classes = [network_class("tanh", "inner", len(w), widths=w) for w in widths]
    others = TRIED if bench.products in maps else 1
    return choices(len(bench.split.y), *classes, maps=maps, others=others)


def _gibbs(bench: Bench) -> float:
    """The noisy network of one unit: more units add to the divergence and not to the margin."""
    z = bench.chosen(bench.split.x)
    start = aligned_network(z, bench.split.y, (1,), seed=0)
    network = train_for_certificate(start, z, bench.split.y, recipe=recipe_for(1))
    sample = see(network, bench.split.x, bench.split.y, bench.found, bench.chosen)
    return gibbs_bound(sample, delta=DELTA, seed=0, sigmas=(0.1, 0.2, 0.3, 0.5, 0.8))
