"""What several statements read of one case is computed once."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

__all__ = ["remembered"]

T = TypeVar("T")


def remembered(function: Callable[[Any], T]) -> Callable[[Any], T]:
    """The function of a case, its last answers kept as long as the case lives."""
    known: WeakKeyDictionary[Any, T] = WeakKeyDictionary()

    @functools.wraps(function)
    def answer(case: Any) -> T:
        if case not in known:
            known[case] = function(case)
        return known[case]

    return answer
