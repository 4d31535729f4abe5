"""`python -m verify.counterexample show|check|pytest FILE`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from verify.counterexample.confirm import confirm
from verify.counterexample.files import load
from verify.counterexample.readable import describe
from verify.counterexample.replay import find_claim, printable, pytest_source
from verify.exits import EPILOG, Exit, guarded
from verify.writing import write_whole


def parser() -> argparse.ArgumentParser:
    """The options."""
    p = argparse.ArgumentParser(
        prog="python -m verify.counterexample",
        description="Read, re-check and turn into a test a stored counterexample.",
        epilog=EPILOG,
    )
    commands = p.add_subparsers(dest="command", required=True)
    for name, text in (
        ("show", "print claim and network"),
        ("check", "run the independent checker in a fresh process"),
        ("pytest", "write a test that fails for as long as the claim is wrong"),
    ):
        command = commands.add_parser(name, help=text)
        command.add_argument("file", type=Path)
        if name == "pytest":
            command.add_argument("--out", type=Path, help="test file (default: standard output)")
            command.add_argument("--claims", metavar="PY", help="Python file defining the claim")
    return p


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    options = parser().parse_args(argv)
    return guarded("python -m verify.counterexample", lambda: _run(options), "nothing was written")


def _run(options: argparse.Namespace) -> int:
    if options.command == "check":
        answer = confirm(options.file)
        sys.stdout.write(answer.line + "\n")
        if answer.rejected:
            return Exit.USAGE
        return Exit.HOLDS if answer.confirmed else Exit.VIOLATED
    found = load(options.file)
    if options.command == "show":
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


if __name__ == "__main__":
    sys.exit(main())
