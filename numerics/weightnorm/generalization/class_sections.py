"""All classes of a task at once: G7, and G9 without and with a prior from the labelled pilot."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from torch import Tensor

from numerics.weightnorm.generalization.certificate import Certificate, HeldOut
from numerics.weightnorm.generalization.certify import held_interval
from numerics.weightnorm.generalization.choices import Choices, choices, network_class
from numerics.weightnorm.generalization.class_directions import (
    class_directions,
    network_of_directions,
)
from numerics.weightnorm.generalization.class_recipe import train_classes
from numerics.weightnorm.generalization.classes import certify_classes
from numerics.weightnorm.generalization.maps import InputMap
from numerics.weightnorm.generalization.priors import Prior, prior_mean
from numerics.weightnorm.generalization.rows import DELTA
from numerics.weightnorm.generalization.sections import TRIED, Bench
from numerics.weightnorm.network import WeightNormNetwork

CLASSES, COPIES = 10, 64
_FORMS = 2  # of G7, which were compared


@dataclass(frozen=True, eq=False, slots=True)
class ClassRow:
    """A certificate for all classes, the error on the sample and the held-out part's interval."""

    words: str
    certificate: Certificate
    train_error: float
    held: HeldOut

    def __str__(self) -> str:
        lines = f"{self.words}: {self.certificate}"
        held = f"held out: {self.held.errors} of {self.held.n} wrong, below {self.held.upper:.4f}"
        return f"{lines}\n  wrong on the sample {self.train_error:.4f}; {held}"


def class_rows(bench: Bench) -> Iterator[ClassRow]:
    """G7 at the chosen map, by rows with products, too; G9 at both maps."""
    split = bench.split
    yield _margin(bench, bench.chosen, bench.found, "margin")
    family, maps = network_class("tanh", "outer", 1), (*bench.maps, bench.products)
    both = choices(len(split.y), family, maps=maps, others=_FORMS * TRIED)
    for input_map in (bench.chosen, bench.products):
        yield _margin(bench, input_map, both, "rows")
    for input_map in (bench.chosen, bench.products):
        yield _linear(bench, input_map, None)
        if split.pilot_classes is not None and not split.task.others:
            pilot = class_directions(input_map(split.pilot), split.pilot_classes, CLASSES)
            yield _linear(bench, input_map, pilot)


def _margin(bench: Bench, input_map: InputMap, found: Choices, method: str) -> ClassRow:
    split, z = bench.split, input_map(bench.split.x)
    width = 64 if method == "margin" else 2 * CLASSES
    folder = bench.run_folder(f"classes-{method}-{len(z[0])}")
    shared = train_classes(
        z, split.classes, CLASSES, width=width, method=method, folder=folder, resume=True
    )
    certificate = certify_classes(
        shared, split.x, split.classes, choices=found, input_map=input_map, delta=DELTA,
        method=method,
    )  # fmt: skip
    return _row(method, bench, shared, input_map, certificate)


def _linear(bench: Bench, input_map: InputMap, center: Tensor | None) -> ClassRow:
    split = bench.split
    prior: Prior | None = None if center is None else prior_mean(center, split.pilot)
    directions = class_directions(input_map(split.x), split.classes, CLASSES, prior=center)
    network = network_of_directions(directions, COPIES)
    found = choices(
        len(split.y), network_class("tanh", "inner", 1, widths=(CLASSES * COPIES,)),
        maps=(*bench.maps, bench.products), priors=(None,) if prior is None else (prior,),
        others=TRIED,
    )  # fmt: skip
    certificate = certify_classes(
        network, split.x, split.classes, choices=found, input_map=input_map, delta=DELTA,
        method="linear", prior=prior,
    )  # fmt: skip
    words = "linear" + ("" if prior is None else ", prior from the labelled pilot")
    return _row(words, bench, network, input_map, certificate)


def _row(
    words: str, bench: Bench, network: WeightNormNetwork, input_map: InputMap, found: Certificate
) -> ClassRow:
    split = bench.split
    held_classes = split.held_classes if split.held_classes is not None else split.classes[:0]
    wrong = _wrong(network, input_map(split.held_x), held_classes)
    error = _wrong(network, input_map(split.x), split.classes) / len(split.classes)
    return ClassRow(words, found, error, held_interval(wrong, len(held_classes), DELTA))


def _wrong(network: WeightNormNetwork, z: Tensor, labels: Tensor) -> int:
    return int((network(z).argmax(0) != labels).sum())
