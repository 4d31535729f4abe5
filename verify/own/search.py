"""Search the samples of a claim for the largest truth/bound: draw many, let the best ones climb.

Each of a few walkers proposes a step along the gradient (where the claim has one), at random, or
along the difference of two others, and keeps it if truth comes closer to, or further past, the
bound. Proposals outside the domain are never evaluated.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from verify.case import SampleCase
from verify.claim import Check, Claim, check
from verify.errors import VerifyError

_GROW, _SHRINK = 1.6, 0.7
DRAWN, WALKERS = 256, 16


@dataclass(frozen=True)
class Hunt:
    """What a search found: every check made, the best sample, how many samples were checked."""

    checks: tuple[Check, ...]
    best: SampleCase
    best_ratio: float
    samples: int


def hunt(claim: Claim, *, seed: int = 0, evaluations: int = 4000) -> Hunt:
    """Search a claim about samples; the same seed and evaluations give the same result.

    Raises:
        VerifyError: the claim is about networks, or its sampler or quantity misbehaves.
    """
    if claim.domain is None:
        raise VerifyError("claim", f"{claim.name}, which is about networks", "one with a sampler")
    drawn = max(1, min(DRAWN, evaluations))
    first = claim.domain.draw(seed, drawn)
    result = check(claim, first)
    checks, spent = [result], drawn
    top = gap(result).topk(min(WALKERS, drawn)).indices
    case = SampleCase({name: value[top] for name, value in first.values.items()}, "search")
    score = gap(result)[top]
    generator = torch.Generator().manual_seed(seed + 1)
    length = torch.full_like(score, 0.3)
    turn, count = 0, len(top)
    while spent + count <= evaluations:
        values = _proposal(claim, case, length, generator, turn)
        inside = claim.domain.contains(values)
        moved = SampleCase({k: _select(inside, v, case.values[k]) for k, v in values.items()})
        result = check(claim, moved)
        checks.append(result)
        spent, turn = spent + count, turn + 1
        better = inside & (gap(result) > score)
        score = torch.where(better, gap(result), score)
        kept = {k: _select(better, v, case.values[k]) for k, v in moved.values.items()}
        case = SampleCase(kept, "search")
        length = (length * torch.where(better, _GROW, _SHRINK)).clamp_min(1e-9)
        length = torch.where(length <= 1e-9, 0.3, length)  # stuck: begin again with long steps
    best = case.select(int(score.argmax()))
    return Hunt(tuple(checks), best, float(check(claim, best).ratios[0]), spent)


def gap(result: Check) -> Tensor:
    """(truth - bound)/(|truth| + |bound|): grows with truth/bound, and has a sense at any sign."""
    return _gap(result.lower, result.bound).nan_to_num(nan=-2.0)


def _gap(truth: Tensor, bound: Tensor) -> Tensor:
    scale = truth.abs() + bound.abs()
    return (truth - bound) / torch.where(scale > 0, scale, torch.ones_like(scale))


def _select(mask: Tensor, new: Tensor, old: Tensor) -> Tensor:
    return torch.where(mask.reshape(-1, *[1] * (new.ndim - 1)), new, old)


def _proposal(
    claim: Claim, case: SampleCase, length: Tensor, generator: torch.Generator, turn: int
) -> dict[str, Tensor]:
    """Every walker moved one step of its length, on the scale of its largest entries."""
    slope = _slope(claim, case) if turn % 2 == 0 else None
    moved = {}
    for name, value in case.values.items():
        flat = value.reshape(len(value), -1)
        # the largest entry sets the scale, so that an entry of 0 can move too
        scale = flat.abs().amax(-1, keepdim=True).clamp_min(1e-3)
        noise = torch.randn(flat.shape, generator=generator, dtype=torch.float64)
        if slope is not None:
            step = slope[name].reshape(flat.shape)
        elif turn % 4 == 1 and len(flat) > 2:
            one, other = (torch.randperm(len(flat), generator=generator) for _ in range(2))
            step = flat[one] - flat[other] + 1e-3 * scale * noise
        else:
            step = noise * (flat.abs() / scale + (turn % 8 > 3))  # relative to each entry, or not
        size = step.abs().amax(-1, keepdim=True)
        unit = step / torch.where(size > 0, size, torch.ones_like(size))
        new = (flat + length.unsqueeze(-1) * scale * unit).reshape(value.shape)
        whole = claim.domain is not None and name in claim.domain.integers
        moved[name] = new.round() if whole else new
    return moved


def _slope(claim: Claim, case: SampleCase) -> dict[str, Tensor] | None:
    """The gradient of the gap in the sample's tensors; None where there is none."""
    values = {name: value.clone().requires_grad_() for name, value in case.values.items()}
    at = SampleCase(values)
    try:
        truth, bound = claim.quantity.compute(at).lower, claim.bound.evaluate(**claim.values(at))
        total = _gap(truth, torch.as_tensor(bound, dtype=torch.float64)).sum()
        found = torch.autograd.grad(total, list(values.values()), allow_unused=True)
    except RuntimeError:  # torch: nothing here is differentiable
        return None
    slopes = dict(zip(values, found, strict=True))
    zero = {name: torch.zeros_like(value) for name, value in case.values.items()}
    return {n: zero[n] if s is None else s.nan_to_num(0.0, 0.0, 0.0) for n, s in slopes.items()}
