"""What a campaign does: claims x architectures x activations x seeds, in a fixed order."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

import sympy as sp

from numerics import ACTIVATIONS, NumericsError
from numerics.validation import check_widths
from verify.claim import Claim
from verify.errors import VerifyError
from verify.families import all_claims, selected
from verify.own.load import load_claims
from verify.subject import Shape

_PLACEMENTS = ("inner", "outer")


@dataclass(frozen=True)
class Item:
    """One unit of work: a claim, the place of a shape in the plan's list for it, and a seed.

    shape is the shape in words; it is empty where the claim's subject has but one.
    """

    claim: str
    shape: str
    seed: int

    def text(self) -> str:
        """As JSON."""
        return json.dumps(asdict(self), sort_keys=True)

    @staticmethod
    def parse(text: str) -> Item:
        """The item that `text` wrote."""
        return Item(**json.loads(text))

    @property
    def label(self) -> str:
        """In words, for progress and errors."""
        where = f" {self.shape}" if self.shape else ""
        return f"{self.claim}{where}, seed {self.seed}"


@dataclass(frozen=True)
class Plan:
    """Everything that decides a campaign's results.

    Attributes:
        claims: a name, part of one or a shell pattern; None for the general statements.
        source: Python file with claims of one's own, taken instead of the shipped ones.
        depths, widths, input_dim: the grid of architectures, all hidden widths equal; subjects
            without architectures (samples, say) take no notice.
        shapes: further architectures (d, m_1, ..., m_L), of any widths.
        activations, placements, seeds: further axes; seeds are 0, 1, ..., seeds - 1.
        networks: random networks checked for each item. evaluations: the attack's budget for each.
    """

    claims: str | None = None
    source: str | None = None
    depths: tuple[int, ...] = (1, 2, 3)
    widths: tuple[int, ...] = (2, 4)
    input_dim: int = 3
    shapes: tuple[tuple[int, ...], ...] = ()
    activations: tuple[str, ...] = ("tanh", "gelu", "cos")
    placements: tuple[str, ...] = ("inner",)
    seeds: int = 2
    networks: int = 16
    evaluations: int = 400

    def __post_init__(self) -> None:
        for name, low in (("seeds", 1), ("networks", 1), ("evaluations", 0), ("input_dim", 1)):
            if getattr(self, name) < low:
                raise VerifyError(name, str(getattr(self, name)), f"at least {low}")
        unknown = sorted(set(self.activations) - set(ACTIVATIONS))
        if unknown:
            raise VerifyError("activations", repr(unknown[0]), "some of " + ", ".join(ACTIVATIONS))
        try:
            for widths in self.architectures():
                check_widths(widths)
        except NumericsError as error:
            raise VerifyError("widths", str(error.found), str(error.accepted)) from error
        for placement in self.placements:
            if placement not in _PLACEMENTS:
                raise VerifyError("placements", repr(placement), " or ".join(_PLACEMENTS))

    def architectures(self) -> list[tuple[int, ...]]:
        """Every (d, m_1, ..., m_L), the grid first."""
        grid = itertools.product(self.depths, self.widths)
        return [*((self.input_dim, *[width] * depth) for depth, width in grid), *self.shapes]

    def chosen(self) -> dict[str, Claim]:
        """The claims by name.

        Raises:
            VerifyError: nothing matches, or the source cannot be loaded.
        """
        if self.source is not None:
            known: Mapping[str, Claim] = load_claims(self.source)
        else:
            known = all_claims()
        return selected(self.claims, known, "claims")

    def shapes_of(self, claim: Claim) -> tuple[Shape, ...]:
        """The shapes that the plan's grid gives for a claim, each by its name once."""
        shapes = claim.subject.grid(claim, self)
        return tuple({shape.name: shape for shape in shapes}.values())

    def items(self, chosen: Mapping[str, Claim]) -> Iterator[Item]:
        """All units of work in their fixed order; claims innermost, since they share cases."""
        places: dict[tuple[str, int], list[str]] = {}
        for name, claim in chosen.items():
            for shape, seed in itertools.product(self.shapes_of(claim), range(self.seeds)):
                places.setdefault((shape.name, seed), []).append(name)
        for (shape_name, seed), names in places.items():
            for name in names:
                yield Item(name, shape_name, seed)

    def text(self) -> str:
        """As JSON; equal plans give equal text."""
        return json.dumps(asdict(self), sort_keys=True)

    @staticmethod
    def parse(text: str) -> Plan:
        """The plan that `text` wrote."""
        raw: dict[str, Any] = json.loads(text)
        lists = {"depths", "widths", "activations", "placements"}
        raw |= {name: tuple(raw[name]) for name in lists}
        return Plan(**(raw | {"shapes": tuple(tuple(s) for s in raw["shapes"])}))

    def difference(self, other: Plan) -> str:
        """The first field in which two plans differ, in words; empty if none."""
        for field in fields(self):
            mine, theirs = getattr(self, field.name), getattr(other, field.name)
            if mine != theirs:
                return f"{field.name} = {mine}, where the stored plan has {theirs}"
        return ""


def statement_digest(claim: Claim) -> str:
    """A fingerprint of the statement, so that no campaign mixes two versions of a claim."""
    keys = [assumption.key for assumption in claim.bound.assumptions]
    parts = [claim.quantity.key, sp.srepr(claim.bound.expression), *keys]
    parts += [sp.srepr(claim.quantity.formula)] if claim.quantity.formula is not None else []
    parts += [claim.bound.sense, str(claim.bound.tolerance), *claim.subject.statement]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
