"""The pytest plugin: a marker, a profile, and counterexample files of what failed.

Loaded by pytest's entry point `pytest11`; it imports nothing of Plumbline, so that a test run
without property tests pays nothing.

    pytest -m plumbline --plumbline-profile deep --plumbline-artifacts found

runs the tests that `verify.property_test` made, each on more cases, and writes what violated a
claim to `found/`, as files for `python -m verify.checker`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

_PROFILES = ("quick", "deep")
_VARIABLE = "PLUMBLINE_PROFILE"


def pytest_addoption(parser: pytest.Parser) -> None:
    """The two options."""
    group = parser.getgroup("plumbline", "property tests of mathematical claims")
    group.addoption(
        "--plumbline-profile", choices=_PROFILES, help="how many cases each property test draws"
    )
    group.addoption(
        "--plumbline-artifacts",
        metavar="DIR",
        help="folder for a counterexample file of each violated claim",
    )


def pytest_configure(config: pytest.Config) -> None:
    """The marker, and the profile before any test file is imported."""
    config.addinivalue_line("markers", "plumbline: property tests that verify.property_test made")
    profile = config.getoption("--plumbline-profile")
    if profile:
        before = os.environ.get(_VARIABLE)
        os.environ[_VARIABLE] = profile  # processes of pytest-xdist inherit it
        config.add_cleanup(lambda: _restored(before))


def _restored(before: str | None) -> None:
    if before is None:
        os.environ.pop(_VARIABLE, None)
    else:
        os.environ[_VARIABLE] = before


def pytest_itemcollected(item: pytest.Item) -> None:
    """Property tests of claims carry the marker by themselves."""
    if hasattr(getattr(item, "obj", None), "plumbline_claim"):
        item.add_marker("plumbline")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Write the counterexample of a failed test and say where it is."""
    report = yield
    folder = item.config.getoption("--plumbline-artifacts")
    if call.excinfo is None or not folder:
        return report
    for number, found in enumerate(_counterexamples(call.excinfo.value)):
        name = re.sub(r"[^\w.-]+", "-", item.nodeid.replace("/", "-")).strip("-")
        path = Path(folder) / f"{name}{f'-{number}' if number else ''}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        found.save(path)
        report.sections.append(("counterexample", f"wrote {path}"))
    return report


def _counterexamples(error: BaseException) -> Iterator[Any]:
    """What an error carries, also one in a group or one that caused it."""
    found = getattr(error, "counterexample", None)
    if found is not None and hasattr(found, "save"):
        yield found
    elif isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from _counterexamples(inner)
    elif error.__cause__ is not None:
        yield from _counterexamples(error.__cause__)
