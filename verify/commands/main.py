"""The console script: one command with subcommands, each loaded only when it is asked for."""

from __future__ import annotations

import argparse
import importlib
import shlex
import sys
from collections.abc import Sequence
from typing import NoReturn

from verify.commands.table import COMMANDS, NAME
from verify.exits import EPILOG, Exit
from verify.version import own_version

__all__ = ["main", "parsed", "parser", "run"]


class _OneLine(argparse.ArgumentParser):
    """argparse whose errors are one line and exit code 2."""

    def error(self, message: str) -> NoReturn:
        self.exit(Exit.USAGE, f"{self.prog}: {message} (see --help)\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; returns its exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        sys.stdout.write(_help())
        return Exit.HOLDS
    if arguments[0] in ("-V", "--version"):
        sys.stdout.write(f"{NAME} {own_version()}\n")
        return Exit.HOLDS
    name, *rest = arguments
    if name not in COMMANDS:
        known = ", ".join(COMMANDS)
        sys.stderr.write(f"{NAME}: no command {name!r}; there are {known} (see --help)\n")
        return Exit.USAGE
    return run(name, rest, f"{NAME} {name}")


def run(name: str, rest: Sequence[str], prog: str) -> int:
    """Run one command, called `prog` in what it says; its work is loaded after its options."""
    command = COMMANDS[name]
    module, function = command.work.split(":")
    if not command.options:
        return int(getattr(importlib.import_module(module), function)(rest, prog=prog))
    options = parsed(name, rest, prog)
    return int(getattr(importlib.import_module(module), function)(options))


def parser(name: str, prog: str) -> argparse.ArgumentParser:
    """The options of a command; its module is loaded, its work is not."""
    command = COMMANDS[name]
    made = _OneLine(
        prog=prog,
        description=command.help[0].upper() + command.help[1:] + ".",
        epilog=EPILOG,
    )
    importlib.import_module(command.options).add(made)
    return made


def parsed(name: str, argv: Sequence[str] | None, prog: str) -> argparse.Namespace:
    """The options given, with `command` (how errors call it) and `typed` (the whole line)."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    options = parser(name, prog).parse_args(arguments)
    options.command = prog
    options.typed = shlex.join([*prog.split(), *arguments])
    return options


def _help() -> str:
    width = max(map(len, COMMANDS))
    lines = [
        f"usage: {NAME} COMMAND [options]        {NAME} COMMAND --help        {NAME} --version",
        "",
        "Refute, bound and prove claims about neural networks by machine.",
        "",
        *(f"  {name:<{width}}  {command.help}" for name, command in COMMANDS.items()),
        "",
        "Options mean the same everywhere: --only PATTERN (claims by name), --claims FILE.py (your",
        "own), --seed N, --device cpu|cuda, --out DIR, --data-dir DIR, --resume (after Ctrl-C).",
        "",
        "Exit codes: 0 nothing refuted, nothing open; 1 a claim refuted or a control survived;",
        "2 wrong usage; 3 something open; 4 a fault of ours, no verdict; 130 interrupted.",
    ]
    return "\n".join(lines) + "\n"
