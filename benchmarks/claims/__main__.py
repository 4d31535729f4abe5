"""python -m benchmarks.claims [--evaluations N] [--seed N] [--searches S ...] [--only PATTERN]
[--store FILE [--resume] [--table]]

Every search on every claim of known truth value: a line for each as it is measured, then a table.
With a store each outcome is kept as soon as it is known; --resume measures only what the store
lacks, and --table nothing at all.
Exit code 1 if a true claim was called violated or a false one proved.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from fnmatch import fnmatch
from pathlib import Path

import torch

from benchmarks.claims.known import Known
from benchmarks.claims.measure import OURS, PROOF, Outcome, measured
from benchmarks.claims.peers import PEERS
from benchmarks.claims.store import Store
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
    outcomes = []
    for outcome in _outcomes(chosen, options):
        print(detail(outcome), flush=True)
        outcomes.append(outcome)
    print(f"\n{len(chosen)} claims, {options.evaluations} evaluations, seed {options.seed}\n")
    print(summary(outcomes))
    return int(any(outcome.wronged for outcome in outcomes))


def _outcomes(chosen: Sequence[Known], options: argparse.Namespace) -> Iterator[Outcome]:
    """Those of the store that may be used, then what is measured now."""
    store = None if options.store is None else Store(options.store)
    budget, seed = options.evaluations, options.seed
    reused = options.resume or options.table
    old = store.outcomes(chosen, options.searches, budget, seed) if store and reused else {}
    for known in chosen:
        for search in options.searches:
            outcome = old.get((known.name, search))
            if outcome is None and not options.table:
                outcome = measured(known, search, budget, seed)
                if store is not None:
                    store.add(outcome, budget, seed)
            if outcome is not None:
                yield outcome


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.claims")
    parser.add_argument("--evaluations", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--searches", nargs="+", choices=SEARCHES, default=list(SEARCHES))
    parser.add_argument("--only", default="", metavar="PATTERN", help="part of a claim's name")
    parser.add_argument("--store", type=Path, metavar="FILE", help="where outcomes are kept")
    parser.add_argument("--resume", action="store_true", help="measure what the store lacks")
    parser.add_argument("--table", action="store_true", help="measure nothing: print the store")
    kinds = ("scalar", "vector", "matrix", "network")
    parser.add_argument("--kinds", nargs="+", choices=kinds, default=kinds)
    found = parser.parse_args(arguments)
    if (found.resume or found.table) and found.store is None:
        parser.error("--resume and --table need --store FILE")
    return found


if __name__ == "__main__":
    sys.exit(main())
