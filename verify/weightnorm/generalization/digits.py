"""Certificates of trained networks on scikit-learn's digits, for the report: seconds in all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from numerics.weightnorm.generalization import NetworkClass, choices, network_class
from numerics.weightnorm.generalization.rows import Row, margin_row, trained_row
from numerics.weightnorm.generalization.sections import Bench, pilot_rows
from numerics.weightnorm.generalization.tasks import Split, draw_split, find_task

__all__ = ["BESIDE", "Digits", "measured"]

#: Competitors shown beside G3, in the order of the table.
BESIDE = ("nu", "sqrt_depth", "peeling", "spectral", "parameters")
_TASK = "digits parity"
_SIZES = (150, 300, 600, 1200)
_WIDTH = 8
_DEPTHS = {"quick": (1, 4), "default": (1, 2, 4, 8, 16), "deep": (1, 2, 4, 8, 16)}


@dataclass(frozen=True)
class Digits:
    """by_depth: G3 with its competitors; others: G8, G9; by_size: G3 at depth 1 against n."""

    task: str
    by_depth: tuple[Row, ...]
    others: tuple[Row, ...]
    by_size: tuple[Row, ...]


def measured(effort: str, seed: int, tell: Callable[[str], None] = lambda words: None) -> Digits:
    """Trains and certifies; delta = 0.05 for each number alone. Same seed, same rows."""
    depths = _DEPTHS.get(effort, _DEPTHS["quick"])
    bench = Bench(draw_split(find_task(_TASK), seed=seed))
    found = []
    for depth in depths:
        tell(f"certificates: depth {depth}")
        found.append(_margin(bench, bench.split, depth, depths))
    tell("certificates: votes and half-spaces")
    others = () if effort == "quick" else (*_votes(bench), *pilot_rows(bench))
    sizes = _SIZES[-2:] if effort == "quick" else _SIZES
    by_size = tuple(_margin(bench, _smaller(bench.split, n), 1, (1,)) for n in sizes)
    return Digits(_TASK, tuple(found), others, by_size)


def _classes(depths: tuple[int, ...]) -> list[NetworkClass]:
    return [network_class("tanh", "outer", depth) for depth in depths]


def _margin(bench: Bench, split: Split, depth: int, depths: tuple[int, ...]) -> Row:
    found = choices(len(split.y), *_classes(depths), maps=bench.few[:1])
    return margin_row(split, found, bench.few[0], depth, width=_WIDTH)


def _votes(bench: Bench) -> tuple[Row, ...]:
    found = choices(len(bench.split.y), *_classes((1, 2)), maps=bench.few[:1])
    return tuple(
        trained_row(bench.split, found, bench.few[0], "vote", hidden=(_WIDTH,) * depth,
                    placement="outer")
        for depth in (1, 2)
    )  # fmt: skip


def _smaller(split: Split, n: int) -> Split:
    return replace(split, x=split.x[:n], y=split.y[:n], classes=split.classes[:n])
