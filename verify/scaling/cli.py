"""`scaling`: one scaling law in the terminal."""

from __future__ import annotations

import argparse
import sys

from rich.console import Console

from verify.exits import guarded, of_verdicts
from verify.families import all_claims, named
from verify.report.terminal import PIPE_WIDTH, show_table
from verify.scaling.law import scaling_law
from verify.scaling.section import section

__all__ = ["run_command"]


def run_command(options: argparse.Namespace) -> int:
    """Measure and print the law; returns the exit code."""
    return guarded(options.command, lambda: _run(options), "nothing was written")


def _run(options: argparse.Namespace) -> int:
    claim = named(options.claim, all_claims())
    law = scaling_law(claim, options.over, groups=options.groups, seed=options.seed)
    found = section([[law]], options.over)
    console = Console(width=None if sys.stdout.isatty() else PIPE_WIDTH)
    for table in found.tables:
        show_table(console, table)
    return of_verdicts(found.verdicts)
