"""Gradient flow from one state on: quantities, symbols and conditions of F1.

The later state comes from an integrator, so its values carry the grade of float64; what the first
state promises is enclosed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch

from numerics import Enclosure, NumericsError
from numerics.relu_two_layer import (
    ReluNetwork,
    input_norm,
    kernels,
    least_eigenvalue,
    residual_norm,
)
from numerics.relu_two_layer.balls import between
from numerics.relu_two_layer.inputs import row_norms
from verify.quantity import Quantity
from verify.relu_two_layer.flow_cases import FlowCase
from verify.relu_two_layer.reading import Symbols, enclosed, in_float64, quantity
from verify.relu_two_layer.shared import remembered
from verify.relu_two_layer.sources import on_sphere, shape_of
from verify.subject import Condition, Shape

__all__ = ["CONDITIONS", "QUANTITIES", "SYMBOLS", "corners", "drawn", "shapes"]

#: What an integrator at rtol 1e-11 may be off by, relatively, with jumps of the field on its way.
_ALLOWED = 1e-7


def _later(read: Callable[[ReluNetwork, FlowCase], Enclosure]) -> Callable[[Any], Enclosure]:
    def measure(case: FlowCase) -> Enclosure:
        found = in_float64(read(case.end, case))
        room = _ALLOWED * found.upper.abs()
        return Enclosure(found.lower - room, found.upper + room, found.quality, found.method)

    return measure


@remembered
def _least(case: FlowCase) -> Enclosure:
    """lam(G) at the first state."""
    found = least_eigenvalue(kernels(case.network, case["x"]).gain)
    low = found.lower.clamp_min(0.0)
    return Enclosure(low, torch.maximum(found.upper, low), found.quality, found.method)


def _shortest(case: FlowCase) -> Enclosure:
    norms = row_norms(case["v"])
    return enclosed(between(norms.lower.amin(-1), norms.upper.amin(-1)))


QUANTITIES: tuple[Quantity, ...] = (
    quantity("flow_gain_floor", r"\lambda(G(t))", "data",
             _later(lambda end, case: least_eigenvalue(kernels(end, case["x"]).gain))),
    quantity("flow_residual", r"\|r(t)\|", "data",
             _later(lambda end, case: residual_norm(end, case["x"], case["y"]))),
)  # fmt: skip
SYMBOLS: Symbols = {
    "n": ("data", lambda case: case.length("n")),
    "m": ("data", lambda case: case.length("m")),
    "chi": ("data", lambda case: input_norm(case["x"])),
    "mu": ("data", _least),
    "r_min": ("data", _shortest),
    "r_0": ("data", lambda case: residual_norm(case.network, case["x"], case["y"])),
    "r_t": ("data", QUANTITIES[1].measure),
    "time": ("data", lambda case: case["time"]),
}


def _followed(condition: Condition) -> Condition:
    """The condition of a flow that the integrator can follow."""

    def met(case: FlowCase) -> str:
        try:
            return condition(case) if case.end else ""
        except NumericsError as error:
            return f"the flow cannot be followed: {error}"

    return met


def _short_of(case: FlowCase, spent: torch.Tensor) -> bool:
    price = input_norm(case["x"]).upper * spent
    worth = _least(case).lower * case.length("m") ** 0.5 * _shortest(case).lower
    return bool((worth > price).all())


def _not_vacuous(case: FlowCase) -> str:
    spent = SYMBOLS["r_0"][1](case).upper - SYMBOLS["r_t"][1](case).lower
    return "" if _short_of(case, spent) else "the right side is not positive (vacuous)"


def _converges(case: FlowCase) -> str:
    met = _short_of(case, SYMBOLS["r_0"][1](case).upper)
    return "" if met else "chi ||r(0)|| is not below mu sqrt(m) rbar (vacuous)"


CONDITIONS: dict[str, Condition] = {
    "right side": _followed(_not_vacuous),
    "small residual": _followed(_converges),
}


def shapes() -> tuple[Shape, ...]:
    """Sizes an integrator can follow, simplest first."""
    return tuple(shape_of(*size) for size in ((1, 2, 1), (1, 3, 8), (2, 4, 24), (3, 8, 32)))


def drawn(shape: Shape, count: int, seed: int, claim: Any = None) -> FlowCase:
    """Pairs (f = 0 at the start) with a small target, over four time scales of the gains."""
    n, d, m = shape.detail
    g = torch.Generator().manual_seed(seed)

    def spread(low: float, high: float) -> torch.Tensor:
        share = torch.rand(count, generator=g, dtype=torch.float64)
        return 10.0 ** (low + (high - low) * share)

    net = ReluNetwork.random(d, m, seed=seed, alpha=10.0 ** (seed % 4 - 1), batch=count,
                             paired=m % 2 == 0)  # fmt: skip
    x = on_sphere(n, d, seed, count)
    f = net(x)
    target = torch.randn(count, n, generator=g, dtype=torch.float64)
    parts = {
        "v": net.v, "g": net.g, "c": net.c, "x": x,
        "y": f + spread(-2.5, -0.5).unsqueeze(-1) * target, "time": spread(-1.0, 2.0),
    }  # fmt: skip
    return FlowCase(parts=parts, origin="random", label=f"{shape.name}, seed {seed}")


def corners() -> Iterator[FlowCase]:
    """F1's witness, a row that loses its input as fast as it can; then random flows."""
    for a in (0.3, 0.1, 0.01):
        across = (1 - a * a) ** 0.5
        gain = a / across
        values = {
            "v": [[1.0, 0.0]], "g": [gain], "c": [1.0], "x": [[a, across]],
            "y": [gain * a - 0.5 * a * a], "time": 3.0 / a**2,
        }  # fmt: skip
        parts = {k: torch.tensor(v, dtype=torch.float64)[None] for k, v in values.items()}
        label = f"a row at cosine {a:g} to its input, for a long time"
        yield FlowCase(parts=parts, origin="structured", label=label)
    for seed, shape in enumerate(shapes()):
        yield drawn(shape, 4, seed)
