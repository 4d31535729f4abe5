"""Where torch code sorts, counts, looks up and chooses: what its result owes to a tie.

The position of the largest number, an order, the number of different values, the place in a list, a
bin: such a result jumps wherever two numbers of the input meet. If they are so near that rounding
may have put them in another order, or apart where they are equal, then which of the many possible
results is the true one is unknown, and so is whatever is computed from it. Everything with floats
in and integers out counts as such an operation, but for those known to be none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from verify.cuts import is_nearest_open
from verify.nested import tree_leaves

__all__ = ["has_ties", "jumping", "numbers_of", "tainted_results"]

Deviation = Callable[[Tensor, list[Tensor]], Tensor]


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: Integers out of floats that owe nothing to a tie: tests for what is no number, results of a
#: given shape, pivots and marks of decompositions, what random numbers kept.
_KNOWN = _names(
    """
    isnan isfinite isinf isposinf isneginf empty_like zeros_like ones_like full_like new_zeros
    new_ones new_full new_empty rand_like randn_like randint_like linalg_lu_factor_ex linalg_lu
    linalg_inv_ex _linalg_solve_ex _linalg_det linalg_ldl_factor_ex linalg_lstsq lu_unpack
    native_dropout
    """
)
#: Their values and shapes jump too, and not only positions among what they return.
_WHOLE = _names(
    """
    _unique2 unique_dim unique_consecutive mode histogram histc isin searchsorted bucketize
    _cdist_forward _pdist_forward allclose
    """
)
_RESIZED = ("upsample_nearest", "_upsample_nearest_exact")  # open or not by their sizes alone
_SIGNED = {"_linalg_slogdet": 0, "linalg_cholesky_ex": 1}  # what jumps where a matrix is singular


def jumping(name: str, args: Sequence[Any], result: Any) -> list[Tensor] | None:
    """What of a result jumps where numbers of the input meet; None for an operation without such.

    A result that has left torch (a truth value of Python) is an empty list.
    """
    if name in ("_cdist_forward", "_pdist_forward"):
        power = next((a for a in args if isinstance(a, float)), 2.0)
        return [result] if power == 0 else None
    if name == "allclose":
        return []
    if name.startswith(_RESIZED):
        return [result] if is_nearest_open(name, args) else None
    if name in _KNOWN or not any(_is_float(a) for a in tree_leaves(args)):
        return None
    parts = [part for part in tree_leaves(result) if isinstance(part, Tensor)]
    if name in _SIGNED:
        return [parts[_SIGNED[name]]]
    if name in _WHOLE:
        return parts
    return [p for p in parts if not _is_float(p) and not p.is_complex()] or None


def numbers_of(name: str, args: Sequence[Any], kwargs: Any, known: Sequence[Any]) -> Tensor | None:
    """The numbers of an operation, laid out flat, whose meeting is a tie; None: it is open.

    known: the arguments to within the backward error of a decomposition.
    """
    if name.startswith(_RESIZED):
        return None
    floats = [a.detach().to(torch.float64) for a in tree_leaves((args, kwargs)) if _is_float(a)]
    if name in _SIGNED:
        spectrum = torch.linalg.eigvalsh if name == "linalg_cholesky_ex" else torch.linalg.svdvals
        floats = [floats[0].new_zeros(1), spectrum(known[0]).amin(-1)]
    if name == "histc":
        floats = [known[0].reshape(-1), _edges(*known, **kwargs)]
    if name == "allclose":
        floats = [_beyond(*args, **kwargs), torch.zeros(1, dtype=torch.float64)]
    return torch.cat([part.reshape(-1) for part in floats])


def _edges(value: Tensor, bins: int = 100, min: float = 0, max: float = 0) -> Tensor:
    """The limits between the bins of a histogram; those at its ends are no jumps of its counts
    where they are the data's own."""
    own = min == max == 0
    ends = (value.min(), value.max()) if own else (value.new_tensor(min), value.new_tensor(max))
    low, high = ends
    steps = torch.arange(bins + 1, dtype=torch.float64)
    edges = low + (high - low) * steps / bins
    return edges[1:-1] if own else edges


def _beyond(
    one: Tensor, other: Tensor, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False
) -> Tensor:
    """How far two tensors are from the edge of being close."""
    return (one - other).abs() - (atol + rtol * other.abs())


def _is_float(value: Any) -> bool:
    return isinstance(value, Tensor) and value.is_floating_point()


def has_ties(plain: Tensor, others: Sequence[Tensor], deviation: Deviation, factor: float) -> bool:
    """Whether two neighbours in size are so near that rounding may exchange or part them."""
    if any(other.shape != plain.shape for other in others):
        return True
    order = plain.argsort()
    gaps = plain[order].diff()
    spread = deviation(gaps, [other[order].diff() for other in others])
    return bool(((gaps.abs() <= factor * spread) & (spread > 0)).any())


def tainted_results(result: Any, tainted: set[int]) -> bool:
    """Whether any tensor of a result lies in memory that holds what a tie decided."""
    parts = [p for p in tree_leaves(result) if isinstance(p, Tensor)]
    return any(p.untyped_storage().data_ptr() in tainted for p in parts)
