"""The report as a command: progress, what is kept, exit codes."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

import torch
from rich.console import Console

from numerics.progress import Tell, progress_bar
from numerics.validation import check_device
from verify.campaign.read import read
from verify.check import Check
from verify.claim import Claim
from verify.commands.main import parsed
from verify.controls import Refutation, chosen_controls, refute
from verify.effort import EFFORTS, Effort
from verify.exits import Exit, guarded
from verify.families import Control, Registry, all_trials, families, selected
from verify.keeping import Kept
from verify.probability import Draws, Trial, tried
from verify.report.document import json_schema
from verify.report.extras import figures, own_sections, run_cases
from verify.report.made import commit, work
from verify.report.model import Report
from verify.report.mutation import scores
from verify.report.overall import exit_code
from verify.report.run import case_tasks, cases, recorded
from verify.report.schema import document, lines
from verify.report.section import Context, Progress, Section
from verify.report.summary import Row, of_draws, summarize
from verify.report.terminal import PIPE_WIDTH, show
from verify.report.tightness import row, stored_witnesses
from verify.report.write import check_writable, write
from verify.witness import Record
from verify.workers import Task, cores, results

__all__ = ["exit_code", "main", "run_command"]

#: Where finished work is kept until the report is written.
UNFINISHED = "unfinished.jsonl"


def main(
    argv: Sequence[str] | None = None,
    registry: Registry | None = None,
    efforts: Mapping[str, Effort] = EFFORTS,
) -> int:
    """Run the report on the claims and controls of the registry; returns the exit code."""
    return run_command(parsed("report", argv, "python -m verify.report"), registry, efforts)


def run_command(
    options: argparse.Namespace,
    registry: Registry | None = None,
    efforts: Mapping[str, Effort] = EFFORTS,
) -> int:
    """Run the report from its options; returns the exit code."""
    if options.schema:
        sys.stdout.write(json.dumps(json_schema(), indent=1) + "\n")
        return Exit.HOLDS
    kept = options.out / UNFINISHED
    effort = efforts["quick" if options.quick else "deep" if options.deep else "default"]
    known = registry or Registry(trials=all_trials)

    def interrupted() -> str:
        if not kept.is_file():
            return "nothing was written"
        done = kept.read_bytes().count(b"\n") - 1
        return f"{done} pieces of work are kept in {kept}; --resume goes on with them"

    return guarded(options.command, lambda: _report(options, effort, known), interrupted)


def _report(options: argparse.Namespace, effort: Effort, registry: Registry) -> int:
    check_device(options.device)
    check_writable(options.out)
    chosen, trials = _chosen(options.only, registry, effort)
    drawn = figures(options.figures)
    campaign = read(options.campaign).summaries() if options.campaign else []
    what = work(options, effort, chosen)
    kept = Kept(options.out / UNFINISHED, what, resume=options.resume)
    started = time.perf_counter()
    with _one_pool(), progress_bar("report") as tell:
        tell(0, text="making the networks")
        population = list(cases(chosen, effort, options.seed, options.device))
        population += run_cases(options.run, options.data_dir)
        context = Context(population, chosen, effort, options.seed, options.only)
        bases = {*chosen, *(trial.claim.name for trial in trials)}
        wrong, stored = chosen_controls(bases, registry.controls()), stored_witnesses(chosen)
        tasks = [
            section_tasks(context), trial_tasks(trials, options.seed),
            case_tasks(chosen, population), control_tasks(wrong, options.seed),
            witness_tasks(chosen, stored),
        ]  # fmt: skip
        mutants = options.mutants or options.deep
        progress = _counted(tell, sum(map(len, tasks)) + len(chosen) * mutants + 1)
        own = own_sections(options.claims, options.seed, progress)
        jobs = options.jobs or (cores() if options.device == "cpu" else 1)
        found = iter(results([task for part in tasks for task in part], kept, jobs, progress))
        sections = [section for _ in tasks[0] for section in next(found)]
        likely = drawn_rows(trials, [draws for _ in tasks[1] for draws in next(found)])
        records = [r for case in population for r in recorded(chosen, case, next(found))]
        controls = [refutation(c, next(found)) for c in wrong]
        tightness = [row(record, chosen[name], next(found)) for name, record in stored.items()]
        records += [row.record for row in tightness if row.record is not None]
        mutation = scores(chosen, options.seed, progress) if mutants else ()
        progress("tables and formulas")
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
            only=options.only,
            command=options.typed,
            commit=commit(),
        )
        written = write(document(report), lines(report), options.out, latex=options.latex)
    kept.remove()
    console = Console(width=None if sys.stdout.isatty() else PIPE_WIDTH)
    show(console, report)
    console.print(f"wrote {', '.join(map(str, written))}", soft_wrap=True)
    return exit_code(report)


def _chosen(
    pattern: str | None, registry: Registry, effort: Effort
) -> tuple[dict[str, Claim], list[Trial]]:
    """The claims asked for that a single case can refute, and the trials of the others."""
    deep = effort.name == "deep"
    trials = [trial for trial in registry.trials() if deep or not trial.dear]
    likely = {trial.claim.name: trial.claim for trial in trials}
    chosen = selected(pattern, {**registry.claims(), **likely}, "--only")
    asked = [trial for trial in trials if trial.claim.name in chosen]
    return {name: claim for name, claim in chosen.items() if name not in likely}, asked


def section_tasks(context: Context) -> list[Task]:
    """What the families show beside their rows, in the order of the table of families, as pieces of
    work; each gives one section or none.

    With --only, only those with a claim among the chosen ones.
    """
    shown = [f for f in families() if context.only is None or f.claims().keys() & context.chosen]
    return [
        Task(f"section {k} of {f.name}", list[Section], partial(_made, make, context), f.title)
        for f in shown
        for k, make in enumerate(f.sections)
    ]


def _made(make: Callable[[Context], Section | None], context: Context) -> list[Section]:
    section = make(context)
    return [] if section is None else [section]


#: A refutation as plain data: refuted, tried, the ratio exactly, the witness.
_Walk = tuple[bool, int, str, str]


def control_tasks(controls: Sequence[Control], seed: int) -> list[Task]:
    """The negative controls as pieces of work."""
    return [
        Task(f"control {k}: {c.name}", _Walk, partial(_walked, c, seed), f"control {c.name}")
        for k, c in enumerate(controls)
    ]


def _walked(control: Control, seed: int) -> _Walk:
    found = refute(control, seed)
    return found.refuted, found.tried, found.ratio.hex(), found.witness


def refutation(control: Control, walk: _Walk) -> Refutation:
    """What a control's piece of work gave."""
    refuted, tried, ratio, witness = walk
    return Refutation(control, refuted, tried, float.fromhex(ratio), witness)


