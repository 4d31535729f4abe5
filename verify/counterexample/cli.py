"""Stored counterexamples as a command: `show`, `check`, `pytest`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from verify.commands.main import parsed
from verify.counterexample.confirm import confirm
from verify.counterexample.files import load
from verify.counterexample.readable import describe
from verify.counterexample.replay import find_claim, printable, pytest_source
from verify.exits import Exit, guarded
from verify.writing import write_whole

__all__ = ["main", "run_command"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    return run_command(parsed("counterexample", argv, "python -m verify.counterexample"))


def run_command(options: argparse.Namespace) -> int:
    """Run the command from its options; returns the exit code."""
    return guarded(options.command, lambda: _run(options), "nothing was written")


def _run(options: argparse.Namespace) -> int:
    if options.what == "check":
        answer = confirm(options.file)
        sys.stdout.write(answer.line + "\n")
        if answer.rejected:
            return Exit.USAGE
        return Exit.HOLDS if answer.confirmed else Exit.VIOLATED
    found = load(options.file)
    if options.what == "show":
        ratio = found.claimed["ratio"]
        said = f"{found.name}: truth / right side = {ratio}\n{describe(found.case())}\n"
        sys.stdout.write(printable(said))
        return 0
    find_claim(found.name, options.claims)
    text = pytest_source(found, options.claims)
    if options.out is None:
        sys.stdout.write(text)
        return 0
    write_whole(options.out, text, "--out")
    sys.stdout.write(f"wrote {options.out}\n")
    return 0
