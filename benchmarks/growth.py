"""Growth of the time of an enclosure in width, depth and batch, and the floor of one product."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

import numerics
from numerics import Direction, WeightNormNetwork


def fitted_exponent(sizes: Sequence[float], seconds: Sequence[float]) -> float:
    """The least-squares slope of log(seconds) in log(size)."""
    logs = [(math.log(a), math.log(b)) for a, b in zip(sizes, seconds, strict=True)]
    mean_x, mean_y = (sum(part) / len(logs) for part in zip(*logs, strict=True))
    top = sum((x - mean_x) * (y - mean_y) for x, y in logs)
    return top / sum((x - mean_x) ** 2 for x, _ in logs)


def _median(run: Callable[[], object], rounds: int) -> float:
    times = []
    run()
    for _ in range(rounds):
        start = time.perf_counter()
        run()
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def _enclosure_time(
    widths: Sequence[int], device: str, rounds: int, batch: int | None = None
) -> float:
    network = WeightNormNetwork.random(widths, seed=0, batch=batch, device=device)
    x = torch.ones(widths[0], dtype=torch.float64, device=device)
    return _median(lambda: numerics.hessian_norm(network, x, relative_width=1e-6), rounds)


AXES: dict[str, tuple[list[int], Callable[[int], tuple[tuple[int, ...], int | None]]]] = {
    "width m, (64,m,2)": ([64, 128, 256, 512, 1024], lambda m: ((64, m, m), None)),
    "depth L, (64,128,L)": ([2, 3, 4, 6, 8], lambda depth: ((64, *[128] * depth), None)),
    "batch B of (6,8,3)": ([16, 64, 256, 1024, 4096], lambda b: ((6, 8, 8, 8), b)),
}


@dataclass(frozen=True)
class Growth:
    """Times of an enclosure along one axis, and the exponent fitted to the last three sizes."""

    axis: str
    sizes: list[int]
    seconds: list[float]

    @property
    def exponent(self) -> float:
        return fitted_exponent(self.sizes[-3:], self.seconds[-3:])


def growth(device: str, rounds: int) -> list[Growth]:
    """Measure every axis."""
    found = []
    for name, (sizes, shape) in AXES.items():
        seconds = [
            _enclosure_time(shape(size)[0], device, rounds, shape(size)[1]) for size in sizes
        ]
        found.append(Growth(name, sizes, seconds))
    return found


def growth_table(found: Sequence[Growth]) -> str:
    """Sizes, seconds and exponents as Markdown."""
    lines = ["| axis | sizes | seconds | exponent (last three) |", "|---|---|---|---|"]
    for g in found:
        shown = ", ".join(f"{s:.3g}" for s in g.seconds)
        lines.append(f"| {g.axis} | {', '.join(map(str, g.sizes))} | {shown} | {g.exponent:.2f} |")
    return "\n".join(lines)


def growth_plot(found: Sequence[Growth], path: str) -> None:
    """The same on logarithmic axes, one panel for each axis, as an SVG file."""
    figure = Figure(figsize=(3.4 * len(found), 2.7), layout="constrained")
    for ax, g in zip(figure.subplots(1, len(found)), found, strict=True):
        ax.loglog(g.sizes, g.seconds, "o-", color="#0b6e4f")
        ax.set_title(f"{g.axis}: exponent {g.exponent:.2f}", fontsize=9)
        ax.set_xticks(g.sizes, [str(size) for size in g.sizes])
        ax.xaxis.set_minor_locator(NullLocator())
        ax.set_ylabel("seconds")
        ax.grid(alpha=0.3)
    figure.savefig(path, metadata={"Date": None})


def floor(sizes: Sequence[tuple[int, int, int]], device: str, rounds: int) -> str:
    """What one Hessian-vector product must at least move and compute, and the fraction reached.

    Bytes: weights and direction read once, the result written once. Operations: the five
    products of the weights' size per layer that the formula needs, 2 each per parameter.
    """
    bandwidth, rate = machine_peaks(device)
    lines = [
        f"Copy bandwidth {bandwidth / 1e9:.1f} GB/s, matrix product {rate / 1e9:.1f} GFLOP/s.",
        "",
        "| size | parameters | MB | MFLOP | floor s | product s | fraction reached |",
        "|---|---|---|---|---|---|---|",
    ]
    for d, m, depth in sizes:
        network = WeightNormNetwork.random((d, *[m] * depth), seed=0, device=device)
        x = torch.ones(d, dtype=torch.float64, device=device)
        direction = Direction.random(network, seed=1)
        p = network.parameters
        moved, operations = 3 * 8 * p, 10 * p
        least = max(moved / bandwidth, operations / rate)
        found = _median(lambda: numerics.hessian_vector_product(network, x, direction), rounds)  # noqa: B023
        lines.append(
            f"| ({d},{m},{depth}) | {p} | {moved / 1e6:.3g} | {operations / 1e6:.3g} "
            f"| {least:.2g} | {found:.2g} | {least / found:.2f} |"
        )
    return "\n".join(lines)


def machine_peaks(device: str) -> tuple[float, float]:
    """Measured copy bandwidth (bytes/s, read plus write) and float64 matrix-product rate."""
    a = torch.ones(2**24, dtype=torch.float64, device=device)
    b = torch.empty_like(a)
    copy = _median(lambda: b.copy_(a), 5)
    n = 1024
    left = torch.ones(n, n, dtype=torch.float64, device=device)
    product = _median(lambda: left @ left, 5)
    return 2 * 8 * a.numel() / copy, 2 * n**3 / product
