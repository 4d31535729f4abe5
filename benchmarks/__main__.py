"""python -m benchmarks [--quick] [--device D] [--threads N] [--rounds N] [--only PART] [--out FILE]

Prints every table as it is measured, and writes them to FILE if given.
"""

from __future__ import annotations

import argparse
import os
import platform
import warnings
from pathlib import Path

import torch

from benchmarks.batch import COUNTS, batch
from benchmarks.growth import floor, growth
from benchmarks.memory import memory
from benchmarks.profiling import largest_case
from benchmarks.single import SIZES, single
from benchmarks.table import markdown

PARTS = ("single", "batch", "floor", "growth", "memory", "profile")


def main() -> None:
    options = _options()
    torch.set_num_threads(options.threads)
    warnings.filterwarnings("ignore", module="torch.autograd", category=UserWarning)  # PyHessian
    torch.backends.cuda.matmul.allow_tf32 = False
    sections = [_machine(options)]
    print(sections[0], flush=True)
    for part in PARTS:
        if options.only and part not in options.only:
            continue
        sections.append(f"## {part}\n\n{_section(part, options)}")
        print(f"\n{sections[-1]}", flush=True)
    if options.out:
        Path(options.out).write_text("\n\n".join(sections) + "\n", encoding="utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("--quick", action="store_true", help="small sizes, few rounds")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", nargs="*", choices=PARTS)
    parser.add_argument("--no-peers", action="store_true", help="only the baseline peer")
    parser.add_argument("--out")
    return parser.parse_args()


def _machine(options: argparse.Namespace) -> str:
    name = platform.processor() or platform.machine()
    if options.device != "cpu":
        name = torch.cuda.get_device_name()
    load = os.getloadavg()[0]
    return (
        f"{name}, {os.cpu_count()} cores, {options.threads} threads, torch {torch.__version__}, "
        f"float64, load average at the start {load:.1f}"
    )


def _section(part: str, options: argparse.Namespace) -> str:
    rounds = 3 if options.quick else options.rounds
    sizes = SIZES[:3] if options.quick else SIZES
    if part == "single":
        rows = [
            row
            for size in sizes
            for row in single(size, options.device, rounds, not options.no_peers)
        ]
        return markdown(rows)
    if part == "batch":
        counts = COUNTS[:1] if options.quick else COUNTS
        return markdown([row for count in counts for row in batch(count, options.device, rounds)])
    if part == "floor":
        return floor(sizes, options.device, rounds)
    if part == "memory":
        return memory(sizes[2:])
    if part == "profile":
        return largest_case(sizes[-1], options.device)
    return growth(options.device, rounds)


if __name__ == "__main__":
    main()
