"""Networks of this family in ball arithmetic: rows, preactivations, derivatives, steps.

Numbers of a case are taken as the exact ones the floats are. The sign of a preactivation is decided
in rational arithmetic; a sign that no arithmetic decides makes the result NaN, which decides
nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from flint import acb_mat, arb, arb_mat

from verify.balls import symmetric_norm
from verify.quantity import Quantity
from verify.relu_two_layer.cases import Parts

__all__ = [
    "Net",
    "View",
    "dot",
    "eigenvalues",
    "gram",
    "least",
    "norm",
    "square_sum",
    "top",
    "view",
]

Vector = list[arb]


@dataclass(frozen=True, eq=False)
class View:
    """One thing of a case as balls, and which of its entries is asked for."""

    parts: dict[str, Any]
    exact: dict[str, Any]
    entry: int

    def net(self, suffix: str = "") -> Net:
        """The network (v, g) or (v_end, g_end) on the inputs."""
        rows = self.exact[f"v{suffix}"]
        signs = [[_sign(v, x) for v in rows] for x in self.exact["x"]]
        v, g = self.parts[f"v{suffix}"], self.parts[f"g{suffix}"]
        return Net(v, g, self.parts["c"], self.parts["x"], signs)

    @cached_property
    def start(self) -> Net:
        return self.net()

    @cached_property
    def end(self) -> Net:
        return self.net("_end")

    @property
    def edge(self) -> tuple[int, int]:
        """The pair i < j behind the entry."""
        n = len(self.parts["x"])
        pairs = [(i, j) for i in range(n) for j in range(i + 1, n)]
        return pairs[self.entry]


def view(case: Parts, quantity: Quantity, entry: int) -> View:
    """The thing and the entry of it behind one entry of a check."""
    index, at = divmod(entry, case.entries(quantity.over))
    tensors = {name: part[index].tolist() for name, part in case.parts.items()}
    return View(
        {name: _mapped(arb, value) for name, value in tensors.items()},
        {name: _mapped(Fraction, value) for name, value in tensors.items()},
        at,
    )


def _mapped(make: Callable[[float], Any], value: Any) -> Any:
    return [_mapped(make, part) for part in value] if isinstance(value, list) else make(value)


def _sign(left: Sequence[Fraction], right: Sequence[Fraction]) -> int:
    total = sum((a * b for a, b in zip(left, right, strict=True)), Fraction(0))
    return (total > 0) - (total < 0)


def dot(left: Sequence[Any], right: Sequence[Any]) -> arb:
    return sum((a * b for a, b in zip(left, right, strict=True)), arb(0))


def square_sum(vector: Sequence[arb]) -> arb:
    return dot(vector, vector).nonnegative_part()


def norm(vector: Sequence[arb]) -> arb:
    return square_sum(vector).sqrt()


def gram(rows: Sequence[Sequence[arb]]) -> arb_mat:
    n = len(rows)
    return arb_mat(n, n, [dot(a, b) for a in rows for b in rows])


def top(matrix: arb_mat) -> arb:
    """The largest eigenvalue of a positive semidefinite matrix."""
    return symmetric_norm(matrix).nonnegative_part()


def least(matrix: arb_mat) -> arb:
    """The least eigenvalue of a symmetric matrix: s - ||s I - A||, s = ||A||."""
    n = matrix.nrows()
    if n == 1:
        return matrix[0, 0]
    shift = arb(symmetric_norm(matrix).upper())
    return shift - symmetric_norm(_scalar(n, shift) - matrix)


def _scalar(n: int, value: arb) -> arb_mat:
    return arb_mat(n, n, [value if i == j else arb(0) for i in range(n) for j in range(n)])


def eigenvalues(matrix: arb_mat) -> list[arb]:
    """In ascending order; NaN where they cannot be told apart."""
    n = matrix.nrows()
    if n == 1:
        return [matrix[0, 0]]
    if n == 2:
        low = least(matrix)
        return [low, matrix[0, 0] + matrix[1, 1] - low]
    try:
        found = [value.real for value in acb_mat(matrix).eig()]
    except (ValueError, ArithmeticError):
        return [arb.nan()] * n
    return sorted(found, key=lambda value: float(value.mid()))


@dataclass(frozen=True, eq=False)
class Net:
    """One network on n inputs. signs: of <v_k, x_i>, input by input; they decide activity."""

    v: list[Vector]
    g: Vector
    c: Vector
    x: list[Vector]
    signs: list[list[int]]

    @property
    def m(self) -> int:
        return len(self.g)

    @cached_property
    def norms(self) -> Vector:
        return [norm(v) for v in self.v]

    @cached_property
    def unit(self) -> list[Vector]:
        return [[t / size for t in v] for v, size in zip(self.v, self.norms, strict=True)]

    @cached_property
    def rho(self) -> Vector:
        return [g / size for g, size in zip(self.g, self.norms, strict=True)]

    @cached_property
    def a(self) -> list[Vector]:
        """<u_k, x_i>, input by input."""
        return [[dot(u, x) for u in self.unit] for x in self.x]

    @cached_property
    def on(self) -> list[list[bool]]:
        return [[sign > 0 for sign in row] for row in self.signs]

    @cached_property
    def features(self) -> list[Vector]:
        return [
            [a if on else arb(0) for a, on in zip(*rows, strict=True)]
            for rows in zip(self.a, self.on, strict=True)
        ]

    @cached_property
    def outputs(self) -> Vector:
        weights = [g * c for g, c in zip(self.g, self.c, strict=True)]
        return [dot(row, weights) / arb(self.m).sqrt() for row in self.features]

    def jacobian(self) -> list[Vector]:
        """Row i: df_i/dv_1, .., df_i/dv_m, df_i/dg."""
        return [[*self.by_rows(i), *self.by_gains(i)] for i in range(len(self.x))]

    def by_rows(self, i: int, slopes: Vector | None = None) -> Vector:
        root, found = arb(self.m).sqrt(), []
        for k, u in enumerate(self.unit):
            slope = slopes[k] if slopes is not None else arb(int(self.on[i][k]))
            scale = slope * self.c[k] * self.rho[k] / root
            found += [scale * (t - self.a[i][k] * s) for t, s in zip(self.x[i], u, strict=True)]
        return found

    def by_gains(self, i: int) -> Vector:
        root = arb(self.m).sqrt()
        return [c * s / root for c, s in zip(self.c, self.features[i], strict=True)]

    def glued(self, i: int) -> Vector:
        """Row i of m^(-1/2) D_k X Q_k, Q_k = |rho_k| P_k + u_k u_k^T."""
        root, found = arb(self.m).sqrt(), []
        for k, u in enumerate(self.unit):
            on, rho, a = int(self.on[i][k]), abs(self.rho[k]), self.a[i][k]
            found += [
                on * (rho * (t - a * s) + a * s) / root for t, s in zip(self.x[i], u, strict=True)
            ]
        return found

    def tangent(self) -> arb_mat:
        return gram([self.glued(i) for i in range(len(self.x))])

    def gain(self) -> arb_mat:
        return gram([[s / arb(self.m).sqrt() for s in row] for row in self.features])

    def plain(self) -> arb_mat:
        """H: (1/m) sum_k D_k X X^T D_k."""
        root = arb(self.m).sqrt()
        blocks = [
            [int(on) * t / root for on in row for t in x]
            for row, x in zip(self.on, self.x, strict=True)
        ]
        return gram(blocks)

    def chi(self) -> arb:
        return top(gram(self.x)).sqrt()
