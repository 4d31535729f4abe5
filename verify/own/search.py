"""Search the samples of a claim for the largest truth/bound: draw, then climb without gradients.

A batch of walkers proposes steps of its own length, on the scale of the sample and relative to it,
and keeps those that bring truth closer to, or past, the bound. Proposals outside the domain are
never evaluated.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from verify.case import SampleCase
from verify.claim import Check, Claim, check
from verify.errors import VerifyError

_GROW, _SHRINK = 1.5, 0.9
BATCH = 256


@dataclass(frozen=True)
class Hunt:
    """What a search found: every check made, the best sample, how many samples were checked."""

    checks: tuple[Check, ...]
    best: SampleCase
    best_ratio: float
    samples: int


def hunt(claim: Claim, *, seed: int = 0, evaluations: int = 20_000) -> Hunt:
    """Search a claim about samples; the same seed and evaluations give the same result.

    Raises:
        VerifyError: the claim is about networks, or its sampler or quantity misbehaves.
    """
    if claim.domain is None:
        raise VerifyError("claim", f"{claim.name}, which is about networks", "one with a sampler")
    count = max(1, min(BATCH, evaluations))
    case = claim.domain.draw(seed, count)
    generator = torch.Generator().manual_seed(seed + 1)
    result = check(claim, case)
    checks, score, spent = [result], gap(result), count
    length = torch.full((count,), 0.3, dtype=torch.float64)
    while spent + count <= evaluations:
        values = _propose(case, length, claim.domain.integers, generator)
        inside = claim.domain.contains(values)
        values = {k: _select(inside, values[k], case.values[k]) for k in values}
        moved = SampleCase(values, origin="search")
        result = check(claim, moved)
        spent += int(inside.sum()) or 1
        now = gap(result)
        better = inside & (now > score)
        case = SampleCase({k: _select(better, values[k], case.values[k]) for k in values}, "search")
        score = torch.where(better, now, score)
        length = torch.where(better, length * _GROW, length * _SHRINK).clamp(1e-8, 3.0)
        checks.append(result)
    best = case.select(int(score.argmax()))
    return Hunt(tuple(checks), best, float(check(claim, best).ratios[0]), spent)


def gap(result: Check) -> Tensor:
    """(truth - bound)/(|truth| + |bound|): grows with truth/bound, and has a sense at any sign."""
    scale = result.lower.abs() + result.bound.abs()
    value = (result.lower - result.bound) / torch.where(scale > 0, scale, torch.ones_like(scale))
    return value.nan_to_num(nan=-2.0)


def _select(mask: Tensor, new: Tensor, old: Tensor) -> Tensor:
    return torch.where(mask.reshape(-1, *[1] * (new.ndim - 1)), new, old)


def _propose(
    case: SampleCase, length: Tensor, integers: tuple[str, ...], generator: torch.Generator
) -> dict[str, Tensor]:
    """Every sample moved a step: some by a factor for each entry, some by an amount."""
    proposals = {}
    for name, value in case.values.items():
        shape = [-1] + [1] * (value.ndim - 1)
        step = length.reshape(shape)
        noise = step * torch.randn(value.shape, generator=generator, dtype=torch.float64)
        by_factor = torch.rand(len(value), generator=generator).reshape(shape) < 0.5
        # the largest entry sets the scale, so that an entry of 0 can move too
        scale = value.abs().reshape(len(value), -1).amax(-1).clamp_min(1e-3).reshape(shape)
        moved = torch.where(by_factor, value * noise.exp(), value + scale * noise)
        proposals[name] = moved.round() if name in integers else moved
    return proposals
