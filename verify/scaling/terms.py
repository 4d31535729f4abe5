"""Term by term: where each term of a bound rules, and whether a case needs it there."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol

import torch

from bounds.terms import terms, written
from numerics import Enclosure
from verify.case import Case
from verify.claim import Claim
from verify.scaling.fit import Exponent, fitted

__all__ = ["Need", "TermLaw", "term_laws"]

_RULES = 0.5  # a term rules where it is so much of the sum of all
_TOLERANCE = 0.05


class Need(Enum):
    """What the cases found say of a term; the value is a word for tables."""

    NEEDED = "needed"
    REMOVABLE = "candidate for removal"
    UNDECIDED = "undecided"
    NEVER = "never rules here"


class Measured(Protocol):
    """A size with the largest truth found there."""

    @property
    def sizes(self) -> Mapping[str, int]: ...

    @property
    def truth(self) -> float: ...

    @property
    def ratio(self) -> float: ...

    @property
    def case(self) -> Case: ...


@dataclass(frozen=True)
class TermLaw:
    """One term: in how many of the sizes it rules, the best truth/bound there, and exponents.

    ratio: exponent of truth/term along `axis` where the term rules; None with fewer than three
    sizes. A term whose ratio falls is one that no case found needs at its order.
    """

    term: str
    rules: int
    best: float
    axis: str
    ratio: Exponent | None

    @property
    def need(self) -> Need:
        """What the cases found say."""
        if not self.rules:
            return Need.NEVER
        if self.ratio is None:
            return Need.UNDECIDED
        if self.ratio.high < -_TOLERANCE:
            return Need.REMOVABLE
        return Need.NEEDED if self.ratio.low > -_TOLERANCE else Need.UNDECIDED

    @property
    def sentence(self) -> str:
        """The law in words."""
        if not self.rules:
            return f"term {self.term}: {self.need.value}"
        text = f"term {self.term}: rules at {self.rules} sizes, best truth/bound {self.best:.3g}"
        if self.ratio is not None:
            text += f", truth/term as {self.axis}^({self.ratio})"
        return f"{text}: {self.need.value}"


def term_laws(claim: Claim, cells: Sequence[Measured], over: Sequence[str]) -> tuple[TermLaw, ...]:
    """One law for each term of the claim's bound and each axis; none for a bound of one term."""
    parts = terms(claim.bound)
    if len(parts) < 2:
        return ()
    pieces = [dataclasses.replace(claim, bound=part) for part in parts]
    values = [[_value(piece, cell.case) for piece in pieces] for cell in cells]
    totals = [sum(row) for row in values]
    zero = _zero(claim, [cell.case for cell in cells])
    found = []
    for k, part in enumerate(parts):
        ruled = [j for j, row in enumerate(values) if row[k] >= _RULES * totals[j]]
        for axis in over:
            found.append(_one(written(part, zero), axis, [cells[j] for j in ruled],
                              [values[j][k] for j in ruled]))  # fmt: skip
    return tuple(found)


def _zero(claim: Claim, cases: Sequence[Case]) -> list[str]:
    """The symbols that are 0 in all cases."""
    values = [claim.values(case) for case in cases]
    known = {name: [row[name] for row in values] for name in claim.bound.symbols}
    return [name for name, found in known.items() if all(_is_zero(value) for value in found)]


def _is_zero(value: Any) -> bool:
    upper = value.upper if isinstance(value, Enclosure) else torch.as_tensor(value)
    return not bool((upper != 0).any())


def _value(piece: Claim, case: Case) -> float:
    return float(torch.as_tensor(piece.smooth_right(case)).flatten()[0])


def _one(name: str, axis: str, cells: Sequence[Measured], values: Sequence[float]) -> TermLaw:
    best = max((cell.ratio for cell in cells), default=0.0)
    other = {tuple(v for a, v in sorted(c.sizes.items()) if a != axis) for c in cells}
    if len(other) != 1:  # sizes that are not on one line
        return TermLaw(name, len(cells), best, axis, None)
    sizes = [cell.sizes[axis] for cell in cells]
    ratios = [cell.truth / value for cell, value in zip(cells, values, strict=True)]
    return TermLaw(name, len(cells), best, axis, fitted(sizes, ratios))
