"""Where networks without normalization come from: shapes, random and aligned draws, the space."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor

import numerics
from numerics import Activation
from numerics.unnormalized import UnnormalizedNetwork
from verify.activation import definition_of
from verify.check import unmet
from verify.claim import Claim
from verify.subject import Point, Shape
from verify.unnormalized.cases import PlainCase

__all__ = ["PlainSpace", "aligned", "cells", "drawn", "grid", "points", "shape_of", "shapes"]

ACTIVATIONS = ("tanh", "identity", "sin", "gelu", "sigmoid", "cos")
DEPTHS, WIDTHS = (1, 2, 3), (1, 2, 4)
LOG_RANGE = (-5.0 * math.log(10), 3.0 * math.log(10))


@dataclass(frozen=True)
class Plan:
    """One architecture: depth, common hidden width, input size, activation, number of inputs."""

    depth: int
    width: int
    input_dim: int
    phi: Activation
    inputs: int = 1

    @property
    def sizes(self) -> list[tuple[int, int]]:
        """(m, m_before) of every layer."""
        widths = [self.input_dim, *[self.width] * self.depth]
        return [(out, into) for into, out in itertools.pairwise(widths)]


def shape_of(depth: int, width: int, name: str, input_dim: int = 2, inputs: int = 1) -> Shape:
    """An architecture as the engine sees it."""
    plan = Plan(depth, width, input_dim, numerics.activation(name), inputs)
    widths = "-".join(map(str, [input_dim, *[width] * depth]))
    words = f"{name} {widths} without normalization"
    return Shape(words, name, {"L": depth, "m": width, "n": inputs}, plan)


def _admitted(claim: Claim, candidates: Iterator[Shape]) -> tuple[Shape, ...]:
    return tuple(s for s in candidates if not unmet(claim, drawn(s, 1, 0, claim)))


def shapes(claim: Claim) -> tuple[Shape, ...]:
    """The default candidates that meet the claim's assumptions, simplest first."""
    axes = itertools.product(DEPTHS, WIDTHS, ACTIVATIONS)
    return _admitted(claim, (shape_of(depth, width, name) for depth, width, name in axes))


def cells(claim: Claim) -> list[tuple[tuple[tuple[str, int], ...], tuple[Shape, ...]]]:
    """Depths and widths, with the architectures of each."""
    names = ("identity", "tanh", "sigmoid")
    return [
        (
            (("L", depth), ("m", width)),
            _admitted(claim, (shape_of(depth, width, name) for name in names)),
        )
        for depth, width in itertools.product(DEPTHS, WIDTHS)
    ]


def grid(claim: Claim, plan: Any) -> tuple[Shape, ...]:
    """The equal-width architectures of a campaign's plan."""
    equal = [w for w in plan.architectures() if len(set(w[1:])) == 1]
    return tuple(
        shape_of(len(w) - 1, w[1], name, w[0])
        for w, name in itertools.product(equal, plan.activations)
    )


def _randn(generator: torch.Generator, *size: int) -> Tensor:
    return torch.randn(*size, generator=generator, dtype=torch.float64)


def drawn(shape: Shape, count: int, seed: int, claim: Claim | None = None) -> PlainCase:
    """`count` Gaussian networks with weights over two decades."""
    plan: Plan = shape.detail
    generator = torch.Generator().manual_seed(seed)
    scale = 10.0 ** _randn(generator, count, 1, 1).clamp(-1, 1)
    weights = tuple(scale * _randn(generator, count, *size) for size in plan.sizes)
    x = _randn(generator, count, plan.inputs, plan.input_dim)
    y = _randn(generator, count, plan.inputs)
    v = _randn(generator, count, plan.width)
    network = UnnormalizedNetwork(weights, v, plan.phi)
    return PlainCase(network=network, x=x, y=y, origin="random", label=f"{shape.name}, seed {seed}")


def aligned(shape: Shape, log10_scale: float, log10_v: float) -> PlainCase:
    """Rank-one layers that pass everything on: where the bounds are met."""
    plan: Plan = shape.detail
    x = torch.ones(1, plan.inputs, plan.input_dim, dtype=torch.float64)
    weights = tuple(10.0**log10_scale * torch.ones(1, *s, dtype=torch.float64) for s in plan.sizes)
    v = 10.0**log10_v * torch.ones(1, plan.width, dtype=torch.float64)
    label = f"aligned {shape.name}, weights 1e{log10_scale:g}, v 1e{log10_v:g}"
    return PlainCase(
        network=UnnormalizedNetwork(weights, v, plan.phi),
        x=x,
        y=torch.zeros(x.shape[:2], dtype=torch.float64),
        origin="structured",
        label=label,
    )


