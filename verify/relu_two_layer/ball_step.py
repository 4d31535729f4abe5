"""One gradient step of a network in ball arithmetic."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

from flint import arb

from verify.relu_two_layer.ball_network import View, dot, gram, norm, square_sum, top
from verify.relu_two_layer.in_balls import combined, gradient, residual

__all__ = ["STEP"]


@dataclass(frozen=True, eq=False)
class _Step:
    """One step in balls: h_k, ta, the rows after over the norms before, secants."""

    v: View

    @cached_property
    def blocks(self) -> tuple[list[list[arb]], list[arb]]:
        d = len(self.v.parts["x"][0])
        flat, gains = gradient(self.v)
        return [flat[k * d : (k + 1) * d] for k in range(len(gains))], gains

    @cached_property
    def h(self) -> list[list[arb]]:
        eta, norms = self.v.parts["eta"], self.v.start.norms
        return [[eta * t / size for t in row]
                for row, size in zip(self.blocks[0], norms, strict=True)]  # fmt: skip

    @cached_property
    def stretch(self) -> list[arb]:
        return [(1 + square_sum(h)).sqrt() for h in self.h]

    @cached_property
    def through(self) -> list[list[arb]]:
        """ta_ik, input by input, without any push."""
        rows = [[u - t for u, t in zip(*pair, strict=True)]
                for pair in zip(self.v.start.unit, self.h, strict=True)]  # fmt: skip
        return [[dot(row, x) for row in rows] for x in self.v.parts["x"]]

    @cached_property
    def after(self) -> tuple[list[list[arb]], list[arb]]:
        """Rows after the update over the norms before, and gains, pushes included."""
        parts, net = self.v.parts, self.v.start
        rows = []
        for k, unit in enumerate(net.unit):
            push = [t / net.norms[k] for t in parts["push_v"][k]]
            rows.append([u - t + p for u, t, p in zip(unit, self.h[k], push, strict=True)])
        moved = zip(net.g, self.blocks[1], parts["push_g"], strict=True)
        return rows, [g - parts["eta"] * t + p for g, t, p in moved]

    @cached_property
    def next_residual(self) -> list[arb]:
        rows, gains = self.after
        net, found = self.v.start, []
        for x, y in zip(self.v.parts["x"], self.v.parts["y"], strict=True):
            terms = [g * c * _relu(dot(row, x)) / norm(row)
                     for g, c, row in zip(gains, net.c, rows, strict=True)]  # fmt: skip
            found.append(sum(terms, arb(0)) / arb(net.m).sqrt() - y)
        return found

    @cached_property
    def secants(self) -> list[list[arb]]:
        net = self.v.start
        return [
            [_secant(a, on, b) for a, on, b in zip(*rows, strict=True)]
            for rows in zip(net.a, net.on, self.through, strict=True)
        ]

    @cached_property
    def secant_rows(self) -> list[list[arb]]:
        """Jt, row by row."""
        net, root = self.v.start, arb(self.v.start.m).sqrt()
        found = []
        for i, slopes in enumerate(self.secants):
            after = zip(net.c, self.through[i], self.stretch, strict=True)
            gains = [c * _relu(t) / (size * root) for c, t, size in after]
            found.append([*net.by_rows(i, slopes), *gains])
        return found

    @cached_property
    def gradient(self) -> list[arb]:
        rows, gains = self.blocks
        return [*(t for row in rows for t in row), *gains]

    @cached_property
    def linear(self) -> list[arb]:
        eta = self.v.parts["eta"]
        pairs = zip(residual(self.v), self.secant_rows, strict=True)
        return [r - eta * dot(row, self.gradient) for r, row in pairs]

    @cached_property
    def drift(self) -> list[arb]:
        net, found = self.v.start, []
        weights = [g * c * (1 - 1 / size)
                   for g, c, size in zip(net.g, net.c, self.stretch, strict=True)]  # fmt: skip
        for row in self.through:
            found.append(dot([_relu(t) for t in row], weights) / arb(net.m).sqrt())
        return found

    @cached_property
    def pulled(self) -> list[arb]:
        """Jt^T r."""
        return combined(residual(self.v), self.secant_rows)

    def growth(self) -> arb:
        """m^(-1/2) sum_k |g_k| (sqrt(1 + delta_k^2) - 1)."""
        net = self.v.start
        terms = [abs(g) * (size - 1) for g, size in zip(net.g, self.stretch, strict=True)]
        return sum(terms, arb(0)) / arb(net.m).sqrt()


def _relu(t: arb) -> arb:
    return arb(0).max(t)


def _secant(a: arb, on: bool, b: arb) -> arb:
    if on and b > 0:
        return arb(1)
    if not on and b < 0:
        return arb(0)
    return (_relu(b) - (a if on else arb(0))) / (b - a)


def _turned(s: _Step, k: int) -> arb:
    row = s.after[0][k]
    return dot(row, s.v.start.unit[k]) / norm(row)


_OF_STEP: Mapping[str, Callable[[Any], Any]] = {
    "relu.row_growth": lambda s: square_sum(s.after[0][s.v.entry]),
    "relu.row_turn": lambda s: _turned(s, s.v.entry),
    "relu.next_residual_entry": lambda s: s.next_residual[s.v.entry],
    "relu.drift": lambda s: norm(s.drift),
    "relu.next_residual": lambda s: norm(s.next_residual),
    "eta": lambda s: s.v.parts["eta"],
    "m": lambda s: s.v.start.m,
    "chi": lambda s: s.v.start.chi(),
    "h": lambda s: norm(s.h[s.v.entry]),
    "lin": lambda s: s.linear[s.v.entry],
    "q_i": lambda s: s.drift[s.v.entry],
    "q_n": lambda s: norm(s.drift),
    "t": lambda s: s.growth().nonnegative_part(),
    "r": lambda s: norm(residual(s.v)),
    "A": lambda s: square_sum(s.gradient),
    "B": lambda s: square_sum(s.pulled),
    "C": lambda s: square_sum([a - b for a, b in zip(s.gradient, s.pulled, strict=True)]),
    "J_2": lambda s: top(gram(s.secant_rows)),
}


def _asked(v: View, read: Callable[[Any], Any]) -> Any:
    return read(_Step(v))


STEP: Mapping[str, Callable[[Any], Any]] = {
    name: partial(_asked, read=read) for name, read in _OF_STEP.items()
}
