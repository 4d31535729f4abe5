"""Many inputs of one network in one call, against a loop over them."""

from __future__ import annotations

from collections.abc import Callable

import torch

import numerics
from benchmarks.single import build
from benchmarks.table import Row, rows_against
from benchmarks.timing import Contender, interleave
from numerics import Enclosure

COUNT, SIZE = 1000, (10, 16, 2)
BASELINE = "a loop"


def inputs(device: str, rounds: int) -> list[Row]:
    """Rows at 1,000 inputs; the answer is the mean of the values."""
    network, _ = build(*SIZE, device)
    draw = torch.Generator().manual_seed(2)
    x = torch.randn(COUNT, SIZE[0], generator=draw, dtype=torch.float64).to(device)
    y = torch.randn(COUNT, generator=draw, dtype=torch.float64).to(device)
    works: dict[str, Callable[[torch.Tensor, torch.Tensor], Enclosure]] = {
        "gradient norms": lambda p, q: numerics.gradient_norm(network, p),
        "losses": lambda p, q: numerics.loss(network, p, q),
        "Hessian norms 1e-6": lambda p, q: numerics.hessian_norm(network, p, relative_width=1e-6),
    }
    rows = []
    for name, work in works.items():
        contenders = [
            Contender("one call", lambda w=work: float(w(x, y).value.mean()), rounds),
            Contender(BASELINE, lambda w=work: _loop(w, x, y), 1),
        ]
        measured = interleave(contenders, rounds)
        rows += rows_against(f"{COUNT} {name}", measured, BASELINE, measured[1].answer, {})
    return rows


def _loop(
    work: Callable[[torch.Tensor, torch.Tensor], Enclosure], x: torch.Tensor, y: torch.Tensor
) -> float:
    values = [float(work(x[k : k + 1], y[k : k + 1]).value.mean()) for k in range(len(x))]
    return sum(values) / len(values)
