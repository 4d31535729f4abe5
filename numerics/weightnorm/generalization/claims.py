"""`python -m numerics.weightnorm.generalization.claims`: the certificates over independent draws.

Every certificate against populations known exactly, the negative controls with their adversaries,
and the exponents of the gap. Exit code 1: a certificate is refuted, or a control is not.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from numerics.commandline import OneLineParser
from numerics.errors import NumericsError
from numerics.weightnorm.generalization.adversaries import finite_memorizer, memorizer
from numerics.weightnorm.generalization.controls import CONTROLS, OPEN, Control
from numerics.weightnorm.generalization.populations import Population, random_labels, teacher
from numerics.weightnorm.generalization.scaling import VALUES, gap_exponent
from numerics.weightnorm.generalization.trials import Outcomes, Trials, judge, trained_outcomes

FIXED = ((1, 100, 5.0), (2, 100, 5.0), (4, 100, 5.0), (1, 200, 7.0), (2, 40, 3.0), (1, 100, 9.5))
MEMORIZERS = ((100, 1, 10_000), (100, 8, 10_000), (100, 1, 400), (400, 2, 10_000))
POINTS = 2000  # inputs of a population


@dataclass(frozen=True, eq=False, slots=True)
class Setting:
    """One certificate in one setting; run(draws, seed) -> outcomes."""

    claim: str
    run: Callable[[int, int], Outcomes]


def settings() -> tuple[Setting, ...]:
    """Everything that is drawn, by name."""
    return (*_fixed(), *_memorized(), *_chosen())


def run_settings(draws: int, seed: int) -> Iterator[Trials]:
    """The judged draws of every setting."""
    for setting in settings():
        yield judge(setting.claim, setting.run(draws, seed))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit code: 0 as it should be, 1 not, 2 wrong usage."""
    options = _parser().parse_args(arguments)
    console = Console()
    try:
        trials = list(run_settings(options.draws, options.seed))
    except NumericsError as error:
        sys.stderr.write(f"numerics.weightnorm.generalization: {error}\n")
        return 2
    controls = [(control, control.run(options.seed)) for control in CONTROLS]
    console.print(_claims_table(trials))
    console.print(_controls_table("Negative controls (each must be refuted)", controls))
    simpler = [(control, control.run(options.seed)) for control in OPEN]
    console.print(_controls_table("Simpler claims, not proved, that nothing here refutes", simpler))
    if options.exponents:
        for name in VALUES:
            console.print(str(gap_exponent(name, seed=options.seed)))
    wrong = any(trial.refuted for trial in trials) or not all(t.refuted for _, t in controls)
    return int(wrong)


def _fixed() -> Iterator[Setting]:
    for make in (_random, _teacher):
        for depth, n, rho in FIXED:
            kind = "fair labels" if make is _random else "teacher, 10 % flipped"
            yield Setting(
                f"G3 fixed rho = {rho:g}, L = {depth}, n = {n}, {kind}",
                lambda draws, seed, make=make, depth=depth, n=n, rho=rho: trained_outcomes(  # type: ignore[misc]
                    make(20, seed), depth=depth, n=n, rho=rho, draws=draws, seed=seed
                ),
            )


def _memorized() -> Iterator[Setting]:
    for n, depth, dimension in MEMORIZERS:
        yield Setting(
            f"G3 rho = sqrt n, L = {depth}, n = {n}, memorizer, d = {dimension}",
            lambda draws, seed, n=n, depth=depth, dimension=dimension: finite_memorizer(  # type: ignore[misc]
                n, depth=depth, rho=math.sqrt(n), dimension=dimension, draws=draws, seed=seed
            ),
        )
    for depth in (1, 16):
        yield Setting(
            f"G3 rho = sqrt n, L = {depth}, n = 10^6, memorizer, one-hot",
            lambda draws, seed, depth=depth: memorizer(  # type: ignore[misc]
                10**6, depth=depth, rho=1000.0, draws=draws
            ),
        )


def _chosen() -> Iterator[Setting]:
    rows = (
        ("G6 rho after training", "margin", 1, 600, 3, 0.0),
        ("G6 rho after training", "margin", 2, 600, 3, 0.0),
        ("G8 vote", "vote", 1, 600, 3, 0.0),
        ("G8 vote", "vote", 1, 100, 20, 0.1),
        ("G8 vote of depth 2", "vote", 2, 600, 3, 0.0),
        ("G9 linear", "linear", 1, 600, 3, 0.0),
        ("G9 linear", "linear", 3, 100, 20, 0.1),
        ("G4 square loss", "square", 1, 100, 20, 0.1),
        ("G4 square loss", "square", 2, 100, 20, 0.5),
    )
    for claim, method, depth, n, d, flip in rows:
        yield Setting(
            f"{claim}, L = {depth}, n = {n}, d = {d}, {flip:g} flipped",
            lambda draws, seed, m=method, depth=depth, n=n, d=d, flip=flip: trained_outcomes(  # type: ignore[misc]
                teacher(POINTS, d, flip=flip, seed=seed), depth=depth, n=n, draws=draws,
                seed=seed, method=m,
            ),
        )  # fmt: skip


def _random(d: int, seed: int) -> Population:
    return random_labels(POINTS, d, seed=seed)


def _teacher(d: int, seed: int) -> Population:
    return teacher(POINTS, d, flip=0.1, seed=seed)


def _claims_table(trials: Sequence[Trials]) -> Table:
    total = sum(trial.draws for trial in trials)
    failures = sum(trial.failures for trial in trials)
    table = Table(title=f"Certificates over draws: {failures} false of {total}")
    for heading in ("claim", "false", "95 % interval", "gap/bound", "truth/claim", "median claim"):
        table.add_column(heading, justify="left" if heading == "claim" else "right")
    for trial in trials:
        low, high = trial.interval
        table.add_row(
            trial.claim, f"{trial.failures} / {trial.draws}", f"{low:.4f} to {high:.4f}",
            f"{trial.worst:.3f}", f"{trial.ratio:.3f}", f"{trial.median:.3f}",
        )  # fmt: skip
    return table


def _controls_table(title: str, rows: Sequence[tuple[Control, Trials]]) -> Table:
    table = Table(title=title)
    for heading in ("mistake", "adversary", "false", "verdict"):
        table.add_column(heading)
    for control, trial in rows:
        table.add_row(
            control.mistake,
            control.adversary,
            f"{trial.rate:.3f}",
            "refuted" if trial.refuted else "not refuted",
        )
    return table


def _parser() -> argparse.ArgumentParser:
    parser = OneLineParser(
        prog="python -m numerics.weightnorm.generalization.claims",
        description="How often certificates of probability 0.95 are false, over independent draws.",
    )
    add = parser.add_argument
    add("--draws", type=int, default=50, help="per setting (%(default)s)")
    add("--seed", type=int, default=0, help="of everything (%(default)s)")
    add("--exponents", action="store_true", help="also the exponents of the gap")
    return parser


if __name__ == "__main__":
    sys.exit(main())
