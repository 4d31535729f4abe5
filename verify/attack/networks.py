"""The space of networks of one architecture with their data, in coordinates fit for ascent."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor

import numerics
from numerics import WeightNormNetwork, activation
from verify.attack.architecture import Architecture
from verify.attack.space import LOG_RANGE, Point, joined
from verify.attack.starts import KINDS, draw_networks
from verify.attack.truths import LogTruth, log_truth
from verify.case import NetworkCase
from verify.claim import Claim

_DENSE_PARAMETERS = 300


@dataclass(frozen=True)
class NetworkSpace:
    """Candidates are networks with n inputs and targets.

    Coordinates, all with a leading batch axis B: directions W1..WL (m_l, m_(l-1)) of the rows,
    v (m_L), x (n, d), y (n); logarithms of lengths log_r1..log_rL (m_l), log_nu (1), log_xi (n),
    log_eta (1) of y.
    """

    claim: Claim
    shape: Architecture
    kinds: Sequence[str] = KINDS
    device: str = "cpu"
    _truth: list[LogTruth | None] = field(default_factory=list, repr=False, compare=False)

    def __post_init__(self) -> None:
        self._truth.append(log_truth(self.claim.quantity.key))

    @property
    def name(self) -> str:
        return self.shape.name

    @property
    def group(self) -> str:
        return self.shape.activation

    def draw(self, count: int, generator: torch.Generator) -> Point:
        """Starts of the kinds asked for, drawn on the CPU so that every device has the same."""
        rng = np.random.default_rng(int(torch.randint(2**31, (), generator=generator)))
        points = [
            _coordinates(network, x, rng)
            for network, x in draw_networks(self.shape, count, rng, self.kinds)
        ]
        whole = points[0]
        for point in points[1:]:
            whole = joined(whole, point)
        return {name: values.to(self.device) for name, values in whole.items()}

    def batch(self, point: Point, label: str = "") -> NetworkCase:
        """All candidates as one case; differentiable in the coordinates."""
        weights = tuple(
            unit(point[f"W{l}"]) * point[f"log_r{l}"].exp().unsqueeze(-1)
            for l in range(1, self.shape.depth + 1)
        )
        v = unit(point["v"]) * point["log_nu"].exp()
        x = unit(point["x"]) * point["log_xi"].exp().unsqueeze(-1)
        y = unit(point["y"]) * point["log_eta"].exp()
        network = WeightNormNetwork(
            weights, v, activation(self.shape.activation), self.shape.placement, v.shape[0]
        )
        return NetworkCase(network, x, y, "attack", label)

    def case(self, point: Point, index: int) -> NetworkCase:
        """One candidate, on the CPU, where verdicts are made."""
        chosen = {name: values[index : index + 1].cpu() for name, values in point.items()}
        return self.batch(chosen, f"attack on {self.claim.name}: {self.name}")

    def log_ratio(self, point: Point) -> Tensor:
        case, truth = self.batch(point), self._truth[0]
        top = truth(case) if truth else self._measured_truth(case).log()
        return top - log_bound(self._right(case), top)

    def measured(self, point: Point) -> Tensor:
        with torch.no_grad():
            case = self.batch(point)
            truth, bound = self._uncertified(case), self._right(case)
            right = torch.as_tensor(bound, dtype=truth.dtype, device=truth.device)
            return ratio(truth, right.expand(truth.shape[0], -1).amin(-1) if right.ndim else right)

    @property
    def differentiable(self) -> bool:
        if self._truth[0] is not None:
            return True
        point = self.draw(1, torch.Generator().manual_seed(0))
        with torch.enable_grad():
            moving = {name: values.requires_grad_() for name, values in point.items()}
            return self._measured_truth(self.batch(moving)).requires_grad

    def _right(self, case: NetworkCase) -> Any:
        return self.claim.bound.evaluate(**self.claim.values(case))

    def _uncertified(self, case: NetworkCase) -> Tensor:
        """The measured quantity; for small Hessians their eigenvalues without the certificate."""
        small = case.network.parameters <= _DENSE_PARAMETERS
        if self.claim.quantity.key != "hessian_norm" or not small:
            return self._measured_truth(case)
        matrix = numerics.hessian(case.network, case.x[:, :1])[:, 0]
        broken = ~torch.isfinite(matrix).all(-1).all(-1)  # LAPACK refuses these
        matrix = torch.where(broken[:, None, None], torch.zeros_like(matrix), matrix)
        norm = torch.linalg.eigvalsh(0.5 * (matrix + matrix.mT)).abs().amax(-1)
        return torch.where(broken, torch.full_like(norm, math.nan), norm)

    def _measured_truth(self, case: NetworkCase) -> Tensor:
        """The lower end, (B,); the first input of a quantity that has a value per input."""
        lower = self.claim.quantity.compute(case).lower
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
