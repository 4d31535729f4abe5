"""Command line of campaigns: run, status, results, counterexamples."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from numerics.commandline import OneLineParser
from numerics.progress import progress_bar
from verify.campaign.cluster import Cluster
from verify.campaign.plan import Item, Plan
from verify.campaign.read import Campaign, read
from verify.campaign.runner import run
from verify.errors import VerifyError
from verify.exits import EPILOG, Exit, guarded, of_verdicts
from verify.verdict import Verdict


def parser() -> argparse.ArgumentParser:
    """The options of `python -m verify.campaign`."""
    p = OneLineParser(
        prog="python -m verify.campaign",
        description="Stored, resumable runs of claims over architectures, activations and seeds.",
        epilog=EPILOG,
    )
    commands = p.add_subparsers(dest="command", required=True)
    work = commands.add_parser("run", help="begin a campaign, or go on with it", epilog=EPILOG)
    _plan_options(work)
    work.add_argument("--limit", type=_count, metavar="N", help="stop after N items")
    work.add_argument("--jobs", type=_count, metavar="N", help="processes on this machine (Dask)")
    work.add_argument("--scheduler", metavar="ADDRESS", help="a Dask scheduler, tcp://host:8786")
    work.add_argument("--patience", type=float, default=3600.0, metavar="SECONDS",
                      help="for one item, then its worker is restarted (%(default)s)")  # fmt: skip
    for name, text in (
        ("status", "how far it is and what came out"),
        ("results", "one line for each finished item"),
        ("counterexamples", "write what was refuted as counterexample files"),
    ):
        command = commands.add_parser(name, help=text, epilog=EPILOG)
        command.add_argument("database", type=Path)
        if name == "counterexamples":
            command.add_argument("folder", type=Path)
    return p


def _plan_options(p: argparse.ArgumentParser) -> None:
    d = Plan()
    p.add_argument("database", type=Path, help="SQLite file; made if missing, resumed if not")
    p.add_argument("--claims", metavar="PATTERN", help="claims whose name contains PATTERN")
    p.add_argument("--source", metavar="PY", help="Python file that defines claims of your own")
    p.add_argument("--depths", type=_counts, help=f"default {_shown(d.depths)}")
    p.add_argument("--widths", type=_counts, help=f"default {_shown(d.widths)}")
    p.add_argument("--input-dim", type=_count, help=f"default {d.input_dim}")
    p.add_argument("--shape", type=_counts, action="append", help="one more: d,m_1,...,m_L")
    p.add_argument("--activations", type=_names, help=f"default {_shown(d.activations)}")
    p.add_argument("--placements", type=_names, help="inner, outer or both (default inner)")
    p.add_argument("--seeds", type=_count, help=f"how many (default {d.seeds})")
    p.add_argument("--networks", type=_count, help=f"for each item (default {d.networks})")
    p.add_argument("--evaluations", type=int, help=f"of the attack (default {d.evaluations})")


def _count(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number above 0")
    return int(text)


def _counts(text: str) -> tuple[int, ...]:
    return tuple(_count(part) for part in text.split(","))


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split(","))


def _shown(values: Sequence[object]) -> str:
    return ",".join(map(str, values))


def _plan(options: argparse.Namespace) -> tuple[Plan | None, str | None]:
    """The plan the options ask for, None if they ask for nothing or name but the file of an old
    campaign, which then goes on; and that file."""
    names = ("claims", "source", "depths", "widths", "input_dim", "activations", "placements")
    given: dict[str, Any] = {n: getattr(options, n) for n in (*names, "seeds", "networks")}
    given |= {"evaluations": options.evaluations}
    given |= {"shapes": tuple(options.shape) if options.shape else None}
    given = {name: value for name, value in given.items() if value is not None}
    if "source" in given:
        given["source"] = str(Path(given["source"]).resolve())
    source = given.get("source")
    goes_on = set(given) <= {"source"} and options.database.is_file()
    return (None if goes_on or not given else Plan(**given)), source


def _cluster(options: argparse.Namespace) -> Cluster | None:
    if options.jobs is None and options.scheduler is None:
        return None
    return Cluster(options.jobs or 0, options.scheduler, options.patience)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    options = parser().parse_args(argv)
    kept = "finished items are stored"
    return guarded("python -m verify.campaign", lambda: _run(options), kept)


def _run(options: argparse.Namespace) -> int:
    console = Console()
    if not console.is_terminal:
        console.width = 160  # a file or a pipe has no width; a table should not fold there
    if options.command == "run":
        with progress_bar("campaign") as tell:

            def told(done: int, total: int, item: Item) -> None:
                tell(done, total=total, text=item.label)

            plan, source = _plan(options)
            where = _cluster(options)
            run(
                options.database, plan, limit=options.limit, source=source, cluster=where,
                progress=told,
            )  # fmt: skip
    campaign = read(options.database)
    if options.command == "results":
        console.print(campaign.path, _results(campaign))
    elif options.command == "counterexamples":
        _write(campaign, options.folder, console)
    else:
        console.print(_headline(campaign), _status(campaign), sep="\n")
    return exit_code(campaign)


def exit_code(campaign: Campaign) -> Exit:
    """From the verdicts; something left to do counts as open."""
    verdicts = {result.verdict for result in campaign.results.values()}
    return of_verdicts(verdicts - {Verdict.NOT_RUN}, todo=not campaign.finished)


def _headline(campaign: Campaign) -> str:
    done, total = len(campaign.results), len(campaign.items)
    return f"{campaign.path}: {done} of {total} items, {campaign.seconds:.1f} s"


def _table(names: Sequence[str]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for index, name in enumerate(names):
        first = index == 0
        table.add_column(name, no_wrap=first, justify="right" if index > 1 else "left")
    return table


def _status(campaign: Campaign) -> Table:
    names = ("claim", "verdict", "items", "networks", "attacked", "best ratio", "violations")
    table = _table(names)
    for s in campaign.summaries():
        counts = (f"{s.done}/{s.total}", str(s.networks), str(s.evaluations))
        table.add_row(s.claim, s.verdict.value, *counts, _ratio(s.best_ratio), str(s.violations))
    return table


def _results(campaign: Campaign) -> Table:
    table = _table(("item", "verdict", "networks", "attacked", "best ratio"))
    for k, r in campaign.results.items():
        counts = (str(r.networks), str(r.evaluations))
        table.add_row(campaign.items[k].label, r.verdict.value, *counts, _ratio(r.best_ratio))
    return table


def _ratio(value: float | None) -> str:
    return "-" if value is None else f"{value:.6g}"


def _write(campaign: Campaign, folder: Path, console: Console) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise VerifyError("folder", f"{folder} ({error.strerror})", "a writable folder") from error
    for index, found in enumerate(campaign.counterexamples()):
        path = found.save(folder / f"{found.name}-{index}.json")
        console.print(f"wrote {path} (truth / right side = {found.claimed['ratio']})")
