"""Where torch code jumps: comparisons, signs, whole parts and remainders of rounded numbers.

Rounding moves a smooth function a little and a jump by a whole step. Random roundings meet the
other side of a jump, but hardly ever the jump itself, where two numbers are equal, and that is what
`==`, `sign`, `ceil` and counts of nonzeros ask for. So runs with other roundings note how far every
entry stood from its jump; entries that are no further away than these distances vary may stand on
either side or on the jump, and further runs put them there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from verify.cuts import beside_cut, cut_distance, grid_distance

__all__ = ["Jump", "Snap", "distance", "open_jumps", "placings"]

#: An operation by name, and the signed distance of each of its entries from the jump.
Jump = tuple[str, Tensor]
Side = int | None
_LOTS = 4  # runs in which each entry goes where a lot puts it


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_COMPARING = _names("eq ne lt le gt ge equal")
_AT_ZERO = _names(
    "sign sgn signbit heaviside count_nonzero nonzero any all is_nonzero logical_not bool angle"
)
_AT_WHOLE = _names("floor ceil trunc frac int")
_AT_HALVES = _names("round")
_AT_MULTIPLES = _names("remainder fmod floor_divide")
_SECOND = _names("copysign copy")  # what jumps in its second argument
_WIDTHS = {torch.bool: "bool", torch.int64: "int", torch.int32: "int", torch.uint8: "int",
           torch.int16: "int", torch.int8: "int"}  # fmt: skip


def distance(name: str, args: Sequence[Any], kwargs: Any) -> Jump | None:
    """Where an operation jumps and how far its entries are from there; None where it does not."""
    if not args or not any(isinstance(a, Tensor) and _has_digits(a) for a in args):
        return None
    name = _kind(name, args, kwargs)
    if any(isinstance(a, Tensor) and a.is_complex() for a in args):
        return cut_distance(name, [torch.as_tensor(args[0]), *args[1:]])
    if name.startswith("grid_sampler"):
        away = grid_distance(args)
        return None if away is None else (name, away)
    first, second = args[0], args[1] if len(args) > 1 else None
    if name in _COMPARING:
        same = not isinstance(second, Tensor) or name != "equal" or first.shape == second.shape
        return (name, first - second) if same else None
    if name in _AT_ZERO:
        return name, first.clone()
    if name in _AT_MULTIPLES:
        quotient = first / second
        return name, quotient - quotient.round()
    if name in _SECOND:
        return _of_second(name, first, second)
    if name == "atan2" and isinstance(second, Tensor):
        return name, torch.where(second < 0, first, torch.inf)
    jump = _place(name, args, kwargs)
    return None if jump is None else (name, first - jump)


def _has_digits(value: Tensor) -> bool:
    return value.is_floating_point() or value.is_complex()


def _kind(name: str, args: Sequence[Any], kwargs: Any) -> str:
    """The name under which an operation jumps, its options seen."""
    if name == "_to_copy":
        return _WIDTHS.get(kwargs.get("dtype"), "")
    if name.endswith("norm") and 0 in [a for a in args[1:2] if not isinstance(a, Tensor)]:
        return "bool"
    if name == "div" and kwargs.get("rounding_mode") is not None:
        return "floor_divide"
    return name


def _of_second(name: str, first: Any, second: Any) -> Jump | None:
    """A sign that is copied, and numbers written into integers."""
    if not isinstance(second, Tensor) or not second.is_floating_point():
        return None
    if name == "copysign":
        return name, second.clone()
    return None if first.is_floating_point() else (name, second - second.round())


def _place(name: str, args: Sequence[Any], kwargs: Any) -> Tensor | None:
    """The jump that is next to each entry of the first argument."""
    value = args[0]
    if name in _AT_WHOLE:
        return value.round()
    if name in _AT_HALVES:
        unit = 10.0 ** -kwargs.get("decimals", 0)
        return ((value / unit).floor() + 0.5) * unit
    if name == "frexp":
        return torch.copysign(torch.exp2(value.abs().log2().round()), value)
    if name == "threshold" and args[1] != args[2]:
        return torch.full_like(value, args[1])
    if name == "hardshrink":
        return torch.copysign(torch.full_like(value, args[1] if len(args) > 1 else 0.5), value)
    return None


def open_jumps(
    plain: Sequence[Jump],
    others: Sequence[Sequence[Jump]],
    deviation: Callable[[Tensor, list[Tensor]], Tensor],
    factor: float,
) -> list[Jump]:
    """The entries of each operation that rounding may put on the jump or beyond it, as masks; up to
    where the runs went different ways."""
    found = []
    for index, (name, far) in enumerate(plain):
        alike = [
            run[index][1]
            for run in others
            if index < len(run) and run[index][0] == name and run[index][1].shape == far.shape
        ]
        if len(alike) < len(others):
            break
        if name in _AT_WHOLE | _AT_MULTIPLES:  # half a unit away both ways is the same place
            alike = [other - (other - far).round() for other in alike]
        spread = deviation(far, alike)
        found.append((name, (far.abs() <= factor * spread) & (spread > 0)))
    return found


def placings(marks: Sequence[Jump]) -> Iterator[list[Side]]:
    """Where each operation is put, run by run: all on their jump, below it, above it; then any two
    of them apart, one on its jump and the other not; then each entry where a lot puts it."""
    opened = [index for index, (_, mask) in enumerate(marks) if bool(mask.any())]
    for side in (0, -1, 1):
        yield [side] * len(marks)
    for bit in range(max(0, len(opened) - 1).bit_length()):
        for on in (0, 1):
            sides: list[Side] = [None] * len(marks)
            for number, index in enumerate(opened):
                sides[index] = 0 if (number >> bit) & 1 == on else (-1, 1)[number % 2]
            yield sides
    for _ in range(_LOTS):
        yield [None] * len(marks)


@dataclass(frozen=True)
class Snap:
    """Puts marked entries of each operation on their jump (side 0), or next to it below or above
    (-1, 1), or each where a lot puts it (None; lots: its seed)."""

    marks: Sequence[Jump]
    sides: Sequence[Side]
    lots: int = 0

    def arguments(self, index: int, jump: Jump, args: Sequence[Any]) -> Sequence[Any]:
        """The arguments of the operation that is the index-th to jump."""
        name, far = jump
        if index >= len(self.marks) or self.marks[index][0] != name:
            return args
        mask = self.marks[index][1]
        if mask.shape != far.shape or name in _AT_MULTIPLES or not bool(mask.any()):
            return args
        if name.startswith("complex "):
            moved = beside_cut(name, args, self._towards(far, index))
            return (torch.where(mask, moved, args[0]), *args[1:])
        place = int(name in _SECOND or name.startswith("grid_sampler"))
        value = torch.as_tensor(args[place])
        value = value.expand(far.shape) if value.shape != far.shape else value
        moved = torch.where(mask, self._beside(value - far, index), value)
        return (*args[:place], moved, *args[place + 1 :])

    def result(self, index: int, jump: Jump, args: Sequence[Any], result: Any) -> Any:
        """The result of the same, where the jump cannot be met by other arguments."""
        name, far = jump
        if name not in _AT_MULTIPLES or index >= len(self.marks):
            return result
        mask, side = self.marks[index][1], self.sides[index]
        if self.marks[index][0] != name or mask.shape != far.shape or side not in (0, None):
            return result
        mask = mask if side == 0 else mask & (self._lot(far, index) == 0)
        met = (args[0] / args[1]).round() if name == "floor_divide" else torch.zeros_like(result)
        return torch.where(mask, met, result)

    def _beside(self, jump: Tensor, index: int) -> Tensor:
        towards = self._towards(jump, index)
        if self.marks[index][0].startswith("grid_sampler"):  # a few roundings lie between
            return jump + towards * 16 * torch.finfo(jump.dtype).eps
        return torch.where(towards == 0, jump, torch.nextafter(jump, towards * torch.inf))

    def _towards(self, like: Tensor, index: int) -> Tensor:
        side = self.sides[index]
        return self._lot(like, index) if side is None else torch.full_like(like, side)

    def _lot(self, like: Tensor, index: int) -> Tensor:
        generator = torch.Generator().manual_seed(1_000_003 * self.lots + index)
        return torch.randint(-1, 2, like.shape, generator=generator).to(like)
