"""Norms and means of given numbers with both ends certified, over the whole range of float64.

Vectors are scaled by exact powers of two until their largest entry is in [1, 2). Then no square
overflows, entries that vanish are below 2^-1074 of it, and a sum of k terms in any order is off by
at most k roundings (Higham 2002, section 3.1).
"""

from __future__ import annotations

import torch
from torch import Tensor

from numerics.enclosure import Enclosure, from_ends
from numerics.errors import NumericsError
from numerics.rounding import TINY, UNIT
from numerics.scaling import normalized
from numerics.validation import check_tensor, exact_float64, require_denormals

_METHOD = "{} of the entries scaled by a power of two, rounding of the sum included"


def vector_norm(t: Tensor, dim: int | tuple[int, ...] = -1) -> Enclosure:
    """(sum_i t_i^2)^(1/2) along `dim`; the shape of t without these axes, float64.

    Exact for vectors of one entry. A vector with NaN or infinity raises if it is the only one,
    else its entry is [0, inf]. An end beyond the largest double is infinite (above) or that double
    (below).

    Parameters
    ----------
    t : Tensor
        Any shape.
    dim : int or tuple of int
        The axes that are one vector.

    Returns
    -------
    Enclosure
        The shape of t without these axes, float64.

    Raises
    ------
    NumericsError
        An axis that t does not have; NaN or infinity in the only vector.

    Examples
    --------
    >>> import torch, numerics
    >>> found = numerics.vector_norm(torch.tensor([3.0, 4.0]))
    >>> float(found.lower) <= 5.0 <= float(found.upper)
    True
    """
    vectors, sound = _vectors(t, dim)
    scaled, shift = normalized(vectors)
    k = vectors.shape[-1]
    value = scaled[..., 0].abs() if k == 1 else torch.linalg.vector_norm(scaled, dim=-1)
    error = 0.0 if k == 1 else (0.5 * k + 4.0) * UNIT
    return _enclosed(value, error, shift.squeeze(-1), sound, "Euclidean norm")


def input_norms(x: Tensor) -> Enclosure:
    """||x||_2 of every input of x (d,), (n, d) or (B, n, d): (), (n,) or (B, n).

    Parameters
    ----------
    x : Tensor
        (d,), (n, d) or (B, n, d).

    Returns
    -------
    Enclosure
        Shape (), (n,) or (B, n).

    Raises
    ------
    NumericsError
        As `vector_norm`.

    Examples
    --------
    >>> import torch, numerics
    >>> numerics.input_norms(torch.ones(5, 3)).lower.shape
    torch.Size([5])
    """
    return vector_norm(x, dim=-1)


def mean_abs(t: Tensor, dim: int | tuple[int, ...] = -1) -> Enclosure:
    """(1/k) sum_i |t_i| along `dim`; otherwise as `vector_norm`.

    Parameters
    ----------
    t : Tensor
        Any shape.
    dim : int or tuple of int
        The axes averaged over.

    Returns
    -------
    Enclosure
        The shape of t without these axes, float64.

    Raises
    ------
    NumericsError
        As `vector_norm`.

    Examples
    --------
    >>> import torch, numerics
    >>> found = numerics.mean_abs(torch.tensor([1.0, -3.0]))
    >>> float(found.lower) <= 2.0 <= float(found.upper)
    True
    """
    vectors, sound = _vectors(t, dim)
    scaled, shift = normalized(vectors)
    k = vectors.shape[-1]
    return _enclosed(scaled.abs().mean(-1), (k + 3.0) * UNIT, shift.squeeze(-1), sound, "mean size")


def mean_square(t: Tensor, dim: int | tuple[int, ...] = -1) -> Enclosure:
    """(1/k) sum_i t_i^2 along `dim`; otherwise as `vector_norm`.

    Parameters
    ----------
    t : Tensor
        Any shape.
    dim : int or tuple of int
        The axes averaged over.

    Returns
    -------
    Enclosure
        The shape of t without these axes, float64.

    Raises
    ------
    NumericsError
        As `vector_norm`.

    Examples
    --------
    >>> import torch, numerics
    >>> found = numerics.mean_square(torch.tensor([1.0, -3.0]))
    >>> float(found.lower) <= 5.0 <= float(found.upper)
    True
    """
    vectors, sound = _vectors(t, dim)
    scaled, shift = normalized(vectors)
    value, error = scaled.square().mean(-1), (vectors.shape[-1] + 4.0) * UNIT
    return _enclosed(value, error, 2 * shift.squeeze(-1), sound, "mean square")


def _vectors(t: Tensor, dim: int | tuple[int, ...]) -> tuple[Tensor, Tensor]:
    """t (..., k) with the axes `dim` as the last one, bad vectors set to 0, and which are good."""
    require_denormals()
    t = exact_float64(check_tensor(t, "t", finite=False))
    axes = (dim,) if isinstance(dim, int) else tuple(dim)
    if not axes or any(not -t.dim() <= axis < t.dim() for axis in axes):
        raise NumericsError(argument="dim", found=f"{dim} for {t.dim()} axes", accepted="axes of t")
    last = sorted({axis % t.dim() for axis in axes})
    vectors = torch.movedim(t, last, list(range(-len(last), 0))).flatten(-len(last))
    sound = torch.isfinite(vectors).all(-1)
    if sound.dim() == 0 and not bool(sound):
        raise NumericsError(argument="t", found="NaN or infinity", accepted="finite entries")
    return torch.where(sound.unsqueeze(-1), vectors, 0.0), sound


def _enclosed(value: Tensor, error: float, shift: Tensor, sound: Tensor, what: str) -> Enclosure:
    """value (1 +- error) 2^shift; 0 is exact, for then all entries are 0."""
    lower = upper = value
    if error:
        room = torch.where(value > 0, (error + 2.0 * UNIT) * value + TINY, 0.0)
        lower, upper = (value - room).clamp_min(0.0), value + room
    return from_ends(lower, upper, _METHOD.format(what), shift=shift, sound=sound)
