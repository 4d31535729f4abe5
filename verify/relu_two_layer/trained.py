"""Real runs as cases: pictures as points on the sphere, trained full batch, step by step.

scikit-learn's digits always; MNIST where its folder is known (`PLUMBLINE_DATA`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import torch
from torch import Tensor

from numerics import NumericsError, data
from numerics.relu_two_layer import ReluNetwork
from numerics.relu_two_layer.gradient import residual_and_gradient
from numerics.relu_two_layer.kernels import tangent_kernel
from verify.effort import Effort
from verify.relu_two_layer.cases import CourseCase, DataCase, MoveCase, StateCase, StepCase

__all__ = ["Run", "after", "cases", "made", "pictures", "run", "trajectory"]


@cache
def pictures(name: str, n: int, seed: int = 0) -> tuple[Tensor, Tensor] | None:
    """n pictures as centred unit vectors, +1 for even labels, -1 for odd; None without data."""
    try:
        found = data.load(name, n=n, seed=seed)
    except NumericsError:
        return None
    x = found.x - found.x.mean(0)
    return x / torch.linalg.vector_norm(x, dim=-1, keepdim=True), found.y


@dataclass(frozen=True, eq=False)
class Run:
    """Gradient descent of one network: its state (v, g) and what was spent before every step."""

    x: Tensor
    y: Tensor
    c: Tensor
    eta: float
    states: tuple[tuple[Tensor, Tensor, Tensor], ...]
    label: str

    def base(self, step: int) -> dict[str, Tensor]:
        """The parts of the state at a step."""
        v, g, _ = self.states[step]
        return {"v": v, "g": g, "c": self.c, "x": self.x[None], "y": self.y[None]}


def run(network: ReluNetwork, x: Tensor, y: Tensor, *, share: float, steps: int, label: str) -> Run:
    """`steps` steps of size share/||Lambda(0)|| of one unbatched network."""
    eta = share / float(torch.linalg.eigvalsh(tangent_kernel(network, x).value)[-1])
    v, g, c = network.v, network.g, network.c
    states, spent = [], torch.zeros(1, dtype=torch.float64)
    for _ in range(steps + 1):
        states.append((v, g, spent))
        r, by_v, by_g = residual_and_gradient(ReluNetwork(v, g, c, 1), x, y)
        slope = by_v.square().sum() + by_g.square().sum()
        spent = spent + eta * slope / torch.linalg.vector_norm(r) * (1 + 1e-9)
        v, g = v - eta * by_v, g - eta * by_g
    return Run(x, y, c, eta, tuple(states), label)


def trajectory(kind: type[Any], found: Run, steps: tuple[int, ...]) -> Iterator[Any]:
    """The run as cases of a kind at these steps: states, moves from the start, steps, courses."""
    for step in steps:
        base, (v, g, spent) = found.base(step), found.states[step]
        words: dict[str, Any] = {"origin": "trained", "label": f"{found.label}, step {step}"}
        words["step"] = step
        eta = torch.tensor([found.eta], dtype=torch.float64)
        if kind is StateCase:
            yield StateCase(parts=base, **words)
        elif kind is MoveCase and step > 0:
            start = found.base(0) | {"v_end": v, "g_end": g}
            del start["y"]
            yield MoveCase(parts=start, **words)
        elif kind is StepCase:
            still = {f"push_{k}": torch.zeros_like(base[k]) for k in "vg"}
            yield StepCase(parts={**base, "eta": eta, **still}, **words)
        elif kind is CourseCase:
            count = torch.tensor([float(step)], dtype=torch.float64)
            parts = {**found.base(0), "eta": eta, "count": count}
            yield CourseCase(parts=parts, later=(v, g, spent), **words)


def after(found: Run, start: int) -> Run:
    """The rest of a run, begun anew at a step."""
    _, _, before = found.states[start]
    states = tuple((v, g, spent - before) for v, g, spent in found.states[start:])
    return replace(found, states=states, label=f"{found.label}, from step {start} on")


#: Kind -> (data set, inputs, units, alpha, step at which the run is taken up) of its runs.
_RUNS: Mapping[type[Any], tuple[tuple[str, int, int, float, int], ...]] = {
    StateCase: (("digits", 8, 64, 1.0, 0), ("mnist", 8, 64, 1.0, 0)),
    MoveCase: (("digits", 6, 12, 1.0, 0), ("digits", 6, 12, 0.3, 0)),
    StepCase: (("digits", 6, 16, 1.0, 0), ("mnist", 6, 16, 1.0, 0)),
    CourseCase: (("digits", 6, 1000, 1.0, 80), ("digits", 6, 400, 30.0, 0)),
}
_STEPS = 60


@cache
def made(name: str, n: int, m: int, alpha: float, start: int) -> Run | None:
    """The run of a row of `_RUNS`; None without its data."""
    found = pictures(name, n)
    if found is None:
        return None
    x, y = found
    network = ReluNetwork.random(x.shape[-1], m, seed=0, alpha=alpha)
    label = f"{n} {name}, {m} units, alpha {alpha:g}"
    whole = run(network, x, y, share=0.25, steps=start + _STEPS, label=label)
    return after(whole, start) if start else whole


def cases(kind: type[Any], effort: Effort, seed: int) -> Iterator[Any]:
    """Trained cases of a kind for the report."""
    if kind is DataCase:
        for name in ("digits", "mnist"):
            found = pictures(name, 12)
            if found is not None:
                x, y = found
                words: dict[str, Any] = {"origin": "trained", "label": f"12 {name}"}
                yield DataCase(parts={"x": x[None], "a": y[None]}, **words)
        return
    for row in _RUNS.get(kind, ()):
        found_run = made(*row)
        if found_run is not None:
            yield from trajectory(kind, found_run, (1, 3, 10, _STEPS))
