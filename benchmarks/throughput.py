"""How many networks a campaign checks per second, and how much memory its coordinator takes.

python -m benchmarks.throughput --networks 1000000 --jobs 0 1 2
"""

from __future__ import annotations

import argparse
import math
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import psutil

from verify.campaign import Cluster, Plan, read, run


def _plan(networks: int, each: int) -> Plan:
    """Claims of the gradient over nine cells; seeds make up the number."""
    plan = Plan(
        claims="gradient*", depths=(1, 2, 3), widths=(4,), activations=("tanh", "gelu", "sin"),
        seeds=1, networks=each, evaluations=0,
    )  # fmt: skip
    cells = len(list(plan.items(plan.chosen())))
    return replace(plan, seeds=max(1, math.ceil(networks / (each * cells))))


def main() -> int:
    """Print one line for each number of workers; run as a module, since workers import it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--networks", type=int, default=1_000_000)
    parser.add_argument("--jobs", type=int, nargs="+", default=[0, 1, 2], help="0: serial")
    parser.add_argument("--each", type=int, default=512, help="networks of one item")
    options = parser.parse_args()
    plan, memory = _plan(options.networks, options.each), psutil.Process().memory_info
    for jobs in options.jobs:
        with tempfile.TemporaryDirectory() as folder:
            path, marks = Path(folder) / "c.db", []

            def told(done: int, total: int, item: object, marks: list[float] = marks) -> None:
                if done in (total // 10, total // 2, total - 1):
                    marks.append(memory().rss / 2**20)

            started, spent = time.monotonic(), time.process_time()
            run(path, plan, cluster=Cluster(jobs=jobs) if jobs else None, progress=told)
            seconds, spent = time.monotonic() - started, time.process_time() - spent
            found = read(path)
            networks = sum(result.networks for result in found.results.values())
            shown = ", ".join(f"{mark:.0f}" for mark in marks)
            print(
                f"jobs {jobs}: {networks:,} networks in {len(found.items):,} items, "
                f"{seconds:.1f} s, {networks / seconds:,.0f} networks/s; coordinator at a tenth, "
                f"half, end: {shown} MiB, {1e3 * spent / len(found.items):.1f} ms of processor "
                f"time for each item; work in items {found.seconds:.1f} s",
                flush=True,
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
