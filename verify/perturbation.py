"""How far rounding moves the result of torch code: measured, by running it with other roundings.

In one run every torch operation is followed by a step of one unit in the last place, up or down at
random; sums, products of matrices and decompositions also get their inputs moved, as their backward
errors are. The spread of the results over the runs, times a factor, is an allowance for rounding.
It is a measurement and no proof (D. S. Parker, *Monte Carlo arithmetic*, UCLA CSD-970002, 1997); it
stands in where neither an error analysis nor a ball form exists: a user's Python function.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

from verify.jumps import Jump, Snap, distance, open_jumps, placings
from verify.nearby import is_whole, near, near_number, storages
from verify.nested import tree_leaves, tree_map
from verify.ties import has_ties, jumping, numbers_of, tainted_results

__all__ = [
    "FACTOR",
    "FAR",
    "FAR_RUNS",
    "RUNS",
    "RUNS_WHILE_CLIMBING",
    "Arithmetic",
    "at_jumps",
    "deviation",
    "perturbed",
    "roundings",
    "running",
]

RUNS = 8
#: A few runs more move everything further, and their deviation counts as much less: the norm of
#: what rounding leaves hardly moves by one unit, but grows with the step.
FAR_RUNS, FAR = 3, 16
#: A search that follows gradients looks less closely; what it finds is judged with all runs.
RUNS_WHILE_CLIMBING = 2
#: The allowance is so many times the largest deviation seen.
FACTOR = 4.0


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: What only moves numbers, or has an exact result; a view is recognized by itself.
_EXACT = _names(
    """
    abs neg positive clone copy maximum minimum fmax fmin clamp clamp_min clamp_max where
    relu sign sgn floor ceil round trunc copysign nextafter ldexp frexp masked_fill
    masked_scatter fill zero heaviside threshold hardtanh fmod real imag cat stack index
    gather take index_select scatter index_put index_copy select_scatter slice_scatter
    diagonal_scatter constant_pad_nd flip roll repeat sort topk kthvalue median unique
    amax amin max min argmax argmin diag_embed tril triu lift_fresh detach empty_like
    zeros_like ones_like full_like new_zeros new_ones new_full new_empty _to_copy lift
    unfold im2col one_hot block_diag _local_scalar_dense resize set isfinite nan_to_num
    _unique2 unique_dim unique_consecutive mode cummax cummin isin searchsorted bucketize
    as_strided_scatter repeat_interleave new_empty_strided empty_strided select_backward
    slice_backward unsqueeze_copy index_fill scatter_reduce_amax complex _conj_physical
    resolve_conj
    """
)
#: Sums of products: a backward error moves each entry by a few units in its own last place.
_ENTRYWISE = _names(
    """
    mm bmm addmm baddbmm addbmm dot vdot mv addmv addr convolution _softmax _log_softmax
    logsumexp logcumsumexp cumsum cumprod prod sum mean var std var_mean
    linalg_vector_norm norm _cdist_forward _euclidean_dist index_add scatter_add trace
    nansum renorm _softmax_backward_data _log_softmax_backward_data
    """
)
#: Roots of sums of squares, which may all have vanished: off by up to sqrt(k) 2^-511.
_ROOTS = _names("linalg_vector_norm norm std _cdist_forward _euclidean_dist")
#: What takes numbers as they are, besides what works entry by entry.
_WITH_CONSTANTS = _names("full full_like new_full scalar_tensor fill masked_fill")
_NARROW = (torch.float32, torch.float16, torch.bfloat16, torch.complex64)
#: Methods by which numbers leave torch, where nothing here sees what becomes of them.
_EXITS = {
    getattr(Tensor, name): name
    for name in ("numpy", "tolist", "item", "__float__", "__array__", "__complex__")
    if hasattr(Tensor, name)
}
#: Numbers that Python asks for; a truth value or a whole part is a jump like any other.
_ASKED = {
    Tensor.__bool__: lambda value: value != 0,
    torch.is_nonzero: lambda value: value != 0,
    Tensor.is_nonzero: lambda value: value != 0,
    Tensor.__int__: lambda value: value.trunc(),
}
_LOGICAL = _names("logical_and logical_or logical_xor")


#: An operation by name, and the numbers whose meeting is a tie; None: open in any arithmetic.
Tie = tuple[str, Tensor | None]


@dataclass
class Arithmetic:
    """What one run saw: exits from torch by name, operations in less than float64, what jumps and
    what depends on ties, in its order; tensors that a tie decided, by their memory, and whether
    such a number left torch."""

    exits: set[str] = field(default_factory=set)
    narrow: set[str] = field(default_factory=set)
    jumps: list[Jump] = field(default_factory=list)
    ties: list[Tie] = field(default_factory=list)
    tainted: dict[int, Tensor] = field(default_factory=dict)
    leaked: bool = False


_RUNNING: ContextVar[int | None] = ContextVar("plumbline_perturbed", default=None)


def running() -> bool:
    """Whether a perturbed run is going on, inside which nothing measures allowances of its own."""
    return _RUNNING.get() is not None


def roundings() -> int | None:
    """The seed of the perturbed run that is going on; None where torch rounds as it does."""
    return _RUNNING.get()


@contextmanager
def perturbed(
    seed: int,
    units: int = 1,
    *,
    noting: bool = False,
    snap: Snap | None = None,
    ties: Sequence[bool] = (),
    given: bool = False,
    constants: bool = True,
) -> Iterator[Arithmetic]:
    """Torch with other roundings inside the block, so many units in the last place away; the same
    seed gives the same roundings.

    noting: keeps what jumps. snap: what is put on a jump, or next to it. ties: the
    operations, in their order, whose results a tie decides: these are followed. given: numbers from
    outside the block move too (`verify.nearby`), and so do constants in it unless they are those of
    an error analysis, whose ends of an enclosure must not cross.
    """
    seen = Arithmetic()
    token = _RUNNING.set(seed)
    try:
        with (
            _Exits(seen),
            _Roundings(seen, seed, units, noting, snap, given, constants, ties),
        ):
            yield seen
    finally:
        _RUNNING.reset(token)


def at_jumps(run: Callable[[], Any], others: Sequence[Arithmetic]) -> list[Any] | None:
    """What a function returns with everything on its jump, below it and above it that the runs with
    other roundings leave open; nothing where nothing is open. None: it owes its result to a tie,
    and may be anything."""
    if not any(seen.jumps or seen.ties for seen in others):
        return []
    with perturbed(0, 0, noting=True) as plain:
        run()
    ties = _open_ties(plain.ties, [seen.ties for seen in others])
    if any(ties):
        with perturbed(0, 0, noting=True, ties=ties) as seen:
            result = run()
        if seen.leaked or tainted_results(_tensors(result), set(seen.tainted)):
            return None
    marks = open_jumps(plain.jumps, [seen.jumps for seen in others], deviation, FACTOR)
    if not any(bool(mask.any()) for _, mask in marks):
        return []
    found = []
    for lots, sides in enumerate(placings(marks)):
        with perturbed(0, 0, noting=True, snap=Snap(marks, sides, lots)):
            found.append(run())
    return found


def _tensors(result: Any) -> Any:
    """The tensors of a result, which may be an enclosure."""
    return result if isinstance(result, Tensor) else (result.lower, result.upper)


def _open_ties(plain: Sequence[Tie], others: Sequence[Sequence[Tie]]) -> list[bool]:
    """Which operations have ties that rounding may break or make; all from where the runs went
    different ways."""
    found = []
    for index, (name, numbers) in enumerate(plain):
        alike = [run[index] for run in others if index < len(run)]
        same = len(alike) == len(others) and all(other[0] == name for other in alike)
        known = [other[1] for other in alike if other[1] is not None]
        if numbers is None or not same or len(known) < len(others):
            found.append(True)
        else:
            found.append(has_ties(numbers, known, deviation, FACTOR))
    return found


def deviation(value: Tensor, others: list[Tensor]) -> Tensor:
    """The largest distance of the others from the value, entry by entry; infinite where one of
    them is no number though the value is one."""
    far = [torch.where(other == value, 0.0, (other - value).abs()) for other in others]
    found = functools.reduce(torch.maximum, far, torch.zeros_like(value))
    return torch.where(found.isnan(), torch.inf, found)


class _Exits(TorchFunctionMode):
    """Notes where numbers leave torch."""

    def __init__(self, seen: Arithmetic) -> None:
        super().__init__()
        self._seen = seen

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = _EXITS.get(func)
        if name is not None and isinstance(args[0], Tensor) and args[0].is_floating_point():
            self._seen.exits.add(name)
        if name is not None and tainted_results(args[0], set(self._seen.tainted)):
            self._seen.leaked = True
        if func in _ASKED and isinstance(args[0], Tensor) and args[0].is_floating_point():
            return func(_ASKED[func](args[0]))
        return func(*args, **(kwargs or {}))


class _Roundings(TorchDispatchMode):
    """Moves what every operation returns by one unit in the last place."""

    def __init__(
        self,
        seen: Arithmetic,
        seed: int,
        units: int,
        noting: bool,
        snap: Snap | None,
        given: bool,
        constants: bool = True,
        ties: Sequence[bool] = (),
    ) -> None:
        super().__init__()
        self._ties = ties
        self._seen, self._units, self._noting, self._snap = seen, units, noting, snap
        self._seed, self._draw = seed, torch.Generator().manual_seed(seed)
        self._inside: set[int] | None = set() if given else None
        self._constants = constants

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        args, kwargs = self._meant(func, args, kwargs or {})
        if self._noting and _name(func) in _LOGICAL:
            args = tuple(self._truth(a) for a in args)
        jump = distance(_name(func), args, kwargs) if self._noting else None
        index = len(self._seen.jumps)
        if jump is not None:
            self._seen.jumps.append(jump)
            if self._snap is not None:
                args = self._snap.arguments(index, jump, args)
        result = self._rounded(func, args, kwargs)
        if jump is not None and self._snap is not None:
            result = self._snap.result(index, jump, args, result)
        if self._noting:
            self._follow(func, args, kwargs, result, jump)
        if self._inside is not None:
            self._inside |= storages(tree_leaves(result))
        return result

    def _truth(self, value: Any) -> Any:
        """Of numbers, whether they are 0: a comparison like any other."""
        if not isinstance(value, Tensor) or not value.is_floating_point():
            return value
        return self.__torch_dispatch__(torch.ops.aten.ne.Scalar, (), (value, 0))

    def _follow(self, func: Any, args: Any, kwargs: Any, result: Any, jump: Jump | None) -> None:
        """Note what depends on ties, and follow what is computed from those that are open."""
        name, seen = _name(func), self._seen
        parts = None if jump is not None or func.is_view else jumping(name, args, result)
        if parts is not None:
            index = len(seen.ties)
            known = tree_map(self._moved_as_a_whole, args) if self._units else args
            seen.ties.append((name, numbers_of(name, args, kwargs, known)))
            if index < len(self._ties) and self._ties[index]:
                seen.leaked |= not parts
                seen.tainted |= {p.untyped_storage().data_ptr(): p for p in parts}
        if seen.tainted and tainted_results((args, kwargs), set(seen.tainted)):
            tensors = [p for p in tree_leaves(result) if isinstance(p, Tensor)]
            tensors += _written(func, args, kwargs)
            seen.leaked |= not tensors
            seen.tainted |= {p.untyped_storage().data_ptr(): p for p in tensors}

    def _meant(self, func: Any, args: Any, kwargs: Any) -> tuple[Any, Any]:
        """The arguments with long constants, and what was given from outside, moved a little."""
        if not (self._units and self._constants):
            return args, kwargs
        if torch.Tag.pointwise in func.tags or _name(func) in _WITH_CONSTANTS:
            args = tuple(near_number(a, self._seed) for a in args)
        if _name(func) == "lift_fresh":
            args = tuple(near(a, self._seed) for a in args)
        if self._inside is None or func._schema.is_mutable:
            return args, kwargs
        moved: tuple[Any, Any] = tree_map(self._given, (args, kwargs))
        return moved

    def _given(self, value: Any) -> Any:
        known = self._inside is None or not isinstance(value, Tensor)
        if known or value.untyped_storage().data_ptr() in (self._inside or ()):
            return value
        return near(value, self._seed)

    def _rounded(self, func: Any, args: Any, kwargs: Any) -> Any:
        kind = _kind(func)
        if kind == "exact" or not self._units or not _has_floats((*args, *kwargs.values())):
            return self._noted(func, func(*args, **kwargs))
        if is_whole(_name(func), args, kwargs):
            exact = self._noted(func, func(*args, **kwargs))
            return torch.where(exact == 0, self._moved(exact), exact)  # a kink is often at 0
        if kind in ("entrywise", "whole"):
            move = self._moved if kind == "entrywise" else self._moved_as_a_whole
            args, kwargs = tree_map(move, (args, kwargs))
        result = self._noted(func, func(*args, **kwargs))
        if _name(func) in _ROOTS and isinstance(result, Tensor) and result.is_floating_point():
            lost = args[0].numel() ** 0.5 * 2.0**-511
            result = (result + lost * self._sign(result)).clamp_min(0.0)
        if kind == "written":
            for target in _written(func, args, kwargs):
                target.copy_(self._moved(target))
            return result
        return self._moved(result) if isinstance(result, Tensor) else tree_map(self._moved, result)

    def _noted(self, func: Any, result: Any) -> Any:
        """The result as it is; arithmetic in less than float64 is remembered."""
        for value in result if isinstance(result, tuple | list) else (result,):
            if isinstance(value, Tensor) and value.dtype in _NARROW:
                kind = str(value.dtype).removeprefix("torch.")
                self._seen.narrow.add(f"{_name(func)} in {kind}")
        return result

    def _moved(self, value: Any) -> Any:
        """Each entry one unit away; infinite ones, and what is no number, as they are."""
        if not isinstance(value, Tensor):
            return value
        if value.is_complex():
            return torch.view_as_complex(self._moved(torch.view_as_real(value).contiguous()))
        if not value.is_floating_point():
            return value
        if self._units == 1 and value.dtype is torch.float64:
            return self._stepped(value)
        # a zero is exact or an underflow: it moves away from 0 only, and keeps its sign
        outward = torch.copysign(torch.ones_like(value), value)
        away = torch.where(value == 0, outward, self._sign(value))
        moved = torch.nextafter(value, torch.inf * away)
        moved = value + self._units * (moved - value)
        return torch.where(value.isfinite(), moved, value)

    def _stepped(self, value: Tensor) -> Tensor:
        """The same for float64 and one unit: the next float is the next integer of the bits."""
        up = self._drawn(value).ge(0.5).logical_xor_(value < 0).logical_or_(value == 0)
        bits = value.view(torch.int64)
        moved = torch.add(bits - 1, up, alpha=2).view(torch.float64)
        return torch.where(value.isfinite(), moved, value)

    def _moved_as_a_whole(self, value: Any) -> Any:
        """A matrix with the backward error of a decomposition: in every entry as many units of its
        largest one as it has rows and columns (Higham, *Accuracy and Stability*, 2002, chapter 19).
        """
        if not isinstance(value, Tensor) or not value.is_floating_point() or value.ndim < 2:
            return self._moved(value)
        if not value.numel():
            return value
        largest = value.abs().amax((-2, -1), keepdim=True)
        unit = sum(value.shape[-2:]) * torch.finfo(value.dtype).eps
        return value + self._sign(value) * self._units * unit * largest

    def _sign(self, value: Tensor) -> Tensor:
        return torch.where(self._drawn(value) < 0.5, -1.0, 1.0).to(value.dtype)

    def _drawn(self, value: Tensor) -> Tensor:
        """A number in [0, 1) for each entry; drawn on the CPU, the same on every device."""
        drawn = torch.rand(value.shape, generator=self._draw, dtype=torch.float32)
        return drawn.to(value.device)


def _name(func: Any) -> str:
    return str(func._schema.name.split("::")[1].rstrip("_"))


@functools.cache
def _kind(func: Any) -> str:
    """How an operation rounds: not at all ("exact"), in its result ("pointwise"), in what it writes
    to ("written"), or also as if its inputs were moved, each entry ("entrywise") or the whole."""
    name = _name(func)
    if func.is_view or name in _EXACT:
        return "exact"
    if func._schema.is_mutable:
        return "written"
    if torch.Tag.pointwise in func.tags:
        return "pointwise"
    return "entrywise" if name in _ENTRYWISE else "whole"


def _has_floats(arguments: Iterable[Any]) -> bool:
    for value in arguments:
        if isinstance(value, Tensor):
            if value.is_floating_point() or value.is_complex():
                return True
        elif isinstance(value, tuple | list) and _has_floats(value):
            return True
    return False


def _written(func: Any, args: Any, kwargs: Any) -> list[Tensor]:
    """The tensors that an operation changes."""
    known = dict(zip((a.name for a in func._schema.arguments), args, strict=False)) | kwargs
    names = [a.name for a in func._schema.arguments if a.alias_info and a.alias_info.is_write]
    return [known[name] for name in names if isinstance(known.get(name), Tensor)]
