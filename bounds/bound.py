"""A bound is frozen data: what it bounds, its right side, when it holds, and where it is from."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import sympy as sp

from bounds.errors import BoundsError
from bounds.layers import equal_layers, tidy, unroll
from bounds.notation import entry, name_of, symbol

if TYPE_CHECKING:
    from bounds.derivation import Node

__all__ = ["Assumption", "Bound", "Source"]


@dataclass(frozen=True, slots=True)
class Source:
    """Where a bound is from: paper, version, theorem, a short tag, and whose constant it has.

    relation: "after" the theorem, or "sharper than" it.
    """

    paper: str
    version: str
    theorem: str
    tag: str
    constant: str = "ours"
    relation: str = "after"

    def __str__(self) -> str:
        version = f"({self.version})" if self.version else ""
        return " ".join(p for p in (self.relation, self.paper, self.theorem, version) if p)


@dataclass(frozen=True, slots=True)
class Assumption:
    """A condition a bound needs: a key, a sentence, LaTeX, and the relation if it is algebraic.

    `relation` is None for what no formula can check (a smooth activation, unit rows).
    """

    key: str
    sentence: str
    latex: str
    relation: sp.Basic | None = None


@dataclass(frozen=True, slots=True)
class Bound:
    """quantity <= expression, under the assumptions.

    name: stable name in the catalogue. quantity: key of the true quantity (the name of the
    function in `numerics` that measures it). uses: names of the bounds and lemmas it rests on.
    tight: True if equality is attained somewhere. parent and given: the general statement this
    one was derived from, and the values put into it.
    """

    name: str
    quantity: str
    expression: sp.Expr
    assumptions: tuple[Assumption, ...]
    source: Source
    uses: tuple[str, ...] = ()
    tight: bool = False
    parent: str | None = None
    given: tuple[tuple[str, str], ...] = ()

    @property
    def symbols(self) -> tuple[str, ...]:
        """Names of the symbols the right side needs, sorted."""
        return _symbol_names(self.expression)

    @property
    def per_layer(self) -> tuple[str, ...]:
        """Those of `symbols` that take one value per layer (last axis of length L)."""
        return _layer_names(self.expression)

    def substitute(self, **values: Any) -> Bound:
        """The bound with numbers or expressions put in for symbols; per-layer ones set alike.

        L set to a number writes the sums out. BoundsError for a symbol not in the table or a
        number outside its domain.
        """
        from bounds.domain import check_number

        expression: sp.Expr = self.expression
        for name, raw in values.items():
            value = _expression(name, raw)
            if value.is_number:
                check_number(name, value)
            if name == "L" and value.is_Integer:
                continue
            if entry(name).base is not None:
                expression = equal_layers(expression, name, value)
            expression = expression.subs(symbol(name), value)
        if "L" in values and sp.sympify(values["L"]).is_Integer:
            expression = unroll(expression, int(values["L"]))
        given = tuple((name, str(value)) for name, value in values.items())
        return replace(
            self,
            expression=tidy(expression),
            parent=self.parent or self.name,
            given=self.given + given,
        )

    def at_equal_widths(self) -> Bound:
        """One width m and one minimum row norm omega for all layers."""
        return self.substitute(
            **{
                name: symbol(short)
                for name, short in {"m": "m", "omega": "omega", "m_min": "m", "m_max": "m"}.items()
                if name in self.symbols
            }
        )

    def at_depth(self, L: int) -> Bound:
        """The bound with every sum over layers written out for this depth."""
        return self.substitute(L=L)

    def evaluate(self, **values: Any) -> Any:
        """The right side at numbers, numpy arrays, torch tensors or python-flint balls.

        Every name in `symbols` must be given. A per-layer symbol takes a number (the same in
        all layers) or an array whose last axis has length L; its other axes broadcast with the
        scalar symbols. float64 in and out for numpy; torch keeps device and dtype and is
        differentiable. BoundsError for missing, unknown or inadmissible values.
        """
        from bounds.evaluate import evaluate

        return evaluate(self, values)

    def latex(self) -> str:
        """The whole statement in LaTeX: quantity, right side, and the short names it uses."""
        from bounds.latex import statement

        return statement(self)

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"

    def derivation(self, *, check: bool = False, timeout: float = 10.0) -> Node:
        """The proof as a tree that prints; check=True discharges its algebraic steps."""
        from bounds.derivation import derivation

        return derivation(self, check=check, timeout=timeout)

    def scaling(self, name: str, *, to: object = None, **values: Any) -> sp.Expr:
        """The exponent lim d log B / d log s; see `bounds.scaling.exponent`."""
        from bounds.scaling import exponent

        return exponent(self, name, to=to, values=values)

    def limit(self, name: str, to: object = sp.oo, **values: Any) -> sp.Expr:
        """The limit of the right side as one symbol goes to a value; as in `scaling`."""
        from bounds.scaling import limit

        return limit(self, name, to, values)

    def derive(
        self,
        name: str,
        assumptions: tuple[Assumption, ...] = (),
        *,
        theorem: str | None = None,
        **values: Any,
    ) -> Bound:
        """A named specialization: `substitute`, a new name, the assumptions it adds, its number."""
        special = self.substitute(**values)
        source = replace(self.source, theorem=theorem or self.source.theorem)
        return replace(
            special, name=name, source=source, assumptions=self.assumptions + assumptions
        )


@functools.lru_cache(maxsize=1024)
def _symbol_names(expression: sp.Expr) -> tuple[str, ...]:
    names = {name_of(s) for s in expression.free_symbols}
    return tuple(sorted(name for name in names if name is not None))


@functools.lru_cache(maxsize=1024)
def _layer_names(expression: sp.Expr) -> tuple[str, ...]:
    bases = expression.atoms(sp.IndexedBase)
    return tuple(sorted(name for base in bases if (name := name_of(base.label)) is not None))


def _expression(name: str, value: Any) -> sp.Expr:
    entry(name)
    if isinstance(value, str | bool) or not isinstance(value, sp.Expr | int | float):
        raise BoundsError(
            argument=name,
            found=repr(value),
            accepted="a number or a sympy expression in the symbols of the table",
        )
    # a float is read as the decimal it prints as, so that p=0.5 gives exponents 1/2
    result = sp.Rational(repr(value)) if isinstance(value, float) else sp.sympify(value)
    unknown = [s for s in result.free_symbols if name_of(s) is None]
    if unknown:
        raise BoundsError(
            argument=str(unknown[0]),
            found=f"an unknown symbol in {name}={result}",
            accepted="symbols from bounds.symbol(...)",
        )
    return result
