"""Kill workers and coordinator of a campaign on Dask at random, and compare with a serial run.

python -m benchmarks.kills --kills 100
"""

from __future__ import annotations

import argparse
import contextlib
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from verify.campaign import Plan, read, run
from verify.errors import VerifyError

_COORDINATOR = """
import sys
from verify.campaign import Cluster, Plan, run
if __name__ == "__main__":
    run(sys.argv[1], Plan.parse(sys.argv[2]), cluster=Cluster(jobs=2))
"""
PLAN = Plan(
    claims="output", depths=(1, 2, 3), widths=(1, 2, 3, 4), activations=("tanh", "cos", "gelu"),
    seeds=6, networks=8, evaluations=200,
)  # fmt: skip


@dataclass(frozen=True)
class Fire:
    """How often each kind of process was killed, and how often the coordinator was started."""

    workers: int
    coordinators: int
    starts: int

    @property
    def kills(self) -> int:
        return self.workers + self.coordinators


def stored(path: Path) -> dict[str, str]:
    """Item -> result as text; nothing where the campaign has not begun."""
    try:
        found = read(path)
    except VerifyError as error:
        if "no file" in str(error) or "holds no campaign" in str(error):
            return {}
        raise
    return {found.items[k].text(): result.text() for k, result in found.results.items()}


def campaign_under_fire(path: Path, plan: Plan, *, kills: int, seed: int) -> Fire:
    """Run a campaign to its end, with so many kills on the way; each after a random while.

    A kill waits until a result was stored since the last start, so that there is progress; one in
    four meets the coordinator. Kills that are left when all is done are not made.
    """
    draw, workers, coordinators, starts = random.Random(seed), 0, 0, 0
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "coordinator.py"
        script.write_text(_COORDINATOR)
        while True:
            before, starts = len(stored(path)), starts + 1
            process = psutil.Popen(
                [sys.executable, str(script), str(path), plan.text()],
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
            while process.poll() is None:
                time.sleep(draw.uniform(0.0, 0.4))
                if workers + coordinators >= kills or len(stored(path)) == before:
                    continue
                if draw.random() < 0.25:
                    process.kill()
                    coordinators += 1
                elif _kill_a_worker(process, draw):
                    workers += 1
            _reap(process)
            if process.returncode == 0:
                return Fire(workers, coordinators, starts)
            if process.returncode != -9:
                raise RuntimeError(f"the coordinator ended with {process.returncode}")


def _kill_a_worker(process: psutil.Popen, draw: random.Random) -> bool:
    with contextlib.suppress(psutil.Error):
        workers = [
            child for child in process.children(recursive=True)
            if "spawn_main" in " ".join(child.cmdline())
        ]  # fmt: skip
        if workers:
            draw.choice(workers).kill()
            return True
    return False


def _reap(process: psutil.Popen) -> None:
    """Wait for what a killed coordinator left behind: its workers notice and end by themselves."""
    with contextlib.suppress(psutil.Error):
        process.wait(60)


def main() -> int:
    """Print what was killed and whether the results are those of an undisturbed serial run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        serial, killed = Path(folder) / "serial.db", Path(folder) / "killed.db"
        run(serial, PLAN)
        started = time.monotonic()
        fire = campaign_under_fire(killed, PLAN, kills=options.kills, seed=options.seed)
        same = stored(serial) == stored(killed)
        print(
            f"{fire.workers} workers and {fire.coordinators} coordinators killed, "
            f"{fire.starts} starts, {len(stored(killed))} items in "
            f"{time.monotonic() - started:.0f} s: "
            f"{'identical to' if same else 'DIFFERENT from'} the serial run"
        )
    return 0 if same and fire.kills >= options.kills else 1


if __name__ == "__main__":
    sys.exit(main())
