"""Tests lie where the code lies, and no helper is called like what it helps to test."""

from __future__ import annotations

from pathlib import Path

import pytest

from bounds.families import FAMILIES

TESTS = Path(__file__).parent
ROOT = TESTS.parent
ROOMS = ("bounds", "numerics", "verify")
#: Folders of tests of a part of the code that is neither a room nor a family.
PARTS = {
    "benchmarks": ("benchmarks",),
    "depth": tuple(f"{room}/weightnorm" for room in ROOMS),
    "generalization": tuple(f"{room}/weightnorm" for room in ROOMS),
    "linalg": ("numerics/linalg",),
    "mutants": (),  # of the tests themselves
}
FOLDERS = sorted(p for p in TESTS.rglob("*") if p.is_dir() and any(p.glob("test_*.py")))


def code_of(folder: Path) -> list[Path]:
    """The folders of code that a folder of tests is about; those of its first part where its own
    name is no package's."""
    first, *rest = folder.relative_to(TESTS).parts
    tops = PARTS[first] if first in PARTS else [first] if first in ROOMS else [
        f"{room}/{first}" for room in ROOMS]  # fmt: skip
    return [ROOT.joinpath(top, *rest) for top in tops]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda p: str(p.relative_to(TESTS)))
def test_a_folder_of_tests_is_called_like_the_code_it_tests(folder):
    first = folder.relative_to(TESTS).parts[0]
    assert first in ROOMS or first in FAMILIES or first in PARTS
    places = code_of(folder)
    names = [place.with_suffix(".py") for place in places] + places
    assert not places or any(place.exists() for place in names)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda p: str(p.relative_to(TESTS)))
def test_no_helper_is_called_like_a_module_under_test(folder):
    first = folder.relative_to(TESTS).parts[0]
    code = {module.stem for place in code_of(TESTS / first) for module in place.rglob("*.py")}
    helpers = {path.stem for path in folder.glob("*.py") if not path.stem.startswith("test_")}
    assert helpers & code <= {"conftest", "__main__"}


def test_every_package_of_the_engine_of_verify_has_a_folder_of_tests():
    packages = {p.parent.name for p in (ROOT / "verify").glob("*/__init__.py")} - set(FAMILIES)
    missing = {name for name in packages if not (TESTS / "verify" / name).is_dir()}
    assert missing == set()
