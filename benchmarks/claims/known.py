"""What is known of a claim of the bench: its truth, its supremum, and where both come from."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import sympy as sp
import torch
from torch import Tensor

import verify
from benchmarks.claims.places import Place

__all__ = ["Known"]

Measure = Callable[..., Tensor]


@dataclass(frozen=True, eq=False, kw_only=True)
class Known:
    """One claim of known truth value.

    Attributes:
        name, kind: kind is "scalar", "vector", "matrix" or "network".
        true: whether the claim holds on its whole domain.
        supremum: of truth/right side over the domain (right side/truth for ">="); above 1 exactly
            where the claim is false; infinite where the sides differ in sign; NaN if only its side
            of 1 is known.
        source: why `true` and `supremum` are what they are.
        left: a formula as text; a function of the sample's tensors; or a shipped quantity's key.
        right: a formula as text, or an expression; its names are numbers of the sample, entries of
            `measures`, or symbols of the network's notation.
        place: the domain of a sample. where: further conditions on its numbers, as text.
        witness: a point at which a false claim fails: name -> number (nested lists for tensors).
        reach: how the supremum is reached: "attained", "approached" or "at infinity"; "" if slack.
    """

    name: str
    kind: str
    true: bool
    supremum: float
    source: str
    left: str | Measure
    right: str | sp.Expr
    sense: str = "<="
    place: Place | None = None
    where: tuple[str, ...] = ()
    measures: Mapping[str, Measure] = field(default_factory=dict)
    assumptions: tuple[str, ...] = ()
    witness: Mapping[str, Any] | None = None
    reach: str = ""

    def __post_init__(self) -> None:
        if not math.isnan(self.supremum) and self.true != (self.supremum <= 1):
            raise ValueError(f"{self.name}: {self.true} with supremum {self.supremum}")

    @property
    def symbols(self) -> dict[str, sp.Symbol]:
        """The sample's numbers as symbols: real, and whole where the place says so."""
        if self.place is None:
            return {}
        return {
            name: sp.Symbol(name, real=True, **({"integer": True} if part.whole else {}))
            for name, part in self.place.parts.items()
        }

    @property
    def is_formula(self) -> bool:
        """Whether both sides are formulas in numbers of the sample: what can be proved."""
        return isinstance(self.left, str) and self.place is not None

    @property
    def box(self) -> dict[str, tuple[sp.Expr, sp.Expr]]:
        """The exact ends of the domain of each number."""
        parts = self.place.parts if self.place is not None else {}
        return {name: (part.low, part.high) for name, part in parts.items()}

    def formula(self, text: str | sp.Expr) -> sp.Expr:
        """A side as an expression in the sample's symbols."""
        return sp.sympify(text, locals=self.symbols)

    def claim(self) -> verify.Claim:
        """The claim as a user would make it."""
        if self.place is None:
            return verify.Claim.of(
                self.name, self.left, self.right, sense=self.sense, assumptions=self.assumptions
            )
        left = self.formula(self.left) if isinstance(self.left, str) else self.left
        return verify.Claim.of(
            self.name,
            left,
            self.formula(self.right),
            sense=self.sense,
            sampler=self.place.sample,
            where=[*self.place.conditions(self.symbols), *map(self.formula, self.where)],
            measures=self.measures,
            source=self.source,
        )

    def case(self, point: Mapping[str, Any]) -> verify.Case:
        """A sample with these numbers."""
        tensors = {n: torch.tensor(v, dtype=torch.float64).unsqueeze(0) for n, v in point.items()}
        return verify.sample_case(tensors)
