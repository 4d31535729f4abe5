"""What a campaign was made with."""

from __future__ import annotations

import functools
from importlib.metadata import PackageNotFoundError, version

__all__ = ["versions"]

_PACKAGES = ("plumbnn", "torch")


@functools.cache
def versions() -> str:
    """The packages that decide results, with their versions."""
    return ", ".join(f"{name} {_version(name)}" for name in _PACKAGES)


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
