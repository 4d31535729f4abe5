"""How wide the start must be: simulated, by C1, and entry by entry; and what moves in a run."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from numerics.relu_two_layer import input_norm, least_eigenvalue, limit_kernels
from numerics.relu_two_layer.concentration import kernel_width
from numerics.relu_two_layer.survey import exponent, failures, movement
from verify.relu_two_layer.sources import on_sphere
from verify.report.section import Table, number

__all__ = ["StartWidths", "moving", "of_moving", "of_starts", "starts"]

_EPS, _DELTA, _RUNS = 0.5, 0.05, 60


@dataclass(frozen=True)
class StartWidths:
    """Widths at which lam falls below half of its limit in at most 5 % of all draws, for V and G.

    simulated: the first of 1.5^j with at most 5 % of 60 draws; chernoff: C1; entrywise: Hoeffding's
    inequality for every entry and the Frobenius norm.
    """

    n: int
    d: int
    simulated: tuple[int, int]
    chernoff: tuple[int, int]
    entrywise: tuple[float, float]


def entrywise(n: int, least: float, reach: float) -> float:
    """m with n^2 2 exp(-2 m t^2/reach^2) = delta, t = eps lam/n: then ||.||_F <= eps lam."""
    t = _EPS * least / n
    return 0.5 * (reach / t) ** 2 * math.log(2.0 * n**2 / _DELTA)


def _simulated(x: Tensor, part: int, largest: int = 2000) -> int:
    m = 4.0
    while m < largest:
        broken = failures(x, round(m), eps=_EPS, runs=_RUNS, seed=1)[part]
        if broken <= _DELTA * _RUNS:
            return round(m)
        m *= 1.5
    return largest


def starts(sizes: tuple[tuple[int, int], ...] = ((5, 5), (10, 5), (20, 20))) -> list[StartWidths]:
    """One row for each (n, d), inputs uniform on the sphere."""
    rows = []
    for n, d in sizes:
        x = on_sphere(n, d, 1)
        chi, limit = float(input_norm(x).upper), limit_kernels(x)
        least = [float(least_eigenvalue(k).lower) for k in (limit.direction, limit.gain)]
        chernoff = [kernel_width(n=n, least=v, chi=chi, eps=_EPS, delta=_DELTA) for v in least]
        rows.append(StartWidths(
            n, d, (_simulated(x, 0), _simulated(x, 1)), (chernoff[0], chernoff[1]),
            (entrywise(n, least[0], 2.0), entrywise(n, least[1], 1.0)),
        ))  # fmt: skip
    return rows


def moving(widths: tuple[int, ...] = (128, 512, 2048)) -> list[tuple[str, float]]:
    """(what, measured exponent in m) of a run at alpha = 1; each is predicted to be -1/2."""
    n = 8
    x = on_sphere(n, n, 2)
    y = torch.randn(n, generator=torch.Generator().manual_seed(4), dtype=torch.float64).sign()
    found = [movement(x, y, m, steps=40, seeds=2) for m in widths]
    names = {
        "flips": "share of signs that flip", "typical_turn": "typical rotation of a row",
        "change": "relative change of Lambda",
    }  # fmt: skip
    return [
        (words, exponent(widths, [getattr(each, name) for each in found]))
        for name, words in names.items()
    ]


def of_starts(rows: list[StartWidths]) -> Table:
    """As a table."""
    shown = [
        (f"{row.n}, {row.d}", name, str(row.simulated[k]), str(row.chernoff[k]),
         number(row.entrywise[k]))
        for row in rows for k, name in enumerate(("V", "G"))
    ]  # fmt: skip
    columns = ("n, d", "kernel", "simulated>", "matrix Chernoff (C1)>", "entrywise Hoeffding>")
    note = "lam at least half of its limit in 95 % of all draws."
    return Table("Width of the start", columns, shown, note)


def of_moving(found: list[tuple[str, float]]) -> Table:
    """As a table."""
    rows = [(words, "-0.5", f"{slope:.3f}") for words, slope in found]
    return Table("What moves in a run, against the width", ("", "predicted>", "measured>"), rows)
