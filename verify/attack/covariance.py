"""The search without gradients: CMA-ES on the measured quantities, from one start after another.

The package `cmaes` proposes; proposals are mended by the space before they are measured. A run that
has converged or stands still hands over to the next best start, with a wider first step.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from cmaes import CMA, SepCMA
from numpy.typing import NDArray
from torch import Tensor

from verify.attack.ascent import Found
from verify.attack.meter import Meter
from verify.subject import Point, Space, rows, size

__all__ = ["evolve"]

_FIRST_STEP, _WIDER, _WIDEST = 0.3, 2.0, 3.0  # standard deviations where a coordinate's rate is 1
_FULL = 60  # coordinates up to which a whole covariance matrix is learnt
_LARGEST = 1e31  # the package refuses larger coordinates
_PATIENCE = 15  # generations without a gain, and as many again for each 5 coordinates


def evolve(space: Space, start: Found, generator: torch.Generator, meter: Meter) -> Found:
    """Until the meter is empty; each start keeps its best candidate, judged by measured margins."""
    found, count = start.top(size(start.point)), size(start.point)
    if meter.left < 2 * count:
        return start
    found = Found(found.point, _usable(space.measured(found.point)), "gradient-free")
    meter.spend(count)
    step = _FIRST_STEP
    while meter.left > 1:
        before = meter.left
        for index in found.values.argsort(descending=True, stable=True).tolist():
            _run(space, found, index, step, generator, meter)
            if meter.left <= 1:
                break
        if meter.left == before:
            break  # no start can be moved at all
        step = min(_WIDER * step, _WIDEST)
    meter.note(found.best)
    return found.after(start)


def _run(
    space: Space, found: Found, index: int, step: float, generator: torch.Generator, meter: Meter
) -> None:
    """One run of CMA-ES from one candidate, which is replaced by what is better."""
    one = rows(found.point, torch.tensor([index]))
    layout = _Layout(space, one)
    optimizer = _optimizer(layout.flat(one)[0], step, generator)
    patience = _PATIENCE * (1 + layout.count // 5)
    still = 0
    while still < patience and meter.left >= 2 and not optimizer.should_stop():
        asked = np.stack([optimizer.ask() for _ in range(optimizer.population_size)])
        before = {name: u.expand(len(asked), *u.shape[1:]) for name, u in one.items()}
        kept = min(len(asked), meter.left)
        proposals = space.retract(layout.point(asked), before)
        values = torch.full((len(asked),), -1e3, dtype=torch.float64)
        values[:kept] = _usable(space.measured(rows(proposals, torch.arange(kept)))).cpu()
        meter.spend(kept)
        optimizer.tell([(x, -_finite(v)) for x, v in zip(asked, values.tolist(), strict=True)])
        top = int(values.argmax())
        better = float(values[top]) > float(found.values[index])
        still = 0 if better else still + 1
        if better:
            found.values[index] = values[top]
            for name, u in proposals.items():
                found.point[name][index] = u[top]
            meter.note(found.best)


def _optimizer(mean: NDArray[np.float64], step: float, generator: torch.Generator) -> CMA | SepCMA:
    seed = int(torch.randint(2**31, (), generator=generator))
    if len(mean) == 1:  # the package wants two coordinates; the second does nothing
        mean = np.append(mean, 0.0)
    return (CMA if len(mean) <= _FULL else SepCMA)(mean=mean, sigma=step, seed=seed)


class _Layout:
    """Points as vectors, every coordinate divided by its rate, and back."""

    def __init__(self, space: Space, like: Point) -> None:
        self._like = like
        self._rates = {name: space.rates(name) for name in like}
        self.count = sum(u[0].numel() for u in like.values())

    def flat(self, point: Point) -> NDArray[np.float64]:
        parts = [u.reshape(len(u), -1) / self._rates[n] for n, u in point.items()]
        flat = torch.cat(parts, dim=-1).cpu().numpy().astype(np.float64)
        return np.clip(np.nan_to_num(flat), -_LARGEST, _LARGEST)  # no number: from the origin

    def point(self, vectors: NDArray[np.float64]) -> Point:
        found, position = {}, 0
        for name, u in self._like.items():
            count = u[0].numel()
            part = torch.from_numpy(vectors[:, position : position + count].copy())
            shaped = self._rates[name] * part.reshape(len(vectors), *u.shape[1:])
            found[name] = shaped.to(device=u.device, dtype=u.dtype)
            position += count
        return found


def _usable(margins: Tensor) -> Tensor:
    return margins.nan_to_num(nan=-1e3, posinf=torch.inf, neginf=-1e3)


def _finite(value: float) -> float:
    return value if math.isfinite(value) else math.copysign(1e300, value)
