"""Code run in a child that has the libraries loaded, and of this project nothing.

What a fresh interpreter would show of our own modules (what is imported when, what an entry point
brings in) without its seconds: torch and sympy alone take most of them. Where it matters that a
*library* is not loaded, a fresh interpreter is needed all the same.
"""

from __future__ import annotations

import importlib
import os
import sys
import tempfile
import traceback
from collections.abc import Sequence
from pathlib import Path
from subprocess import CompletedProcess
from typing import NoReturn

ROOT = Path(__file__).resolve().parents[1]
OURS = ("bounds", "numerics", "verify", "plumbnn", "plumbline_pytest")


def run_afresh(
    code: str, *, site: Sequence[Path] = (), cwd: Path = ROOT
) -> CompletedProcess[str]:
    """Exit code, output and errors of the code, with the folders of `site` first on the path."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        child = os.fork()
        if child == 0:
            _child(code, [str(folder) for folder in (*site, ROOT)], cwd, out.fileno(), err.fileno())
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        out.seek(0)
        err.seek(0)
        return CompletedProcess(code, status, out.read(), err.read())


def _child(code: str, path: list[str], cwd: Path, out: int, err: int) -> NoReturn:
    status = 1
    try:
        os.dup2(out, 1)
        os.dup2(err, 2)
        sys.stdout, sys.stderr = os.fdopen(1, "w"), os.fdopen(2, "w")
        for name in [n for n in sys.modules if n.partition(".")[0] in (*OURS, "tests")]:
            del sys.modules[name]
        os.chdir(cwd)
        os.environ["PYTHONPATH"] = os.pathsep.join(path)  # for processes that it starts
        sys.path[:0] = path
        sys.meta_path = [f for f in sys.meta_path if type(f).__name__ != "AssertionRewritingHook"]
        sys.argv = ["-c"]
        importlib.invalidate_caches()
        exec(compile(code, "<afresh>", "exec"), {"__name__": "__main__"})
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
        if not isinstance(end.code, int | None):
            print(end.code, file=sys.stderr)  # noqa: T201
    except BaseException:  # noqa: BLE001  # a child must not go on as a test process
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
