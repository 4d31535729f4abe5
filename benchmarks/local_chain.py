"""The local chain (T32) beside the exact enclosure, curvlinops and T7: along training, and in time.

    python -m benchmarks.local_chain [--steps N] [--rounds N] [--data digits mnist cifar10]

For each network and checkpoint the rungs over the truth (upper end of `numerics.hessian_norm`), and
median wall times. Data sets beside digits are skipped where they are not on the disk.
"""

from __future__ import annotations

import argparse

import torch
from torch import Tensor

import bounds
import numerics
from benchmarks.peers import curvlinops_norm
from benchmarks.timing import Contender, Measured, interleave
from numerics import NumericsError, WeightNormNetwork
from numerics.data import load
from numerics.weightnorm.local_rung import hessian_norm_upper
from numerics.weightnorm.training import train

HIDDEN = ((64, 64), (64,) * 8)


def measured_rung(network: WeightNormNetwork, x: Tensor) -> float:
    """T7: the recursion with the network's own coefficients."""
    found = numerics.local_coefficients(network, x)
    return float(bounds.comparison_eigenvalue(output=found.pop("output"), **found))


def contenders(network: WeightNormNetwork, x: Tensor, rounds: int) -> list[Contender]:
    return [
        Contender("local chain", lambda: float(hessian_norm_upper(network, x).upper), rounds),
        Contender("enclosure", lambda: float(numerics.hessian_norm(network, x).upper), rounds),
        Contender("T7", lambda: measured_rung(network, x), rounds),
        Contender("curvlinops 1e-4", lambda: curvlinops_norm(network, x, 1e-4), rounds),
    ]


def line(label: str, found: list[Measured]) -> str:
    by_name = {m.name: m for m in found}
    truth = by_name["enclosure"].answer
    over = " ".join(f"{by_name[n].answer / truth:8.3f}" for n in ("local chain", "T7"))
    times = " ".join(f"{m.median:10.4f}" for m in found)
    failed = "; ".join(f"{m.name}: {m.failure}" for m in found if m.failure)
    return f"{label:34}{truth:10.3g} {over}   {times}  {failed}"


def along(name: str, hidden: tuple[int, ...], steps: int, rounds: int) -> list[str]:
    """One line for each checkpoint of one training run."""
    data = load(name, n=200, target="one-vs-rest")
    start = WeightNormNetwork.random((data.x.shape[1], *hidden), seed=0, weight_scale=0.1)
    run = train(start, data.x, data.y, learning_rate=2.0, steps=steps, checkpoint_every=steps // 2,
                progress=False)  # fmt: skip
    return [
        line(
            f"{name} {len(hidden)} x {hidden[0]}, step {c.step}",
            interleave(contenders(c.network, data.x[0], rounds), rounds),
        )
        for c in run.checkpoints
    ]


def random_lines(rounds: int) -> list[str]:
    found = []
    for d, m, depth in ((784, 512, 2), (256, 256, 8), (64, 128, 12)):
        network = WeightNormNetwork.random((d, *[m] * depth), "tanh", seed=0)
        x = torch.randn(d, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
        done = interleave(contenders(network, x, rounds), rounds)
        found.append(line(f"random ({d},{m},{depth})", done))
    return found


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--steps", type=int, default=400)
    p.add_argument("--rounds", type=int, default=3)
    p.add_argument("--data", nargs="+", default=("digits", "mnist", "cifar10"))
    chosen = p.parse_args()
    times = "seconds: local chain, enclosure, T7, curvlinops"
    print(f"{'network':34}{'truth':>10} {'T32':>8} {'T7':>8}   {times}", flush=True)
    for row in random_lines(chosen.rounds):
        print(row, flush=True)
    for name in chosen.data:
        for hidden in HIDDEN:
            try:
                rows = along(name, hidden, chosen.steps, chosen.rounds)
            except NumericsError as missing:
                print(f"{name}: not run ({missing})", flush=True)
                break
            for row in rows:
                print(row, flush=True)


if __name__ == "__main__":
    main()
