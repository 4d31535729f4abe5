"""Searches that know nothing of claims, at a given number of evaluations: the baselines.

Each looks for the largest signed gap (truth - bound)/(|truth| + |bound|) in plain float64, and the
best point it meets is judged by the same court as everybody's (`verify.check`).
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from scipy import optimize
from torch import Tensor

import verify
from benchmarks.claims.known import Known
from verify.samples.quantity import smooth
from verify.subject import Space

__all__ = ["PEERS", "Objective", "objective"]

_WORST = -2.0
_REACH = 6.0  # coordinates of a network are searched between -6 and 6
_SHAPES = 6  # architectures among which a baseline divides its budget


@dataclass(frozen=True)
class Objective:
    """What a baseline sees: so many numbers of [0, 1], a gap to raise, and the case of a point."""

    size: int
    gaps: Callable[[np.ndarray], np.ndarray]
    case: Callable[[np.ndarray], verify.Case]


def objective(known: Known, claim: verify.Claim) -> list[Objective]:
    """One objective for each shape there is: one for samples, some for networks."""
    if known.place is not None:
        return [_of_samples(known, claim)]
    make, shapes = claim.subject.space, claim.subject.shapes(claim)
    chosen = [shapes[i] for i in np.linspace(0, len(shapes) - 1, _SHAPES).astype(int)]
    return [_of_space(make(claim, shape, (), "cpu")) for shape in chosen]


def _of_samples(known: Known, claim: verify.Claim) -> Objective:
    domain = claim.subject.shapes(claim)[0].detail

    def case(u: np.ndarray) -> verify.Case:
        values = known.place.decode(torch.as_tensor(np.atleast_2d(u), dtype=torch.float64))
        return verify.sample_case(values)

    def gaps(points: np.ndarray) -> np.ndarray:
        drawn = case(points)
        inside = domain.contains(drawn.values)
        gap = _gaps(claim, drawn)
        return torch.where(gap.isfinite() & inside, gap, _WORST).numpy()

    return Objective(known.place.size, gaps, case)


def _gaps(claim: verify.Claim, case: verify.Case) -> Tensor:
    """The signed gap of the two sides in plain float64."""
    formula, function = claim.quantity.formula, claim.quantity.function
    truth = function(case) if formula is None else smooth(formula, case.values)
    bound = torch.as_tensor(claim.smooth_right(case), dtype=torch.float64)
    gap = (truth - bound) / (truth.abs() + bound.abs()).clamp_min(1e-300)
    return -gap if claim.bound.sense == ">=" else gap


def _of_space(space: Space) -> Objective:
    """The space of the attack's own coordinates, flat; inadmissible points are retracted."""
    start = space.draw(1, torch.Generator().manual_seed(0))
    sizes = {name: value[0].numel() for name, value in start.items()}

    def point(u: np.ndarray) -> dict[str, Tensor]:
        flat = torch.as_tensor(_REACH * (2 * np.atleast_2d(u) - 1), dtype=torch.float64)
        parts = flat.split(list(sizes.values()), dim=1)
        made = {
            n: p.reshape(len(flat), *start[n].shape[1:]) for n, p in zip(sizes, parts, strict=True)
        }
        return space.retract(made, {n: v.expand(len(flat), *v.shape[1:]) for n, v in start.items()})

    def gaps(points: np.ndarray) -> np.ndarray:
        found = space.measured(point(points))
        return torch.where(found.isfinite(), found, -1e3).numpy()

    return Objective(sum(sizes.values()), gaps, lambda u: space.case(point(u), 0))


def _random(goal: Objective, evaluations: int, seed: int) -> np.ndarray:
    points = np.random.default_rng(seed).random((evaluations, goal.size))
    parts = np.array_split(points, 1 + len(points) // 512)
    gaps = np.concatenate([goal.gaps(part) for part in parts])
    return points[int(gaps.argmax())]


class _Over(Exception):
    """The evaluations are spent."""


class _Counted:
    """An objective to minimize that remembers the best point and stops at its budget."""

    def __init__(self, goal: Objective, evaluations: int) -> None:
        self.goal, self.left = goal, evaluations
        self.best, self.where = -np.inf, np.full(goal.size, 0.5)

    def __call__(self, points: np.ndarray) -> np.ndarray | float:
        """points: (size,) or, as scipy passes populations, (size, count)."""
        rows = np.clip(points.T if points.ndim == 2 else points[None], 0.0, 1.0)[: self.left]
        if not len(rows):
            raise _Over
        self.left -= len(rows)
        gaps = self.goal.gaps(rows)
        if gaps.max() > self.best:
            self.best, self.where = float(gaps.max()), rows[int(gaps.argmax())].copy()
        if points.ndim == 1:
            return -float(gaps[0])
        return np.concatenate([-gaps, np.full(points.shape[1] - len(rows), np.inf)])


def _evolution(goal: Objective, evaluations: int, seed: int) -> np.ndarray:
    counted = _Counted(goal, evaluations)
    with contextlib.suppress(_Over):
        optimize.differential_evolution(
            counted, [(0.0, 1.0)] * goal.size, rng=seed, maxiter=10**6, tol=0.0, polish=False,
            vectorized=True, updating="deferred", popsize=15 if goal.size < 20 else 3,
        )  # fmt: skip
    return counted.where


def _annealing(goal: Objective, evaluations: int, seed: int) -> np.ndarray:
    counted = _Counted(goal, evaluations)
    with contextlib.suppress(_Over):
        optimize.dual_annealing(counted, [(0.0, 1.0)] * goal.size, rng=seed, maxfun=evaluations)
    return counted.where


#: name -> (objective, evaluations, seed) -> the best point
PEERS: dict[str, Callable[[Objective, int, int], np.ndarray]] = {
    "random": _random,
    "differential_evolution": _evolution,
    "dual_annealing": _annealing,
}
