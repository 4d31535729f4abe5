"""Have a saved counterexample re-checked by the independent checker, in a fresh process."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from verify.errors import VerifyError

_CHECKER = Path(__file__).parents[1] / "checker.py"


@dataclass(frozen=True)
class Confirmation:
    """What the checker printed; `confirmed` only if it printed CONFIRMED and exited with 0."""

    confirmed: bool
    rejected: bool
    line: str


def confirm(path: str | os.PathLike[str], *, seconds: float = 600.0) -> Confirmation:
    """Run `verify/checker.py` on the file in a process of its own, isolated from this one.

    Raises:
        VerifyError: the checker did not end within `seconds`.
    """
    command = [sys.executable, "-I", str(_CHECKER), str(path)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired as error:
        found = f"{path}: no answer in {seconds:g} s"
        raise VerifyError("path", found, "a smaller file") from error
    line = (done.stdout.strip() or done.stderr.strip() or "no answer").splitlines()[-1]
    good = done.returncode == 0 and line.startswith("CONFIRMED")
    return Confirmation(good, done.returncode not in (0, 1), line)
