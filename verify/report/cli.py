"""Command line of the report: options, progress, exit codes."""

from __future__ import annotations

import argparse
import itertools
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import torch
from rich.console import Console

from numerics.commandline import OneLineParser
from numerics.progress import Tell, progress_bar
from numerics.validation import check_device
from verify.campaign.read import read
from verify.claim import Claim
from verify.controls import refute_all
from verify.effort import EFFORTS, Effort
from verify.exits import EPILOG, Exit, guarded, of_verdicts
from verify.families import Registry, all_trials, families, selected
from verify.probability import Trial, tried
from verify.report.extras import figures, own_sections, run_cases
from verify.report.model import Report
from verify.report.mutation import scores
from verify.report.run import cases, run
from verify.report.section import Context, Progress, Section
from verify.report.summary import Row, of_draws, summarize
from verify.report.terminal import PIPE_WIDTH, show
from verify.report.tightness import replay
from verify.report.write import check_writable, write
from verify.verdict import Verdict


def parser() -> argparse.ArgumentParser:
    """The options of `python -m verify.report`."""
    p = OneLineParser(
        prog="python -m verify.report",
        description="Check the bounds of deep WeightNorm networks against their true quantities.",
        epilog=EPILOG,
    )
    effort = p.add_mutually_exclusive_group()
    effort.add_argument("--quick", action="store_true", help="a look, well under a minute")
    effort.add_argument("--deep", action="store_true", help="larger grids, tens of minutes")
    p.add_argument("--device", default="cpu", help="cpu or cuda (default cpu)")
    p.add_argument("--seed", type=_seed, default=0, help="same seed, same results (default 0)")
    p.add_argument("--out", type=Path, default=Path("report"), help="folder (default report/)")
    p.add_argument("--only", metavar="PATTERN", help="claims whose name contains PATTERN")
    p.add_argument("--mutants", action="store_true", help="also score mutants (slow; in --deep)")
    p.add_argument("--claims", type=Path, metavar="FILE.py", help="also judge your own claims")
    p.add_argument("--run", type=Path, metavar="DIR", help="also check a saved training run")
    p.add_argument("--data", type=Path, metavar="DIR", help="where the pictures of that run lie")
    p.add_argument("--figures", type=Path, metavar="DIR", help="show figures drawn before")
    p.add_argument("--campaign", type=Path, metavar="FILE", help="also show a stored campaign")
    return p


def _seed(text: str) -> int:
    value = int(text)
    if not 0 <= value < 2**31:
        raise argparse.ArgumentTypeError("a seed is an integer from 0 to 2**31 - 1")
    return value


def main(
    argv: Sequence[str] | None = None,
    registry: Registry | None = None,
    efforts: Mapping[str, Effort] = EFFORTS,
) -> int:
    """Run the report on the claims and controls of the registry; returns the exit code."""
    options = parser().parse_args(argv)
    effort = efforts["quick" if options.quick else "deep" if options.deep else "default"]
    known = registry or Registry(trials=all_trials)
    return guarded(
        "python -m verify.report", lambda: _report(options, effort, known), "nothing was written"
    )


def _report(options: argparse.Namespace, effort: Effort, registry: Registry) -> int:
    check_device(options.device)
    check_writable(options.out)
    chosen, trials = _chosen(options.only, registry)
    drawn = figures(options.figures)
    campaign = read(options.campaign).summaries() if options.campaign else []
    started = time.perf_counter()
    with _one_pool(), progress_bar("report") as tell:
        population = list(cases(chosen, effort, options.seed, options.device))
        population += run_cases(options.run, options.data)
        progress = _counted(tell, len(population) + _OTHER_WORK)
        own = own_sections(options.claims, options.seed, progress)
        records = run(chosen, population, progress)
        likely = _judged(trials, options.seed, progress)
        progress("negative controls")
        controls = refute_all(chosen, options.seed, registry.controls())
        context = Context(population, chosen, effort, options.seed, options.only, progress)
        sections = made_sections(context)
        progress("stored witnesses")
        tightness = replay(chosen)
        mutants = options.mutants or options.deep
        mutation = scores(chosen, options.seed, progress) if mutants else ()
    report = Report(
        rows=[*(summarize(claim, records, effort) for claim in chosen.values()), *likely],
        records=records,
        controls=controls,
        sections=sections,
        tightness=tightness,
        campaign=campaign,
        mutation=mutation,
        own=own,
        figures=drawn,
        effort=effort,
        seed=options.seed,
        device=options.device,
        seconds=time.perf_counter() - started,
    )
    write(report, options.out)
    console = Console(width=None if sys.stdout.isatty() else PIPE_WIDTH)
    show(console, report)
    console.print(f"wrote {options.out / 'report.json'} and {options.out / 'index.html'}")
    return exit_code(report)


def _chosen(pattern: str | None, registry: Registry) -> tuple[dict[str, Claim], list[Trial]]:
    """The claims asked for that a single case can refute, and the trials of the others."""
    trials = registry.trials()
    likely = {trial.claim.name: trial.claim for trial in trials}
    chosen = selected(pattern, {**registry.claims(), **likely}, "--only")
    asked = [trial for trial in trials if trial.claim.name in chosen]
    return {name: claim for name, claim in chosen.items() if name not in likely}, asked


def _judged(trials: Sequence[Trial], seed: int, progress: Progress) -> list[Row]:
    """One row for each trial."""
    rows = []
    for trial in trials:
        progress(f"draws for {trial.claim.name}")
        rows.append(of_draws(trial, tried(trial, seed)))
    return rows


def made_sections(context: Context) -> list[Section]:
    """What the families show beside their rows, in the order of the table of families.

    With --only, only those with a claim among the chosen ones.
    """
    shown = [f for f in families() if context.only is None or f.claims().keys() & context.chosen]
    made = [make(context) for family in shown for make in family.sections]
    return [section for section in made if section is not None]


def exit_code(report: Report) -> Exit:
    """0, 1 or 3 from the verdicts; a violated lemma or a surviving control counts as a violation.

    A lemma whose two sides are both rounding noise stays undecided without consequence: the
    bound that rests on it was decided on the same networks.
    """
    verdicts = {row.verdict for row in report.rows}
    verdicts |= {row.verdict for row in report.tightness}
    verdicts |= {row.verdict for row in report.campaign}
    verdicts |= {Verdict(found["verdict"]) for found in report.own}
    survived = any(not result.refuted for result in report.controls)
    for section in report.sections:
        verdicts |= section.verdicts
        survived |= bool(section.survived)
    return of_verdicts(verdicts, survived=survived)


@contextmanager
def _one_pool() -> Iterator[None]:
    """One thread: numpy's and torch's pools fight on few cores (19 s against 0.23 s once seen)."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


#: Pieces of work besides the cases that tell their progress, about.
_OTHER_WORK = 6


def _counted(tell: Tell, total: int) -> Progress:
    """Progress by labels as a bar: each label is one piece of work begun."""
    done = itertools.count()
    return lambda label: tell(next(done), total=total, text=label)
