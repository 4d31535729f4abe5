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
    """Have a saved counterexample re-checked by the independent checker.

    `verify/checker.py` runs on the file in a process of its own, isolated from this one.

    Parameters
    ----------
    path : path-like
        A file that `Counterexample.save` wrote.
    seconds : float
        Time limit.

    Returns
    -------
    Confirmation
        `confirmed` only if the checker said so; `rejected`, and its `line`.

    Raises
    ------
    VerifyError
        The checker did not end within `seconds`.

    Examples
    --------
    >>> import sympy, torch, verify
    >>> x = sympy.Symbol("x", real=True)
    >>> wrong = verify.Claim.of("wrong", x**2, 2, domain={"x": verify.domain.scalar(-9, 9)})
    >>> case = verify.sample_case({"x": torch.tensor([2.0], dtype=torch.float64)})
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = verify.counterexample(wrong, case).save(Path(folder) / "wrong.json")
    ...     verify.confirm(path).confirmed
    True
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
