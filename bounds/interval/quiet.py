"""Floating point warnings off, once around many operations: intervals mean their infinities."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ParamSpec, TypeVar

import numpy as np

__all__ = ["quiet", "quietly"]

P = ParamSpec("P")
R = TypeVar("R")
_STATE = threading.local()


@contextmanager
def quietly() -> Iterator[None]:
    """No warning of numpy's inside; nested ones cost nothing."""
    if getattr(_STATE, "quiet", False):
        yield
        return
    _STATE.quiet = True
    try:
        with np.errstate(all="ignore"):
            yield
    finally:
        _STATE.quiet = False


def quiet(function: Callable[P, R]) -> Callable[P, R]:
    """The function without numpy's warnings."""

    @functools.wraps(function)
    def silent(*args: P.args, **kwargs: P.kwargs) -> R:
        if getattr(_STATE, "quiet", False):
            return function(*args, **kwargs)
        with quietly():
            return function(*args, **kwargs)

    return silent
