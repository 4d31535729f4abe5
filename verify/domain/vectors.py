"""Vectors of a length, in a ball, of probabilities, of signs."""

from __future__ import annotations

import functools
import sys
from fractions import Fraction

import torch
from torch import Tensor

from verify.domain import exact
from verify.domain.region import Region, patterns, positive_size
from verify.errors import VerifyError

__all__ = ["ball", "onto_simplex", "rows_mended", "signs", "simplex", "sphere"]


def _normal(count: int, generator: torch.Generator, *, size: int) -> Tensor:
    """Gaussian, every other one with entries over six decades."""
    drawn = torch.randn(count, size, generator=generator, dtype=torch.float64)
    spread = 10.0 ** (-6.0 * torch.rand(count, size, generator=generator, dtype=torch.float64))
    return torch.where((torch.arange(count) % 2 == 0).unsqueeze(-1), drawn, drawn * spread)


def sphere(n: int, radius: float = 1.0) -> Region:
    """Vectors of n numbers and of Euclidean norm `radius`."""
    n, square = positive_size("n", n), Fraction(_radius(radius)) ** 2

    def project(x: Tensor) -> Tensor:
        for _ in range(2):  # the second makes up for under- and overflow in the first
            x = _scaled(x)
        return radius * x

    def contains(x: Tensor) -> bool:
        low, high = exact.squares(exact.ranges(x))
        return low <= square <= high

    def mend(x: Tensor) -> Tensor:
        numbers = [Fraction(v) for v in x.tolist()]
        length = exact.root(sum((v * v for v in numbers), Fraction(0)) / square)
        return exact.rounded([v / length for v in numbers], x)

    return Region(
        words=f"sphere({n}, {radius})", shape=(n,), random=functools.partial(_normal, size=n),
        starts=project(patterns((n,))[1:]), project=project, contains=contains, mend=mend,
    )  # fmt: skip


def _radius(radius: float) -> float:
    if not isinstance(radius, int | float) or not 0 < radius <= sys.float_info.max:
        raise VerifyError("radius", repr(radius), "a positive number")
    return radius


def _scaled(x: Tensor) -> Tensor:
    """Of norm 1; the first unit vector for 0."""
    largest = x.abs().amax(-1, keepdim=True)
    axis = torch.zeros_like(x)
    axis[..., 0] = 1.0
    x = torch.where(largest > 0, x / torch.where(largest > 0, largest, 1.0), axis)
    return x / torch.linalg.vector_norm(x, dim=-1, keepdim=True)


def ball(n: int, radius: float = 1.0) -> Region:
    """Vectors of n numbers and of Euclidean norm at most `radius`."""
    n, square = positive_size("n", n), Fraction(_radius(radius)) ** 2

    def project(x: Tensor) -> Tensor:
        x = x.clamp(-sys.float_info.max, sys.float_info.max)
        largest = x.abs().amax(-1, keepdim=True)  # squares may underflow
        unit = torch.where(largest > 0, largest, 1.0)
        norm = largest * torch.linalg.vector_norm(x / unit, dim=-1, keepdim=True)
        return torch.where(norm > radius, _scaled(x) * radius, x)

    def contains(x: Tensor) -> bool:
        return sum((Fraction(v) ** 2 for v in x.tolist()), Fraction(0)) <= square

    def mend(x: Tensor) -> Tensor:
        numbers = [Fraction(v) for v in x.tolist()]
        length = exact.root(sum((v * v for v in numbers), Fraction(0)) / square)
        x = exact.rounded([v / max(length, Fraction(1)) for v in numbers], x)
        while not contains(x):
            x = torch.nextafter(x, torch.zeros_like(x))
        return x

    def random(count: int, generator: torch.Generator) -> Tensor:
        share = torch.rand(count, 1, generator=generator, dtype=torch.float64)
        return radius * _scaled(_normal(count, generator, size=n)) * share

    return Region(
        words=f"ball({n}, {radius})", shape=(n,), random=random,
        starts=torch.cat([project(radius * patterns((n,))), _scaled(patterns((n,))) * radius]),
        project=project, contains=contains, mend=mend,
    )  # fmt: skip


def onto_simplex(x: Tensor) -> Tensor:
    """The Euclidean projection of the last axis onto the probabilities (Held, Wolfe, Crowder)."""
    ordered = x.sort(dim=-1, descending=True).values
    count = torch.arange(1, x.shape[-1] + 1, dtype=x.dtype)
    excess = (ordered.cumsum(-1) - 1.0) / count
    kept = (ordered > excess).sum(-1, keepdim=True).clamp_min(1)
    shifted = (x - excess.gather(-1, kept - 1)).clamp_min(0.0)
    return shifted / shifted.sum(-1, keepdim=True)


def is_distribution(p: Tensor) -> bool:
    """No entry below 0, and a sum of 1 of some numbers that round to these."""
    low, high = exact.total([(max(a, Fraction(0)), b) for a, b in exact.ranges(p)])
    return bool((p >= 0).all()) and low <= 1 <= high


def rows_mended(p: Tensor) -> Tensor:
    """Each row divided by its exact sum."""
    rows = []
    for row in p.reshape(-1, p.shape[-1]).tolist():
        numbers = [Fraction(v) for v in row]
        whole = sum(numbers, Fraction(0))
        rows += [v / whole for v in numbers]
    return exact.rounded(rows, p)


def probabilities(count: int, generator: torch.Generator, *, size: tuple[int, ...]) -> Tensor:
    """Rows of probabilities, some nearly equal, some over many decades."""
    drawn = torch.randn(count, *size, generator=generator, dtype=torch.float64)
    sharp = 10.0 ** (3 * torch.rand(count, generator=generator, dtype=torch.float64) - 1)
    return torch.softmax(drawn * sharp.reshape(-1, *[1] * len(size)), dim=-1)


def simplex(n: int) -> Region:
    """n probabilities: entries from 0 on with sum 1."""
    n = positive_size("n", n)
    shown = patterns((n,)).abs()[1:]
    return Region(
        words=f"simplex({n})", shape=(n,),
        random=functools.partial(probabilities, size=(n,)),
        starts=shown / shown.sum(-1, keepdim=True),
        project=onto_simplex, contains=is_distribution, mend=rows_mended,
    )  # fmt: skip


def signs(n: int) -> Region:
    """Vectors of n entries, each +1 or -1."""
    n = positive_size("n", n)

    def project(x: Tensor) -> Tensor:
        return torch.where(x < 0, -1.0, 1.0).to(torch.float64)

    def random(count: int, generator: torch.Generator) -> Tensor:
        return torch.randn(count, n, generator=generator, dtype=torch.float64)

    return Region(
        words=f"signs({n})", shape=(n,), random=random, starts=project(patterns((n,))),
        project=project, contains=lambda x: bool((x.abs() == 1).all()), whole=True,
    )  # fmt: skip
