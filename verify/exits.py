"""One table of exit codes for every command of this package, and one way to end with them.

Nothing heavy is imported before it is needed: every `--help` reads this.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Iterable
from enum import IntEnum
from typing import TYPE_CHECKING

from verify.errors import VerifyError

if TYPE_CHECKING:
    from verify.verdict import Verdict

__all__ = ["EPILOG", "Exit", "guarded", "of_verdicts"]


class Exit(IntEnum):
    """What a command ends with."""

    HOLDS = 0
    VIOLATED = 1
    USAGE = 2
    OPEN = 3
    CRASHED = 4
    INTERRUPTED = 130


EPILOG = (
    "exit code: 0 nothing refuted and nothing left open (check: confirmed), 1 a claim is violated, "
    "a control survived, or a counterexample is not confirmed, 2 wrong usage or an unusable file, "
    "3 something undecided, not run or still to do, 4 the command itself failed, 130 interrupted"
)


def of_verdicts(verdicts: Iterable[Verdict], *, survived: bool = False, todo: bool = False) -> Exit:
    """The code of a whole: a violation or a surviving control first, then anything left open."""
    from verify.verdict import Verdict

    found = set(verdicts)
    if Verdict.VIOLATED in found or survived:
        return Exit.VIOLATED
    return Exit.OPEN if todo or found & {Verdict.UNDECIDED, Verdict.NOT_RUN} else Exit.HOLDS


def guarded(command: str, run: Callable[[], int], interrupted: str | Callable[[], str]) -> int:
    """Run a command; bad input prints one line, a fault of ours its traceback, each its own code.

    A fault must never look like a verdict: Python's own code for a traceback is that of a
    violation. interrupted: what is kept after Ctrl-C, in words, or a function that says it then.
    """
    try:
        return int(run())
    except KeyboardInterrupt:
        kept = interrupted if isinstance(interrupted, str) else interrupted()
        sys.stderr.write(f"{command}: interrupted; {kept}\n")
        return Exit.INTERRUPTED
    except Exception as error:  # noqa: BLE001  # whatever it is, it is no verdict
        if isinstance(error, _of_the_rooms()):
            sys.stderr.write(f"{command}: {error}\n")
            return Exit.USAGE
        traceback.print_exc()
        sys.stderr.write(f"{command}: this is a fault of Plumbline, not a verdict\n")
        return Exit.CRASHED


def _of_the_rooms() -> tuple[type[Exception], ...]:
    """The errors that say what was wrong with the input."""
    from bounds.errors import BoundsError
    from numerics.errors import NumericsError

    return VerifyError, NumericsError, BoundsError
