"""Which examples property tests look at: a fixed set, and one whose seed changes with the commit.

The same thirty examples for ever would test the same thirty; examples that nobody can draw again
would be worth little. So the second half of every property test is drawn from a seed made of the
commit (or, without git, of the sources), which is printed in pytest's header. PLUMBLINE_SEED=N
draws it from N instead: that is how a failure elsewhere is replayed.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from hypothesis import seed

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("bounds", "numerics", "verify")
VARIABLE = "PLUMBLINE_SEED"
FIXED = 0


def seed_of(environment: Mapping[str, str], root: Path = ROOT) -> int:
    """From the environment; else of the commit; else of the sources' content."""
    given = environment.get(VARIABLE)
    if given is not None:
        return int(given)
    text = _commit(root) or _content(root)
    return int(hashlib.sha256(text.encode()).hexdigest()[:8], 16)


def _commit(root: Path) -> str:
    command = ["git", "-C", str(root), "rev-parse", "--show-toplevel", "HEAD"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    top, _, commit = done.stdout.strip().partition("\n")
    ours = done.returncode == 0 and Path(top).resolve() == root.resolve()
    return commit if ours else ""  # not the commit of a repository we only lie in


def _content(root: Path) -> str:
    files = sorted(path for room in ROOMS for path in (root / room).rglob("*.py"))
    digest = hashlib.sha256()
    for path in files:
        digest.update(str(path.relative_to(root)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


SEED = seed_of(os.environ)


def twice(test: Callable[..., None], given: Mapping[str, Any], exploring: int = SEED) -> None:
    """Run a property test on the fixed examples, then on those of the exploring seed."""
    for number in (FIXED, exploring):
        try:
            seed(number)(test)(**given)
        except BaseException as error:
            error.add_note(f"drawn from seed {number}; replay with {VARIABLE}={number}")
            raise
