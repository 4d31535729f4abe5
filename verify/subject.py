"""What the engine needs to know of the things claims speak of: the one protocol for every model.

A *subject* is what a claim is about: networks, a class of functions, a step of training, a user's
named tensors. Its family says everything about it once, here: quantities, readings, conditions,
where cases come from, and where a search may look. The engine (check, settle, attack, shrink,
files, mutants, report, campaign) asks these objects and imports no model.

Objects are told apart by identity. Keys and names are for readers and files only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol, runtime_checkable

import sympy as sp
import torch
from torch import Tensor

from bounds import Notation
from numerics import Enclosure
from verify.case import Case
from verify.quantity import Quantity

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from verify.claim import Claim

__all__ = [
    "Carry",
    "Change",
    "Condition",
    "Growing",
    "Measured",
    "Mistakes",
    "Point",
    "Quantity",
    "Reading",
    "Shape",
    "Sizes",
    "Space",
    "Stepping",
    "Subject",
    "joined",
    "rows",
    "size",
]

#: "" where a case meets an assumption, else why it does not, in words.
Condition = Callable[[Any], str]

#: Named coordinates of a batch of candidates, each with a leading batch axis.
Point = dict[str, Tensor]


@dataclass(frozen=True, eq=False)
class Reading:
    """How one symbol of a bound is filled in from a case.

    Attributes:
        measure: of a case; float64 tensor that broadcasts against the quantity's values, a number,
            or an `Enclosure` where the number itself is only known between two ends.
        exact: of a ball view (see `Subject.in_balls`); None where there is none.
        smooth: of a batch of candidates, the same value without enclosure and with a gradient, for
            the search; None: `measure` serves.
        own: the user's function behind `measure`, where it is one.
        per_layer: "" for one value; else the value has the layer as an extra last axis (in balls:
            is a list), and a bound that wants one number for all layers gets the "least", or speaks
            only of cases where all are "equal".
    """

    measure: Callable[[Any], Tensor | Enclosure | int | float]
    exact: Callable[[Any], Any] | None = None
    per_layer: Literal["", "least", "equal"] = ""
    smooth: Callable[[Any], Tensor | int | float] | None = None
    own: Callable[[Any], Any] | None = None


@dataclass(frozen=True)
class Shape:
    """The discrete part of a search: one architecture, one run, or nothing at all.

    name: in words. group: shapes of different groups differ most, so that a small budget looks at
    some of each. axes: sizes by symbol name (L, m, ...), for tables. detail: whatever the subject's
    own functions need to build cases of this shape. depth: least depth a mutant may speak of.
    """

    name: str
    group: str = ""
    axes: Mapping[str, int] = field(default_factory=dict, hash=False)
    detail: Any = field(default=None, hash=False)  # a family may keep it in a dict


class Space(Protocol):
    """The candidates of one shape, in coordinates fit for ascent."""

    @property
    def claim(self) -> Claim: ...

    @property
    def shape(self) -> Shape: ...

    @property
    def differentiable(self) -> bool:
        """Whether `margin` has a gradient."""

    def draw(self, count: int, generator: torch.Generator) -> Point:
        """Starts, structured and random."""

    def margin(self, point: Point) -> Tensor:
        """How far the claim fails, (B,): above 0 where it is violated; log(truth/bound) or a signed
        gap. Differentiable where the truth is."""

    def measured(self, point: Point) -> Tensor:
        """The same from the measured quantity, without gradient."""

    def retract(self, point: Point, before: Point) -> Point:
        """The nearest admissible candidates: clamped, normalized, rounded, projected, or moved back
        towards where they stood before."""

    def rates(self, name: str) -> float:
        """How far one step moves this coordinate, relative to directions of length 1."""

    def case(self, point: Point, index: int) -> Case:
        """One candidate as a case on the CPU, where verdicts are made."""


#: (candidates of one space, generator) -> as many candidates of a larger one that resemble them.
Carry = Callable[[Point, torch.Generator], Point]


@runtime_checkable
class Growing(Space, Protocol):
    """A space whose candidates can be continued to larger shapes."""

    def larger(self) -> Sequence[tuple[Space, Carry]]:
        """The next larger spaces (a layer more, twice the units), each with the way there; none
        where it is as large as a search should look."""


@runtime_checkable
class Stepping(Space, Protocol):
    """A space with whole numbers or signs, which no small step changes."""

    def neighbours(self, point: Point, generator: torch.Generator, most: int) -> Point | None:
        """At most `most` candidates that differ from the first one of a point in one whole number;
        None where there is none."""


@dataclass(frozen=True)
class Change:
    """A right side made wrong: the kind of mistake, it in words, the formula, mutant/original where
    that is one factor, and the least depth it speaks of."""

    operator: str
    mistake: str
    expression: sp.Expr
    factor: sp.Expr | None = None
    least_depth: int = 1


#: A mistake in what is measured: (operator, words, changed readings, how they change values).
Measured = tuple[str, str, Mapping[str, Reading], Mapping[str, Callable[[Any], Any]]]


@dataclass(frozen=True, eq=False, kw_only=True)
class Sizes:
    """How cases of one size become cases of another, at a fixed regime: what a scaling law needs.

    grids: axis -> the sizes looked at by default, small first. reference: the size of an axis while
        another one grows.
    regime: symbols that can be held at a value, with the value that is normal.
    groups: what laws are told apart by (activations), those looked at by default.
    shape: (claim, sizes by axis, group) -> the shape of exactly these sizes, None where the claim
        does not speak of it.
    held: (space, point, symbol -> value) -> the candidates moved to the regime.
    grown: (space, point, larger space) -> the candidates as candidates of the larger size that do
        as much there, or None where there is no way.
    random: the kinds of starts of a space that are plain random draws.
    """

    grids: Mapping[str, Sequence[int]]
    reference: Mapping[str, int]
    regime: Mapping[str, float]
    groups: Sequence[Any]
    shape: Callable[[Claim, Mapping[str, int], Any], Shape | None]
    held: Callable[[Any, Point, Mapping[str, float]], Point]
    grown: Callable[[Any, Point, Any], Point | None]
    random: Sequence[str] = ()


def _none(of: Any) -> Iterator[Any]:
    return iter(())


@dataclass(frozen=True, eq=False, kw_only=True)
class Mistakes:
    """What people get wrong in this notation.

    exponents, swaps: symbols to misplace, None for all scales. vanishing: symbols that people take
    as 0. width: the symbol that stands for the widths of layers. changes: further changes of a
    bound's formula; measured: mistakes in what is measured.
    """

    exponents: tuple[str, ...] | None = None
    swaps: tuple[str, ...] | None = None
    vanishing: tuple[str, ...] = ()
    width: str = ""
    changes: Callable[[Any], Iterator[Change]] = _none
    measured: Callable[[Any], Iterator[Measured]] = _none


@dataclass(frozen=True, eq=False, kw_only=True)
class Subject:
    """One kind of thing that claims speak of.

    Attributes:
        kind: the word in files ("network", "class", "step", "sample", ...).
        noun: in sentences ("network").
        case_type: class of its cases.
        notation: the symbols its bounds use.
        quantities: key -> quantity, for bounds and users that name one by its key.
        readings: what a quantity ranges over ("input", "data", ...) -> symbol name -> reading.
        conditions: assumption key -> condition of a case.
        admits: what every case has to meet, besides a claim's own assumptions.
        in_balls: (case, quantity, entry of a check) -> what `exact` functions take, at the working
            precision of flint; None: there is no second arithmetic.
        shapes: candidates of a search for a claim, simplest first.
        cells: claim -> (sizes, shapes of these sizes), where tightness is measured.
        grid: (claim, a campaign's plan) -> the shapes that the plan asks for.
        space: (claim, shape, kinds of starts, device) -> space; None: `verify.attack.flat`.
        corners: (claim, seed) -> sharp cases: where controls fall and property tests look first.
        drawn: (shape, count, seed, claim) -> random cases of one shape, for campaigns.
        population: (effort, seed, device) -> the cases of a report.
        strategy: claim -> Hypothesis strategy of cases.
        points: (claim, least depth, shape or None) -> symbol values as arrays, for comparing
            right sides. mistakes: what people get wrong in this notation.
        parse: (the subject's part of a file, label) -> the case it describes.
        stored: (claim, single case) -> what a file holds of it besides `kind`.
        expanded: depth -> symbols that files write out, because only the engine fills them in, and
            the formulas that stand for them.
        formula: (sympy formula, key, LaTeX or None) -> the quantity it is in the case's numbers;
            number: a name -> the reading of that number. None where cases have no named numbers.
        called: (a user's function, what it ranges over) -> the function of a case.
        expected: (case, what a quantity ranges over) -> shape of its values.
        growth: claim -> names of the symbols in which exponents are asked for.
        sizes: how cases of one size become cases of another, for scaling laws; None: no law.
        statement: what belongs to the statement of its claims besides their bounds, as text.
    """

    kind: str
    noun: str
    case_type: type[Case]
    notation: Notation
    quantities: Mapping[str, Quantity]
    readings: Mapping[str, Mapping[str, Reading]]
    conditions: Mapping[str, Condition]
    admits: Condition = lambda case: ""
    in_balls: Callable[[Any, Quantity, int], Any] | None = None
    shapes: Callable[[Claim], Sequence[Shape]] = lambda claim: ()
    cells: Callable[[Claim], Sequence[tuple[Any, Sequence[Shape]]]] = lambda claim: ()
    grid: Callable[[Claim, Any], Sequence[Shape]] = lambda claim, plan: ()
    space: Callable[[Claim, Shape, Sequence[str], str], Space] | None = None
    corners: Callable[[Claim, int], Iterator[Case]] = lambda claim, seed: iter(())
    drawn: Callable[[Shape, int, int, Claim], Case] | None = None
    population: Callable[[Any, int, str], Iterator[Case]] = lambda effort, seed, device: iter(())
    strategy: Callable[[Claim], SearchStrategy[Case]] | None = None
    points: Callable[[Claim, int, Shape | None], Iterable[dict[str, Any]]] | None = None
    mistakes: Mistakes = field(default_factory=Mistakes)
    parse: Callable[[dict[str, Any], str], Case] | None = None
    stored: Callable[[Any, Any], dict[str, Any]] | None = None
    expanded: Callable[[int], Mapping[sp.Symbol, sp.Expr]] = lambda depth: {}
    formula: Callable[[sp.Expr, str, str | None], Quantity] | None = None
    number: Callable[[str], Reading] | None = None
    called: Callable[[Callable[..., Any], str], Callable[[Any], Any]] | None = None
    expected: Callable[[Any, str], tuple[int, ...]] = lambda case, over: (case.size,)
    growth: Callable[[Claim], Sequence[str]] = lambda claim: claim.bound.symbols
    sizes: Sizes | None = None
    statement: tuple[str, ...] = ()


def rows(point: Point, index: Tensor) -> Point:
    """The candidates with these indices."""
    return {name: values[index].detach().clone() for name, values in point.items()}


def joined(first: Point, second: Point) -> Point:
    """Two batches of one space as one."""
    return {name: torch.cat([first[name], second[name]]) for name in first}


def size(point: Point) -> int:
    """Number of candidates."""
    return int(next(iter(point.values())).shape[0])
