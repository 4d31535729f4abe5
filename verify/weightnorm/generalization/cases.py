"""What generalization claims are checked on: independent draws, finite classes, signs, inputs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Self

import torch
from torch import Tensor

from verify.case import Case
from verify.errors import VerifyError
from verify.quantity import Quantity

__all__ = ["CountCase", "DrawCase", "FiniteCase", "InputCase", "PartsCase", "SignCase"]


@dataclass(frozen=True, eq=False)
class PartsCase(Case):
    """Tensors by name, float64, each with the batch axis first."""

    parts: Mapping[str, Tensor]
    thing: ClassVar[str] = ""

    def __post_init__(self) -> None:
        sizes = {len(part) for part in self.parts.values()}
        if len(sizes) != 1 or 0 in sizes:
            raise VerifyError("parts", f"batches of {sorted(sizes)}", "one batch size, at least 1")
        if any(bool(part.isnan().any()) for part in self.parts.values()):
            raise VerifyError("parts", "NaN", "numbers")

    def __getitem__(self, name: str) -> Tensor:
        if name not in self.parts:
            raise VerifyError(name, ", ".join(self.parts), f"a case with {name}")
        return self.parts[name]

    @property
    def size(self) -> int:
        return len(next(iter(self.parts.values())))

    def single(self, index: int, quantity: Quantity) -> Self:
        parts = {name: part[index : index + 1] for name, part in self.parts.items()}
        return replace(self, parts=parts)

    def head(self) -> str:
        sizes = (f"{name} {tuple(part.shape[1:])}" for name, part in self.parts.items())
        return f"{self.thing}: {', '.join(sizes)}"

    def tensors(self) -> dict[str, Tensor]:
        return {name: part[0] for name, part in self.parts.items()}

    def with_tensors(self, tensors: Mapping[str, Tensor]) -> Self:
        parts = {name: tensor.unsqueeze(0) for name, tensor in tensors.items()}
        return replace(self, parts=parts, origin="shrunk")


@dataclass(frozen=True, eq=False)
class DrawCase(PartsCase):
    """Independent draws of a sample: what was true, what the sample said, every symbol's value.

    Columns (B,). `doubt`: how far the truths may be from what was computed.
    """

    thing: ClassVar[str] = "a draw"


@dataclass(frozen=True, eq=False)
class FiniteCase(PartsCase):
    """A class of G functions on a population of M points: g (B, G, M), weights p (B, M), n.

    The weights are taken relative to their sum. n is at most 3: everything is enumerated.
    """

    n: int = 1
    thing: ClassVar[str] = "a finite class"

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 1 <= self.n <= 3:
            raise VerifyError("n", str(self.n), "1, 2 or 3")
        if bool((self["p"] < 0).any()) or bool((self["p"].sum(-1) <= 0).any()):
            raise VerifyError("p", "weights that are negative or all 0", "chances")

    @property
    def axes(self) -> Mapping[str, float]:
        return {"n": self.n}

    def smaller(self) -> Iterator[Self]:
        """One function less."""
        g = self["g"]
        for j in range(g.shape[1] if g.shape[1] > 1 else 0):
            rest = torch.arange(g.shape[1]) != j
            yield replace(self, parts={"g": g[:, rest], "p": self["p"]}, origin="shrunk")


@dataclass(frozen=True, eq=False)
class SignCase(PartsCase):
    """A finite set of vectors a (B, G, 2n), n at most 4: all sign vectors are enumerated."""

    thing: ClassVar[str] = "a set of vectors"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self["a"].shape[-1] % 2 or self["a"].shape[-1] > 8:
            raise VerifyError("a", f"shape {tuple(self['a'].shape)}", "(B, G, 2n), n at most 4")

    @property
    def axes(self) -> Mapping[str, float]:
        return {"n": self["a"].shape[-1] // 2}

    def smaller(self) -> Iterator[Self]:
        """One vector less."""
        a = self["a"]
        for j in range(a.shape[1] if a.shape[1] > 1 else 0):
            rest = torch.arange(a.shape[1]) != j
            yield replace(self, parts={"a": a[:, rest]}, origin="shrunk")


@dataclass(frozen=True, eq=False)
class InputCase(PartsCase):
    """Inputs x (B, n, d), n at most 10: all sign vectors are enumerated."""

    thing: ClassVar[str] = "inputs"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self["x"].ndim != 3 or self["x"].shape[1] > 10:
            raise VerifyError("x", f"shape {tuple(self['x'].shape)}", "(B, n, d), n at most 10")

    @property
    def axes(self) -> Mapping[str, float]:
        return {"n": self["x"].shape[1]}

    def smaller(self) -> Iterator[Self]:
        """One input less."""
        x = self["x"]
        for i in range(x.shape[1] if x.shape[1] > 1 else 0):
            rest = torch.arange(x.shape[1]) != i
            yield replace(self, parts={"x": x[:, rest]}, origin="shrunk")


@dataclass(frozen=True, eq=False)
class CountCase(PartsCase):
    """Sample sizes n (B,), whole numbers of at least 1."""

    thing: ClassVar[str] = "a sample size"

    def __post_init__(self) -> None:
        super().__post_init__()
        if bool(((self["n"] < 1) | (self["n"] != self["n"].round())).any()):
            raise VerifyError("n", "no whole number of at least 1", "sample sizes")
