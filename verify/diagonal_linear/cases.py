"""What claims about diagonal linear networks are checked on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor

from numerics.diagonal_linear import Start
from verify.case import Case
from verify.errors import VerifyError
from verify.quantity import Quantity

__all__ = ["NetCase"]

_FIELDS = ("matrix", "right", "log_w", "eta", "t", "h")


@dataclass(frozen=True, eq=False)
class NetCase(Case):
    """B problems of one shape and depth: A (B, n, N), y (B, n), log w_0 (B, N), scalars (B,).

    The start is exactly w_0 = exp(log_w) > 0. The signed model is A = [A', -A']. eta is the ratio
    rate(u)/rate(g), t > 0 a time of the flow, h > 0 a step size, `count` a number of steps.
    """

    matrix: Tensor
    right: Tensor
    log_w: Tensor
    eta: Tensor
    t: Tensor
    h: Tensor
    depth: int = 2
    count: int = 20
    memory: dict[Any, Any] = field(init=False, default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        b, n, columns = self.matrix.shape
        if self.right.shape != (b, n) or self.log_w.shape != (b, columns):
            shapes = tuple(self.right.shape), tuple(self.log_w.shape)
            raise VerifyError("right, log_w", str(shapes), f"({b}, {n}) and ({b}, {columns})")
        if not bool((torch.stack([self.eta, self.t, self.h]) > 0).all()):
            raise VerifyError("eta, t, h", "one that is not positive", "eta, t, h > 0 (RATIO)")
        if self.depth < 2 or self.count < 1:
            raise VerifyError("depth, count", f"{self.depth}, {self.count}", "L >= 2, count >= 1")

    @property
    def size(self) -> int:
        return self.matrix.shape[0]

    @property
    def axes(self) -> Mapping[str, float]:
        return {"L": self.depth, "n": self.matrix.shape[1], "N": self.matrix.shape[2]}

    @property
    def half(self) -> int:
        """Entries of one part of the signed model."""
        return self.matrix.shape[2] // 2

    def start(self, index: int) -> Start:
        """Where one network starts."""
        return Start.of_logs(self.log_w[index])

    def at(self, *, t: float, step: int) -> NetCase:
        """The same problems at another time of the flow, as one state of a trajectory."""
        return replace(self, t=torch.full_like(self.t, t), step=step)

    def after(self, count: int) -> NetCase:
        """The same problems with another number of steps, as one state of a trajectory."""
        return replace(self, count=count, step=count)

    def single(self, index: int, quantity: Quantity) -> NetCase:
        pick = slice(index, index + 1)
        tensors: dict[str, Any] = {name: getattr(self, name)[pick] for name in _FIELDS}
        return replace(self, **tensors)

    def head(self) -> str:
        rows, columns = self.matrix.shape[1:]
        return f"x = w^{self.depth}, {rows} equations, {columns} unknowns"

    def meta(self) -> dict[str, Any]:
        return {"depth": self.depth, "count": self.count}

    def tensors(self) -> dict[str, Tensor]:
        return {name: getattr(self, name)[0] for name in _FIELDS}

    def with_tensors(self, tensors: Mapping[str, Tensor]) -> NetCase:
        parts: dict[str, Any] = {name: tensors[name].unsqueeze(0) for name in _FIELDS}
        if bool((parts["right"] == 0).all()) or bool((parts["matrix"] == 0).all(-1).any()):
            raise VerifyError("A, y", "y = 0 or an empty row of A", "something to fit")
        return replace(self, **parts, origin="shrunk")

    def smaller(self) -> Iterator[NetCase]:
        """Without one equation, then without one unknown, as long as both are left."""
        one = self.tensors()
        rows, columns = one["matrix"].shape
        for i in range(rows if rows > 1 else 0):
            rest = torch.arange(rows) != i
            less = {"matrix": one["matrix"][rest], "right": one["right"][rest]}
            yield from self._smaller(one | less)
        for j in range(columns if columns > rows else 0):
            rest = torch.arange(columns) != j
            less = {"matrix": one["matrix"][:, rest], "log_w": one["log_w"][rest]}
            yield from self._smaller(one | less)

    def _smaller(self, tensors: Mapping[str, Tensor]) -> Iterator[NetCase]:
        try:
            yield self.with_tensors(tensors)
        except ValueError:
            return
