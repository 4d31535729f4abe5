"""The second-order recursion, once, for formulas and for measured numbers alike.

Along a unit direction with layer norms t_1..t_L and output norm u, with A = A_(l-1), A_0 = 0,

    A_l       = sensitivity_l t_l + gain_l A_(l-1)                    >= ||alpha-dot^l||
    |f-ddot| <= 2 output u A_L + sum_l { bend_l (reach_l t_l + gain_max_l A) (reach_l t_l
                + gain_two_l A) + turn_l t_l^2 + 2 mixed_l t_l A }

is a quadratic form in (t_1, .., t_L, u) with non-negative coefficients; its matrix is the
comparison matrix and its top eigenvalue bounds ||Hess f||_2. Which coefficients: the bounds of
the feature norms give the recursive rung, the un-normalized predecessor has its own, measured
ones give the local rung.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bounds.backends import backend_of, namespace
from bounds.errors import BoundsError

__all__ = ["Coefficients", "comparison_eigenvalue", "comparison_entries"]


@dataclass(frozen=True, slots=True)
class Coefficients:
    """Per-layer coefficients of the recursion, lists of length L (entries: anything that adds)."""

    sensitivity: list[Any]
    gain: list[Any]
    reach: list[Any]
    gain_two: list[Any]
    gain_max: list[Any]
    bend: list[Any]
    turn: list[Any]
    mixed: list[Any]
    output: Any
    #: Half the coefficient of bend reach_l t_l A, (gain_max + gain_two)/2 if None.
    cross: list[Any] | None = None


def comparison_entries(c: Coefficients) -> dict[tuple[int, int], Any]:
    """Upper triangle (j, k) -> entry, 1-based, of the comparison matrix of size L + 1.

    With tail_k = sum_(l>k) bend_l gain_max_l gain_two_l prod_(k<i<l) gain_i^2 and the chain
    P_(k,j) = prod_(j<i<k) gain_i, in O(L^2) operations.
    """
    L = len(c.gain)
    out: dict[tuple[int, int], Any] = {(L + 1, L + 1): 0}
    tail: Any = 0
    to_output: Any = c.output
    for k in range(L, 0, -1):
        i = k - 1
        q = c.sensitivity[i]
        out[k, k] = c.bend[i] * c.reach[i] ** 2 + c.turn[i] + q**2 * tail
        out[k, L + 1] = to_output * q
        cross = (c.gain_max[i] + c.gain_two[i]) / 2 if c.cross is None else c.cross[i]
        pair = c.bend[i] * c.reach[i] * cross + c.mixed[i]
        pair = pair + c.gain[i] * q * tail
        chain: Any = 1
        for j in range(k - 1, 0, -1):
            out[j, k] = chain * c.sensitivity[j - 1] * pair
            chain = chain * c.gain[j - 1]
        tail = c.bend[i] * c.gain_max[i] * c.gain_two[i] + c.gain[i] ** 2 * tail
        to_output = to_output * c.gain[i]
    return out


def packed(entries: dict[tuple[int, int], Any]) -> list[Any]:
    """The entries in the order TopEigenvalue takes them: row by row of the upper triangle."""
    return [entries[key] for key in sorted(entries)]


def comparison_eigenvalue(*, output: Any = 1.0, **coefficients: Any) -> Any:
    """Top eigenvalue of the comparison matrix for measured coefficients: the local rung (T7).

    Parameters
    ----------
    output : float, array or tensor
        The coefficient of the last layer.
    **coefficients : array or Tensor
        sensitivity, gain, reach, gain_two, gain_max, bend, turn, mixed: numpy arrays or torch
        tensors whose last axis is the layer (length L); other axes broadcast.

    Returns
    -------
    array or Tensor
        Of the broadcast shape without the layer.

    Raises
    ------
    BoundsError
        A missing name, or unequal numbers of layers.

    Examples
    --------
    >>> import numpy as np, bounds
    >>> names = "sensitivity gain reach gain_two gain_max bend turn mixed".split()
    >>> zero = dict.fromkeys(names, np.zeros((5, 2)))  # five networks of two layers
    >>> bounds.comparison_eigenvalue(**zero).shape
    (5,)
    """
    names = [name for name in Coefficients.__slots__ if name not in ("output", "cross")]
    if set(coefficients) != set(names):
        raise BoundsError(
            argument="coefficients",
            found=", ".join(sorted(coefficients)),
            accepted="exactly " + ", ".join(names),
        )
    lengths = {name: value.shape[-1] for name, value in coefficients.items()}
    if len(set(lengths.values())) != 1:
        raise BoundsError(
            argument="coefficients", found=f"layers {lengths}", accepted="one length L for all"
        )
    columns = {n: [v[..., l] for l in range(lengths[n])] for n, v in coefficients.items()}
    entries = comparison_entries(Coefficients(output=output, **columns))
    backend = backend_of(list(coefficients.values()))
    return namespace(backend)["TopEigenvalue"](*packed(entries))
