"""What a search for a proof may spend, and where it stood last."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from numerics.progress import Tell

__all__ = ["Effort", "Late", "Out"]


class Out(Exception):
    """The boxes are spent."""


class Late(Out):
    """The time is over."""


@dataclass
class Effort:
    """Limits in seconds and boxes; `open`: boxes on which nothing was shown, as float ends."""

    seconds: float
    boxes: int
    tell: Tell
    start: float = field(default_factory=time.monotonic)
    used: int = 0
    open: list[dict[str, tuple[float, float]]] = field(default_factory=list)

    def spend(self, count: int) -> None:
        """Enter boxes looked at; raises Out or Late."""
        self.used += count
        self.tell(self.used, total=self.boxes, text="boxes")
        if self.passed > self.seconds:
            raise Late(f"no proof within {self.seconds:g} s")
        if self.used > self.boxes:
            raise Out(f"no proof within {self.boxes} boxes")

    @property
    def passed(self) -> float:
        return time.monotonic() - self.start
