"""Options of `report`."""

from __future__ import annotations

import argparse
from pathlib import Path

from verify.commands.options import count, shared


def add(p: argparse.ArgumentParser) -> None:
    """Add them."""
    effort = p.add_mutually_exclusive_group()
    effort.add_argument("--quick", action="store_true", help="a look, well under a minute")
    effort.add_argument("--deep", action="store_true", help="larger grids, tens of minutes")
    shared(p, "--only", "--seed", "--device")
    p.add_argument("--out", type=Path, default=Path("report"), help="folder (default report/)")
    p.add_argument("--jobs", type=count, metavar="N", help="workers (default: the cores there are)")
    shared(p, "--resume", "--claims", claims="also judge your own claims")
    p.add_argument("--run", type=Path, metavar="DIR", help="also check a saved training run")
    shared(p, "--data-dir", data_dir="where the pictures of that run lie")
    p.add_argument("--figures", type=Path, metavar="DIR", help="show figures drawn before")
    p.add_argument("--campaign", type=Path, metavar="FILE", help="also show a stored campaign")
    p.add_argument("--mutants", action="store_true", help="also score mutants (slow; in --deep)")
    p.add_argument("--latex", action="store_true", help="also claims.tex and appendix.tex")
    p.add_argument("--schema", action="store_true", help="print report.json's JSON Schema, no more")
