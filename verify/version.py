"""The versions that results are made with."""

from __future__ import annotations

import tomllib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

__all__ = ["DISTRIBUTION", "installed", "own_version"]

#: The name under which this is installed.
DISTRIBUTION = "plumbnn"


def installed(package: str) -> str | None:
    """The version of an installed package."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def own_version() -> str:
    """The version of this package: as installed, else as the checkout around it says."""
    project = Path(__file__).resolve().parents[1] / "pyproject.toml"
    found = installed(DISTRIBUTION)
    if found is None and project.is_file():
        said = tomllib.loads(project.read_text(encoding="utf-8"))["project"]
        found = str(said["version"]) if said["name"] == DISTRIBUTION else None
    return found or "not installed"
