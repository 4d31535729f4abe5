"""Options of `counterexample`."""

from __future__ import annotations

import argparse
from pathlib import Path

_COMMANDS = (
    ("show", "print claim and network"),
    ("check", "run the independent checker in a fresh process"),
    ("pytest", "write a test that fails for as long as the claim is wrong"),
)


def add(p: argparse.ArgumentParser) -> None:
    """Add them."""
    commands = p.add_subparsers(dest="what", required=True, metavar="show|check|pytest")
    for name, text in _COMMANDS:
        command = commands.add_parser(name, help=text)
        command.add_argument("file", type=Path)
        if name == "pytest":
            command.add_argument("--out", type=Path, help="test file (default: standard output)")
            command.add_argument("--claims", metavar="FILE.py", help="file defining the claim")
