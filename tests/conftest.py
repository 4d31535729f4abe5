"""Test-wide settings: Hypothesis profiles and seeds, one thread per pool, CUDA skips."""

import gc
import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # numpy/scipy and torch pools fight on few cores
# sympy remembers its last 1000 answers; hundreds of formulas ask more than that of it in one run.
os.environ.setdefault("SYMPY_CACHE_SIZE", "20000")

import pytest
import torch
from hypothesis import HealthCheck, settings

from tests.exploring import SEED, VARIABLE, twice

torch.set_num_threads(1)
# Formulas are many small objects that live long: looking for circles among them every 700
# allocations is a seventh of the suite's time.
gc.set_threshold(50_000, 20, 20)

_SHARED = {
    "deadline": None,
    "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large],
    "database": None,  # what is drawn depends on the seeds alone
}
settings.register_profile("quick", max_examples=15, **_SHARED)  # twice: see below
settings.register_profile("deep", max_examples=500, **_SHARED)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


def pytest_report_header() -> str:
    return f"property tests: a fixed half, and one of seed {SEED} (replay: {VARIABLE}={SEED})"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The header again, which a quiet run does not print."""
    terminalreporter.write_line(pytest_report_header())


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """A property test runs twice: on the fixed examples, and on those of the commit's seed."""
    test = pyfuncitem.obj
    if not getattr(test, "is_hypothesis_test", False):
        return None
    twice(test, {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames})
    return True


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test is cover or nocover; `slow` is what a file writes."""
    for item in items:
        item.add_marker("nocover" if item.get_closest_marker("slow") else "cover")


def pytest_collection_finish() -> None:
    """Modules and test items stay to the end: nobody need walk them again."""
    gc.collect()
    gc.freeze()


def pytest_runtest_setup(item: pytest.Item) -> None:
    if "cuda" in item.keywords and not torch.cuda.is_available():
        pytest.skip("no CUDA device on this machine")
