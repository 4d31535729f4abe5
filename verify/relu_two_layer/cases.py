"""What claims of this family are checked on: named tensors with a leading batch axis.

Every kind of case is a table of tensors; an axis that several of them share has one letter, so
that taking away one unit, one input or one coordinate means the same everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, ClassVar, Self

import torch
from torch import Tensor

from numerics.relu_two_layer import ReluNetwork
from numerics.relu_two_layer.gradient import residual_and_gradient
from numerics.relu_two_layer.stability import Move, move
from numerics.relu_two_layer.steps import Step, step
from verify.case import Case
from verify.errors import VerifyError
from verify.quantity import Quantity

__all__ = ["CourseCase", "DataCase", "DrawCase", "MoveCase", "Parts", "StateCase", "StepCase"]

#: What a quantity ranges over -> the letters of the axes that its entries run along.
ENTRIES: Mapping[str, str] = {
    "data": "",
    "input": "n",
    "unit": "m",
    "pair": "nn",
    "edge": "nn",
    "eigenvalue": "n",
}  # an edge is a pair i < j
_WORDS = {"n": "inputs", "m": "units", "d": "coordinates"}


@dataclass(frozen=True, eq=False)
class Parts(Case):
    """Tensors by name, float64, each with the batch axis first."""

    parts: Mapping[str, Tensor]
    letters: ClassVar[Mapping[str, str]] = {}
    nonzero: ClassVar[tuple[str, ...]] = ()
    thing: ClassVar[str] = ""

    def __post_init__(self) -> None:
        if set(self.parts) != set(self.letters):
            raise VerifyError("parts", ", ".join(self.parts), ", ".join(self.letters))
        lengths: dict[str, int] = {}
        for name, letters in self.letters.items():
            shape = tuple(self.parts[name].shape)
            if len(shape) != len(letters) + 1:
                raise VerifyError(name, f"shape {shape}", f"axes (B, {', '.join(letters)})")
            for letter, length in zip("B" + letters, shape, strict=True):
                if lengths.setdefault(letter, length) != length or length < 1:
                    raise VerifyError(name, f"shape {shape}", f"{letter} = {lengths[letter]} > 0")
        for name in self.nonzero:
            if bool((self.parts[name] == 0).all(-1).any()):
                raise VerifyError(name, "a zero row", "rows with a direction")
        self.check()

    def check(self) -> None:
        """Raise VerifyError for numbers that make no case."""
        if "c" in self.letters and not bool((self.parts["c"].abs() == 1).all()):
            raise VerifyError("c", "a sign that is not +1 or -1", "+1 and -1")

    def __getitem__(self, name: str) -> Tensor:
        return self.parts[name]

    def length(self, letter: str) -> int:
        """Of the axis with that letter."""
        name = next(name for name, letters in self.letters.items() if letter in letters)
        return int(self.parts[name].shape[1 + self.letters[name].index(letter)])

    @property
    def size(self) -> int:
        return int(next(iter(self.parts.values())).shape[0])

    @property
    def axes(self) -> Mapping[str, float]:
        return {
            letter: self.length(letter) for letter in sorted(set("".join(self.letters.values())))
        }

    def entries(self, over: str) -> int:
        """How many entries of a check one thing of the batch has."""
        count = 1
        for letter in ENTRIES[over]:
            count *= self.length(letter)
        return (count - self.length("n")) // 2 if over == "edge" else count

    def one(self, index: int) -> Self:
        """One thing of the batch, as a batch of one."""
        picked = {name: part[index : index + 1] for name, part in self.parts.items()}
        return replace(self, parts=picked)

    def single(self, index: int, quantity: Quantity) -> Self:
        return self.one(index // self.entries(quantity.over))

    def head(self) -> str:
        sizes = ", ".join(f"{int(v)} {_WORDS[k]}" for k, v in self.axes.items())
        return f"{self.thing}: {sizes}"

    def tensors(self) -> dict[str, Tensor]:
        return {name: part[0] for name, part in self.parts.items()}

    def with_tensors(self, tensors: Mapping[str, Tensor]) -> Self:
        parts = {name: tensor.unsqueeze(0) for name, tensor in tensors.items()}
        return replace(self, parts=parts, origin="shrunk")

    def smaller(self) -> Iterator[Self]:
        """Without one unit, one input, one coordinate."""
        parts = self.tensors()
        for letter in "mnd":
            touched = {n: ls.index(letter) for n, ls in self.letters.items() if letter in ls}
            count = self.length(letter) if touched else 0
            for index in range(count if count > 1 else 0):
                rest = torch.arange(count) != index
                fewer = {n: parts[n].index_select(axis, rest.nonzero().flatten())
                         for n, axis in touched.items()}  # fmt: skip
                try:
                    yield self.with_tensors(parts | fewer)
                except ValueError:
                    continue


@dataclass(frozen=True, eq=False)
class DataCase(Parts):
    """Inputs x, which enter by their directions, and weights a on them."""

    letters: ClassVar[Mapping[str, str]] = {"x": "nd", "a": "n"}
    nonzero: ClassVar[tuple[str, ...]] = ("x",)
    thing: ClassVar[str] = "inputs on the sphere"


@dataclass(frozen=True, eq=False)
class StateCase(Parts):
    """Networks on inputs x with targets y."""

    letters: ClassVar[Mapping[str, str]] = {"v": "md", "g": "m", "c": "m", "x": "nd", "y": "n"}
    nonzero: ClassVar[tuple[str, ...]] = ("v", "x")
    thing: ClassVar[str] = "two-layer ReLU network"

    @cached_property
    def network(self) -> ReluNetwork:
        """As a batch."""
        return ReluNetwork(self["v"], self["g"], self["c"], self.size)


@dataclass(frozen=True, eq=False)
class MoveCase(Parts):
    """Networks (v, g) and where they moved to (v_end, g_end), on inputs x."""

    letters: ClassVar[Mapping[str, str]] = {
        "v": "md", "g": "m", "v_end": "md", "g_end": "m", "c": "m", "x": "nd",
    }  # fmt: skip
    nonzero: ClassVar[tuple[str, ...]] = ("v", "v_end", "x")
    thing: ClassVar[str] = "two states of a two-layer ReLU network"

    @cached_property
    def move(self) -> Move:
        """Both states in balls."""
        start = ReluNetwork(self["v"], self["g"], self["c"], self.size)
        end = ReluNetwork(self["v_end"], self["g_end"], self["c"], self.size)
        return move(start, end, self["x"])


def _positive(case: Parts, *names: str) -> None:
    for name in names:
        if not bool(((case[name] > 0) & case[name].isfinite()).all()):
            raise VerifyError(name, "a number that is not positive", "numbers > 0")


@dataclass(frozen=True, eq=False)
class StepCase(StateCase):
    """A gradient step of size eta from a state, plus a push (zero; heavy ball in controls)."""

    letters: ClassVar[Mapping[str, str]] = {
        **StateCase.letters, "eta": "", "push_v": "md", "push_g": "m",
    }  # fmt: skip
    thing: ClassVar[str] = "one step of a two-layer ReLU network"

    def check(self) -> None:
        super().check()
        _positive(self, "eta")

    @cached_property
    def steps(self) -> list[Step]:
        """The step of each network in balls."""
        return [self._step(b) for b in range(self.size)]

    def _step(self, b: int) -> Step:
        pick, eta = slice(b, b + 1), float(self["eta"][b])
        v, g, c = self["v"][pick], self["g"][pick], self["c"][pick]
        before = ReluNetwork(v, g, c, 1)
        _, by_v, by_g = residual_and_gradient(before, self["x"][pick], self["y"][pick])
        v, g = v - eta * by_v + self["push_v"][pick], g - eta * by_g + self["push_g"][pick]
        if not bool(torch.isfinite(v).all()):
            raise VerifyError("eta", f"{eta:g}, with which a number overflowed", "a smaller one")
        after = ReluNetwork(v, g, c, 1)
        return step(before, after, self["x"][pick], self["y"][pick], learning_rate=eta)


@dataclass(frozen=True, eq=False)
class CourseCase(StateCase):
    """A state and the one `count` gradient steps of size eta later.

    later: (v, g, spent) if it is known already, spent = sum of eta ||grad||^2/||r|| so far.
    """

    later: tuple[Tensor, Tensor, Tensor] | None = field(default=None, kw_only=True)
    letters: ClassVar[Mapping[str, str]] = {**StateCase.letters, "eta": "", "count": ""}
    thing: ClassVar[str] = "a run of a two-layer ReLU network"

    def check(self) -> None:
        super().check()
        _positive(self, "eta")
        whole = self["count"] == self["count"].round()
        if not bool((whole & (self["count"] >= 0) & (self["count"] <= 10_000)).all()):
            raise VerifyError("count", "no number of steps", "whole numbers up to 10000")

    def one(self, index: int) -> Self:
        found = super().one(index)
        pick = slice(index, index + 1)
        if self.later is None:
            return found
        v, g, spent = self.later
        return replace(found, later=(v[pick], g[pick], spent[pick]))

    def with_tensors(self, tensors: Mapping[str, Tensor]) -> Self:
        return replace(super().with_tensors(tensors), later=None)

    @cached_property
    def end(self) -> tuple[ReluNetwork, Tensor]:
        """The later networks, and what the steps spent."""
        v, g, spent = self.later if self.later is not None else self._run()
        return ReluNetwork(v, g, self["c"], self.size), spent

    def _run(self) -> tuple[Tensor, Tensor, Tensor]:
        v, g, eta = self["v"], self["g"], self["eta"]
        spent = torch.zeros_like(eta)
        for done in range(int(self["count"].max())):
            now = torch.where(self["count"] > done, eta, 0.0)
            here = ReluNetwork(v, g, self["c"], self.size)
            r, by_v, by_g = residual_and_gradient(here, self["x"], self["y"])
            slope = by_v.square().sum((-1, -2)) + by_g.square().sum(-1)
            size = torch.linalg.vector_norm(r, dim=-1)
            spent = spent + torch.where(size > 0, now * slope / size.clamp_min(1e-300), 0.0)
            v, g = v - now[:, None, None] * by_v, g - now[:, None] * by_g
        if not bool(torch.isfinite(v).all() & torch.isfinite(g).all()):
            raise VerifyError("eta", "a run that overflowed", "a smaller step")
        return v, g, spent * (1 + 1e-9)


@dataclass(frozen=True, eq=False)
class DrawCase(StateCase):
    """Networks drawn at the initialization after [DGM20], and what is asked of them."""

    letters: ClassVar[Mapping[str, str]] = {
        **StateCase.letters, "alpha": "", "eps": "", "delta": "", "level": "", "angle": "",
    }  # fmt: skip
    thing: ClassVar[str] = "a drawn two-layer ReLU network"


def stacked(kind: type[Any], parts: list[dict[str, Tensor]], **words: Any) -> Any:
    """Single things of one shape as one batch."""
    return kind(parts={n: torch.stack([p[n] for p in parts]) for n in parts[0]}, **words)
