"""The family that docs/families.md builds from nothing works as the page says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

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


def run(site: Path, *command: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(site), str(ROOT), os.environ.get("PYTHONPATH", "")])
    environment = os.environ | {"PYTHONPATH": path}
    return subprocess.run(
        [sys.executable, "-m", *command], env=environment, capture_output=True, text=True,
        timeout=300, check=False, cwd=site,
    )  # fmt: skip


def test_the_page_builds_a_family_in_under_150_lines():
    code = "\n".join(blocks().values())
    assert len(code.splitlines()) < 150


def test_the_family_has_rows_and_its_control_falls_in_the_report(installed):
    done = run(installed, "verify.report", "--quick", "--only", "linear_map", "--out", "out")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "linear_map.frobenius" in done.stdout
    assert re.search(r"linear_map\.no_width .*violated", done.stdout)


def test_the_family_is_attacked_without_a_space_of_its_own(installed):
    command = ("verify.attack", "bounds", "--only", "linear_map", "--evaluations", "400")
    done = run(installed, *command)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "linear_map.rows" in done.stdout


def test_without_the_entry_point_the_family_is_not_there():
    done = run(ROOT, "verify.attack", "bounds", "--only", "linear_map")
    assert done.returncode == 2
