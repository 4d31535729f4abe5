"""python -m benchmarks.relu_kernels [--threads N] [--rounds N] [--sizes N] [--out FILE]

Kernels of two-layer ReLU networks without a Jacobian, against J J^T of the autograd Jacobian.
"""

from __future__ import annotations

import argparse
import os
import platform
from pathlib import Path

import torch
from torch import Tensor

from benchmarks.timing import Contender, Measured, interleave
from numerics.relu_two_layer import ReluNetwork, kernels, least_eigenvalue

SIZES = ((50, 50, 500), (50, 50, 2000), (100, 100, 2000), (200, 200, 2000), (200, 200, 20_000))
LARGEST_JACOBIAN = 2**27  # numbers: 1 GiB
TARGET_RATIO, TARGET_SECONDS = 20.0, 1.0
HEADER = (
    "| n, d, m | contender | median s | runs | times faster | relative error of lam |\n"
    "|---|---|---|---|---|---|"
)


def main() -> None:
    options = _options()
    torch.set_num_threads(options.threads)
    machine = platform.processor() or platform.machine()
    lines = [
        f"{machine}, {os.cpu_count()} cores, {options.threads} threads, torch {torch.__version__}, "
        f"float64, load average at the start {os.getloadavg()[0]:.1f}\n",
        HEADER,
    ]
    for size in SIZES[: options.sizes]:
        lines += _rows(size, options.rounds)
    text = "\n".join(lines)
    print(text)
    if options.out:
        Path(options.out).write_text(text + "\n", encoding="utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.relu_kernels")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--sizes", type=int, default=len(SIZES), help="only the first so many")
    parser.add_argument("--out")
    return parser.parse_args()


def _rows(size: tuple[int, int, int], rounds: int) -> list[str]:
    n, d, m = size
    network = ReluNetwork.random(d, m, seed=0, alpha=0.5)
    x = torch.randn(n, d, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    x = x / torch.linalg.vector_norm(x, dim=-1, keepdim=True)
    contenders = [
        Contender("V, G, Lambda, certified entries", lambda: _entries(network, x), rounds),
        Contender("and lam(Lambda), both ends certified", lambda: _least(network, x), rounds),
    ]
    slow = min(rounds, 3)
    if n * m * (d + 1) <= LARGEST_JACOBIAN:
        contenders += [
            Contender("J J^T, torch.func.jacrev", lambda: _by_jacrev(network, x), slow),
            Contender("J J^T, one backward per input", lambda: _by_loop(network, x), slow),
        ]
    measured = interleave(contenders, rounds)
    baseline = min((each.median for each in measured[2:] if each.seconds), default=float("nan"))
    reference = float(least_eigenvalue(kernels(network, x).tangent).value)
    return [_row(size, each, baseline, reference) for each in measured]


def _row(size: tuple[int, int, int], each: Measured, baseline: float, reference: float) -> str:
    if each.failure:
        return f"| {size} | {each.name} | failed: {each.failure} | | | |"
    ratio = baseline / each.median
    faster = f"{ratio:.1f}x" if ratio == ratio else "does not fit"
    missed = each.name.startswith("V, G") and ratio < TARGET_RATIO
    late = size == SIZES[-1] and each.name.startswith("V, G") and each.median > TARGET_SECONDS
    note = " (target 20x missed)" if missed else " (target 1 s missed)" if late else ""
    error = "" if each.name.startswith("V, G") else f"{abs(each.answer / reference - 1):.1e}"
    return (
        f"| {size} | {each.name} | {each.median:.4g} | {len(each.seconds)} | {faster}{note} "
        f"| {error} |"
    )


def _entries(network: ReluNetwork, x: Tensor) -> float:
    return float(kernels(network, x).tangent.upper[0, 0])


def _least(network: ReluNetwork, x: Tensor) -> float:
    return float(least_eigenvalue(kernels(network, x).tangent).value)


def _by_jacrev(network: ReluNetwork, x: Tensor) -> float:
    def outputs(v: Tensor, g: Tensor) -> Tensor:
        return ReluNetwork(v, g, network.c, None)(x)

    by_v, by_g = torch.func.jacrev(outputs, argnums=(0, 1))(network.v, network.g)
    return _least_of(by_v.flatten(1), by_g.flatten(1))


def _by_loop(network: ReluNetwork, x: Tensor) -> float:
    v, g = network.v.clone().requires_grad_(), network.g.clone().requires_grad_()
    f = ReluNetwork(v, g, network.c, None)(x)
    rows = [torch.autograd.grad(value, (v, g), retain_graph=True) for value in f]
    return _least_of(
        torch.stack([row[0].flatten() for row in rows]),
        torch.stack([row[1].flatten() for row in rows]),
    )


def _least_of(by_v: Tensor, by_g: Tensor) -> float:
    return float(torch.linalg.eigvalsh(by_v @ by_v.T + by_g @ by_g.T)[0])


if __name__ == "__main__":
    main()
