"""What both files of formulas of this family share: exact parts, sums, eigenvalues in balls."""

from collections.abc import Callable
from typing import Any

from flint import arb, arb_mat
from plumbline_checker import Recomputed, Rejected, ball, expect, greatest, number, require

Rows = list[list[arb]]
Parts = dict[str, Any]
Formulas = Callable[[Parts, int], tuple[dict[str, Any], dict[str, Any]]]


def nested(value: Any, axes: int, where: str) -> Any:
    if axes == 0:
        return number(value, where)
    rows = expect(list, value, where)
    require(rows, f"{where}: empty")
    return [nested(row, axes - 1, where) for row in rows]


def balls(value: Any) -> Any:
    return [balls(part) for part in value] if isinstance(value, list) else ball(value)


def total(terms: Any) -> arb:
    return sum(terms, arb(0))


def times(a: list[Any], b: list[Any]) -> Any:
    """sum_i a_i b_i, of balls or of fractions."""
    return sum(x * y for x, y in zip(a, b, strict=True))


def length(a: list[arb]) -> arb:
    return times(a, a).nonnegative_part().sqrt()


def products(rows: Rows) -> arb_mat:
    return arb_mat([[times(a, b) for b in rows] for a in rows])


def definite(matrix: arb_mat) -> bool:
    """Whether every pivot of L D L^T is certainly positive."""
    n = matrix.nrows()
    work = [[matrix[i, j] for j in range(n)] for i in range(n)]
    for k in range(n):
        if not work[k][k] > 0:
            return False
        for i in range(k + 1, n):
            share = work[i][k] / work[k][k]
            work[i] = [a - share * b for a, b in zip(work[i], work[k], strict=True)]
    return True


def smallest(matrix: arb_mat) -> arb:
    """A ball around the least eigenvalue: a Rayleigh quotient and a shift that leaves it definite.

    The vector comes from inverse iteration with the shifted matrix itself.
    """
    n = matrix.nrows()
    size = greatest([total(abs(matrix[i, j]) for j in range(n)) for i in range(n)])
    eye = arb_mat([[arb(int(i == j)) for j in range(n)] for i in range(n)])
    low, high = -size.upper() - 1, size.upper() + 1
    for _ in range(80):  # bisection: below `low` there is no eigenvalue
        middle = ((low + high) / 2).mid()
        low, high = (middle, high) if definite(matrix - eye * middle) else (low, middle)
    z = arb_mat([[arb(1 + i) / n] for i in range(n)])
    for _ in range(4):
        try:
            z = ((matrix.mid() - eye * (low - (high - low)).mid()).solve(z)).mid()
        except ZeroDivisionError:
            break
        z = (z / greatest([abs(z[i, 0]) for i in range(n)]).mid()).mid()
    top = (z.transpose() * matrix * z)[0, 0] / (z.transpose() * z)[0, 0]
    return arb(low).union(top) if top.is_finite() else arb.nan()


def largest(matrix: arb_mat) -> arb:
    return -smallest(-1 * matrix)


def known(values: dict[str, Any]) -> dict[str, arb]:
    """The symbols that the entry has: those of units, inputs or pairs beyond it have no value."""
    found = {}
    for name, read in values.items():
        try:
            found[name] = arb(read())
        except (IndexError, TypeError, ValueError):
            continue
    return found


def recomputed(
    raw: Any,
    quantity: str,
    shape: dict[str, int],
    of: Formulas,
    meets: Callable[[Parts, str], bool],
) -> Recomputed:
    """The entry of a quantity of one subject, and its symbols; shape: parts -> number of axes."""
    document = expect(dict, raw, "subject")
    require(set(document) == {"kind", "parts", "entry"}, "subject: expected kind, parts, entry")
    entry, stored = document["entry"], expect(dict, document["parts"], "parts")
    require(set(stored) == set(shape), f"parts: expected {', '.join(shape)}")
    require(type(entry) is int and entry >= 0, "entry: not a place")
    parts = {name: nested(stored[name], axes, name) for name, axes in shape.items()}
    try:
        truths, values = of(parts, entry)
        require(quantity in truths, f"this checker cannot compute {quantity[:60]!r}")
        truth = arb(truths[quantity]())
    except (IndexError, ValueError) as error:
        raise Rejected(f"parts that make no subject: {str(error)[:60]}") from error
    return Recomputed(truth, known(values), lambda key: meets(parts, key), True)
