"""`python -m numerics.weightnorm.generalization.table`: certificates on real data, one command.

Trains, certifies, compares and holds out, task by task, and prints what it found; `--out` keeps
checkpoints (the same command continues after a kill) and the rows as JSON.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from numerics.commandline import OneLineParser
from numerics.errors import NumericsError
from numerics.weightnorm.generalization.class_sections import class_rows
from numerics.weightnorm.generalization.rows import DEPTHS, Row
from numerics.weightnorm.generalization.sections import (
    Bench,
    informed_rows,
    linear_rows,
    margin_rows,
    product_rows,
    quick_rows,
    square_rows,
    vote_rows,
)
from numerics.weightnorm.generalization.tasks import TASKS, draw_split, find_task
from numerics.weightnorm.training.archive import write_json

SCHEMA = "plumbline.generalization/1"
WRONG_USAGE, INTERRUPTED = 2, 130
REAL = ("0 vs 1", "3 vs 8", "parity", "0 vs rest", "animals")
DIGITS = ("digits parity", "digits 0 vs rest")
Section = Callable[[Bench], Iterator[Row]]
SECTIONS: dict[str, Section] = {
    "margin": margin_rows,
    "vote": vote_rows,
    "linear": linear_rows,
    "square": square_rows,
    "products": product_rows,
    "informed": informed_rows,
    "quick": quick_rows,
}
FULL = tuple(name for name in SECTIONS if name != "quick")
COLUMNS = ("nu", "sqrt_depth", "peeling", "spectral", "parameters", "gibbs", "pilot")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit code: 0 done, 2 wrong usage or missing data, 130 interrupted."""
    options = _parser().parse_args(arguments)
    try:
        _run(options)
    except NumericsError as error:
        sys.stderr.write(f"numerics.weightnorm.generalization: {error}\n")
        return WRONG_USAGE
    except KeyboardInterrupt:
        sys.stderr.write("interrupted; the same command with --out continues\n")
        return INTERRUPTED
    return 0


def _run(options: argparse.Namespace) -> None:
    console, rows = Console(), []
    names = options.tasks or (REAL if options.data == "real" else DIGITS)
    for name in names:
        started = time.perf_counter()
        split = draw_split(find_task(name), folder=options.folder, seed=options.seed)
        bench = Bench(split, options.out)
        for section in options.sections:
            found = list(_section(section, bench, options))
            rows.extend(found)
            if found:
                console.print(show(f"{name}: {section}", found))
        if options.classes and not split.task.others:
            for one in class_rows(bench):
                console.print(str(one), soft_wrap=True)
        spent = time.perf_counter() - started
        chosen = "" if options.sections == ["quick"] else f"map {bench.chosen.description}; "
        console.print(f"{name}: {chosen}{spent:.0f} s\n")
    if options.out is not None:
        content = {"schema": SCHEMA, "seed": options.seed, "rows": [row_content(r) for r in rows]}
        write_json(options.out / "certificates.json", content)


def _section(name: str, bench: Bench, options: argparse.Namespace) -> Iterator[Row]:
    if name == "margin":
        return margin_rows(bench, tuple(options.depths))
    return SECTIONS[name](bench)


def show(title: str, rows: Sequence[Row]) -> Table:
    """Rows as a table: what is certified, what it is made of, what others certify, held out."""
    table = Table(title=title)
    competitors = [key for key in COLUMNS if any(key in row.others for row in rows)]
    headings = ("L", "m", "error train/held", "ramp train/held", "rho", "K", "certified")
    for heading in (*headings, *competitors, "held-out", "trivial"):
        table.add_column(heading, justify="right")
    for row in rows:
        table.add_row(*_cells(row, competitors))
    return table


def _cells(row: Row, competitors: Sequence[str]) -> list[str]:
    c = row.certificate
    ramp = "" if row.ramp is None else f"{row.ramp[0]:.3f} / {row.ramp[1]:.3f}"
    beside = [f"{row.others[key]:.3f}" if key in row.others else "" for key in competitors]
    kind = c.statement.split(",")[0].split(":")[0]
    return [
        f"{row.depth} {row.placement}",
        str(row.network.widths[1]),
        f"{row.train_error:.4f} / {row.held.rate:.4f}",
        ramp,
        "" if c.rho is None else f"{c.rho:.2f}",
        str(c.choices),
        f"{c.value:.4f} {kind}" + (" vacuous" if c.vacuous else ""),
        *beside,
        f"{row.held.upper:.4f}",
        f"{c.trivial:.3f}",
    ]


def row_content(row: Row) -> dict[str, Any]:
    """A row as JSON values, without the weights."""
    return {
        "task": row.task,
        "depth": row.depth,
        "placement": row.placement,
        "widths": list(row.network.widths),
        "certificate": asdict(row.certificate),
        "held_out": asdict(row.held),
        "train_error": row.train_error,
        "ramp": None if row.ramp is None else list(row.ramp),
        "competitors": row.others,
    }


def _parser() -> argparse.ArgumentParser:
    parser = OneLineParser(
        prog="python -m numerics.weightnorm.generalization.table",
        description="Certificates with probability 0.95 for trained WeightNorm networks.",
    )
    add = parser.add_argument
    add("--data", choices=("digits", "real"), default="digits", help="which tasks (%(default)s)")
    add("--folder", help="folder with MNIST's and CIFAR-10's official files, for real")
    add("--tasks", nargs="+", choices=tuple(TASKS), metavar="NAME", help="only these tasks")
    add(
        "--sections",
        nargs="+",
        choices=tuple(SECTIONS),
        default=list(FULL),
        metavar="NAME",
        help=f"of {', '.join(SECTIONS)}",
    )
    add("--depths", nargs="+", type=int, default=list(DEPTHS), help="of the margin section")
    add("--classes", action="store_true", help="also the ten classes at once (G7, G9)")
    add("--seed", type=int, default=0, help="draws pilot, sample and held-out part (%(default)s)")
    add("--out", type=Path, help="folder for checkpoints and certificates.json")
    return parser


if __name__ == "__main__":
    sys.exit(main())
