"""The second opinion: a search that never sees a gradient, on the measured quantities.

Each candidate walks by itself, keeping a step only if the margin grows; its step length grows on
success and shrinks on failure. Now and then a step goes along the difference of two other
candidates (differential evolution), which finds scales that must move together.
"""

from __future__ import annotations

import torch
from torch import Tensor

from verify.attack.ascent import Found
from verify.attack.meter import Meter
from verify.subject import Point, Space, rows, size

_FIRST_STEP, _GROW, _SHRINK = 0.3, 1.5, 0.88
_CROSSING = 0.25  # share of steps along differences of candidates


def evolve(
    space: Space, start: Found, steps: int, generator: torch.Generator, meter: Meter
) -> Found:
    """At most `steps` rounds of one proposal for each candidate; judged by measured margins.

    The values of `start` may come from elsewhere; they are measured again first.
    """
    count = size(start.point)
    if meter.left < 2 * count:
        return start
    point = rows(start.point, torch.arange(count))
    values = _usable(space.measured(point))
    meter.spend(count)
    length = torch.full_like(values, _FIRST_STEP)
    for _ in range(steps):
        if meter.left < count:
            break
        proposal = space.retract(_proposal(space, point, length, generator), point)
        now = _usable(space.measured(proposal))
        meter.spend(count)
        better = now > values
        values = torch.where(better, now, values)
        point = {k: _select(better, proposal[k], point[k]) for k in point}
        length = torch.where(better, length * _GROW, length * _SHRINK).clamp(1e-9, 1.0)
        meter.note(float(values.max()))
    return Found(point, values, "gradient-free").after(start)


def _usable(margins: Tensor) -> Tensor:
    return margins.nan_to_num(nan=-1e3, posinf=torch.inf, neginf=-1e3)


def _select(better: Tensor, new: Tensor, old: Tensor) -> Tensor:
    return torch.where(better.reshape(-1, *[1] * (new.ndim - 1)), new, old)


def _proposal(space: Space, point: Point, length: Tensor, generator: torch.Generator) -> Point:
    """One step from every candidate; all draws on the CPU, so every device walks alike."""
    count = length.numel()
    order = [torch.randperm(count, generator=generator).to(length.device) for _ in range(2)]
    crossing = (torch.rand(count, generator=generator) < _CROSSING).to(length.device)
    moved: Point = {}
    for name, values in point.items():
        noise = torch.randn(values.shape, generator=generator, dtype=values.dtype).to(values.device)
        reach = length * space.rates(name)
        local = values + reach.reshape(-1, *[1] * (values.ndim - 1)) * noise
        across = values + 0.7 * (values[order[0]] - values[order[1]]) + 1e-3 * noise
        moved[name] = _select(crossing, across, local)
    return moved
