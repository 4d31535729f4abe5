"""python -m benchmarks.extremes [--networks N] [--seed S]

Networks whose rows, inputs and output weights have any exponent a float64 can have, every certified
quantity against ball arithmetic: how many enclosures are wrong (must be 0), and how sharp Hessian
norms are by kind of draw and by the magnitude of the rows.
"""

from __future__ import annotations

import argparse
import warnings
from collections import Counter, defaultdict

import torch

import numerics
from tests.numerics.extreme import KINDS, Extreme, extreme
from tests.numerics.judge import wrong_enclosures

CLASSES = ("sharp", "within 2x", "wide", "beyond", "refused")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.extremes")
    parser.add_argument("--networks", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=10**6, help="of the first network")
    options = parser.parse_args()
    torch.set_num_threads(1)
    warnings.filterwarnings("ignore")
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    wrong = 0
    for seed in range(options.seed, options.seed + options.networks):
        case = extreme(seed)
        found, judged = wrong_enclosures(case), sharpness(case)
        if found:
            wrong += 1
            print(f"WRONG seed {seed}: {', '.join(found)}", flush=True)
        counts[case.kind][judged] += 1
        counts[_decade(case)][judged] += 1
    print(summary(options.networks, options.seed, wrong, counts) + "\n")
    print(table(counts))


def summary(networks: int, seed: int, wrong: int, counts: dict[str, Counter[str]]) -> str:
    """One line; each network counts once, by the kind of its draw."""
    kinds = [counts[kind] for kind in KINDS if kind in counts]
    total = sum(kinds, Counter())
    said = ", ".join(f"{total[name]} {name}" for name in CLASSES)
    return (
        f"{networks} networks from seed {seed}: {wrong} with a wrong enclosure; "
        f"of their Hessian norms {said}"
    )


def _decade(case: Extreme) -> str:
    low = 100 * int(case.decades // 100)
    return f"rows 1e{low} to 1e{low + 100}"


def sharpness(case: Extreme) -> str:
    """How much the Hessian norm's enclosure says.

    sharp: relative width below 1e-6, or both ends among the denormals; wide: an upper end only
    (lower below half of it); beyond: the norm exceeds the largest double, and is said to.
    """
    found = numerics.hessian_norm(case.network, case.x)
    low, high = float(found.lower), float(found.upper)
    if bool(found.refused):
        return "refused"
    if high == float("inf"):
        return "beyond"
    if high - low <= 1e-6 * high or high < 1e-307:
        return "sharp"
    return "within 2x" if low >= 0.5 * high else "wide"


def table(counts: dict[str, Counter[str]]) -> str:
    """Markdown."""
    lines = ["| draw | " + " | ".join(CLASSES) + " |", "|---" * (len(CLASSES) + 1) + "|"]
    for name in sorted(counts):
        row = " | ".join(str(counts[name][kind]) for kind in CLASSES)
        lines.append(f"| {name} | {row} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
