"""A true quantity, described once: how it is measured, climbed, enclosed in balls and written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sympy as sp
from torch import Tensor

from numerics import Enclosure

if TYPE_CHECKING:
    from verify.check import Check

__all__ = ["Quantity"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Quantity:
    """The left side of a claim. Two quantities are the same only if they are the same object.

    Attributes:
        key: what files and pages call it. latex: its formula.
        over: what it ranges over; names the subject's table of readings that goes with it. The
            values of "input" are (B, n), one for each network and input; those of "data" are (B,).
        measure: of a case; both ends of the true value.
        climb: makes a function of a batch of candidates (a case with gradients) that gives the
            logarithm of the quantity, (B,), differentiable; None: the search uses `measure`.
        search_value: a cheaper measured value for the search alone; None: the lower end.
        exact: of a ball view (`Subject.in_balls`); a ball (arb) that holds the true value.
        exact_limit: largest case, in numbers, that is worth the work in balls.
        direction: of a single case; the direction in which a derivative is largest, for checkers
            that recompute it as one number; empty where the quantity is none.
        needs: keys of conditions that the quantity itself poses, besides the bound's assumptions.
        formula: the quantity as a sympy expression in the symbols of the case, where it is one.
        function: the user's own function of a case behind `measure`, where it is one.
        telling: which entries of a check say more than a formality (bool), and `telling_words`.
    """

    key: str
    latex: str
    over: str
    measure: Callable[[Any], Enclosure]
    climb: Callable[[], Callable[[Any], Tensor]] | None = None
    search_value: Callable[[Any], Tensor] | None = None
    exact: Callable[[Any], Any] | None = None
    exact_limit: int = 2000
    direction: Callable[[Any], Tensor] | None = None
    needs: tuple[str, ...] = ()
    formula: sp.Expr | None = None
    function: Callable[[Any], Any] | None = None
    telling: Callable[[Any, Check], Tensor] | None = None
    telling_words: str = "always"
