"""python -m benchmarks.claims [--evaluations N] [--seed N] [--searches S ...] [--only PATTERN]

Every search on every claim of known truth value: a line for each as it is measured, then a table.
Exit code 1 if a true claim was called violated or a false one proved.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from fnmatch import fnmatch

import torch

from benchmarks.claims.measure import OURS, PROOF, Outcome, measured
from benchmarks.claims.peers import PEERS
from benchmarks.claims.summary import DETAIL_HEADER, detail, summary
from benchmarks.claims.table import BENCH

SEARCHES = (OURS, PROOF, *PEERS)


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    torch.set_num_threads(1)
    chosen = [
        known
        for known in BENCH
        if known.kind in options.kinds and fnmatch(known.name, f"*{options.only}*")
    ]
    print(DETAIL_HEADER, flush=True)
    outcomes: list[Outcome] = []
    for known in chosen:
        for search in options.searches:
            outcomes.append(measured(known, search, options.evaluations, options.seed))
            print(detail(outcomes[-1]), flush=True)
    print(f"\n{len(chosen)} claims, {options.evaluations} evaluations, seed {options.seed}\n")
    print(summary(outcomes))
    return int(any(outcome.wronged for outcome in outcomes))


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.claims")
    parser.add_argument("--evaluations", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--searches", nargs="+", choices=SEARCHES, default=list(SEARCHES))
    parser.add_argument("--only", default="", metavar="PATTERN", help="part of a claim's name")
    kinds = ("scalar", "vector", "matrix", "network")
    parser.add_argument("--kinds", nargs="+", choices=kinds, default=kinds)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
