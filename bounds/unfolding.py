"""Short names with a symbolic depth that unfold into plain arithmetic when the depth is a number.

Two kinds: a sequence over the layers that obeys an affine recursion, and the top eigenvalue of a
comparison matrix whose size grows with the depth. Which sequence and which matrix, says a
subclass in a family's folder.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import sympy as sp
from sympy.concrete.expr_with_limits import ExprWithLimits

from bounds.display import Larger, Smaller
from bounds.recursion import Coefficients, comparison_entries, packed

__all__ = [
    "AffineSequence",
    "LayerMaximum",
    "MatrixEigenvalue",
    "TopEigenvalue",
    "at",
    "layer_values",
]


def at(base: sp.Basic, index: sp.Expr | int) -> sp.Expr:
    """base[index] for a per-layer symbol, base itself for a symbol shared by all layers."""
    return base[index] if isinstance(base, sp.IndexedBase) else base


def layer_values(value: Any, depth: int) -> list[Any]:
    """The values in layers 1 to depth of a per-layer quantity, or of one shared by all layers."""
    shared = isinstance(value, sp.Expr) and not isinstance(value, sp.IndexedBase)
    if shared or not hasattr(value, "__getitem__"):
        return [value] * depth
    return [value[l] for l in range(1, depth + 1)]


class AffineSequence(sp.Function):
    """a_l = gain a_(l-1) + width_l^power offset with a_0 = start, so

        a_l = gain^l start + offset sum_(i<=l) gain^(l-i) width_i^power.

    Arguments (l, gain, start, offset, power, width); width is indexed or one symbol for all
    layers. Zero for l < 0, where it only ever stands with a factor zero.
    """

    nargs = 6

    @classmethod
    def eval(
        cls, l: sp.Expr, gain: sp.Expr, start: sp.Expr, offset: sp.Expr, power: Any, width: Any
    ) -> sp.Expr | None:
        if l.is_Integer and l < 0:
            return sp.S.Zero
        return gain**l * start if offset.is_zero or l.is_zero else None

    def definition(self) -> sp.Expr:
        """The sum that a_l stands for, with a symbolic l."""
        l, gain, start, offset, power, width = self.args
        i = sp.Symbol("i", integer=True, positive=True)
        if isinstance(width, sp.IndexedBase):
            return gain**l * start + offset * sp.Sum(gain ** (l - i) * width[i] ** power, (i, 1, l))
        return gain**l * start + offset * width**power * sp.Sum(gain ** (i - 1), (i, 1, l))

    def doit(self, **hints: Any) -> sp.Expr:
        """The definition, with its sum evaluated where sympy can."""
        return self.definition().doit(**hints)

    def unroll(self) -> sp.Expr:
        """a_l by its recursion; l must be a number."""
        l, gain, total, offset, power, width = self.args
        for i in range(1, int(l) + 1):
            total = gain * total + at(width, i) ** power * offset
        return total

    @property
    def letter(self) -> str:
        """LaTeX of the sequence's name."""
        return "a"

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        text = rf"{self.letter}_{{{printer._print(self.args[0])}}}"
        return text if exp is None else rf"{text}^{{{exp}}}"


class LayerMaximum(ExprWithLimits):
    """The largest value of a formula over the layers, for limits (k, first, last).

    The formula itself where it does not depend on the layer; unfolds as sums do.
    """

    __slots__ = ()

    def __new__(cls, function: sp.Expr, limits: Any) -> sp.Expr:
        if limits[0] not in function.free_symbols:
            return function
        made: sp.Expr = ExprWithLimits.__new__(cls, function, limits)
        return made

    def _eval_is_positive(self) -> bool | None:
        return self.function.is_positive

    def _eval_is_nonnegative(self) -> bool | None:
        return self.function.is_nonnegative

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        index, first, last = map(printer._print, self.limits[0])
        text = rf"\max_{{{first} \le {index} \le {last}}} {printer._print(self.function)}"
        return text if exp is None else rf"\left({text}\right)^{{{exp}}}"


class TopEigenvalue(sp.Function):
    """Largest eigenvalue of the symmetric matrix with this packed upper triangle (row by row)."""

    is_real = True


def _pairwise(kind: type[sp.Function]) -> Callable[..., sp.Expr]:
    return lambda *terms: functools.reduce(kind, map(sp.sympify, terms))


_SYMBOLIC: Mapping[str, Any] = {
    "sqrt": sp.sqrt,
    "Q": sp.Rational,
    "Max": _pairwise(Larger),
    "Min": _pairwise(Smaller),
    "TopEigenvalue": lambda *entries: TopEigenvalue(*map(sp.sympify, entries)),
}


class MatrixEigenvalue(sp.Function):
    """Top eigenvalue of a comparison matrix of symbolic size; subclasses say which recursion."""

    is_real = True
    #: LaTeX of the matrix's entries, and the letter of the sequence in them.
    definitions: ClassVar[tuple[str, ...]] = ()
    sequence_letter: ClassVar[str] = "a"

    @staticmethod
    def from_values(space: Mapping[str, Any], *values: Any) -> Coefficients:
        """The recursion's coefficients for the arguments' values; `space` has sqrt and Q."""
        raise NotImplementedError

    @classmethod
    def value(cls, space: Mapping[str, Any], *values: Any) -> Any:
        """The eigenvalue for the arguments' values; `space` also has TopEigenvalue, Max, Min."""
        return space["TopEigenvalue"](*packed(comparison_entries(cls.from_values(space, *values))))

    def sequence(self, layer: sp.Symbol) -> sp.Expr:
        """The sequence over the layers that the entries are written in."""
        raise NotImplementedError

    def lines(self, layer: sp.Symbol, latex: Callable[[sp.Basic], str]) -> tuple[str, ...]:
        """LaTeX of what the eigenvalue stands for, line by line."""
        name, body = sp.Symbol(f"{self.sequence_letter}_l"), self.sequence(layer)
        if isinstance(body, AffineSequence):
            return (*self.definitions, f"{latex(body)} = {latex(body.definition())}")
        return (*self.definitions, f"{name} = {latex(body)}")

    def unroll(self) -> sp.Expr:
        """The same eigenvalue with every entry of the matrix written out; L must be a number."""
        return self.value(_SYMBOLIC, *self.args)

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        text = r"\lambda_{\max}\left(M\right)"
        return text if exp is None else rf"{text}^{{{exp}}}"
