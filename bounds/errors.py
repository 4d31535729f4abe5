"""The one error type of the symbolic room."""

from __future__ import annotations

__all__ = ["BoundsError"]


class BoundsError(ValueError):
    """A bad argument, named, with what was found and what would be accepted."""

    def __init__(self, *, argument: str, found: object, accepted: str) -> None:
        self.argument = argument
        self.found = str(found)
        self.accepted = accepted
        super().__init__(f"`{argument}`: found {found}; accepted: {accepted}")
