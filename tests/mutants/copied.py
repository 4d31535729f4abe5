"""A copy of the checkout in which one mistake at a time is made and undone.

Tests run in a forked child of a process that has the big libraries loaded, and of the project
only rooms that cannot see the mistake: bounds and numerics import nothing of verify, nor one of the
other (the wall tests say so). That takes a second or two where a fresh interpreter takes six.
"""

from __future__ import annotations

import compileall
import contextlib
import importlib
import os
import re
import shutil
import signal
import sys
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import NoReturn

from tests.mutants.mistakes import Mutant

#: What a copy needs of the checkout.
_TAKEN = ("bounds", "numerics", "verify", "plumbnn", "tests", "docs", "examples", "benchmarks",
          "README.md", "CHANGELOG.md", "pyproject.toml")  # fmt: skip
_LIBRARIES = ("torch", "sympy", "scipy.special", "scipy.stats", "hypothesis", "pytest", "flint",
              "rich.table", "jinja2", "latex2mathml.converter", "matplotlib.figure", "sqlite3",
              "z3", "sklearn.datasets")  # fmt: skip
#: What may be loaded before a mistake is made in a room: that room never imports these, and they
#: never import it.
_BEHIND = {"bounds": ("numerics",), "numerics": ("bounds",), "verify": ("bounds", "numerics")}
_FAILED = re.compile(r"^(?:FAILED|ERROR) (\S+)", re.MULTILINE)


class Fate(Enum):
    """What became of a mistake."""

    KILLED = "killed"
    SURVIVED = "survived"
    TIMED_OUT = "killed by the clock"
    BROKEN = "not run"


@dataclass(frozen=True)
class Outcome:
    """A fate, the test that decided it, and seconds."""

    fate: Fate
    by: str
    seconds: float

    def data(self) -> dict[str, object]:
        """As JSON."""
        return {"fate": self.fate.value, "by": self.by, "seconds": round(self.seconds, 1)}

    @staticmethod
    def of(data: dict) -> Outcome:
        """What `data` wrote."""
        return Outcome(Fate(data["fate"]), data["by"], data["seconds"])


class Copy:
    """The checkout at `root`, copied into a folder where tests can be run on it."""

    def __init__(self, root: Path, folder: Path) -> None:
        self.root, self.folder = root, folder / "checkout"
        self.folder.mkdir(parents=True)
        left = shutil.ignore_patterns("__pycache__")
        for name in _TAKEN:
            if (root / name).is_dir():
                shutil.copytree(root / name, self.folder / name, ignore=left)
            else:
                shutil.copy2(root / name, self.folder / name)
        for room in ("bounds", "numerics", "verify"):
            compileall.compile_dir(self.folder / room, quiet=2)
        for name in _LIBRARIES:
            importlib.import_module(name)

    def preload(self, room: str) -> None:
        """Load, from the copy, what no mistake in this room can touch; for the process's life."""
        own = {"PYTHONPATH": str(self.folder), "PYTHONDONTWRITEBYTECODE": "1", "CI": "true"}
        os.environ.update(own)
        # no bytecode: a file changed back within a second would be taken for the wrong one
        sys.dont_write_bytecode = True
        here = (str(self.root), "", ".")
        sys.path[:] = [str(self.folder), *(p for p in sys.path if p not in here)]
        for name in _BEHIND.get(room, ()):
            importlib.import_module(name)

    def has(self, test: str) -> bool:
        """Whether the file of a test is there."""
        return (self.folder / test.partition("::")[0]).exists()

    def red(self, tests: Sequence[str], seconds: float) -> str:
        """The first test that fails as the copy is, or why none ran; empty if all pass."""
        code, text = self._pytest(tests, seconds)
        return "" if code == 0 else next(iter(_FAILED.findall(text)), f"pytest ended with {code}")

    def fate(self, mutant: Mutant, seconds: float, first: str = "") -> Outcome:
        """Make the mistake, run its tests to the first failure, undo it.

        first: the id of a test that is known to fail, "" for none.
        """
        path, started = self.folder / mutant.file, time.monotonic()
        before, stamp = path.read_text(), path.stat()
        likely = [first] if first and self.has(first) else []
        tests = [*likely, *(test for test in mutant.tests if self.has(test))]
        if not tests:
            return Outcome(Fate.BROKEN, "none of its tests exists", 0.0)
        path.write_text(mutant.applied(before))
        try:
            code, text = self._pytest(tests, seconds)
        finally:
            path.write_text(before)
            os.utime(path, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
        found = judged(code, text, time.monotonic() - started)
        if found.fate is Fate.BROKEN and first:  # the test that failed before may be gone
            return self.fate(mutant, seconds)
        return found

    def _pytest(self, tests: Sequence[str], seconds: float) -> tuple[int, str]:
        """Exit code and output; code -1 when the time is up."""
        log = self.folder.with_name("log.txt")
        sys.stdout.flush()
        child = os.fork()
        if child == 0:
            self._in_child(tests, log)
        code = _waited(child, seconds)
        with contextlib.suppress(ProcessLookupError):  # what the tests left running
            os.killpg(child, signal.SIGKILL)
        return code, log.read_text(errors="replace")

    def _in_child(self, tests: Sequence[str], log: Path) -> NoReturn:
        """What is loaded of the tests, this package, is forgotten first."""
        code = 3
        try:
            os.setsid()  # so that what tests start ends with them
            stream = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.dup2(stream, 1)
            os.dup2(stream, 2)
            os.chdir(self.folder)
            self.preload("")
            for name in [n for n in sys.modules if n.partition(".")[0] == "tests"]:
                del sys.modules[name]
            pytest = sys.modules["pytest"]
            # nothing is shown of what fails, so no assert need be written anew to say it
            options = ["-x", "-n", "0", "-p", "no:cacheprovider", "--tb=no", "--assert=plain"]
            code = int(pytest.main([*options, *tests]))  # type: ignore[attr-defined]
        except BaseException:  # noqa: BLE001  # whatever it is, a child must not go on as a second run
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)


def _waited(child: int, seconds: float) -> int:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status) if os.WIFEXITED(status) else 3
        time.sleep(0.02)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return -1


def judged(code: int, text: str, seconds: float) -> Outcome:
    """What pytest's exit code and output say of a mistake; -1: the time was up."""
    by = next(iter(_FAILED.findall(text)), "")
    if code == -1:
        return Outcome(Fate.TIMED_OUT, "", seconds)
    if code == 0:
        return Outcome(Fate.SURVIVED, "", seconds)
    if code in (1, 2, 4) and by:  # 2, 4: the mistake shows when a module is imported
        return Outcome(Fate.KILLED, by, seconds)
    return Outcome(Fate.BROKEN, f"pytest ended with {code}: {text[-200:]}", seconds)
