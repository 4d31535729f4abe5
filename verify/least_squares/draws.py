"""Where fits come from: three kinds of random starts, and the sharp ones of each statement.

A "small" start meets every assumption but that of a large one; a "large" start keeps its scale by
its kernel part alone (W2); a "wild" one has any ratio and any sign of <A w_0, y>.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from verify.check import unmet
from verify.claim import Claim
from verify.least_squares.cases import FitCase
from verify.subject import Shape

__all__ = ["KINDS", "SIZES", "corners", "drawn", "made", "shape_of", "shapes", "sharp"]

KINDS = ("small", "large", "wild", "plane")
SIZES = ((1, 1), (1, 2), (2, 2), (2, 4), (3, 5))


def shape_of(rows: int, columns: int, kind: str) -> Shape:
    """Fits of one size and kind of start."""
    words = f"{rows} equations, {columns} unknowns, {kind} start"
    return Shape(words, kind, {"n": rows, "N": columns}, (rows, columns, kind))


def shapes(claim: Claim) -> tuple[Shape, ...]:
    """The kinds of starts the claim speaks of, at every size."""
    sizes = itertools.product(SIZES, KINDS)
    found = (shape_of(n, columns, kind) for (n, columns), kind in sizes)
    return tuple(shape for shape in found if not unmet(claim, drawn(shape, 1, 0, claim)))


def drawn(shape: Shape, count: int, seed: int, claim: Claim | None = None) -> FitCase:
    """`count` random fits of a shape."""
    n, columns, kind = shape.detail
    parts = [one(n, columns, kind, 1_000 * seed + index) for index in range(count)]
    return made(parts, f"{shape.name}, seed {seed}")


def made(parts: list[dict[str, Tensor]], label: str, origin: str = "random") -> FitCase:
    """Single fits of one size as a batch."""
    fields: dict[str, Any] = {n: torch.stack([part[n] for part in parts]) for n in parts[0]}
    return FitCase(**fields, origin=origin, label=label)


def one(n: int, columns: int, kind: str, seed: int) -> dict[str, Tensor]:
    """One fit: A gaussian, condition at most 5; g_0, c, t, eta around the problem's own scales.

    "plane": the direction lies in the span of one singular vector and the kernel, and y along that
    singular vector, where the rates of W6, W7, W9 and W10 are met.
    """
    g = torch.Generator().manual_seed(seed)

    def normal(*size: int) -> Tensor:
        return torch.randn(*size, generator=g, dtype=torch.float64)

    def share(low: float, high: float) -> float:
        return low + (high - low) * float(torch.rand((), generator=g, dtype=torch.float64))

    left, values, rows = torch.linalg.svd(normal(n, columns), full_matrices=True)
    values = values.clamp_min(0.2 * float(values[0]))  # an integrator has to follow
    matrix, v = (left * values) @ rows[:n], normal(columns) * 10.0 ** share(-0.5, 0.5)
    y = matrix @ normal(columns)
    if kind == "plane":
        y = left[:, 0] * float(values[0])
        v = rows[0] + (rows[-1] * 10.0 ** share(-2, 1) if columns > n else 0.0)
    y = y * share(0.5, 2.0) / torch.linalg.vector_norm(torch.linalg.pinv(matrix) @ y)
    top = float(values[0]) ** 2
    w = v / torch.linalg.vector_norm(v)
    if kind != "wild" and float(matrix @ w @ y) < 0:
        v, w = -v, -w
    along = abs(float(matrix @ w @ y))
    x_star = float((torch.linalg.pinv(matrix) @ y).square().sum())
    c = x_star * (10.0 ** share(-1.5, 1.5) if kind == "wild" else share(0.05, 1.0))
    g_0 = share(0.05, 1.0) * along / top
    if kind == "wild":
        g_0 = math.sqrt(x_star) * 10.0 ** share(-1.5, 0.7)
    if kind == "large":
        aside = float((w - rows[:n].mT @ (rows[:n] @ w)).square().sum()) + 1e-6
        g_0 = math.sqrt(c * math.log(1.0 / min(aside, 0.99)) + x_star * share(0.1, 2.0))
    time = (math.log(2.0) / c + share(0.0, 3.0) / max(c, g_0**2)) / top
    image = matrix @ w
    eta = share(0.05, 1.0) / (max(g_0**2, c) * top)
    for _ in range(60):  # until the step of g leaves the one of w short
        after = g_0 - c * eta * float(image @ (g_0 * image - y))
        if eta * after**2 * top <= 1.0:
            break
        eta *= 0.7
    numbers = {"g_0": g_0, "c": c, "t": time, "eta": eta}
    scalars = {k: torch.tensor(e, dtype=torch.float64) for k, e in numbers.items()}
    return {"matrix": matrix, "right": y, "direction": v, **scalars}


def sharp(
    kernel: float, scale: float, ratio: float, *, time: float = 1.0, eta: float = 0.1,
    size: float = 1.0, top: float = 1.0,
) -> FitCase:  # fmt: skip
    """One equation `top` x_1 = `top` size in two unknowns: X = size^2, a = `kernel`.

    The kernel part is all there is besides one singular vector, so the scalar dynamics are exact.
    """
    row_part = math.sqrt(max(1.0 - kernel**2, 0.0))
    numbers = {"g_0": scale, "c": ratio, "t": time, "eta": eta}
    part = {
        "matrix": torch.tensor([[top, 0.0]], dtype=torch.float64),
        "right": torch.tensor([top * size], dtype=torch.float64),
        "direction": torch.tensor([row_part, kernel], dtype=torch.float64),
    } | {k: torch.tensor(e, dtype=torch.float64) for k, e in numbers.items()}
    words = f"one equation, a = {kernel:g}, g_0 = {scale:g}, c = {ratio:g}, t = {time:g}"
    return made([part], words, "structured")


def _sharp_cases() -> Iterator[FitCase]:
    """Near equality: a small kernel part, c = X/20 or c = X; long and short times; eta at 1."""
    for kernel, scale, ratio in itertools.product((1e-3, 0.3, 0.9, 1.0), (0.5, 1.5), (0.05, 1.0)):
        yield sharp(kernel, scale, ratio)
    for time, ratio in itertools.product((0.05, 0.5, 2.0), (0.2, 1.0, 3.0)):
        yield sharp(0.3, 0.2, ratio, time=time)
        yield sharp(0.999, 0.05, ratio, time=time)
    for kernel in (0.1, 0.9, 0.999):
        yield sharp(kernel, 1.0, 0.5, eta=1.0)
        yield sharp(kernel, 0.5, 0.5, eta=1.0)
    for ratio in (2.0, 5.0, 30.0):  # c > X, and scales on either side of sqrt(c)
        for scale in (0.3, 1.0, 2.0):
            yield sharp(0.9, scale, ratio)


def _other_units() -> Iterator[FitCase]:
    """Random fits in other units of A and of x: powers of sigma, lambda, X that are too many or
    too few do not show where they are near 1."""
    units = ((0.05, 1.0), (20.0, 1.0), (1.0, 0.05), (1.0, 20.0))
    for kind, (top, size) in itertools.product(("plane", "large", "small"), units):
        part = _in_units(one(2, 4, kind, 0), top, size)
        yield made([part], f"{kind} start, A times {top:g}, x times {size:g}", "structured")


def _in_units(part: dict[str, Tensor], top: float, size: float) -> dict[str, Tensor]:
    """The fit with `top` A and the solution `size` x*, whose run is the same in its own time."""
    pace = (top * size) ** 2
    factors = {"matrix": top, "right": top * size, "g_0": size, "c": size**2}
    factors |= {"t": 1 / pace, "eta": 1 / pace}
    return {name: value * factors.get(name, 1.0) for name, value in part.items()}


def _slow_rows(top: float, aim: float) -> FitCase:
    """A = diag(top, 1), w_0 = e_1, y = aim (1, small): the scale begins at kappa_0/sigma^2, where
    the first row is fitted, and the second is learned at that scale: nearly as slowly as W7 allows.
    """
    still, pace = aim / top, 1.0 / (aim / top) ** 2
    numbers = {"g_0": (1.0 - 1e-6) * still, "c": 5.0 / pace, "t": pace, "eta": 0.1 / top**2}
    part = {
        "matrix": torch.diag(torch.tensor([top, 1.0], dtype=torch.float64)),
        "right": torch.tensor([aim, 0.01 * still], dtype=torch.float64),
        "direction": torch.tensor([1.0, 0.0], dtype=torch.float64),
    } | {k: torch.tensor(e, dtype=torch.float64) for k, e in numbers.items()}
    return made([part], f"two rows, sigma = {top:g}, kappa_0 = {top * aim:g}", "structured")


_KNOWN: dict[int, tuple[list[FitCase], Iterator[FitCase]]] = {}


def corners(claim: Claim, seed: int) -> Iterator[FitCase]:
    """The hard cases, then random ones one by one: the same objects for all claims, which share
    their limits and runs."""
    made, rest = _KNOWN.setdefault(seed, ([], _corners(seed)))
    yield from made
    for case in rest:
        made.append(case)
        yield case


def _corners(seed: int) -> Iterator[FitCase]:
    yield from _other_units()
    yield from (_slow_rows(3.0, 0.3), _slow_rows(1.5, 0.01))
    yield from _sharp_cases()
    for trial in range(12):
        for (n, columns), kind in itertools.product(SIZES, KINDS):
            yield drawn(shape_of(n, columns, kind), 1, 100 * seed + trial)
