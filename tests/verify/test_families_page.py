"""The family that docs/families.md builds from nothing works as the page says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.afresh import run_afresh
from verify.attack.cli import main as attack

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "families.md"
_BLOCK = re.compile(r"```python file=(\S+)\n(.*?)```", re.S)


def blocks() -> dict[str, str]:
    return dict(_BLOCK.findall(PAGE.read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    """The page's package in a folder of its own, announced by an entry point."""
    site = tmp_path_factory.mktemp("site")
    for name, text in blocks().items():
        target = site / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    (site / "linear_map" / "__init__.py").write_text("", encoding="utf-8")
    info = site / "linear_map-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: linear-map\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[plumbline.families]\nlinear_map = linear_map\n")
    return site


_BOTH = """
import sys
from verify.attack.cli import main as attack
from verify.report.cli import main as report
codes = report(["--quick", "--only", "linear_map", "--out", "out"]), attack(
    ["bounds", "--only", "linear_map", "--evaluations", "400"])
print("codes", *map(int, codes))
"""


@pytest.fixture(scope="module")
def shown(installed) -> str:
    """What report and attack print with the package installed, in one process."""
    done = run_afresh(_BOTH, site=[installed], cwd=installed)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_page_builds_a_family_in_under_150_lines():
    code = "\n".join(blocks().values())
    assert len(code.splitlines()) < 150


def test_the_family_has_rows_and_its_control_falls_in_the_report(shown):
    assert shown.splitlines()[-1] == "codes 0 0"
    assert "linear_map.frobenius" in shown
    assert re.search(r"linear_map\.no_width .*violated", shown)


def test_the_family_is_attacked_without_a_space_of_its_own(shown):
    attacked = shown[shown.rindex("candidates") :]
    assert "linear_map.rows" in attacked


def test_without_the_entry_point_the_family_is_not_there(capsys):
    assert attack(["bounds", "--only", "linear_map"]) == 2
    assert "linear_map" in capsys.readouterr().err
