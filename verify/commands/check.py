"""Options and work of `check`."""

from __future__ import annotations

import argparse
import subprocess
import sys

from verify.exits import Exit

_WORST_FIRST = (Exit.CRASHED, Exit.USAGE, Exit.VIOLATED)


def add(p: argparse.ArgumentParser) -> None:
    """Add them."""
    p.add_argument("files", nargs="+", metavar="FILE", help="counterexamples or certificates")


def run_command(options: argparse.Namespace) -> int:
    """Check every file in a process of its own, as `python -m verify.checker FILE` would; the
    worst code of all."""
    codes = set()
    for file in options.files:
        if len(options.files) > 1:
            sys.stdout.write(f"{file}: ")
            sys.stdout.flush()
        codes.add(subprocess.run([sys.executable, "-m", "verify.checker", file]).returncode)
    known = next((code for code in _WORST_FIRST if code in codes), Exit.HOLDS)
    return known if codes <= set(Exit) else Exit.CRASHED
