"""False if a family of one's own does not come in by its entry point, or hides another's name."""

from __future__ import annotations

from pathlib import Path
from subprocess import CompletedProcess

import pytest

from bounds.families import FAMILIES, gather, packages
from tests.afresh import run_afresh

STRANGER = r"""
import sympy as sp
from bounds import Assumption, Bound, Notation, Source
from bounds.notation import row

NOTATION = Notation.of("ridge", row("lam", r"\lambda", "positive", "ridge parameter"),
                       quantities={"ridge.solution_norm": r"\|w\|_2"})
lam = NOTATION.symbol("lam")
BOUNDS = (Bound("NAME", "ridge.solution_norm", 1 / (2 * sp.sqrt(lam)), (),
                Source("textbook", "", "", "R1"), ("young",), notation=NOTATION),)
from bounds.facts import Fact
FACTS = (Fact("young", "2 a b <= a^2 + b^2", r"2ab \le a^2 + b^2"),)
"""


def _install(place: Path, name: str = "ridge.norm", value: str = "ridge_family") -> None:
    package = place / "ridge_family" / "bounds"
    package.mkdir(parents=True)
    (place / "ridge_family" / "__init__.py").write_text("")
    (package / "__init__.py").write_text(STRANGER.replace("NAME", name))
    info = place / "ridge_family-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: ridge-family\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[plumbline.families]\nridge = {value}\n")


def _run(place: Path, code: str) -> CompletedProcess[str]:
    return run_afresh("import bounds\n" + code, site=[place])


def test_a_family_from_outside_is_in_the_catalogue_and_has_a_proof(tmp_path):
    _install(tmp_path)
    done = _run(tmp_path, (
        "b = bounds.get('ridge.norm'); print(b.evaluate(lam=4.0)); print(b.latex())\n"
        "print(b.derivation()); from bounds.families import packages\n"
        "print(list(packages()))"
    ))  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == "0.25"
    assert r"\|w\|_2 \le \frac{1}{2 \sqrt{\lambda}}" in done.stdout
    assert "young (fact)" in done.stdout
    assert f"{[*FAMILIES, 'ridge']}" in done.stdout


@pytest.mark.parametrize("wrong, said", [
    ({"name": "gradient"}, "a second gradient in BOUNDS"),
    ({"value": "no_such_package"}, "no package no_such_package.bounds"),
])  # fmt: skip
def test_a_name_taken_twice_or_a_package_that_is_missing_is_said(tmp_path, wrong, said):
    _install(tmp_path, **wrong)
    done = _run(tmp_path, "bounds.catalogue()")
    assert done.returncode != 0
    assert said in done.stderr


def test_every_family_of_ours_has_what_a_family_must_have():
    for name, package in packages().items():
        assert package.NOTATION.name == name
        assert isinstance(package.BOUNDS, tuple)  # a family (samples) may have no theorem
        mine = getattr(package, "NOTATIONS", (package.NOTATION,))
        assert package.NOTATION in mine
        assert all(any(bound.notation is known for known in mine) for bound in package.BOUNDS)


def test_what_the_families_expose_is_read_only():
    with pytest.raises(TypeError):
        gather("BOUNDS")["new"] = None
