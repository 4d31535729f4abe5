"""The command line of the attack: controls, bounds, tightness, mutants, shipped witnesses."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from rich.console import Console
from rich.table import Table

from bounds import BoundsError
from numerics import NumericsError
from numerics.errors import ContradictionError
from numerics.progress import Tell, progress_bar
from numerics.validation import check_device
from verify.attack.engine import attack
from verify.attack.finished import Finished, Row
from verify.attack.result import AttackResult, Budget, Progress
from verify.claim import Claim
from verify.commands.attack import EVALUATIONS
from verify.commands.main import parsed
from verify.errors import VerifyError
from verify.exits import guarded, of_verdicts
from verify.families import Registry, all_trials, matching, selected
from verify.mutation import Fate, Score, mutation_score
from verify.own.load import load_claims
from verify.probability import Draws, Trial, tried
from verify.ratios import ratio_text
from verify.tightness import Axes, Tight, Tightness, along, measure_tightness
from verify.verdict import Verdict
from verify.witness import Record, shipped, store

_MORE_DRAWS = 10  # an attack takes up to so many times the draws of a report
_OF_CLAIMS = ("bounds", "tightness")  # what can be done with claims of a file
_OF_THE_ROOMS = (VerifyError, NumericsError, BoundsError)
_WIDTH = 150  # columns where the output is no terminal


def main(
    argv: Sequence[str] | None = None,
    registry: Registry | None = None,
    witnesses: Callable[[], Mapping[str, Record]] = shipped,
) -> int:
    """Run on the claims and controls of the registry; prints one line on wrong usage."""
    return run_command(parsed("attack", argv, "python -m verify.attack"), registry, witnesses)


def run_command(
    options: argparse.Namespace,
    registry: Registry | None = None,
    witnesses: Callable[[], Mapping[str, Record]] = shipped,
) -> int:
    """Run from the options; returns the exit code."""
    options.registry, options.witnesses_of = registry or Registry(trials=all_trials), witnesses
    console = Console(width=None if sys.stdout.isatty() else _WIDTH)
    run = {
        "controls": _controls,
        "bounds": _bounds,
        "tightness": _tightness,
        "mutants": _mutants,
        "witnesses": _witnesses,
    }

    finished: list[Finished] = []

    def work() -> int:
        check_device(options.device)
        if options.claims is not None and options.what not in _OF_CLAIMS:
            raise VerifyError("--claims", options.what, " or ".join(_OF_CLAIMS))
        budget = Budget(options.evaluations or EVALUATIONS[options.what])
        finished.append(Finished(options, budget))
        code = run[options.what](options, budget, console, finished[0])
        finished[0].done()
        return code

    def interrupted() -> str:
        return finished[0].kept() if finished else "nothing was begun"

    return guarded(options.command, work, interrupted)


def _known(options: argparse.Namespace) -> Mapping[str, Claim]:
    """The claims there are: the shipped ones, or those of a file."""
    own: Mapping[str, Claim] = (
        load_claims(options.claims) if options.claims is not None else options.registry.claims()
    )
    return own


def _chosen(options: argparse.Namespace) -> dict[str, Claim]:
    """The claims asked for."""
    return selected(options.only, _known(options), "--only")


def _told(tell: Tell, budget: Budget, before: int, total: int) -> Callable[[Progress], None]:
    """One attack among several, as a bar over all of their candidates."""
    return lambda p: tell(
        before * budget.evaluations + p.evaluations,
        total=total * budget.evaluations,
        text=f"{p.claim}: best {p.best_ratio:.6g}, {p.architecture}",
    )


def _attacks(
    chosen: dict[str, Claim],
    options: argparse.Namespace,
    budget: Budget,
    console: Console,
    finished: Finished,
) -> list[Verdict]:
    """Attack each claim and print a table; the verdict on each. After Ctrl-C the table holds the
    attacks that were finished, and they are kept. A claim that refuses is not run, and the others
    are, unless all of them refuse: then something is wrong with what was asked."""
    table = Table("claim", "verdict", "best ratio", "candidates", "seconds", "found by", "on")
    verdicts: list[Verdict] = []
    refused: list[Exception] = []
    try:
        with progress_bar("attack") as tell:
            for name, claim in chosen.items():
                told = _told(tell, budget, len(verdicts), len(chosen))
                row = finished.get(name)
                if row is None:
                    try:
                        row = finished.put(name, _attacked(name, claim, options, told))
                    except ContradictionError:  # a fault of ours: nothing hides it
                        raise
                    except _OF_THE_ROOMS as error:  # this claim's; the others are attacked
                        refused.append(error)
                        row = Row(Verdict.NOT_RUN, _refused_row(name, error))
                verdicts.append(row.verdict)
                table.add_row(*row.cells)
        if refused and len(refused) == len(chosen):
            raise refused[0]
    finally:
        console.print(table)
    return verdicts


def _attacked(
    name: str, claim: Claim, options: argparse.Namespace, told: Callable[[Progress], None]
) -> Row:
    found = attack(
        claim,
        budget=Budget(options.evaluations or EVALUATIONS[options.what]),
        seed=options.seed,
        starts=options.starts,
        device=options.device,
        report=told,
    )
    return Row(found.verdict, _attack_row(name, found))


def _refused_row(name: str, error: Exception) -> tuple[str, ...]:
    return (name, Verdict.NOT_RUN.value, "", "", "", "", str(error))


def _attack_row(name: str, found: AttackResult) -> tuple[str, ...]:
    return (
        name,
        found.verdict.value,
        ratio_text(found.ratio, 10),
        str(found.evaluations),
        f"{found.seconds:.2f}",
        found.found_by,
        found.shape.name,
    )


def _controls(
    options: argparse.Namespace, budget: Budget, console: Console, finished: Finished
) -> int:
    known = {control.name: control for control in options.registry.controls()}
    asked = [known[name] for name in matching(options.only, known, "--only")]
    trials = [control.trial for control in asked if control.trial is not None]
    chosen = {control.name: control.claim for control in asked if control.trial is None}
    found = _attacks(chosen, options, budget, console, finished) if chosen else []
    found += _draws(trials, options, budget, console) if trials else []
    return of_verdicts((), survived=any(verdict is not Verdict.VIOLATED for verdict in found))


def _bounds(
    options: argparse.Namespace, budget: Budget, console: Console, finished: Finished
) -> int:
    tried_on = options.registry.trials() if options.claims is None else ()
    likely = {trial.claim.name: trial.claim for trial in tried_on}
    asked = selected(options.only, {**_known(options), **likely}, "--only")
    trials = [trial for trial in tried_on if trial.claim.name in asked]
    chosen = {name: claim for name, claim in asked.items() if name not in likely}
    verdicts = _attacks(chosen, options, budget, console, finished) if chosen else []
    return of_verdicts(verdicts + (_draws(trials, options, budget, console) if trials else []))


def _draws(
    trials: Sequence[Trial], options: argparse.Namespace, budget: Budget, console: Console
) -> list[Verdict]:
    """Claims with a probability: no search may choose their cases, so a claim's budget goes into
    independent draws, the same number from each distribution that the family tries it on."""
    table = Table("claim", "verdict", "draws", "failures", "rate", "allowed", "worst", "draws of")
    verdicts: list[Verdict] = []
    shares = Counter(trial.claim for trial in trials)
    try:
        with progress_bar("draws", len(trials)) as tell:
            for done, trial in enumerate(trials):
                tell(done, text=f"{trial.claim.name}: {trial.words}")
                share = 1 if trial.dear else budget.evaluations // shares[trial.claim]
                most = min(share, _MORE_DRAWS * trial.draws)
                found = tried(trial, options.seed, max(trial.draws, most))
                verdicts.append(found.verdict)
                table.add_row(*_draws_row(trial, found))
    finally:
        console.print(table)
    return verdicts


def _draws_row(trial: Trial, found: Draws) -> tuple[str, ...]:
    low, high = found.interval
    return (
        found.claim,
        found.verdict.value,
        str(found.draws),
        str(found.failures),
        f"{low:.3g} to {high:.3g}",
        f"{found.delta:.3g}",
        ratio_text(found.worst),
        trial.words,
    )


def _tightness(
    options: argparse.Namespace, budget: Budget, console: Console, finished: Finished
) -> int:
    table, verdicts, chosen = _tightness_table(), [], _chosen(options)
    try:
        with progress_bar("tightness", len(chosen)) as tell:
            for done, (name, claim) in enumerate(chosen.items()):
                tell(done, text=name)
                row = finished.get(name) or finished.put(name, _tight(name, claim, options, budget))
                verdicts.append(row.verdict)
                table.add_row(*row.cells)
    finally:
        console.print(table)
    return of_verdicts(set(verdicts) & {Verdict.VIOLATED})


def _tight(name: str, claim: Claim, options: argparse.Namespace, budget: Budget) -> Row:
    found = measure_tightness(claim, budget=budget, seed=options.seed)
    if options.store is not None:
        store(found, claim, options.store)
    refuted = found.status is Tight.REFUTED
    cells = _tightness_row(name, found, found.ratios, found.witness.shape.name)
    return Row(Verdict.VIOLATED if refuted else Verdict.HOLDS, cells)


def _witnesses(
    options: argparse.Namespace, budget: Budget, console: Console, finished: Finished
) -> int:
    """The tightness table of the shipped witnesses, each checked again at its claim."""
    table, chosen, worst = _tightness_table(), _chosen(options), 0
    for name, record in options.witnesses_of().items():
        if name in chosen:
            worst = max(worst, int(record.replay(chosen[name]).verdict is Verdict.VIOLATED))
            table.add_row(*_tightness_row(name, record, record.cells, record.found_on))
    console.print(table)
    return of_verdicts((), todo=not table.row_count) or worst


def _tightness_table() -> Table:
    return Table(
        "claim",
        "best ratio",
        "1 - ratio",
        "",
        "may shrink by",
        "by depth",
        "by width",
        "witness on",
    )


def _tightness_row(
    name: str,
    found: Tightness | Record,
    cells: Mapping[Axes, float],
    found_on: str,
) -> tuple[str, ...]:
    return (
        name,
        f"{found.ratio:.6g}",
        f"{1 - found.ratio:.0e}",
        found.status.name.lower(),
        f"{found.slack:.4g}",
        _row(along("L", cells)),
        _row(along("m", cells)),
        found_on,
    )


def _row(ratios: dict[int, float]) -> str:
    return ", ".join(f"{key}: {ratio:.4g}" for key, ratio in ratios.items())


def _mutants(
    options: argparse.Namespace, budget: Budget, console: Console, finished: Finished
) -> int:
    table = Table("claim", "mutants", "looser", "invalid", "killed", "survived", "score")
    survivors = Table("survivor", "mistake", "why", title="Survivors")
    known, chosen = options.witnesses_of(), _chosen(options)
    try:
        with progress_bar("mutants", len(chosen)) as tell:
            for done, (name, claim) in enumerate(chosen.items()):
                tell(done, text=name)
                row = finished.get(name)
                if row is None:
                    ratio = known[name].ratio if name in known else None
                    score = mutation_score(
                        claim, best_ratio=ratio, budget=budget, seed=options.seed
                    )
                    row = finished.put(name, _mutants_row(name, score))
                table.add_row(*row.cells)
                for cells in row.more:
                    survivors.add_row(*cells)
    finally:
        console.print(table)
    if survivors.row_count:
        console.print(survivors)
    return 0


def _mutants_row(name: str, score: Score) -> Row:
    counts = [score.count(Fate.LOOSER), score.count(Fate.INVALID), score.killed]
    left = score.survivors
    cells = (name, *map(str, (len(score.outcomes), *counts, len(left))), f"{score.score:.3f}")
    more = tuple(
        (o.mutant.name, f"{o.mutant.operator}: {o.mutant.mistake}", o.reason) for o in left
    )
    return Row(Verdict.HOLDS, cells, more)
