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
        return _rebuild, (type(self), self.argument, self.found, self.accepted)


class ContradictionError(NumericsError):
    """Two proofs that contradict each other: a fault of this package, which nothing may hide."""


def _rebuild(
    kind: type[NumericsError], argument: str, found: str, accepted: str
) -> NumericsError:
    return kind(argument=argument, found=found, accepted=accepted)
