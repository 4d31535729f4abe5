"""One network at a time: enclosure, decision and lower end against the peers."""

from __future__ import annotations

import torch

import numerics
from benchmarks.peers import curvlinops_norm, functional_norm, pyhessian_norm
from benchmarks.table import Row, rows_against
from benchmarks.timing import Contender, interleave
from numerics import WeightNormNetwork

SIZES = ((10, 16, 2), (64, 128, 3), (784, 512, 2), (3072, 1024, 2), (3072, 2048, 2))
# at least these factors against curvlinops + eigsh at tolerance 1e-4
TARGETS = {
    "enclosure 1e-6": {16: 25, 128: 25, 512: 25, 1024: 25, 2048: 60},
    "norm <= b": {512: 20, 1024: 20, 2048: 20},
    "lower end 1e-6": {16: 20, 128: 20, 512: 20, 1024: 20, 2048: 20},
}
BASELINE = "curvlinops tol 1e-4"


def build(d: int, m: int, depth: int, device: str) -> tuple[WeightNormNetwork, torch.Tensor]:
    network = WeightNormNetwork.random((d, *[m] * depth), "tanh", seed=0, device=device)
    x = torch.randn(d, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    return network, x.to(device)


def single(size: tuple[int, int, int], device: str, rounds: int, peers: bool) -> list[Row]:
    """The table rows of one size."""
    network, x = build(*size, device)
    reference = numerics.hessian_norm(network, x)
    b = reference.upper * (1.0 + 1e-6)
    large, huge = network.parameters > 10**6, network.parameters > 5 * 10**6
    slow = 1 if large else 2
    contenders = [
        Contender(
            "enclosure 1e-6",
            lambda: float(numerics.hessian_norm(network, x, relative_width=1e-6).value),
            rounds,
        ),
        Contender("norm <= b", lambda: _decide(network, x, b), rounds),
        Contender(
            "lower end 1e-6",
            lambda: float(numerics.hessian_norm_from_below(network, x, tolerance=1e-6).lower),
            rounds,
        ),
        Contender(
            BASELINE,
            lambda: curvlinops_norm(network, x, 1e-4),
            min(rounds, 1 if huge else 2 if large else 3),
        ),
    ]
    if peers:
        contenders += [
            Contender("torch.func tol 1e-4", lambda: functional_norm(network, x, 1e-4), slow),
            Contender("PyHessian default", lambda: pyhessian_norm(network, x, 100, 1e-3), slow),
        ]
    if peers and not large:
        contenders += [
            Contender("curvlinops default", lambda: curvlinops_norm(network, x, 0.0), slow),
            Contender("PyHessian tight", lambda: pyhessian_norm(network, x, 400, 1e-7), slow),
        ]
    measured = interleave(contenders, rounds)
    label = "({},{},{})".format(*size)
    targets = {name: by_width.get(size[1]) for name, by_width in TARGETS.items()}
    return rows_against(label, measured, BASELINE, float(reference.value), targets)


def _decide(network: WeightNormNetwork, x: torch.Tensor, b: torch.Tensor) -> float:
    """b if it was certified, NaN if not: the answer column then shows what went wrong."""
    found = numerics.hessian_norm_at_most(network, x, b)
    return float(torch.where(found.certified, b, torch.nan))
