"""A bound is frozen data: what it bounds, its right side, when it holds, and where it is from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import sympy as sp

from bounds.condition import Assumption, Source
from bounds.derivation import Node, derivation
from bounds.errors import BoundsError
from bounds.evaluate import evaluate
from bounds.latex import statement
from bounds.notation import DEPTH, Notation, layer_names, symbol_names
from bounds.scaling import exponent, limit
from bounds.substitution import alike, substitute
from plumbnn.arguments import asked

__all__ = ["Assumption", "Bound", "Source"]


@dataclass(frozen=True, slots=True)
class Bound:
    """quantity <= expression, under the assumptions.

    name: stable name in the catalogue. quantity: key of the true quantity (the name of the
    function in `numerics` that measures it). uses: names of the bounds and lemmas it rests on.
    parent and given: the general statement this one was derived from, and the values put into it.
    notation: the symbols it is written in. sense: "<=", ">=" or "==" between quantity and right
    side. tolerance: for "==" only, the largest width of an enclosure of the difference that still
    counts as zero (absolute, in the quantity's unit). failure: delta where the statement holds
    with probability at least 1 - delta over the draw; None where it always does. left: LaTeX of
    the quantity if it is not the notation's.
    """

    name: str
    quantity: str
    expression: sp.Expr
    assumptions: tuple[Assumption, ...]
    source: Source
    uses: tuple[str, ...] = ()
    parent: str | None = None
    given: tuple[tuple[str, str], ...] = ()
    notation: Notation = field(kw_only=True, compare=False, repr=False)
    sense: Literal["<=", ">=", "=="] = field(default="<=", kw_only=True)
    tolerance: float = field(default=0.0, kw_only=True)
    failure: sp.Expr | None = field(default=None, kw_only=True)
    left: str = field(default="", kw_only=True)

    def __post_init__(self) -> None:
        if self.sense not in ("<=", ">=", "=="):
            raise BoundsError("sense", repr(self.sense), "'<=', '>=' or '=='")
        if not 0 <= self.tolerance < float("inf") or (self.tolerance and self.sense != "=="):
            raise BoundsError("tolerance", self.tolerance, "a finite width, for an == only")

    @property
    def symbols(self) -> tuple[str, ...]:
        """Names of the symbols the right side needs, sorted."""
        return symbol_names(self.expression, self.notation)

    @property
    def per_layer(self) -> tuple[str, ...]:
        """Those of `symbols` that take one value per layer (last axis of length L)."""
        return layer_names(self.expression, self.notation)

    @property
    def failure_symbols(self) -> tuple[str, ...]:
        """Names of the symbols that the failure probability needs, sorted; () for none."""
        return () if self.failure is None else symbol_names(self.failure, self.notation)

    def substitute(self, **values: Any) -> Bound:
        """The bound with numbers or expressions put in for symbols; per-layer ones set alike.

        Parameters
        ----------
        **values : number or sympy.Expr
            By name. L set to a number writes the sums out.

        Returns
        -------
        Bound

        Raises
        ------
        BoundsError
            A symbol not in the notation, or a number outside its domain.

        Examples
        --------
        >>> import bounds
        >>> bounds.get("input_gradient").substitute(K=1).expression
        nu
        """
        failure = self.failure
        return replace(
            self,
            expression=substitute(self.expression, self.notation, values),
            failure=failure and substitute(failure, self.notation, values),
            parent=self.parent or self.name,
            given=self.given + tuple((name, str(value)) for name, value in values.items()),
        )

    def at_equal_widths(self) -> Bound:
        """One value for all layers of every symbol that may differ between them."""
        return self.substitute(**alike(self.symbols, self.notation))

    def at_depth(self, L: int) -> Bound:
        """The bound with every sum over layers written out.

        Parameters
        ----------
        L : int
            The depth, from 1 on.

        Returns
        -------
        Bound

        Raises
        ------
        BoundsError
            No such depth.

        Examples
        --------
        >>> import bounds
        >>> bounds.get("input_gradient").at_depth(2).expression
        K**2*nu
        """
        return self.substitute(**{DEPTH.name: L})

    def evaluate(self, **values: Any) -> Any:
        """The right side at numbers, numpy arrays, torch tensors, intervals or balls.

        float64 in and out for numpy; torch keeps device and dtype and is differentiable; one
        `Interval` (or python-flint ball) among the values makes the result one, which encloses
        the right side for all numbers in the domain and in the intervals, plain numbers being
        exact.

        Parameters
        ----------
        **values : number, array, Tensor, Interval or ball
            Every name in `symbols`. A per-layer symbol takes a number (the same in all layers)
            or an array whose last axis has length L; its other axes broadcast with the scalar
            symbols.

        Returns
        -------
        number, array, Tensor, Interval or ball
            Of the broadcast shape.

        Raises
        ------
        BoundsError
            Missing, unknown or inadmissible values.

        Examples
        --------
        >>> import bounds
        >>> bounds.get("input_gradient").evaluate(nu=[1.0, 2.0], K=1, L=3)
        array([1., 2.])
        """
        return self._at(self.expression, values)

    def evaluate_as(self, backend: str, values: Mapping[str, Any]) -> Any:
        """As `evaluate`, in the numbers of a backend whatever the values are.

        A right side of constants alone, or of plain numbers, is enclosed like any other.

        Parameters
        ----------
        backend : {"ball", "interval"}
            The numbers.
        values : mapping
            As the keywords of `evaluate`.

        Returns
        -------
        Interval or ball

        Raises
        ------
        BoundsError
            Missing, unknown or inadmissible values.

        Examples
        --------
        >>> import bounds
        >>> found = bounds.get("input_gradient").evaluate_as("interval", dict(nu=0.1, K=1.1, L=3))
        >>> bool(found.lower < found.upper)
        True
        """
        return self._at(self.expression, values, backend)

    def failure_at(self, **values: Any) -> Any:
        """delta, for a statement that holds with probability at least 1 - delta.

        Parameters
        ----------
        **values : number
            As in `evaluate`.

        Returns
        -------
        number or array
            0 for a certain statement.

        Raises
        ------
        BoundsError
            Missing, unknown or inadmissible values.

        Examples
        --------
        >>> import bounds
        >>> bounds.get("input_gradient").failure_at()
        0.0
        """
        return 0.0 if self.failure is None else self._at(self.failure, values)

    def _at(
        self, formula: sp.Expr, values: Mapping[str, Any], backend: str | None = None
    ) -> Any:
        return evaluate(
            formula,
            self.notation,
            values,
            name=self.name,
            assumptions=self.assumptions,
            others=tuple(f for f in (self.expression, self.failure) if f is not None),
            sense=self.sense,
            backend=backend,
        )

    def quantity_latex(self) -> str:
        """LaTeX of the left side: its own, the notation's, or the bare key."""
        named = self.notation.quantities.get(self.quantity)
        return self.left or named or rf"\mathrm{{{self.quantity}}}"

    def latex(self) -> str:
        """The whole statement in LaTeX: quantity, right side, and the short names it uses."""
        left = self.quantity_latex()
        return statement(left, self.sense, self.expression, self.notation, self.failure)

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"

    def derivation(self, *, check: bool = False, timeout: float = 10.0) -> Node:
        """The proof as a tree that prints, down to textbook facts.

        Parameters
        ----------
        check : bool
            Discharge its algebraic steps by machine.
        timeout : float
            Seconds per goal.

        Returns
        -------
        Node

        Examples
        --------
        >>> import bounds
        >>> bounds.get("input_gradient").derivation().count()
        '3 leaves: 1 for a machine, not run here, 2 from textbooks'
        """
        return derivation(self, check=check, timeout=timeout)

    @asked(BoundsError)
    def scaling(self, name: str, *, to: object = None, **values: Any) -> sp.Expr:
        """The exponent lim d log B / d log s.

        Parameters
        ----------
        name : str
            s.
        to : object, optional
            Where s goes; None: where the notation says (oo for widths and depth, 0 for omega).
        **values : number
            Other symbols that decide it.

        Returns
        -------
        sympy.Expr

        Raises
        ------
        BoundsError
            No power law in this symbol, or not without more values.

        Examples
        --------
        >>> import bounds
        >>> bounds.get("hessian.closed").scaling("m", phi0=0)
        -1/2
        """
        return exponent(self.expression, self.notation, name, to=to, values=values)

    @asked(BoundsError)
    def limit(self, name: str, to: object = sp.oo, **values: Any) -> sp.Expr:
        """The limit of the right side as one symbol goes to a value.

        Parameters
        ----------
        name : str
            The symbol.
        to : object
            Its value.
        **values : number
            Other symbols that decide it.

        Returns
        -------
        sympy.Expr

        Raises
        ------
        BoundsError
            It does not exist, or not without more values.

        Examples
        --------
        >>> import bounds
        >>> bounds.get("input_gradient").limit("nu", 0, K=1, L=2)
        0
        """
        return limit(self.expression, self.notation, name, to, values)

    def derive(
        self,
        name: str,
        assumptions: tuple[Assumption, ...] = (),
        *,
        theorem: str | None = None,
        **values: Any,
    ) -> Bound:
        """A named specialization.

        Parameters
        ----------
        name : str
            Its name.
        assumptions : tuple of Assumption
            What it adds to those of this bound.
        theorem : str, optional
            Its number in the source; this bound's if None.
        **values : number or sympy.Expr
            As in `substitute`.

        Returns
        -------
        Bound

        Raises
        ------
        BoundsError
            A symbol not in the notation, or a number outside its domain.

        Examples
        --------
        >>> import bounds
        >>> bounds.get("input_gradient").derive("lipschitz one", K=1).expression
        nu
        """
        special = self.substitute(**values)
        source = replace(self.source, theorem=theorem or self.source.theorem)
        return replace(
            special, name=name, source=source, assumptions=self.assumptions + assumptions
        )
