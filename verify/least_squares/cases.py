"""What claims about weight-normalized least squares are checked on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor

from numerics.least_squares import Start
from verify.case import Case
from verify.errors import VerifyError
from verify.quantity import Quantity

__all__ = ["FitCase"]

_SCALARS = ("g_0", "c", "t", "eta")


@dataclass(frozen=True, eq=False)
class FitCase(Case):
    """B fits of one shape: A (B, n, N), y (B, n), direction v (B, N), scalars (B,).

    g_0 >= 0 is the scale at the start, c the ratio rate(g)/rate(w), t > 0 a time of the flow, eta
    > 0 a step size of w (that of g is c eta), and `count` a number of steps, the same for all.
    """

    matrix: Tensor
    right: Tensor
    direction: Tensor
    g_0: Tensor
    c: Tensor
    t: Tensor
    eta: Tensor
    count: int = 3
    memory: dict[Any, Any] = field(init=False, default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        b, n, columns = self.matrix.shape
        if self.right.shape != (b, n) or self.direction.shape != (b, columns):
            shapes = tuple(self.right.shape), tuple(self.direction.shape)
            raise VerifyError("right, direction", str(shapes), f"({b}, {n}) and ({b}, {columns})")
        positive = torch.stack([self.c, self.t, self.eta])
        if not bool((positive > 0).all()) or not bool((self.g_0 >= 0).all()):
            raise VerifyError("g_0, c, t, eta", "one below its domain", "g_0 >= 0; c, t, eta > 0")
        if self.count < 1:
            raise VerifyError("count", str(self.count), "at least one step")

    @property
    def size(self) -> int:
        return self.matrix.shape[0]

    @property
    def axes(self) -> Mapping[str, float]:
        return {"n": self.matrix.shape[1], "N": self.matrix.shape[2]}

    def start(self, index: int) -> Start:
        """Where one fit starts."""
        return Start.of(float(self.g_0[index]), self.direction[index])

    def at(self, *, t: float, step: int) -> FitCase:
        """The same fits at another time of the flow, as one state of a trajectory."""
        return replace(self, t=torch.full_like(self.t, t), step=step)

    def after(self, count: int) -> FitCase:
        """The same fits with another number of steps, as one state of a trajectory."""
        return replace(self, count=count, step=count)

    def single(self, index: int, quantity: Quantity) -> FitCase:
        pick = slice(index, index + 1)
        tensors: dict[str, Any] = {name: getattr(self, name)[pick] for name in _FIELDS}
        return replace(self, **tensors)

    def head(self) -> str:
        return f"a fit of {self.matrix.shape[1]} equations, {self.matrix.shape[2]} unknowns"

    def meta(self) -> dict[str, Any]:
        return {"count": self.count}

    def tensors(self) -> dict[str, Tensor]:
        return {name: getattr(self, name)[0] for name in _FIELDS}

    def with_tensors(self, tensors: Mapping[str, Tensor]) -> FitCase:
        parts: dict[str, Any] = {name: tensors[name].unsqueeze(0) for name in _FIELDS}
        flat = (parts["right"] == 0).all() | (parts["direction"] == 0).all()
        if bool(flat) or bool((parts["matrix"] == 0).all()):
            raise VerifyError("A, y, v", "one that is zero", "all different from zero")
        return replace(self, **parts, origin="shrunk")

    def smaller(self) -> Iterator[FitCase]:
        """Without one equation, then without one unknown, as long as both are left."""
        one = self.tensors()
        rows, columns = one["matrix"].shape
        for i in range(rows if rows > 1 else 0):
            rest = torch.arange(rows) != i
            less = {"matrix": one["matrix"][rest], "right": one["right"][rest]}
            yield from self._smaller(one | less)
        for j in range(columns if columns > rows else 0):
            rest = torch.arange(columns) != j
            less = {"matrix": one["matrix"][:, rest], "direction": one["direction"][rest]}
            yield from self._smaller(one | less)

    def _smaller(self, tensors: Mapping[str, Tensor]) -> Iterator[FitCase]:
        try:
            yield self.with_tensors(tensors)
        except ValueError:
            return


_FIELDS = ("matrix", "right", "direction", *_SCALARS)
