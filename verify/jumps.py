"""Where torch code jumps: comparisons, signs, whole parts and remainders of rounded numbers.

Rounding moves a smooth function a little and a jump by a whole step. Random roundings meet the
other side of a jump, but hardly ever the jump itself, where two numbers are equal, and that is what
`==`, `sign`, `ceil` and counts of nonzeros ask for. So runs with other roundings note how far every
entry stood from its jump; entries that are no further away than these distances vary may stand on
either side or on the jump, and further runs put them there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

__all__ = ["SIDES", "Jump", "Snap", "distance", "most_tied", "open_jumps"]

#: An operation by name, and the signed distance of each of its entries from the jump.
Jump = tuple[str, Tensor]
#: On the jump, below it, above it.
SIDES = (0, -1, 1)


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_COMPARING = _names("eq ne lt le gt ge equal")
_AT_ZERO = _names(
    "sign sgn signbit heaviside count_nonzero nonzero any all is_nonzero logical_not bool"
)
_AT_WHOLE = _names("floor ceil trunc frac int")
_AT_HALVES = _names("round")
_AT_MULTIPLES = _names("remainder fmod floor_divide")
_EXTREME = {"argmax": 1.0, "max": 1.0, "argmin": -1.0, "min": -1.0}
_TIED = 16  # numbers that may be the largest, each of which is made to be it
_WIDTHS = {torch.bool: "bool", torch.int64: "int", torch.int32: "int", torch.uint8: "int",
           torch.int16: "int", torch.int8: "int"}  # fmt: skip


def distance(name: str, args: Sequence[Any], kwargs: Any) -> Jump | None:
    """Where an operation jumps and how far its entries are from there; None where it does not."""
    if not args or not any(isinstance(a, Tensor) and a.is_floating_point() for a in args):
        return None
    if name == "_to_copy":
        name = _WIDTHS.get(kwargs.get("dtype"), "")
    elif name.endswith("norm") and 0 in [a for a in args[1:2] if not isinstance(a, Tensor)]:
        name = "bool"
    first, second = args[0], args[1] if len(args) > 1 else None
    if name in _EXTREME:
        return _behind(name, first, second)
    if name in _COMPARING:
        same = not isinstance(second, Tensor) or name != "equal" or first.shape == second.shape
        return (name, first - second) if same else None
    if name in _AT_ZERO:
        return name, first.clone()
    if name in _AT_MULTIPLES:
        quotient = first / second
        return name, quotient - quotient.round()
    jump = _place(name, first) if not kwargs.get("decimals") else None
    return None if jump is None else (name, first - jump)


def _behind(name: str, value: Tensor, dim: Any) -> Jump | None:
    """How far every number is from the extreme one along an axis."""
    if not isinstance(dim, int) or not value.ndim:
        return None
    signed = _EXTREME[name] * value
    return name, signed - signed.amax(dim, keepdim=True)


def _place(name: str, value: Tensor) -> Tensor | None:
    if name in _AT_WHOLE:
        return value.round()
    return value.floor() + 0.5 if name in _AT_HALVES else None


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
        spread = deviation(far, alike)
        found.append((name, (far.abs() <= factor * spread) & (spread > 0)))
    return found


def most_tied(marks: Sequence[Jump]) -> int:
    """How many numbers at most may be the extreme one of an axis, up to a limit; 0: nowhere two.

    The axis is not known here: that of all of them is an upper limit.
    """
    tied = [int(mask.sum(-1).max()) for name, mask in marks if name in _EXTREME and mask.numel()]
    return min(max(tied, default=0), _TIED)


@dataclass(frozen=True)
class Snap:
    """Puts marked entries on their jump (side 0), or next to it below or above (-1, 1); of those
    that may be the extreme one of an axis, the one of this turn."""

    marks: Sequence[Jump]
    side: int
    turn: int = 0

    def arguments(self, index: int, jump: Jump, args: Sequence[Any]) -> Sequence[Any]:
        """The arguments of the operation that is the index-th to jump."""
        name, far = jump
        if index >= len(self.marks) or self.marks[index][0] != name:
            return args
        mask = self.marks[index][1]
        if mask.shape != far.shape or name in _AT_MULTIPLES or not bool(mask.any()):
            return args
        snapped = self._first(name, mask, args) if name in _EXTREME else None
        return (self._snapped(name, mask, args) if snapped is None else snapped, *args[1:])

    def result(self, index: int, jump: Jump, args: Sequence[Any], result: Any) -> Any:
        """The result of the same, where the jump cannot be met by other arguments."""
        name, far = jump
        if name not in _AT_MULTIPLES or index >= len(self.marks) or self.side:
            return result
        mask = self.marks[index][1]
        if self.marks[index][0] != name or mask.shape != far.shape:
            return result
        met = (args[0] / args[1]).round() if name == "floor_divide" else torch.zeros_like(result)
        return torch.where(mask, met, result)

    def _first(self, name: str, mask: Tensor, args: Sequence[Any]) -> Tensor:
        """One of those that may be the extreme one is it."""
        value, dim = args[0], args[1]
        number = mask.cumsum(dim) - 1
        turn = self.turn % mask.sum(dim, keepdim=True).clamp_min(1)
        extreme = (_EXTREME[name] * value).amax(dim, keepdim=True)
        above = torch.nextafter(extreme, torch.full_like(extreme, torch.inf))
        return torch.where(mask & (number == turn), _EXTREME[name] * above, value)

    def _snapped(self, name: str, mask: Tensor, args: Sequence[Any]) -> Tensor:
        value = args[0] if isinstance(args[0], Tensor) else torch.as_tensor(args[0])
        if name in _COMPARING:
            other = args[1] if isinstance(args[1], Tensor) else torch.full_like(value, args[1])
            value, jump = torch.broadcast_tensors(value.to(mask.device), other)
        else:
            place = _place(name, value)
            jump = torch.zeros_like(value) if place is None else place
        return torch.where(mask, self._beside(jump.to(torch.float64)), value)

    def _beside(self, jump: Tensor) -> Tensor:
        towards = torch.full_like(jump, self.side * torch.inf)
        return torch.nextafter(jump, towards) if self.side else jump
