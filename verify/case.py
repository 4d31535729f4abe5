"""What a claim is checked on. Each subject has its own kind of case; the engine sees only this."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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
    _balls: dict[Any, Any] = field(init=False, default_factory=dict, repr=False)
    _repeats: dict[Any, Any] = field(init=False, default_factory=dict, repr=False)

    def truth(self, quantity: Quantity) -> Enclosure:
        """The true value of a quantity, measured once per case: several bounds share one truth.

        Parameters
        ----------
        quantity : Quantity
            A left side.

        Returns
        -------
        Enclosure

        Raises
        ------
        NumericsError
            What the quantity refuses.

        Examples
        --------
        >>> import sympy, torch, verify
        >>> x = sympy.Symbol("x", real=True)
        >>> wrong = verify.Claim.of("wrong", x**2, 2, domain={"x": verify.domain.scalar(-9, 9)})
        >>> case = verify.sample_case({"x": torch.tensor([2.0], dtype=torch.float64)})
        >>> found = case.truth(wrong.quantity)
        >>> bool(found.lower <= 4 <= found.upper)
        True
        """
        if quantity not in self._truths:
            self._truths[quantity] = quantity.measure(self)
        return self._truths[quantity]

    def read(self, reading: Any) -> Any:
        """The value of a symbol, read once per case: the claims of a family share their readings.

        Never where a gradient is needed.

        Parameters
        ----------
        reading : Reading
            Told apart as an object.

        Returns
        -------
        Tensor, number or Enclosure

        Examples
        --------
        >>> import torch, numerics, verify
        >>> network = numerics.WeightNormNetwork.random((3, 4), "tanh", seed=0)
        >>> case = verify.network_case(network, torch.ones(3, dtype=torch.float64))
        >>> float(case.read(verify.claims()["input_gradient"].readings["L"]))
        1.0
        """
        if reading not in self._read:
            self._read[reading] = reading.measure(self)
        return self._read[reading]

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
        """The one thing behind an entry of a check.

        Parameters
        ----------
        index : int
            The flat index of the entry.
        quantity : Quantity
            What was checked.

        Returns
        -------
        Case

        Examples
        --------
        >>> import sympy, torch, verify
        >>> x = sympy.Symbol("x", real=True)
        >>> wrong = verify.Claim.of("wrong", x**2, 2, domain={"x": verify.domain.scalar(-9, 9)})
        >>> case = verify.sample_case({"x": torch.tensor([2.0], dtype=torch.float64)})
        >>> float(case.single(0, wrong.quantity).tensors()["x"])
        2.0
        """
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

        Parameters
        ----------
        tensors : mapping
            As `tensors()` gives them.

        Returns
        -------
        Case

        Raises
        ------
        ValueError
            They make no case (a zero row, a point outside the domain).

        Examples
        --------
        >>> import sympy, torch, verify
        >>> x = sympy.Symbol("x", real=True)
        >>> wrong = verify.Claim.of("wrong", x**2, 2, domain={"x": verify.domain.scalar(-9, 9)})
        >>> case = verify.sample_case({"x": torch.tensor([2.0], dtype=torch.float64)})
        >>> one = case.single(0, wrong.quantity)
        >>> other = one.with_tensors({name: 2 * value for name, value in one.tensors().items()})
        >>> float(other.tensors()["x"])
        4.0
        """
        raise NotImplementedError

    def smaller(self) -> Iterator[Case]:
        """Single cases with one part less (an input, a layer, a unit), simplest first."""
        return iter(())
