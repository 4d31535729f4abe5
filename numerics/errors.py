"""The one error type of `numerics`: says which argument, what was found, what would be accepted."""

from __future__ import annotations


class NumericsError(ValueError):
    """Bad input to a function of `numerics`.

    Message: "`argument`: found ...; accepted: ...".
    """

    def __init__(self, *, argument: str, found: str, accepted: str) -> None:
        self.argument = argument
        self.found = found
        self.accepted = accepted
        super().__init__(f"`{argument}`: found {found}; accepted: {accepted}")

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (self.argument, self.found, self.accepted)


def _rebuild(argument: str, found: str, accepted: str) -> NumericsError:
    return NumericsError(argument=argument, found=found, accepted=accepted)
