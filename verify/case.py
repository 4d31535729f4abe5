"""What a claim is checked on. Each subject has its own kind of case; the engine sees only this."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor

from numerics import Enclosure
from verify.quantity import Quantity

__all__ = ["Case"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Case:
    """A batch of things of one shape, with a memory of their true quantities.

    origin: "random", "structured", "trained", "attack" or a user's own word. label: one line for a
    reader. step: training step of a checkpoint, None elsewhere. A copy (`dataclasses.replace`)
    begins without memory, so it never answers for the original.
    """

    origin: str = "user"
    label: str = ""
    step: int | None = None
    _truths: dict[Quantity, Enclosure] = field(init=False, default_factory=dict, repr=False)
    _read: dict[Any, Any] = field(init=False, default_factory=dict, repr=False)
    _met: dict[Any, str] = field(init=False, default_factory=dict, repr=False)

    def truth(self, quantity: Quantity) -> Enclosure:
        """The true value of a quantity, measured once per case: several bounds share one truth."""
        if quantity not in self._truths:
            self._truths[quantity] = quantity.measure(self)
        return self._truths[quantity]

    def read(self, reading: Any) -> Any:
        """The value of a symbol, read once per case: the claims of a family share their readings.

        reading: a `verify.subject.Reading`, told apart as an object. Never where a gradient is
        needed.
        """
        if reading not in self._read:
            self._read[reading] = reading.measure(self)
        return self._read[reading]

    def unmet(self, condition: Callable[[Any], str]) -> str:
        """Why this case does not meet a condition, "" where it does; asked once per case, because
        the claims of a family share their assumptions."""
        if condition not in self._met:
            self._met[condition] = condition(self)
        return self._met[condition]

    @property
    def size(self) -> int:
        """How many things are in the batch."""
        raise NotImplementedError

    @property
    def numbers(self) -> int:
        """How many numbers one thing of the batch has: what work in balls costs."""
        return sum(values.numel() for values in self.tensors().values())

    @property
    def axes(self) -> Mapping[str, float]:
        """Sizes by symbol name (L, m, ...) against which results are plotted."""
        return {}

    @property
    def family(self) -> str:
        """What the curves of one plot have in common (the activation of networks)."""
        return ""

    def single(self, index: int, quantity: Quantity) -> Case:
        """The one thing behind entry `index` of a check of this quantity."""
        raise NotImplementedError

    def head(self) -> str:
        """A single case in words, without its numbers."""
        raise NotImplementedError

    def meta(self) -> dict[str, Any]:
        """What of a single case is no tensor, as JSON."""
        return {}

    def tensors(self) -> dict[str, Tensor]:
        """The numbers of a single case by name: the one flat view that shrinking, files and
        printing share."""
        raise NotImplementedError

    def with_tensors(self, tensors: Mapping[str, Tensor]) -> Case:
        """The single case with other numbers of the same shapes.

        Raises:
            ValueError: they make no case (a zero row, a point outside the domain).
        """
        raise NotImplementedError

    def smaller(self) -> Iterator[Case]:
        """Single cases with one part less (an input, a layer, a unit), simplest first."""
        return iter(())
