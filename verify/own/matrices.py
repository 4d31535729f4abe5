"""Matrices and vectors in formulas, written out in their entries.

A formula may use `sympy.MatrixSymbol`s of fixed shape, their traces, determinants, entries, finite
sums and the norms below. It is rewritten in one symbol for each entry, A_1_2 for row 1, column 2 of
A (A_1 of a vector), so that intervals, balls and the checker need to know of numbers alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import sympy as sp
from sympy.matrices.expressions.matexpr import MatrixElement
from torch import Tensor

from bounds.layers import TopEigenvalue
from verify.errors import VerifyError

__all__ = ["MOST", "entry", "norm", "shapes_of", "spectral_norm", "written_out"]

#: More entries than this are for functions, not for formulas.
MOST = 400
_NAME = re.compile(r"(?P<base>\w+?)_(?P<row>[1-9]\d*)(_(?P<column>[1-9]\d*))?", re.ASCII)


def norm(matrix: sp.MatrixExpr) -> sp.Expr:
    """The Frobenius norm sqrt(sum_jk A_jk^2), which is the Euclidean norm of a vector.

    Parameters
    ----------
    matrix : sympy.MatrixExpr
        Of fixed shape.

    Returns
    -------
    sympy.Expr
        In the entries of the matrix.

    Raises
    ------
    VerifyError
        A matrix of symbolic shape, or too large.

    Examples
    --------
    >>> import sympy, verify
    >>> verify.norm(sympy.MatrixSymbol("v", 2, 1))
    sqrt(v[0, 0]**2 + v[1, 0]**2)
    """
    return sp.sqrt(sp.Add(*(part**2 for part in _explicit(matrix))))


def spectral_norm(matrix: sp.MatrixExpr) -> sp.Expr:
    """The largest singular value of a matrix, as a formula in its entries.

    Parameters
    ----------
    matrix : sympy.MatrixExpr
        Of fixed shape.

    Returns
    -------
    sympy.Expr
        The root of the largest eigenvalue of A A^T or A^T A, whichever is smaller.

    Raises
    ------
    VerifyError
        A matrix of symbolic shape, or too large.

    Examples
    --------
    >>> import sympy, verify
    >>> A = sympy.MatrixSymbol("A", 2, 2)
    >>> [str(entry) for entry in A if verify.spectral_norm(A).has(entry)]
    ['A[0, 0]', 'A[0, 1]', 'A[1, 0]', 'A[1, 1]']
    """
    explicit = _explicit(matrix)
    wide = explicit.rows <= explicit.cols
    gram = explicit * explicit.T if wide else explicit.T * explicit
    size = gram.rows
    return sp.sqrt(TopEigenvalue(*(gram[j, k] for j in range(size) for k in range(j, size))))


def _explicit(matrix: sp.MatrixExpr) -> sp.MatrixBase:
    return sp.ImmutableMatrix(matrix.as_explicit())


def written_out(expression: sp.Basic) -> sp.Basic:
    """An expression or condition with finite sums added up and every matrix by its entries.

    Raises:
        VerifyError: a matrix of symbolic or too large shape, or something of a matrix that has no
            rule here.
    """
    symbols = expression.atoms(sp.MatrixSymbol)
    for symbol in symbols:
        _require_small(symbol)
    if symbols:
        expression = expression.replace(
            lambda part: isinstance(part, sp.Trace | sp.Determinant),
            lambda part: type(part)(sp.ImmutableMatrix(part.arg.as_explicit())).doit(),
        )
    expression = expression.replace(_is_finite, lambda part: part.doit())
    expression = expression.xreplace({e: _symbol(e) for e in expression.atoms(MatrixElement)})
    left = sorted(map(str, expression.atoms(sp.MatrixSymbol)))
    if left:
        found = f"{left[0]} in {expression}"
        raise VerifyError("formula", found, "entries, traces, determinants, verify.norm, sums")
    return expression


def _is_finite(part: sp.Basic) -> bool:
    """A sum or product between whole numbers."""
    return isinstance(part, sp.Sum | sp.Product) and all(
        low.is_Integer and high.is_Integer for _, low, high in part.limits
    )


def _require_small(symbol: sp.MatrixSymbol) -> None:
    rows, columns = symbol.shape
    if not (rows.is_Integer and columns.is_Integer and 0 < rows * columns <= MOST):
        found = f"shape {symbol.shape}"
        raise VerifyError(symbol.name, found, f"whole numbers with at most {MOST} entries")


def _symbol(element: sp.Basic) -> sp.Symbol:
    base, row, column = element.args
    vector = base.shape[1] == 1
    name = f"{base.name}_{int(row) + 1}" + ("" if vector else f"_{int(column) + 1}")
    return sp.Symbol(name, real=True)


def shapes_of(*expressions: sp.Basic) -> Iterator[tuple[str, tuple[int, ...]]]:
    """The matrices of some expressions by name, with the shape of each."""
    for expression in expressions:
        for symbol in expression.atoms(sp.MatrixSymbol):
            _require_small(symbol)
            rows, columns = map(int, symbol.shape)
            yield symbol.name, (rows,) if columns == 1 else (rows, columns)


def entry(values: Mapping[str, Tensor], name: str) -> Tensor | None:
    """The number of that name in each sample: a tensor's own name, or that of an entry."""
    if name in values:
        return values[name]
    found = _NAME.fullmatch(name)
    if found is None or found["base"] not in values:
        return None
    whole = values[found["base"]]
    place = [int(found[part]) - 1 for part in ("row", "column") if found[part]]
    if whole.ndim == len(place) + 2 and whole.shape[-1] == 1:
        whole = whole.squeeze(-1)
    shape = whole.shape[1:]
    if len(shape) != len(place) or any(k >= n for k, n in zip(place, shape, strict=True)):
        return None
    for k in place:
        whole = whole[:, k]
    return whole
