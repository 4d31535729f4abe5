"""Small plans, a worker that takes no time, and campaigns in child processes to be killed."""

from __future__ import annotations

import hashlib
import os
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path

from verify.campaign import Item, Plan, Result, read, run
from verify.errors import VerifyError
from verify.verdict import Grade, Verdict

REAL = Plan(
    claims="output", depths=(1, 2), widths=(1, 2), activations=("tanh", "cos"), seeds=1,
    networks=4, evaluations=60,
)  # fmt: skip
MANY = Plan(claims="*output*", depths=(1,), widths=(1, 2), seeds=20)


class Instant:
    """Stands in for `Worker`: a result that depends on the item alone, in no time."""

    def __init__(self, plan: Plan, chosen: object) -> None: ...

    def do(self, item: Item) -> Result:
        ratio = int(hashlib.sha256(item.text().encode()).hexdigest()[:6], 16) / 2**24
        return Result(Verdict.HOLDS, Grade.FLOAT64, 1, 0, ratio, ratio, 1.0)


def contents(path: Path) -> dict[str, str]:
    """Item -> result, as text: everything of a campaign but the time it took."""
    try:
        found = read(path)
    except VerifyError as error:
        if "no file" in str(error) or "holds no campaign" in str(error):
            return {}  # killed before the plan was stored
        raise
    return {found.items[k].text(): result.text() for k, result in found.results.items()}


def in_child(work: Callable[[], object]) -> int:
    """Fork and do the work in the child; the child's process id."""
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        work()
        code = 0
    finally:
        os._exit(code)  # a child must not go on as a second test process


def killed_and_resumed(path: Path, plan: Plan, seed: int, longest: float) -> tuple[int, list[str]]:
    """Run in children that are killed (SIGKILL) at random moments until one ends by itself.

    Returns how many were killed, and the items begun, in order, over all of them.
    """
    draw, kills, log = random.Random(seed), 0, path.with_suffix(".log")

    def noted(done: int, total: int, item: Item) -> None:
        with log.open("a") as stream:
            stream.write(item.text() + "\n")

    while True:
        before = contents(path)
        begun = len(_lines(log))
        pid = in_child(lambda: run(path, plan, progress=noted))
        time.sleep(draw.uniform(0, longest * (1 + kills / 8)))  # long enough in the end
        os.kill(pid, signal.SIGKILL)
        code = os.waitpid(pid, 0)[1]
        repeated = set(_lines(log)[begun:]) & set(before)
        assert not repeated, f"finished items done again: {sorted(repeated)[:3]}"
        after = contents(path)
        assert before.items() <= after.items(), "a finished item was lost or changed"
        if not os.WIFSIGNALED(code):
            assert code == 0, "the run failed"
            return kills, _lines(log)
        kills += 1


def _lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []
