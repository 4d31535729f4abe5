"""Rows of a parametrization of which some are fast, in every run, and the rest `slow`."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterable
from typing import Any

import pytest


def fast_if(
    kept: Callable[[Any], bool] | Collection[Any],
    rows: Iterable[Any],
    name: Callable[[Any], str] | None = None,
) -> list[Any]:
    """Those that `kept` names, or is true of, as they are; the others marked slow.

    name: the id of a row; pytest's own where it is None.
    """
    is_fast = kept if callable(kept) else kept.__contains__
    return [
        pytest.param(row, marks=() if is_fast(row) else pytest.mark.slow, id=name and name(row))
        for row in rows
    ]


def some_fast(
    share: float, rows: Iterable[Any], name: Callable[[Any], str] | None = None
) -> list[Any]:
    """A share of the rows, drawn once and for all so that no pattern of theirs is left out."""
    every = list(rows)
    kept = set(random.Random(0).sample(range(len(every)), round(share * len(every))))
    return [
        pytest.param(row, marks=() if k in kept else pytest.mark.slow, id=name and name(row))
        for k, row in enumerate(every)
    ]
