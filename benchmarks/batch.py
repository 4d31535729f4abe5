"""Thousands of tiny networks at once against vmap(hessian) + eigvalsh."""

from __future__ import annotations

import torch

import numerics
from benchmarks.peers import dense_norms
from benchmarks.table import Row, rows_against
from benchmarks.timing import Contender, interleave
from numerics import WeightNormNetwork

COUNTS = (256, 4096)
TARGETS = {256: {"enclosure 1e-6": 20}, 4096: {"enclosure 1e-6": 60, "norm <= b": 20}}
BASELINE = "vmap(hessian) + eigvalsh"


def batch(count: int, device: str, rounds: int) -> list[Row]:
    """Rows for `count` networks (6, 8, 8, 8); answers are the largest norm of the batch."""
    network = WeightNormNetwork.random((6, 8, 8, 8), "tanh", seed=0, batch=count, device=device)
    x = torch.randn(6, generator=torch.Generator().manual_seed(1), dtype=torch.float64).to(device)
    reference = numerics.hessian_norm(network, x)
    b = reference.upper * (1.0 + 1e-6)

    def decide() -> float:
        found = numerics.hessian_norm_at_most(network, x, b)
        return float(b.max()) if bool(found.certified.all()) else float("nan")

    contenders = [
        Contender(
            "enclosure 1e-6",
            lambda: float(numerics.hessian_norm(network, x, relative_width=1e-6).value.max()),
            rounds,
        ),
        Contender("norm <= b", decide, rounds),
        Contender(
            BASELINE,
            lambda: float(dense_norms(network, x).max()),
            min(rounds, 3 if count < 1000 else 1),
        ),
    ]
    measured = interleave(contenders, rounds)
    truth = float(reference.value.max())
    label = f"{count} x (6,8,3)"
    return rows_against(label, measured, BASELINE, truth, dict(TARGETS[count]))
