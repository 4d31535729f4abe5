"""The tutorial shows what its code really prints."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "tutorial.md").read_text()


#: The whole tutorial searches for long; the docs' other pages stand for it in the fast run.
LONG = pytest.param("tutorial", marks=pytest.mark.slow)


@pytest.mark.parametrize("name", ["own_bound", LONG])
def test_the_tutorial_shows_what_its_example_prints(name, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(ROOT / "examples" / f"{name}.py"))
    printed = capsys.readouterr().out
    for block in re.split(r"^# \d\. .*\n", printed, flags=re.M):
        assert f"```text\n{block.rstrip()}\n```" in PAGE or not block.strip()


@pytest.mark.parametrize("name", ["own_bound", "tutorial"])
def test_the_tutorial_shows_its_examples_code(name):
    source = (ROOT / "examples" / f"{name}.py").read_text()
    blocks = re.findall(r"```python\n(.*?)\n```", PAGE, flags=re.S)
    assert sum(block in source for block in blocks) >= (1 if name == "own_bound" else 5)
