"""Finite classes, sets of vectors and signed sums in ball arithmetic."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from flint import arb, ctx

from verify.quantity import Quantity
from verify.weightnorm.generalization.cases import CountCase, FiniteCase, PartsCase

__all__ = ["EXACT", "view"]

_SHORT = 2000  # sample sizes whose fraction is written out

#: One thing of a case: its tensors as nested lists of balls, and n.
View = dict[str, Any]


def view(case: PartsCase, quantity: Quantity, entry: int) -> View:
    """The entry of a case, every number taken as the one the float is."""

    def exact(values: Any) -> Any:
        return [exact(part) for part in values] if isinstance(values, list) else arb(values)

    found = {name: exact(part[entry].tolist()) for name, part in case.parts.items()}
    if isinstance(case, FiniteCase):
        found["n"] = case.n
    if isinstance(case, CountCase):
        found["n"] = int(case["n"][entry])
    return found


def _largest(values: Iterable[arb]) -> arb:
    found = None
    for value in values:
        found = value if found is None else found.max(value)
    return arb(0) if found is None else found


def _dot(left: Sequence[Any], right: Sequence[Any]) -> arb:
    return sum((a * b for a, b in zip(left, right, strict=True)), arb(0))


def _signs(count: int) -> Iterable[tuple[int, ...]]:
    return itertools.product((1, -1), repeat=count)


def _suprema(a: list[list[arb]], balanced: bool) -> arb:
    count = len(a[0])
    signs = [s for s in _signs(count) if not balanced or sum(s) == 0]
    return sum((_largest(_dot(s, row) for row in a) for s in signs), arb(0)) / len(signs)


def _chances(found: View) -> list[arb]:
    total = sum(found["p"], arb(0))
    return [p / total for p in found["p"]]


def _product(values: Iterable[arb]) -> arb:
    found = arb(1)
    for value in values:
        found = found * value
    return found


def _expected_supremum(found: View) -> arb:
    chance, n, total = _chances(found), found["n"], arb(0)
    means = [_dot(g, chance) for g in found["g"]]
    for rows in itertools.product(range(len(chance)), repeat=n):
        apart = (
            m - sum((g[i] for i in rows), arb(0)) / n
            for m, g in zip(means, found["g"], strict=True)
        )
        total = total + _product(chance[i] for i in rows) * _largest(apart)
    return total


def _rademacher_at_twice(found: View) -> arb:
    chance, two, total = _chances(found), 2 * found["n"], arb(0)
    for rows in itertools.combinations_with_replacement(range(len(chance)), two):
        ways = math.factorial(two)
        for i in set(rows):
            ways //= math.factorial(rows.count(i))
        values = [[g[i] for i in rows] for g in found["g"]]
        total = total + ways * _product(chance[i] for i in rows) * _suprema(values, False) / two
    return total


def _eta(n: int) -> arb:
    """C(2n, n)/4^n, exactly while the numbers are short, then by gamma functions."""
    if n <= _SHORT:
        return arb(math.comb(2 * n, n)) / arb(4**n)
    with ctx.workprec(ctx.prec + 64 + 2 * n.bit_length()):
        half = arb(1) / 2
        return ((arb(n) + half).lgamma() - (arb(n) + 1).lgamma()).exp() / arb.pi().sqrt()


def _norm(vector: Sequence[arb]) -> arb:
    return _dot(vector, vector).nonnegative_part().sqrt()


def _signed_sum(x: list[list[arb]]) -> arb:
    if not x:
        return arb(0)
    total = arb(0)
    for rest in _signs(len(x) - 1):
        signs = (1, *rest)
        total = total + _norm([_dot(signs, column) for column in zip(*x, strict=True)])
    return total / 2 ** (len(x) - 1)


def _self_bounding(x: list[list[arb]]) -> arb:
    rest = (_signed_sum(x[:i] + x[i + 1 :]) for i in range(len(x)))
    return len(x) * _signed_sum(x) - sum(rest, arb(0))


def _gram(x: list[list[arb]]) -> list[list[arb]]:
    return [[arb(0) if i == j else _dot(a, b) for j, b in enumerate(x)] for i, a in enumerate(x)]


def _cube(x: list[list[arb]]) -> arb:
    gram = _gram(x)
    rows = range(len(x))
    return sum(
        (gram[i][j] * gram[j][k] * gram[k][i] for i in rows for j in rows for k in rows), arb(0)
    )


#: quantity or symbol -> its ball form, of a view.
EXACT: Mapping[str, Callable[[View], arb]] = {
    "expected_supremum": _expected_supremum,
    "R_2n": _rademacher_at_twice,
    "balanced_supremum": lambda found: _suprema(found["a"], True),
    "E_iid": lambda found: _suprema(found["a"], False),
    "eta_n": lambda found: _eta(found["n"] if "n" in found else len(found["a"][0]) // 2),
    "central_binomial": lambda found: _eta(found["n"]),
    "n": lambda found: arb(found["n"]),
    "signed_sum": lambda found: _signed_sum(found["x"]),
    "Z": lambda found: _signed_sum(found["x"]),
    "self_bounding_sum": lambda found: _self_bounding(found["x"]),
    "X": lambda found: _norm([entry for row in found["x"] for entry in row]),
    "G_2": lambda found: sum((e * e for row in _gram(found["x"]) for e in row), arb(0)),
    "G_3": lambda found: _cube(found["x"]),
}
