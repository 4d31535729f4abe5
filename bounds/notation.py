"""What a symbol is, and the table of symbols a family or a user writes its formulas in.

A `Notation` is data: rows (name, sympy symbol, LaTeX, meaning, domain) and what the engine must
know of the symbols beyond that. The engine itself knows two symbols: the depth L, which is the
number of values of a per-layer symbol, and the layer index l.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import sympy as sp

from bounds.errors import BoundsError

__all__ = [
    "DEPTH",
    "DOMAINS",
    "LAYER",
    "Domain",
    "Entry",
    "Notation",
    "layer_names",
    "row",
    "symbol_names",
]


@dataclass(frozen=True, slots=True)
class Domain:
    """Finite numbers from low to high (`open` excludes both ends), whole ones only if `whole`."""

    sentence: str
    low: float = -math.inf
    high: float = math.inf
    open: bool = False
    whole: bool = False

    @property
    def flags(self) -> dict[str, bool]:
        """The sympy assumptions of a symbol with these values."""
        flags = {"integer": True} if self.whole else {}
        if self.low > 0 or (self.low == 0 and self.open):
            return flags | {"positive": True}
        return flags | ({"nonnegative": True} if self.low == 0 else {"real": True})

    def contains(self, values: np.ndarray) -> np.ndarray:
        """Where the numbers lie in the domain."""
        inside = (values > self.low) & (values < self.high)
        if not self.open:
            inside |= (values == self.low) | (values == self.high)
        return inside & np.isfinite(values) & (not self.whole or np.floor(values) == values)

    def meets(self, lower: np.ndarray, upper: np.ndarray) -> np.ndarray:
        """Where some number between two ends lies in the domain."""
        if self.whole:
            lower, upper = np.ceil(lower), np.floor(upper)
        inside = (lower <= upper) & (lower <= self.high) & (upper >= self.low)
        return inside & ((lower < self.high) & (upper > self.low) if self.open else True)

    @staticmethod
    def of(symbol: sp.Symbol) -> Domain:
        """Read off sympy's assumptions; a symbol without any is a real number."""
        if symbol.is_real is False or not symbol.is_commutative:
            raise BoundsError(symbol, "a symbol that is no real number", "a real symbol")
        whole = bool(symbol.is_integer)
        noun = "whole number" if whole else "finite number"
        for sign, low, high in (
            ("positive", 0.0, math.inf), ("nonnegative", 0.0, math.inf),
            ("negative", -math.inf, 0.0), ("nonpositive", -math.inf, 0.0),
        ):  # fmt: skip
            if getattr(symbol, f"is_{sign}"):
                sentence = f"a {sign.replace('non', 'non-')} {noun}"
                return Domain(sentence, low, high, not sign.startswith("non"), whole)
        return Domain(f"a {noun}", whole=whole)