#: A trial as plain data: what was counted, the worst ratio exactly.
_Counted = tuple[Draws, str]


def trial_tasks(trials: Sequence[Trial], seed: int) -> list[Task]:
    """The claims with a probability as pieces of work: those tried on the same draws together."""
    return [
        Task(f"draws {k}: {', '.join(t.claim.name for t in together)}", list[_Counted],
             partial(_counts, together, seed), f"draws of {together[0].words}")
        for k, together in enumerate(_together(trials))
    ]  # fmt: skip


def _together(trials: Sequence[Trial]) -> list[list[Trial]]:
    """Trials by what draws for them, in order."""
    by_draw: dict[int, list[Trial]] = {}
    for trial in trials:
        by_draw.setdefault(id(trial.draw), []).append(trial)
    return list(by_draw.values())


def _counts(trials: Sequence[Trial], seed: int) -> list[_Counted]:
    found = [tried(trial, seed) for trial in trials]
    return [(replace(draws, worst=0.0), draws.worst.hex()) for draws in found]


def drawn_rows(trials: Sequence[Trial], counted: Sequence[_Counted]) -> list[Row]:
    """One row for each claim with a probability, from the draws of all of its distributions.

    counted: what the pieces of work gave, one after the other.
    """
    rows: dict[Claim, list[tuple[Trial, Draws]]] = {}
    order = [trial for together in _together(trials) for trial in together]
    for trial, (draws, worst) in zip(order, counted, strict=True):
        found = replace(draws, worst=float.fromhex(worst))
        rows.setdefault(trial.claim, []).append((trial, found))
    return [of_draws(found) for found in rows.values()]


def witness_tasks(chosen: Mapping[str, Claim], stored: Mapping[str, Record]) -> list[Task]:
    """The stored witnesses of the chosen claims as pieces of work."""
    return [
        Task(f"witness of {name}", Check, partial(record.replay, chosen[name]),
             f"stored witness of {name}")
        for name, record in stored.items()
    ]  # fmt: skip


@contextmanager
def _one_pool() -> Iterator[None]:
    """One thread: numpy's and torch's pools fight on few cores (19 s against 0.23 s once seen)."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _counted(tell: Tell, total: int) -> Progress:
    """Progress by labels as a bar: each label is one piece of work begun."""
    done = 0

    def told(label: str) -> None:
        nonlocal done
        tell(done, total=max(total, done), text=label)
        done += 1

    return told
