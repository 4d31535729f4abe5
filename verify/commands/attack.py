"""Options of `attack`."""

from __future__ import annotations

import argparse
from pathlib import Path

from verify.commands.options import shared

#: What there is to attack, and how many candidates each attack looks at by default.
EVALUATIONS = {
    "controls": 2000,
    "bounds": 30_000,
    "tightness": 3000,
    "mutants": 3000,
    "witnesses": 1,
}


def add(p: argparse.ArgumentParser) -> None:
    """Add them."""
    p.add_argument("what", choices=tuple(EVALUATIONS), help="what to do")
    shared(
        p, "--only", "--claims", "--evaluations", "--seed", "--device",
        claims="a Python file with your own claims (bounds, tightness)",
    )  # fmt: skip
    p.add_argument("--starts", nargs="+", default=(), help="kinds of starts (default all)")
    p.add_argument("--store", type=Path, default=None, help="folder for witnesses (tightness)")
    p.add_argument(
        "--out", type=Path, default=Path("attack"),
        help="folder for what is done when Ctrl-C interrupts (default attack/)",
    )  # fmt: skip
    shared(p, "--resume")
