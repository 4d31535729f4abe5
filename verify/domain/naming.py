"""Dictionaries of a user's by name: a symbol stands for its name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sympy as sp

from verify.errors import VerifyError


def by_name(argument: str, given: Mapping[Any, Any]) -> dict[str, Any]:
    """The same, with names as keys.

    Raises:
        VerifyError: a key that is neither a name nor a symbol, or a name twice.
    """
    named: dict[str, Any] = {}
    for key, value in given.items():
        if not isinstance(key, str | sp.Symbol | sp.MatrixSymbol):
            raise VerifyError(argument, f"the key {key!r}", "names, or symbols")
        if str(key) in named:
            raise VerifyError(argument, f"{key} twice", "each name once")
        named[str(key)] = value
    return named
