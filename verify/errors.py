"""The error of the verify layer."""

from __future__ import annotations

__all__ = ["FAULTS", "VerifyError"]

#: What a user's function raises when it is not what it was taken for.
FAULTS = (TypeError, ValueError, RuntimeError, LookupError, AttributeError, ArithmeticError)


class VerifyError(ValueError):
    """Bad input to `verify`: names the argument, what was found and what is accepted.

    Args:
        argument: name of the offending argument, option or file.
        found: what was given, in words.
        accepted: what would have been accepted, in words.
    """

    def __init__(self, argument: str, found: str, accepted: str) -> None:
        self.argument = argument
        self.found = found
        self.accepted = accepted
        super().__init__(f"`{argument}`: found {found}; accepted: {accepted}")

    def __reduce__(self) -> tuple[type[VerifyError], tuple[str, str, str]]:
        return type(self), (self.argument, self.found, self.accepted)
