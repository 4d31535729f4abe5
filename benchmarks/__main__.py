"""python -m benchmarks [--quick] [--device D] [--threads N] [--rounds N] [--only PART] [--out FILE]

Prints every table as it is measured, and writes them to FILE if given.
"""

from __future__ import annotations

import argparse
import os
import platform
import warnings
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

import torch

from benchmarks.batch import COUNTS, batch
from benchmarks.growth import floor, growth, growth_plot, growth_table
from benchmarks.inputs import inputs
from benchmarks.memory import memory
from benchmarks.profiling import batch_case, largest_case
from benchmarks.single import SIZES, single
from benchmarks.table import HEADER, markdown

PARTS = ("single", "batch", "inputs", "floor", "growth", "memory", "profile")


def main(arguments: Sequence[str] | None = None) -> None:
    options = _options(arguments)
    torch.set_num_threads(options.threads)
    warnings.filterwarnings("ignore", module="torch.autograd", category=UserWarning)  # PyHessian
    torch.backends.cuda.matmul.allow_tf32 = False
    lines = [_machine(options)]
    print(lines[0], flush=True)
    for part in PARTS:
        if options.only and part not in options.only:
            continue
        for line in chain([f"\n## {part}\n"], _section(part, options)):
            lines.append(line)
            print(line, flush=True)
    lines.append(f"\n{_load('end')}")
    print(lines[-1], flush=True)
    if options.out:
        Path(options.out).write_text("\n".join(lines) + "\n", encoding="utf-8")


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("--quick", action="store_true", help="small sizes, few rounds")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", nargs="*", choices=PARTS)
    parser.add_argument("--no-peers", action="store_true", help="only the baseline peer")
    parser.add_argument("--out")
    parser.add_argument("--plot", metavar="FILE.svg", help="draw the growth on log axes")
    return parser.parse_args(arguments)


def _machine(options: argparse.Namespace) -> str:
    name = torch.cuda.get_device_name() if options.device != "cpu" else _processor()
    return (
        f"{name}, {os.cpu_count()} cores, {options.threads} threads, torch {torch.__version__}, "
        f"float64, {_load('start')}"
    )


def _processor() -> str:
    """The processor's name, as Linux tells it."""
    path = Path("/proc/cpuinfo")
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _load(when: str) -> str:
    return f"load average at the {when} {os.getloadavg()[0]:.1f}"


def _section(part: str, options: argparse.Namespace) -> Iterator[str]:
    """The part's table, line by line as it is measured."""
    rounds = 3 if options.quick else options.rounds
    sizes = SIZES[:3] if options.quick else SIZES
    device, peers = options.device, not options.no_peers
    if part == "single":
        yield HEADER
        yield from (markdown(single(size, device, rounds, peers)) for size in sizes)
    elif part == "batch":
        yield HEADER
        counts = COUNTS[:1] if options.quick else COUNTS
        yield from (markdown(batch(count, device, rounds)) for count in counts)
    elif part == "inputs":
        yield HEADER
        yield markdown(inputs(device, rounds))
    elif part == "floor":
        yield floor(sizes, device, rounds)
    elif part == "growth":
        found = growth(device, rounds)
        yield growth_table(found)
        if options.plot:
            growth_plot(found, options.plot)
    elif part == "memory":
        yield memory(sizes[2:])
    else:
        yield largest_case(sizes[-1], device)
        yield "\n256 networks (6,8,3):\n"
        yield batch_case(256, device)


if __name__ == "__main__":
    main()
