"""The one error type of the symbolic room."""

from __future__ import annotations

__all__ = ["BoundsError"]


class BoundsError(ValueError):
    """A bad argument, named, with what was found and what would be accepted.

    Survives pickle and copy: its arguments are the three sentences, as text.
    """

    def __init__(self, argument: object, found: object, accepted: object) -> None:
        self.argument, self.found, self.accepted = str(argument), str(found), str(accepted)
        super().__init__(self.argument, self.found, self.accepted)

    def __str__(self) -> str:
        return f"`{self.argument}`: found {self.found}; accepted: {self.accepted}"
