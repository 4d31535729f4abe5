"""`python -m verify.weightnorm.generalization`: the statements with probability on many draws."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from numerics.commandline import OneLineParser
from verify.exits import EPILOG, guarded, of_verdicts
from verify.families import matching
from verify.verdict import Verdict
from verify.weightnorm.generalization import likelihood
from verify.weightnorm.generalization.likelihood import Fallen, Found
from verify.weightnorm.generalization.sources import settings


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit code."""
    options = _parser().parse_args(arguments)
    return guarded("generalization", lambda: _run(options), "nothing is kept")


def _run(options: argparse.Namespace) -> int:
    known = {setting.words: setting for setting in settings()}
    chosen = [known[words] for words in matching(options.only, known, "--only")]
    found = list(likelihood.judged(options.draws, seed=options.seed, quick=False, chosen=chosen))
    fallen = [] if options.only else likelihood.controls(options.seed)
    console = Console(width=None if sys.stdout.isatty() else 150)
    console.print(_draws_table(found))
    if fallen:
        console.print(_controls_table("Negative controls", fallen))
        standing = likelihood.unrefuted(options.seed)
        console.print(_controls_table("Not refuted, not proved", standing))
    survived = any(each.verdict is not Verdict.VIOLATED for each in fallen)
    return of_verdicts((each.draws.verdict for each in found), survived=survived)


def _draws_table(found: Sequence[Found]) -> Table:
    whole = {each.setting.words: each.draws.draws for each in found}
    failures = sum(each.draws.failures for each in found)
    title = f"{sum(whole.values())} draws of {len(whole)} kinds; {failures} statements false"
    table = Table(title=title)
    for heading in ("statement", "draws of", "verdict", "false", "rate at most", "gap/bound"):
        table.add_column(heading)
    for each in found:
        draws = each.draws
        table.add_row(
            draws.claim.removeprefix("generalization."), each.setting.words, draws.verdict.value,
            f"{draws.failures} / {draws.draws}", f"{draws.interval[1]:.4f}", f"{draws.worst:.3f}",
        )  # fmt: skip
    return table


def _controls_table(title: str, rows: Sequence[Fallen]) -> Table:
    table = Table(title=title)
    for heading in ("mistake", "adversary", "false", "rate at least", "verdict"):
        table.add_column(heading)
    for each in rows:
        trials = each.trials
        table.add_row(
            each.control.mistake, each.control.adversary, f"{trials.failures} / {trials.draws}",
            f"{each.least:.3f}", each.verdict.value,
        )  # fmt: skip
    return table


def _parser() -> argparse.ArgumentParser:
    parser = OneLineParser(
        prog="python -m verify.weightnorm.generalization",
        description="Statements on generalization, judged on independent draws.",
        epilog=EPILOG,
    )
    add = parser.add_argument
    add("--draws", type=int, default=likelihood.FEWEST, help="of each kind (%(default)s)")
    add("--seed", type=int, default=0, help="of everything (%(default)s)")
    add("--only", help="kinds of draws whose words contain or match this; no controls then")
    return parser


if __name__ == "__main__":
    sys.exit(main())
