"""Square matrices that are symmetric, positive semidefinite or orthogonal; stochastic ones."""

from __future__ import annotations

import functools
from fractions import Fraction

import torch
from torch import Tensor

from verify.domain import exact
from verify.domain.region import Region, patterns, positive_size
from verify.domain.vectors import is_distribution, onto_simplex, probabilities, rows_mended

__all__ = ["orthogonal", "positive_semidefinite", "stochastic", "symmetric"]

_GRID = 2**200  # rational arithmetic of orthogonal matrices is rounded to multiples of 1/_GRID
_NEWTON = 3


def _normal(count: int, generator: torch.Generator, *, n: int) -> Tensor:
    """Gaussian; every other one nearly of rank one."""
    full = torch.randn(count, n, n, generator=generator, dtype=torch.float64)
    one = full[:, :, :1] @ full[:, :1, :]
    return torch.where((torch.arange(count) % 2 == 0)[:, None, None], full, one + 0.1 * full)


def _half(a: Tensor) -> Tensor:
    """The symmetric part, symmetric to the last bit."""
    return 0.5 * (a + a.mT)


def symmetric(n: int) -> Region:
    """Symmetric n by n matrices."""
    n = positive_size("n", n, 2)
    return Region(
        words=f"symmetric({n})", shape=(n, n), random=functools.partial(_normal, n=n),
        starts=_half(patterns((n, n))), project=_half,
        contains=lambda a: bool(a.isfinite().all()) and torch.equal(a, a.mT), cone=True,
    )  # fmt: skip


def positive_semidefinite(n: int) -> Region:
    """Symmetric n by n matrices without negative eigenvalue, decided by exact elimination."""
    n = positive_size("n", n, 2)

    def project(a: Tensor) -> Tensor:
        values, vectors = torch.linalg.eigh(_half(a))
        kept = _half(vectors * values.clamp_min(0.0).unsqueeze(-2) @ vectors.mT)
        same = (values[..., 0] >= 0).reshape(-1, 1, 1)
        return torch.where(same, _half(a), kept)

    def mend(a: Tensor) -> Tensor:
        """The least power of two of the rounding unit on the diagonal that makes it one."""
        shift = 2.0**-54 * float(a.abs().amax().clamp_min(1e-300))
        while not exact.is_positive_semidefinite(a):
            a, shift = a + shift * torch.eye(n, dtype=a.dtype), 2 * shift
        return a

    def random(count: int, generator: torch.Generator) -> Tensor:
        factor = _normal(count, generator, n=n)
        return factor @ factor.mT

    shown = patterns((n, n))
    return Region(
        words=f"positive_semidefinite({n})", shape=(n, n), random=random,
        starts=shown @ shown.mT, project=project, mend=mend, cone=True,
        contains=lambda a: bool(a.isfinite().all()) and exact.is_positive_semidefinite(a),
    )  # fmt: skip


def orthogonal(n: int) -> Region:
    """Orthogonal n by n matrices: each equation of A A^T = 1 is met by some numbers that round to
    the entries."""
    n = positive_size("n", n, 2)

    def project(a: Tensor) -> Tensor:
        left, _, right = torch.linalg.svd(a)
        return left @ right

    def contains(a: Tensor) -> bool:
        rows = [exact.ranges(row) for row in a]
        return all(
            low <= int(i == j) <= high
            for i in range(n)
            for j in range(i + 1)
            for low, high in [exact.squares(rows[i]) if i == j else exact.inner(rows[i], rows[j])]
        )

    eye = torch.eye(n, dtype=torch.float64)
    flipped = eye.clone()
    flipped[0, 0] = -1.0
    turned = project(torch.cat([patterns((n, n)) + 1e-3 * eye]))
    return Region(
        words=f"orthogonal({n})", shape=(n, n), random=functools.partial(_normal, n=n),
        starts=torch.cat([torch.stack([eye, -eye, flipped, eye.flip(0), eye.roll(1, 0)]), turned]),
        project=project, contains=contains, mend=_orthogonalized,
    )  # fmt: skip


def _orthogonalized(a: Tensor) -> Tensor:
    """Newton's iteration A (3 - A^T A)/2 on a grid finer than floats, then rounded."""
    x = [[Fraction(v) for v in row] for row in a.tolist()]
    n = len(x)
    for _ in range(_NEWTON):
        gram = [[sum(x[k][i] * x[k][j] for k in range(n)) for j in range(n)] for i in range(n)]
        step = [[3 * (i == j) - gram[i][j] for j in range(n)] for i in range(n)]
        x = [
            [_on_grid(sum((x[i][k] * step[k][j] for k in range(n)), Fraction(0))) for j in range(n)]
            for i in range(n)
        ]
    return exact.rounded([v for row in x for v in row], a)


def _on_grid(twice: Fraction) -> Fraction:
    return Fraction(round(twice * _GRID / 2), _GRID)


def stochastic(rows: int, columns: int | None = None) -> Region:
    """Matrices whose rows are probabilities."""
    size = positive_size("rows", rows), positive_size("columns", columns or rows)
    shown = patterns(size).abs() + 1e-12
    return Region(
        words=f"stochastic{size}", shape=size,
        random=functools.partial(probabilities, size=size),
        starts=onto_simplex(shown / shown.sum(-1, keepdim=True)),
        project=onto_simplex, contains=lambda p: all(is_distribution(row) for row in p),
        mend=rows_mended,
    )  # fmt: skip
