"""A mistake in our own code, as data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

#: observable: a wrong result, verdict, file or exit code that a user can meet. rounding: only
#: figures within rounding change. guarded: a second guard stands behind it, so that no result
#: changes; the tests named may still see it.
Kind = Literal["observable", "rounding", "guarded"]


@dataclass(frozen=True)
class Mutant:
    """One plausible mistake: in `file`, the text `old` (which occurs once) becomes `new`.

    sheet: part of the list of known holes that it comes from, "" if from none. tests: the files
    or test ids that should catch it, likeliest first.
    """

    name: str
    area: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]
    kind: Kind = "observable"
    sheet: str = ""

    @property
    def room(self) -> str:
        """The room it is made in: bounds, numerics or verify."""
        return self.file.partition("/")[0]

    def applied(self, text: str) -> str:
        """The file's text with the mistake.

        Raises:
            ValueError: the text to change does not occur exactly once.
        """
        if text.count(self.old) != 1:
            found = f"{self.name}: its text occurs {text.count(self.old)} times in {self.file}"
            raise ValueError(f"{found}; bring the mutant up to date with the code")
        return text.replace(self.old, self.new)


def area(name: str, *tests: str) -> Callable[..., Mutant]:
    """Makes the mutants of one area: (name, file, old, new, *tests); `tests` are its default."""

    def mutant(
        called: str, file: str, old: str, new: str, *own: str, kind: Kind = "observable",
        sheet: str = "",
    ) -> Mutant:  # fmt: skip
        return Mutant(f"{name}.{called}", name, file, old, new, own or tests, kind, sheet)

    return mutant
