"""How tight a bound is: the largest truth/bound ratio that an attack finds, and where.

A ratio r at a witness says that no constant below r times the present one can be right: 1/r is
the largest factor by which the bound could still shrink. The other direction is open: a search
that stops at r does not say that the bound could be shrunk to r.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from verify.attack import AttackResult, Budget, Progress, attack
from verify.claim import Claim
from verify.errors import VerifyError
from verify.subject import Shape
from verify.verdict import EQUALITY

#: A ratio within this of 1 counts as approaching 1 without attaining it.
APPROACH = 1e-3

#: Where a cell lies: ((axis, size), ...), such as (("L", 2), ("m", 4)).
Axes = tuple[tuple[str, int], ...]


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
    """The best ratio among cases of the same sizes."""

    axes: Axes
    result: AttackResult

    @property
    def ratio(self) -> float:
        return self.result.ratio


@dataclass(frozen=True)
class Tightness:
    """The best ratios of one claim over sizes (depths and widths, say).

    Attributes:
        claim: its name.
        cells: one attack for each combination of sizes looked at.
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
    def ratios(self) -> dict[Axes, float]:
        """Sizes -> best ratio."""
        return {cell.axes: cell.ratio for cell in self.cells}


def along(axis: str, ratios: Mapping[Axes, float]) -> dict[int, float]:
    """Size on one axis -> best ratio over all sizes of the others."""
    found: dict[int, float] = {}
    for axes, ratio in sorted(ratios.items()):
        size = dict(axes).get(axis)
        if size is not None:
            found[size] = max(ratio, found.get(size, ratio))
    return found


def measure_tightness(
    claim: Claim,
    *,
    cells: Sequence[tuple[Axes, Sequence[Shape]]] | None = None,
    budget: Budget | None = None,
    seed: int = 0,
    report: Callable[[Progress], None] | None = None,
) -> Tightness:
    """Attack a claim once for each cell of sizes.

    cells: (sizes, shapes of these sizes); default: the subject's own. budget: of each of these
    attacks; default 3000 evaluations.

    Raises:
        VerifyError: no shape meets the claim's assumptions.
    """
    budget = budget or Budget(3000)
    chosen = claim.subject.cells(claim) if cells is None else cells
    found = tuple(
        Cell(
            axes,
            attack(
                claim,
                budget=budget,
                seed=seed,
                candidates=shapes,
                stop_when_refuted=False,
                report=report,
            ),
        )
        for axes, shapes in chosen
        if shapes
    )
    if not found:
        raise VerifyError("cells", "no shape", f"some that {claim.name} speaks of")
    return Tightness(claim.name, found)
