"""The space of networks of one architecture with their data, in coordinates fit for ascent."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

import numpy as np
import torch
from torch import Tensor

from numerics import WeightNormNetwork
from verify.claim import Claim
from verify.subject import Carry, Point, Shape, Space, joined
from verify.weightnorm import continued
from verify.weightnorm.architecture import Architecture
from verify.weightnorm.cases import NetworkCase
from verify.weightnorm.starts import check_kinds, draw_networks

#: Logarithms of scales stay within these decades, where float64 still tells truth from bound.
LOG_RANGE = (-6 * math.log(10), 4 * math.log(10))


def is_scale(name: str) -> bool:
    """Whether a coordinate is the logarithm of a scale; the others are directions."""
    return name.startswith("log_")


@dataclass(frozen=True, eq=False)
class NetworkSpace:
    """Candidates are networks with n inputs and targets.

    Coordinates, all with a leading batch axis B: directions W1..WL (m_l, m_(l-1)) of the rows,
    v (m_L), x (n, d), y (n); logarithms of lengths log_r1..log_rL (m_l), log_nu (1), log_xi (n),
    log_eta (1) of y.
    """

    claim: Claim
    shape: Shape
    kinds: Sequence[str] = ()
    device: str = "cpu"

    @property
    def _architecture(self) -> Architecture:
        found: Architecture = self.shape.detail
        return found

    @cached_property
    def _climb(self) -> Any:
        """A fresh differentiable truth; it may remember where it was (eigenvectors)."""
        make = self.claim.quantity.climb
        return make() if make is not None else None

    def draw(self, count: int, generator: torch.Generator) -> Point:
        """Starts of the kinds asked for, drawn on the CPU so that every device has the same."""
        rng = np.random.default_rng(int(torch.randint(2**31, (), generator=generator)))
        points = [
            _coordinates(network, x, rng)
            for network, x in draw_networks(self._architecture, count, rng, check_kinds(self.kinds))
        ]
        whole = points[0]
        for point in points[1:]:
            whole = joined(whole, point)
        return {name: values.to(self.device) for name, values in whole.items()}

    def batch(self, point: Point, label: str = "") -> NetworkCase:
        """All candidates as one case; differentiable in the coordinates."""
        shape = self._architecture
        weights = tuple(
            unit(point[f"W{l}"]) * point[f"log_r{l}"].exp().unsqueeze(-1)
            for l in range(1, shape.depth + 1)
        )
        v = unit(point["v"]) * point["log_nu"].exp()
        x = unit(point["x"]) * point["log_xi"].exp().unsqueeze(-1)
        y = unit(point["y"]) * point["log_eta"].exp()
        network = WeightNormNetwork(weights, v, shape.phi, shape.placement, v.shape[0])
        return NetworkCase(network=network, x=x, y=y, origin="attack", label=label)

    def case(self, point: Point, index: int) -> NetworkCase:
        """One candidate, on the CPU, where verdicts are made."""
        chosen = {name: values[index : index + 1].cpu() for name, values in point.items()}
        return self.batch(chosen, f"attack on {self.claim.name}: {self.shape.name}")

    def margin(self, point: Point) -> Tensor:
        """log(truth/bound), or log(bound/truth) for a claim that bounds from below."""
        case = self.batch(point)
        top = self._climb(case) if self._climb else self._measured_truth(case).log()
        return self._signed(top - log_bound(self._right(case), top))

    def _signed(self, log_ratio: Tensor) -> Tensor:
        sense = self.claim.bound.sense
        return log_ratio.abs() if sense == "==" else -log_ratio if sense == ">=" else log_ratio

    def measured(self, point: Point) -> Tensor:
        with torch.no_grad():
            case = self.batch(point)
            search = self.claim.quantity.search_value
            truth = search(case) if search else self._measured_truth(case)
            bound = torch.as_tensor(self._right(case), dtype=truth.dtype, device=truth.device)
            if bound.ndim:
                bound = bound.expand(truth.shape[0], -1).amin(-1)
            return self._signed(ratio(truth, bound).log())

    def retract(self, point: Point, before: Point) -> Point:
        """Scales within `LOG_RANGE`; directions of length 1."""
        return {
            name: values.clamp(*LOG_RANGE) if is_scale(name) else unit(values)
            for name, values in point.items()
        }

    def rates(self, name: str) -> float:
        """Scales move further than directions."""
        return 4.0 if is_scale(name) else 1.0

    def larger(self) -> list[tuple[Space, Carry]]:
        """Twice the units, and one layer more (see `verify.weightnorm.continued`)."""
        ways: list[tuple[Space, Carry]] = []
        for shape, carried in (
            (continued.wider(self._architecture), continued.widened),
            (continued.deeper(self._architecture), continued.deepened),
        ):
            if shape is not None:
                ways.append((replace(self, shape=shape.shape), partial(carried, into=shape)))
        return ways

    @cached_property
    def differentiable(self) -> bool:
        if self.claim.quantity.climb is not None:
            return True
        point = self.draw(1, torch.Generator().manual_seed(0))
        with torch.enable_grad():
            moving = {name: values.requires_grad_() for name, values in point.items()}
            return self._measured_truth(self.batch(moving)).requires_grad

    def _right(self, case: NetworkCase) -> Any:
        return self.claim.smooth_right(case)

    def _measured_truth(self, case: NetworkCase) -> Tensor:
        """The lower end, (B,); the first input of a quantity that has a value per input."""
        lower = self.claim.quantity.measure(case).lower
        return lower if lower.ndim == 1 else lower[:, 0]


def ratio(truth: Tensor, bound: Tensor) -> Tensor:
    """truth/bound; 0 where the truth is 0, infinite where a bound is not positive and it is not."""
    truth, bound = torch.broadcast_tensors(truth, bound)
    safe = torch.where(bound > 0, truth / bound, torch.full_like(truth, math.inf))
    return torch.where(truth == 0, torch.zeros_like(truth), safe)


def log_bound(bound: Any, like: Tensor) -> Tensor:
    """log of the right side, (B,); minus infinity where it is not positive."""
    right = torch.as_tensor(bound, dtype=like.dtype, device=like.device)
    right = right.expand(like.shape[0], *right.shape[1:]).flatten(1)[:, 0] if right.ndim else right
    positive = right > 0
    logged = torch.where(positive, right, torch.ones_like(right)).log()
    return torch.where(positive, logged, torch.full_like(logged, -math.inf))


def unit(direction: Tensor) -> Tensor:
    return direction / torch.linalg.vector_norm(direction, dim=-1, keepdim=True)


def _split(tensor: Tensor, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Directions of unit length and the logarithms of lengths; zero becomes tiny and random."""
    length = torch.linalg.vector_norm(tensor, dim=-1)
    random = torch.from_numpy(rng.standard_normal(tuple(tensor.shape)))
    zero = length == 0
    direction = unit(torch.where(zero.unsqueeze(-1), random, tensor))
    log = torch.where(zero, torch.ones_like(length), length).log()
    log = torch.where(zero, torch.full_like(log, LOG_RANGE[0]), log)
    return direction, log.clamp(*LOG_RANGE)


def _coordinates(network: WeightNormNetwork, x: Tensor, rng: np.random.Generator) -> Point:
    """The coordinates of a batch of networks; targets are drawn, as large as the outputs."""
    point: Point = {}
    for l, weight in enumerate(network.weights, start=1):
        point[f"W{l}"], point[f"log_r{l}"] = _split(weight, rng)
    point["v"], nu = _split(network.v, rng)
    point["log_nu"] = nu.unsqueeze(-1)
    point["x"], point["log_xi"] = _split(x, rng)
    count, n = x.shape[:2]
    y = torch.from_numpy(rng.standard_normal((count, n)) * 10.0 ** rng.uniform(-3, 1, (count, 1)))
    point["y"], eta = _split(y, rng)
    point["log_eta"] = eta.unsqueeze(-1)
    return point