@dataclass(frozen=True, eq=False)
class PlainSpace:
    """Coordinates: directions W1.., v, x, y; log_w (L), log_nu (1), log_eta (1) of y."""

    claim: Claim
    shape: Shape
    kinds: Sequence[str] = ()
    device: str = "cpu"

    def draw(self, count: int, generator: torch.Generator) -> Point:
        """Half Gaussian (all for "random"), half nearly aligned; scales over many decades."""
        plan: Plan = self.shape.detail
        gaussian = (torch.arange(count) % 2 == 0) | (tuple(self.kinds) == ("random",))
        near = torch.where(gaussian, 1.0, 0.05).reshape(-1, 1, 1)
        point: Point = {}
        for l, size in enumerate(plan.sizes, start=1):
            noise = _randn(generator, count, *size)
            point[f"W{l}"] = noise * near + (1 - near)
        point["v"] = _randn(generator, count, plan.width) * near[..., 0] + (1 - near[..., 0])
        point["x"] = _randn(generator, count, plan.inputs, plan.input_dim) * near + (1 - near)
        point["y"] = _randn(generator, count, plan.inputs)
        for name, length in (("log_w", plan.depth), ("log_nu", 1), ("log_eta", 1)):
            share = torch.rand(count, length, generator=generator, dtype=torch.float64)
            point[name] = (6 * share - 4) * math.log(10)
        return {name: values.to(self.device) for name, values in self.retract(point, {}).items()}

    def retract(self, point: Point, before: Point) -> Point:
        """Scales within `LOG_RANGE`, directions of length 1."""
        return {
            name: values.clamp(*LOG_RANGE) if name.startswith("log_") else _unit(name, values)
            for name, values in point.items()
        }

    def batch(self, point: Point, label: str = "") -> PlainCase:
        """All candidates as one case, differentiable in the coordinates."""
        plan: Plan = self.shape.detail
        scales = point["log_w"].exp()
        weights = tuple(
            _unit(f"W{l}", point[f"W{l}"]) * scales[:, l - 1, None, None]
            for l in range(1, plan.depth + 1)
        )
        v = _unit("v", point["v"]) * point["log_nu"].exp()
        y = _unit("y", point["y"]) * point["log_eta"].exp()
        network = UnnormalizedNetwork(weights, v, plan.phi)
        return PlainCase(network=network, x=point["x"], y=y, origin="attack", label=label)

    def case(self, point: Point, index: int) -> PlainCase:
        one = {name: values[index : index + 1].detach().cpu() for name, values in point.items()}
        return self.batch(one, f"attack on {self.claim.name}: {self.shape.name}")

    @cached_property
    def _climb(self) -> Any:
        make = self.claim.quantity.climb
        return make() if make is not None else None

    @property
    def differentiable(self) -> bool:
        return self._climb is not None

    def margin(self, point: Point) -> Tensor:
        """log(truth/bound), or the log of its inverse for a claim that bounds from below."""
        case = self.batch(point)
        top = self._climb(case) if self._climb else self._truth(case).log()
        right = torch.as_tensor(self.claim.smooth_right(case), dtype=torch.float64)
        right = right.expand(len(top), -1)[:, 0] if right.ndim else right
        gap = top - right.log()
        sense = self.claim.bound.sense
        return gap.abs() if sense == "==" else -gap if sense == ">=" else gap

    def measured(self, point: Point) -> Tensor:
        with torch.no_grad():
            return self.margin(point)

    def _truth(self, case: PlainCase) -> Tensor:
        lower = self.claim.quantity.measure(case).lower
        return lower if lower.ndim == 1 else lower[:, 0]

    def rates(self, name: str) -> float:
        return 4.0 if name.startswith("log_") else 1.0


def _unit(name: str, values: Tensor) -> Tensor:
    """Matrices by their Frobenius norm, vectors by their length."""
    dims = (-2, -1) if name.startswith("W") else (-1,)
    return values / torch.linalg.vector_norm(values, dim=dims, keepdim=True)


def points(
    claim: Claim, least_depth: int = 1, shape: Shape | None = None
) -> Iterator[dict[str, Any]]:
    """Symbol values of real networks: for comparing right sides."""
    rng = np.random.default_rng(0)
    plans = [shape.detail] if shape is not None else [s.detail for s in shapes(claim)]
    for plan in plans:
        if plan.depth < least_depth:
            continue
        definition, k = definition_of(plan.phi), 40
        y_1 = 10.0 ** rng.uniform(-3, 2, k)
        yield {
            "L": plan.depth,
            "m": np.full(k, float(plan.width)),
            **{n: np.full(k, float(getattr(definition, n))) for n in ("K", "beta", "phi0")},
            "nu": 10.0 ** rng.uniform(-4, 2, k),
            "gamma": 10.0 ** rng.uniform(-3, 2, k),
            "y_1": y_1,
            "y_2": y_1**2 * rng.uniform(1.0, 4.0, k),
        }
