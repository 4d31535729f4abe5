"""Options of `prove`."""

from __future__ import annotations

import argparse
from pathlib import Path

from verify.commands.options import count, shared


def add(p: argparse.ArgumentParser) -> None:
    """Add them."""
    p.add_argument("claims", type=Path, metavar="FILE.py", help="a Python file with your claims")
    shared(p, "--only")
    p.add_argument("--seconds", type=float, default=20.0, help="for each claim (default 20)")
    p.add_argument("--boxes", type=count, default=20_000, help="at most so many (default 20000)")
    p.add_argument(
        "--box", action="append", default=[], metavar="NAME=LOW,HIGH",
        help="only where this number lies so: --box x=0,pi/2",
    )  # fmt: skip
    p.add_argument("--out", type=Path, metavar="DIR", help="folder for the certificates")
