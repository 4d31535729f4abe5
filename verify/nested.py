"""Tuples, lists and dicts of an operation's arguments: what torch's pytrees do, for these alone.

Every operation of a measured run passes here a few times, and the registry of torch's pytrees is
half of what that costs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any


def tree_map(change: Callable[[Any], Any], value: Any) -> Any:
    """The same tuples, lists and dicts with each leaf changed."""
    if isinstance(value, tuple | list):
        return type(value)([tree_map(change, part) for part in value])
    if isinstance(value, dict):
        return {name: tree_map(change, part) for name, part in value.items()}
    return change(value)


def tree_leaves(value: Any) -> Iterator[Any]:
    """The leaves of tuples, lists and dicts, in their order."""
    if isinstance(value, tuple | list | dict):
        for part in value.values() if isinstance(value, dict) else value:
            yield from tree_leaves(part)
    else:
        yield value
