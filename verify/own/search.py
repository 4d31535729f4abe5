"""Search the samples of a claim for the largest truth/bound.

Draw many; let the best climb by Adam on the gradient of the gap (where the claim has one, and also
across kinks, since a step need not improve); let what came of it walk without gradients. Points
outside the domain are never evaluated.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import torch
from torch import Tensor

from verify.case import SampleCase
from verify.claim import Check, Claim, check
from verify.errors import VerifyError
from verify.own.sample import Domain

_GROW, _SHRINK = 1.6, 0.7
DRAWN, WALKERS = 256, 16


@dataclass
class Hunt:
    """A search under way or done: every check made, the walkers' best points and their gaps."""

    claim: Claim
    domain: Domain
    evaluations: int
    checks: list[Check] = field(default_factory=list)
    values: dict[str, Tensor] = field(default_factory=dict)
    score: Tensor = field(default_factory=lambda: torch.empty(0))
    spent: int = 0

    @property
    def best(self) -> SampleCase:
        """The sample where truth comes closest to, or furthest past, the bound."""
        return SampleCase(self.values, "search").select(int(self.score.argmax()))

    @property
    def best_ratio(self) -> float:
        return float(check(self.claim, self.best).ratios[0])

    def affords(self) -> bool:
        """Whether one more round of all walkers fits the budget."""
        return self.spent + len(self.score) <= self.evaluations

    def evaluate(self, values: dict[str, Tensor]) -> Tensor:
        """The gaps at these points, counted; where they beat the walkers' best, they replace it."""
        result = check(self.claim, SampleCase(values, "search"))
        self.checks.append(result)
        self.spent += len(result.lower)
        found = _gap(result.lower, result.bound).nan_to_num(nan=-2.0)
        if not self.values:
            top = found.topk(min(WALKERS, len(found))).indices
            self.values, self.score = {k: v[top] for k, v in values.items()}, found[top]
            return found
        better = found > self.score
        self.values = _merged(better, values, self.values)
        self.score = torch.where(better, found, self.score)
        return better

    def inside(self, values: dict[str, Tensor], otherwise: dict[str, Tensor]) -> dict[str, Tensor]:
        """The points, each outside the domain replaced by the other one."""
        whole = {k: v.round() if k in self.domain.integers else v for k, v in values.items()}
        return _merged(self.domain.contains(whole), whole, otherwise)


def hunt(claim: Claim, *, seed: int = 0, evaluations: int = 4000) -> Hunt:
    """Search a claim about samples; the same seed and evaluations give the same result.

    Raises:
        VerifyError: the claim is about networks, or its sampler or quantity misbehaves.
    """
    if claim.domain is None:
        raise VerifyError("claim", f"{claim.name}, which is about networks", "one with a sampler")
    drawn = max(1, min(DRAWN, evaluations))
    state = Hunt(claim, claim.domain, evaluations)
    state.evaluate(dict(claim.domain.draw(seed, drawn).values))
    generator = torch.Generator().manual_seed(seed + 1)
    _climb(state, (evaluations - state.spent) // (2 * len(state.score)))
    _walk(state, generator)
    return state


def _gap(truth: Tensor, bound: Tensor) -> Tensor:
    """(truth - bound)/(|truth| + |bound|): grows with truth/bound, and has a sense at any sign."""
    scale = truth.abs() + bound.abs()
    return (truth - bound) / torch.where(scale > 0, scale, torch.ones_like(scale))


def _merged(mask: Tensor, new: dict[str, Tensor], old: dict[str, Tensor]) -> dict[str, Tensor]:
    return {k: torch.where(mask.reshape(-1, *[1] * (v.ndim - 1)), v, old[k])
            for k, v in new.items()}  # fmt: skip


def _climb(state: Hunt, steps: int) -> None:
    """Adam on every walker, on the scale of its largest entries, with steps that shrink to 0."""
    values = dict(state.values)
    mean = {k: torch.zeros_like(v) for k, v in values.items()}
    square = {k: torch.zeros_like(v) for k, v in values.items()}
    for t in range(1, steps + 1):
        slope = _slope(state.claim, values)
        if slope is None:
            return
        moved = {}
        for k, scale in _scales(values):
            g = slope[k] * scale
            mean[k] = 0.9 * mean[k] + 0.1 * g
            square[k] = 0.99 * square[k] + 0.01 * g.square()
            unit = (mean[k] / (1 - 0.9**t)) / (square[k] / (1 - 0.99**t)).sqrt().clamp_min(1e-300)
            moved[k] = values[k] + 0.1 * (1 - t / (steps + 1)) ** 2 * scale * unit
        values = state.inside(moved, values)
        state.evaluate(values)


def _walk(state: Hunt, generator: torch.Generator) -> None:
    """Steps at random or along the difference of two walkers; their length follows success."""
    length = torch.full_like(state.score, 0.3)
    turn = 0
    while state.affords():
        turn += 1
        moved = {}
        for k, scale in _scales(state.values):
            value = state.values[k]
            noise = torch.randn(value.shape, generator=generator, dtype=torch.float64)
            if turn % 4 == 0:
                one, other = (torch.randperm(len(value), generator=generator) for _ in range(2))
                step = (value[one] - value[other]) / scale + 1e-3 * noise
            else:
                step = noise * (1.0 if turn % 2 else value.abs() / scale)  # absolute, or relative
            moved[k] = value + length.reshape(-1, *[1] * (value.ndim - 1)) * scale * step
        better = state.evaluate(state.inside(moved, state.values))
        length = length * torch.where(better, _GROW, _SHRINK)
        length = torch.where(length < 1e-9, 0.3, length)  # stuck: begin again with long steps


def _scales(values: dict[str, Tensor]) -> Iterator[tuple[str, Tensor]]:
    """The largest entry of each walker's tensors, so that an entry of 0 can move too."""
    for k, value in values.items():
        top = value.reshape(len(value), -1).abs().amax(-1).clamp_min(1e-3)
        yield k, top.reshape(-1, *[1] * (value.ndim - 1))


def _slope(claim: Claim, values: dict[str, Tensor]) -> dict[str, Tensor] | None:
    """The gradient of the gap in the sample's tensors; None where there is none."""
    live = {name: value.clone().requires_grad_() for name, value in values.items()}
    at = SampleCase(live)
    try:
        truth, bound = claim.quantity.compute(at).lower, claim.bound.evaluate(**claim.values(at))
        total = _gap(truth, torch.as_tensor(bound, dtype=torch.float64)).sum()
        found = torch.autograd.grad(total, list(live.values()), allow_unused=True)
    except RuntimeError:  # torch: nothing here is differentiable
        return None
    pairs = zip(values.items(), found, strict=True)
    return {k: torch.zeros_like(v) if s is None else s.nan_to_num(0.0, 0.0, 0.0)
            for (k, v), s in pairs}  # fmt: skip
