"""How tight a bound is: the largest truth/bound ratio that an attack finds, and where.

A ratio r at a witness says that no constant below r times the present one can be right: 1/r is
the largest factor by which the bound could still shrink. The other direction is open: a search
that stops at r does not say that the bound could be shrunk to r.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from verify.attack import Architecture, AttackResult, Budget, Progress, attack
from verify.attack.architecture import admits, architectures
from verify.claim import Claim
from verify.errors import VerifyError
from verify.verdict import EQUALITY

DEPTHS, WIDTHS = (1, 2, 3), (1, 2, 4)
ACTIVATIONS = ("identity", "tanh", "sigmoid")

#: A ratio within this of 1 counts as approaching 1 without attaining it.
APPROACH = 1e-3


class Tight(Enum):
    """What the best ratio says; the value is a sentence for the report."""

    ATTAINED = "Tight: at the witness truth and bound are equal to rounding (1e-9)."
    APPROACHED = "Tight in the limit: the witness comes within 0.1 % of the bound."
    SLACK = "No witness is close to the bound: it may have slack, or the search is too weak."
    REFUTED = "The bound is violated at the witness."


def status_of(ratio: float) -> Tight:
    """What a best ratio says of a bound that was not refuted."""
    if ratio >= 1 - EQUALITY:
        return Tight.ATTAINED
    return Tight.APPROACHED if ratio >= 1 - APPROACH else Tight.SLACK


@dataclass(frozen=True)
class Cell:
    """The best ratio at one depth and width."""

    depth: int
    width: int
    result: AttackResult

    @property
    def ratio(self) -> float:
        return self.result.ratio


@dataclass(frozen=True)
class Tightness:
    """The best ratios of one claim over depths and widths.

    Attributes:
        claim: its name.
        cells: one attack for each depth and width looked at.
    """

    claim: str
    cells: tuple[Cell, ...]

    @property
    def witness(self) -> AttackResult:
        """The attack that found the largest ratio."""
        return max(self.cells, key=lambda cell: (cell.result.refuted, cell.ratio)).result

    @property
    def ratio(self) -> float:
        """The largest truth/bound found; no smaller constant factor can be right."""
        return self.witness.ratio

    @property
    def slack(self) -> float:
        """1/ratio: the largest factor by which the bound could still shrink."""
        return 1 / self.ratio if self.ratio > 0 else float("inf")

    @property
    def status(self) -> Tight:
        """What the best ratio says."""
        return Tight.REFUTED if self.witness.refuted else status_of(self.ratio)

    @property
    def ratios(self) -> dict[tuple[int, int], float]:
        """(depth, width) -> best ratio."""
        return {(cell.depth, cell.width): cell.ratio for cell in self.cells}


def by_depth(ratios: Mapping[tuple[int, int], float]) -> dict[int, float]:
    """Depth -> best ratio over the widths looked at."""
    return _best(ratios, 0)


def by_width(ratios: Mapping[tuple[int, int], float]) -> dict[int, float]:
    """Width -> best ratio over the depths looked at."""
    return _best(ratios, 1)


def _best(ratios: Mapping[tuple[int, int], float], axis: int) -> dict[int, float]:
    keys = sorted({cell[axis] for cell in ratios})
    return {k: max(r for cell, r in ratios.items() if cell[axis] == k) for k in keys}


def measure_tightness(
    claim: Claim,
    *,
    depths: Sequence[int] = DEPTHS,
    widths: Sequence[int] = WIDTHS,
    activations: Sequence[str] = ACTIVATIONS,
    budget: Budget | None = None,
    seed: int = 0,
    report: Callable[[Progress], None] | None = None,
) -> Tightness:
    """Attack a claim once for each depth and width, with equal hidden widths.

    budget: of each of these attacks; default 3000 evaluations.

    Raises:
        VerifyError: none of these networks meets the claim's assumptions.
    """
    budget = budget or Budget(3000)
    cells = tuple(
        Cell(
            depth,
            width,
            attack(
                claim,
                budget=budget,
                seed=seed,
                candidates=candidates,
                stop_when_refuted=False,
                report=report,
            ),
        )
        for depth, width, candidates in _cells(claim, depths, widths, activations)
    )
    if not cells:
        raise VerifyError("activations", ", ".join(activations), f"some that {claim.name} covers")
    return Tightness(claim.name, cells)


def _cells(
    claim: Claim, depths: Sequence[int], widths: Sequence[int], activations: Sequence[str]
) -> Iterator[tuple[int, int, list[Architecture]]]:
    for depth, width in itertools.product(depths, widths):
        shapes = architectures(claim, hidden=[(width,) * depth], activations=activations)
        admitted = [shape for shape in shapes if admits(claim, shape)]
        if admitted:
            yield depth, width, admitted