DOMAINS: Mapping[str, Domain] = {
    "real": Domain("a finite number"),
    "positive": Domain("a positive finite number", 0, open=True),
    "nonnegative": Domain("a non-negative finite number", 0),
    "width": Domain("a finite number, at least 1", 1),
    "count": Domain("a whole number, at least 1", 1, whole=True),
    "layer": Domain("a whole number from 0 to L", 0, whole=True),
    "exponent": Domain("a number in [0, 1/2]", 0, 0.5),
    "cosine": Domain("a number in [0, 1]", 0, 1),
    "probability": Domain("a number strictly between 0 and 1", 0, 1, open=True),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of a notation.

    `symbol` is the sympy symbol; `base` is the indexed symbol of a quantity that also has a value
    per layer; `domain` is what evaluation enforces.
    """

    name: str
    symbol: sp.Symbol
    latex: str
    meaning: str
    domain: Domain
    base: sp.IndexedBase | None = None


def row(name: str, latex: str, domain: str, meaning: str, per_layer: bool = False) -> Entry:
    """A row of a notation with the symbol its domain (a key of DOMAINS) gives."""
    base = sp.IndexedBase(f"{name}_layer", positive=True) if per_layer else None
    values = DOMAINS[domain]
    return Entry(name, sp.Symbol(name, **values.flags), latex, meaning, values, base)


DEPTH = sp.Symbol("L", **DOMAINS["count"].flags)
LAYER = sp.Symbol("l", **DOMAINS["layer"].flags)


@dataclass(frozen=True, eq=False)
class Notation:
    """The symbols and quantities of one family, or an extension of them; compared by identity.

    name: of the family. entries: name -> row. quantities: key of a true quantity -> LaTeX of the
    left side. reference: the values a question about scaling puts in for symbols unless told
    otherwise. alike: symbol -> the one that stands for it where all layers are alike (a per-layer
    symbol stands for itself). directions: symbol -> where a comparison lets it go (oo or 0).
    relations: what the symbols satisfy by their meaning; only searches over parameters use them.
    """

    name: str
    entries: Mapping[str, Entry]
    quantities: Mapping[str, str] = field(default_factory=dict)
    reference: Mapping[str, sp.Expr] = field(default_factory=dict)
    alike: Mapping[str, str] = field(default_factory=dict)
    directions: Mapping[str, Any] = field(default_factory=dict)
    relations: tuple[sp.Basic, ...] = ()

    @staticmethod
    def of(name: str, *rows: Entry, **further: Any) -> Notation:
        """A notation from its rows.

        Parameters
        ----------
        name : str
            What it is called.
        *rows : Entry
            One for each symbol.
        **further : object
            Further fields: quantities, reference, alike, directions.

        Returns
        -------
        Notation

        Raises
        ------
        BoundsError
            Two rows share a name.

        Examples
        --------
        >>> import bounds
        >>> bounds.Notation.of("mine").entries
        {}
        """
        return Notation(name, {}, **further).extended(*rows)

    @functools.cached_property
    def _names(self) -> dict[sp.Basic, str]:
        plain: dict[sp.Basic, str] = {e.symbol: e.name for e in self.entries.values()}
        bases = {e.base.label: e.name for e in self.entries.values() if e.base is not None}
        return plain | bases

    @functools.cached_property
    def latex_names(self) -> dict[sp.Basic, str]:
        """LaTeX of every symbol and of every label of an indexed one."""
        return {symbol: self.entries[name].latex for symbol, name in self._names.items()}

    def entry(self, name: str) -> Entry:
        """The row of a name.

        Parameters
        ----------
        name : str
            A name of the notation.

        Returns
        -------
        Entry

        Raises
        ------
        BoundsError
            No such name.

        Examples
        --------
        >>> import bounds
        >>> bounds.get("gradient").notation.entry("nu").name
        'nu'
        """
        if name not in self.entries:
            raise BoundsError(
                argument=name,
                found=f"a symbol that is not in the notation of {self.name}",
                accepted="one of " + ", ".join(self.entries),
            )
        return self.entries[name]

    def symbol(self, name: str) -> sp.Symbol:
        """The sympy symbol of a name, with its sign and wholeness.

        Parameters
        ----------
        name : str
            A name of the notation (docs/notation.md).

        Returns
        -------
        sympy.Symbol

        Raises
        ------
        BoundsError
            No such name.

        Examples
        --------
        >>> import bounds
        >>> bounds.symbol("nu").is_nonnegative
        True
        """
        return self.entry(name).symbol

    def layer_symbol(self, name: str) -> sp.IndexedBase:
        """The indexed symbol (one value per layer) of a name.

        Parameters
        ----------
        name : str
            A name of the notation that has a value per layer.

        Returns
        -------
        sympy.IndexedBase

        Raises
        ------
        BoundsError
            No such name, or a symbol with one value.

        Examples
        --------
        >>> import bounds
        >>> bounds.layer_symbol("m")[1]
        m_layer[1]
        """
        base = self.entry(name).base
        if base is None:
            layered = [n for n, e in self.entries.items() if e.base is not None]
            raise BoundsError(
                argument=name,
                found="a symbol with one value",
                accepted=" or ".join(layered) + ", which have a value per layer",
            )
        return base

    def name_of(self, symbol: sp.Basic) -> str | None:
        """The name of a sympy symbol, or of an indexed symbol's label.

        Parameters
        ----------
        symbol : sympy.Basic
            Any.

        Returns
        -------
        str or None
            None if it is not of this notation.

        Examples
        --------
        >>> import bounds
        >>> bounds.get("gradient").notation.name_of(bounds.symbol("nu"))
        'nu'
        """
        return self._names.get(symbol)

    def filled_by(self, name: str) -> tuple[str, ...]:
        """The symbols that `name` gives a value to where all layers are alike.

        Parameters
        ----------
        name : str
            For example m, the common width.

        Returns
        -------
        tuple of str
            Itself first.

        Examples
        --------
        >>> import bounds
        >>> bounds.get("gradient").notation.filled_by("m")
        ('m', 'm_min', 'm_max')
        """
        return (name, *(n for n, common in self.alike.items() if common == name))

    def extended(
        self, *rows: Entry, quantities: Mapping[str, str] | None = None, **changes: Any
    ) -> Notation:
        """This notation with further rows and quantities.

        Parameters
        ----------
        *rows : Entry
            New symbols.
        quantities : mapping, optional
            Key of a left side -> its LaTeX.
        **changes : object
            Other fields, replaced.

        Returns
        -------
        Notation

        Raises
        ------
        BoundsError
            A name that it has already.

        Examples
        --------
        >>> import bounds
        >>> more = bounds.Notation.of("mine").extended(quantities={"speed": "v"})
        >>> more.quantities["speed"]
        'v'
        """
        entries = dict(self.entries)
        for new in rows:
            if new.name in entries:
                raise BoundsError(
                    argument=new.name,
                    found=f"another symbol of that name in the notation of {self.name}",
                    accepted="a name of its own, or `adopt` for the symbol that is there",
                )
            entries[new.name] = new
        known = {**self.quantities, **(quantities or {})}
        return replace(self, entries=entries, quantities=known, **changes)

    def with_symbols(self, symbols: Iterable[sp.Symbol]) -> Notation:
        """This notation with symbols of a user's own; what sympy assumes of one is its domain.

        Those of the notation itself are passed over.

        Parameters
        ----------
        symbols : iterable of sympy.Symbol
            Real ones.

        Returns
        -------
        Notation

        Raises
        ------
        BoundsError
            A symbol that only shares its name with one of the notation, two of one name, or one
            that is no real number.

        Examples
        --------
        >>> import sympy, bounds
        >>> s = sympy.Symbol("s", positive=True)
        >>> list(bounds.Notation.of("mine").with_symbols([s]).entries)
        ['s']
        """
        new = [s for s in dict.fromkeys(symbols) if self.name_of(s) is None]
        rows = (Entry(s.name, s, sp.latex(s), "the user's", Domain.of(s)) for s in new)
        return self.extended(*rows) if new else self

    def adopt(self, expression: Any) -> Any:
        """An expression with plain symbols named like ours replaced by ours.

        A symbol whose sympy assumptions contradict our row's is left as it is.

        Parameters
        ----------
        expression : sympy.Expr
            Or what sympy makes one of.

        Returns
        -------
        sympy.Expr

        Examples
        --------
        >>> import sympy, bounds
        >>> found = bounds.get("gradient").notation.adopt(sympy.Symbol("nu") + 1)
        >>> found == bounds.symbol("nu") + 1
        True
        """
        expression, mine = sp.sympify(expression), {}
        for symbol in expression.atoms(sp.Symbol):
            ours = self.entries.get(symbol.name)
            if ours is None or self.name_of(symbol) or isinstance(symbol, sp.Dummy):
                continue
            known = symbol.assumptions0
            if all(known.get(k, v) is v for k, v in ours.symbol.assumptions0.items()):
                mine[symbol] = ours.symbol
        return expression.xreplace(mine)


@functools.lru_cache(maxsize=1024)
def symbol_names(expression: sp.Basic, notation: Notation) -> tuple[str, ...]:
    """Names of the symbols of a formula that the notation holds, sorted."""
    names = {notation.name_of(s) for s in expression.free_symbols}
    return tuple(sorted(name for name in names if name is not None))


@functools.lru_cache(maxsize=1024)
def layer_names(expression: sp.Basic, notation: Notation) -> tuple[str, ...]:
    """Those that take one value per layer."""
    bases = expression.atoms(sp.IndexedBase)
    return tuple(sorted(n for base in bases if (n := notation.name_of(base.label)) is not None))
