"""A mutation run of our own code: `python -m tests.mutants` (or `make mutants`).

Each kept mistake is put into a copy of the checkout, one at a time, and the tests that should
catch it run until the first that fails, the one that caught it last time first. Results are kept in
a JSON file as they come, each with the commit; a second run goes on from there, and repeats what
survived or has changed. Before the first mistake the tests named must pass on the copy as it is: a
red test would catch everything.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from tests.mutants.copied import Copy, Fate, Outcome
from tests.mutants.kept import MUTANTS
from tests.mutants.mistakes import Mutant
from tests.mutants.table import shown

ROOT = Path(__file__).resolve().parents[2]


def parser() -> argparse.ArgumentParser:
    """The options."""
    p = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    p.add_argument("--only", nargs="+", default=("",), metavar="TEXT", help="part of their names")
    p.add_argument("--sheet", default="", metavar="A", help="mutants of this part of the sheet")
    p.add_argument("--room", default="", help="mutants made in bounds, numerics or verify")
    p.add_argument("--kept", type=Path, default=ROOT / "mutants.json", metavar="FILE")
    p.add_argument("--again", action="store_true", help="repeat also what was killed")
    p.add_argument("--unchecked", action="store_true", help="believe that the tests are green")
    p.add_argument("--seconds", type=float, default=240.0, help="limit for one mutant")
    p.add_argument("--budget", type=float, default=float("inf"), help="stop after so many seconds")
    p.add_argument("--list", action="store_true", help="print the mutants and run nothing")
    p.add_argument("--table", action="store_true", help="print the table of what is kept")
    return p


def main(argv: Sequence[str] | None = None) -> int:
    """0 if no observable mistake survived, 1 if one did, 2 if the tests were red to begin with."""
    options = parser().parse_args(argv)
    chosen = [
        m
        for m in MUTANTS
        if any(text in m.name for text in options.only)
        and options.sheet in m.sheet
        and options.room in m.room
    ]
    kept = _read(options.kept)
    if options.list:
        for mutant in chosen:
            print(f"{mutant.name:70} {mutant.kind:10} {mutant.file}")
        return 0
    if not options.table:
        with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
            if not _run(Copy(ROOT, Path(folder)), chosen, kept, options):
                return 2
    found = [(m, Outcome.of(kept[m.name])) for m in chosen if m.name in kept]
    print(shown(found, {kept[m.name].get("commit", "") for m, _ in found}))
    return int(any(o.fate is Fate.SURVIVED and m.kind == "observable" for m, o in found))


def _run(
    copy: Copy, chosen: Sequence[Mutant], kept: dict[str, dict], options: argparse.Namespace
) -> bool:
    end = time.monotonic() + options.budget
    todo = [m for m in chosen if options.again or not _settled(m, kept)]
    if todo and not options.unchecked:
        named = sorted({test for m in todo for test in m.tests if copy.has(test)})
        red = copy.red(named, 10 * options.seconds)
        if red:
            print(f"red without any mistake, so nothing would mean anything: {red}")
            return False
    for room in dict.fromkeys(mutant.room for mutant in todo):
        child = os.fork()
        if child == 0:
            _room(copy, room, [m for m in todo if m.room == room], kept, options, end)
        os.waitpid(child, 0)
        kept.update(_read(options.kept))
    return True


def _room(
    copy: Copy, room: str, todo: Sequence[Mutant], kept: dict[str, dict],
    options: argparse.Namespace, end: float,
) -> NoReturn:  # fmt: skip
    """The mistakes of one room, in a process of their own."""
    code, commit = 1, _commit()
    try:
        copy.preload(room)
        for number, mutant in enumerate(todo, start=1):
            if time.monotonic() > end:
                print(f"{len(todo) - number + 1} of {room} left for the next run", flush=True)
                break
            first = kept.get(mutant.name, {}).get("by", "")
            outcome = copy.fate(mutant, options.seconds, first)
            kept[mutant.name] = {**outcome.data(), "patch": _patch(mutant), "commit": commit}
            options.kept.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n")
            said = f"{outcome.fate.value} {outcome.by}"
            print(f"{number}/{len(todo)} {mutant.name}: {said}", flush=True)
        code = 0
    except BaseException:  # noqa: BLE001  # whatever it is, a child must not go on as a second run
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(code)


def _commit() -> str:
    """The commit of the checkout, with a + where files differ from it; empty without git."""
    command = ["git", "-C", str(ROOT), "describe", "--always", "--dirty=+", "--exclude=*"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def _settled(mutant: Mutant, kept: dict[str, dict]) -> bool:
    before = kept.get(mutant.name, {})
    killed = before.get("fate") in (Fate.KILLED.value, Fate.TIMED_OUT.value)
    return killed and before.get("patch") == _patch(mutant)


def _patch(mutant: Mutant) -> str:
    return f"{mutant.file}\n-{mutant.old}\n+{mutant.new}"


def _read(path: Path) -> dict[str, dict]:
    return json.loads(path.read_text()) if path.exists() else {}


if __name__ == "__main__":
    sys.exit(main())
