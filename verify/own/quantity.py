"""A user's Python function as a quantity or a reading: checked, and wrapped in an enclosure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sympy as sp
import torch
from torch import Tensor

from numerics import Enclosure, Quality
from verify.errors import VerifyError
from verify.perturbation import (
    FACTOR,
    FAR,
    FAR_RUNS,
    RUNS,
    RUNS_WHILE_CLIMBING,
    Arithmetic,
    at_jumps,
    deviation,
    perturbed,
    running,
)
from verify.quantity import Quantity
from verify.subject import Reading, Subject

__all__ = ["function_quantity", "function_reading"]

_METHOD = "the user's function; rounding measured by perturbing every operation of torch"


@dataclass(frozen=True, eq=False)
class _Function:
    """A user's function of a case, and how far rounding moves it.

    rounding: relative allowance on the user's word, besides what is measured. over: what one entry
    speaks of ("data": a whole thing of the batch).
    """

    argument: str
    of_case: Callable[[Any], Any]
    rounding: float
    over: str = "data"

    def enclosed(self, case: Any, check: Callable[[Any], None]) -> Any:
        """The value between two ends; a plain number, and a certified enclosure, as they are."""
        value = self.of_case(case)
        if isinstance(value, Enclosure) and value.quality is Quality.ENCLOSURE:
            return value
        check(value)
        if not isinstance(value, Tensor | Enclosure):
            self._require_plain(case)
            return value
        ends = _ends(value)
        radii = [self.rounding * torch.where(end.isfinite(), end.abs(), 0.0) for end in ends]
        if not running():
            moved = self._moved(case, ends)
            radii = [torch.maximum(r, FACTOR * m) for r, m in zip(radii, moved, strict=True)]
        lower, upper = ends[0] - radii[0], ends[1] + radii[1]
        unknown = lower.isnan() | upper.isnan()
        lower = torch.where(unknown, -torch.inf, lower)
        return Enclosure(lower, torch.where(unknown, torch.inf, upper), _quality(value), _METHOD)

    def _moved(self, case: Any, ends: Sequence[Tensor]) -> list[Tensor]:
        """How far each end lies from itself at most when every rounding is another."""
        climbing = ends[0].requires_grad
        near, seen = self._repeated(case, range(RUNS_WHILE_CLIMBING if climbing else RUNS), 1)
        if not climbing:
            jumped = at_jumps(lambda: self.of_case(case), seen)
            if jumped is None:
                return self._each(case, [end.detach() for end in ends])
            near += [self._plain_ends(again) for again in jumped]
        far, _ = self._repeated(case, range(RUNS, RUNS + (0 if climbing else FAR_RUNS)), FAR)
        plain = [end.detach() for end in ends]
        return [
            torch.maximum(
                deviation(end, [other[k] for other in near]),
                deviation(end, [other[k] for other in far]) / FAR,
            )
            for k, end in enumerate(plain)
        ]

    def _each(self, case: Any, ends: Sequence[Tensor]) -> list[Tensor]:
        """As `_moved` where some entry owes its value to a tie: each by itself, so that only such
        an entry is lost; what it is worth alone may differ from what it is worth in the batch."""
        found = [torch.full_like(end, torch.inf) for end in ends]
        count = ends[0].numel()
        if count == 1 or (self.over == "data" and count != case.size):
            return found
        for index in range(count):
            one = case.single(index, self)
            alone = self._plain_ends(self.of_case(one))
            if alone[0].numel() != 1:
                return found
            for k, moved in enumerate(self._moved(one, alone)):
                apart = deviation(ends[k].reshape(-1)[index], [alone[k].reshape(())])
                found[k].view(-1)[index] = torch.maximum(moved.reshape(()), apart)
        return found

    def _repeated(
        self, case: Any, seeds: Iterable[int], units: int
    ) -> tuple[list[list[Tensor]], list[Arithmetic]]:
        """The ends in runs with other roundings, and what these runs saw."""
        found, all_seen = [], []
        for seed in seeds:
            with perturbed(seed, units, noting=units == 1) as seen:
                again = self.of_case(case)
            self._require_float64(seen)
            found.append(self._plain_ends(again))
            all_seen.append(seen)
        return found, all_seen

    @staticmethod
    def _plain_ends(value: Tensor | Enclosure) -> list[Tensor]:
        return [end.detach() for end in _ends(value)]

    def _require_plain(self, case: Any) -> None:
        """A number that torch did not compute, however it got out."""
        with perturbed(0) as seen:
            self.of_case(case)
        self._require_float64(seen)

    def _require_float64(self, seen: Arithmetic) -> None:
        if seen.narrow:
            raise VerifyError(self.argument, min(seen.narrow), "float64 throughout")
        if seen.exits:
            raise VerifyError(
                self.argument,
                f"numbers that leave torch ({min(seen.exits)}), where their rounding cannot be "
                "measured",
                "operations of torch alone, or a function that returns a certified Enclosure",
            )


def _ends(value: Tensor | Enclosure) -> tuple[Tensor, Tensor]:
    return (value.lower, value.upper) if isinstance(value, Enclosure) else (value, value)


def _quality(value: Tensor | Enclosure) -> Quality:
    lower_only = isinstance(value, Enclosure) and value.quality is Quality.LOWER_ESTIMATE
    return Quality.LOWER_ESTIMATE if lower_only else Quality.PERTURBED


def function_quantity(
    about: Subject,
    function: Callable[..., Any],
    name: str,
    over: str,
    latex: str | None,
    rounding: float,
) -> Quantity:
    """The quantity that a function is, to within the measured effect of rounding.

    An entry that is no number has the ends -inf and inf, so that nothing is decided there.

    Raises:
        VerifyError: the subject takes no functions.
    """
    if about.called is None:
        raise VerifyError("quantity", f"a function of a {about.noun}", "one of its keys")
    argument = f"quantity {name}"
    own = _Function(argument, about.called(function, over), rounding, over)

    def measure(case: Any) -> Enclosure:
        shape = about.expected(case, over)
        found: Enclosure = own.enclosed(case, lambda value: _check(value, argument, shape))
        return found

    words = latex or rf"\mathrm{{{name.replace('_', ' ')}}}"
    return Quantity(key=name, latex=words, over=over, measure=measure, function=own.of_case)


def function_reading(
    of_case: Callable[[Any], Any], symbol: sp.Symbol | None, name: str, rounding: float
) -> Reading:
    """A symbol filled in by a user's function, to within the measured effect of rounding; never
    on the other side of 0 than its symbol may be."""
    own = _Function(f"measures: {name}", of_case, rounding)

    def measure(case: Any) -> Any:
        found = own.enclosed(case, lambda value: _check_float64(value, own.argument))
        if not isinstance(found, Enclosure) or symbol is None or not symbol.is_nonnegative:
            return found
        least = torch.finfo(torch.float64).smallest_normal if symbol.is_positive else 0.0
        middle = found.value  # what the function returned; below 0 it is the user's fault, and said
        lower = torch.where(middle >= least, found.lower.clamp_min(least), found.lower)
        return Enclosure(lower, found.upper, found.quality, found.method)

    return Reading(measure, smooth=of_case, own=of_case)


def _check_float64(value: Any, argument: str) -> None:
    if isinstance(value, Tensor) and value.is_floating_point() and value.dtype != torch.float64:
        found = str(value.dtype)
        raise VerifyError(argument, found, "a number, a torch.float64 tensor or an Enclosure")


def _check(value: Any, argument: str, shape: tuple[int, ...]) -> None:
    tensor = value.lower if isinstance(value, Enclosure) else value
    if not isinstance(tensor, Tensor) or tensor.dtype != torch.float64:
        found = str(tensor.dtype) if isinstance(tensor, Tensor) else type(tensor).__name__
        raise VerifyError(argument, found, "a torch.float64 tensor, or an Enclosure")
    if tuple(tensor.shape) != shape:
        raise VerifyError(argument, f"shape {tuple(tensor.shape)}", f"shape {shape}")
