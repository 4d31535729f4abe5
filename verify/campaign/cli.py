"""Command line of campaigns: run, status, results, counterexamples."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from numerics.progress import progress_bar
from verify.campaign.cluster import Cluster
from verify.campaign.plan import Item, Plan
from verify.campaign.read import Campaign, read
from verify.campaign.runner import run
from verify.commands.main import parsed
from verify.errors import VerifyError
from verify.exits import Exit, guarded, of_verdicts
from verify.verdict import Verdict


def _plan(options: argparse.Namespace) -> tuple[Plan | None, str | None]:
    """The plan the options ask for, None if they ask for nothing or name but the file of an old
    campaign, which then goes on; and that file."""
    names = ("depths", "widths", "input_dim", "activations", "placements", "seeds", "networks")
    given: dict[str, Any] = {n: getattr(options, n) for n in (*names, "evaluations")}
    given |= {"claims": options.only, "source": options.claims}
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
    return run_command(parsed("campaign", argv, "python -m verify.campaign"))


def run_command(options: argparse.Namespace) -> int:
    """Run the command from its options; returns the exit code."""
    kept = f"finished items are stored in {options.database}; the same command goes on"
    return guarded(options.command, lambda: _run(options), kept)


def _run(options: argparse.Namespace) -> int:
    console = Console()
    if not console.is_terminal:
        console.width = 160  # a file or a pipe has no width; a table should not fold there
    if options.what == "run":
        with progress_bar("campaign") as tell:

            def told(done: int, total: int, item: Item) -> None:
                tell(done, total=total, text=item.label)

            if options.resume and not options.database.is_file():
                found = f"no {options.database}"
                raise VerifyError("--resume", found, "a campaign that was begun")
            plan, source = _plan(options)
            where = _cluster(options)
            run(
                options.database, plan, limit=options.limit, source=source, cluster=where,
                progress=told,
            )  # fmt: skip
    campaign = read(options.database)
    if options.what == "results":
        console.print(campaign.path, _results(campaign))
    elif options.what == "counterexamples":
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
