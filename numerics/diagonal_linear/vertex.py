"""An optimal vertex of the linear program, proved: rational primal point, slacks in balls.

Only the basis is taken from the solver's answer, and repaired by dual simplex steps in high
precision where the solver's tolerance hid a negative entry (data y = A x with a sparse x, rounded).
x on the basis is then solved for in rational arithmetic and must be >= 0, the multipliers in balls,
and every slack must be > 0, or exactly 0 (rational weights only): optimal by duality.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import torch
from flint import arb, arb_mat, ctx, fmpq, fmpq_mat, fmpz_mat, nmod_mat
from torch import Tensor

from numerics.diagonal_linear.linear_program import Candidate, Program
from numerics.errors import NumericsError
from numerics.linalg.balls import above, below
from numerics.linalg.equations import integer_rows, pivot_columns

_BITS = 320
_PIVOTS = 100
_PRIME = 2**61 - 1


@dataclass(frozen=True, eq=False)
class Vertex:
    """x* = sum over the basis, exactly; slack_i >= 0 (0 on the basis); value = <b, x*>.

    unique: no other minimizer, because every slack off the basis is > 0. columns is the number of
    entries of x. Units of the data; balls at 320 bits. dual: multipliers of the program's rows.
    """

    basis: tuple[int, ...]
    x: tuple[fmpq, ...]
    slack: tuple[arb, ...]
    value: arb
    unique: bool
    columns: int
    dual: tuple[arb, ...]

    def value_ends(self) -> tuple[Tensor, Tensor]:
        """Float64 ends of Q."""
        ends = torch.tensor([max(0.0, below(self.value)), above(self.value)], dtype=torch.float64)
        return ends[0], ends[1]

    def x_ends(self) -> tuple[Tensor, Tensor]:
        """Float64 ends of x*, (columns,)."""
        low, high = (torch.zeros(self.columns, dtype=torch.float64) for _ in range(2))
        for index, value in zip(self.basis, self.x, strict=True):
            low[index], high[index] = max(0.0, below(arb(value))), above(arb(value))
        return low, high


def vertex(program: Program, candidate: Candidate) -> Vertex | None:
    """The optimal vertex near the solver's answer, or None where none could be proved."""
    with ctx.workprec(_BITS):
        work = _Exact(program)
        basis = work.repaired(work.first_basis(candidate))
        return None if basis is None else work.proved(basis)


class _Exact:
    """The program's columns as integers (rows scaled) and the solves on a basis."""

    def __init__(self, program: Program) -> None:
        self.program = program
        rows = torch.cat((program.matrix, program.right[:, None]), dim=1)
        integers, self.scales = integer_rows(rows)
        self.columns = [list(column) for column in zip(*integers.table(), strict=True)]
        self.right = self.columns.pop()
        self.weights = program.weights.balls().entries

    def first_basis(self, candidate: Candidate) -> list[int]:
        """n independent columns: large x first, then small slack."""
        slack = self.program.weights.tracked().value - self.program.matrix.mT @ candidate.dual
        large = candidate.x > 1e-9 * candidate.x.max()
        order = torch.where(large, -candidate.x, slack.clamp_min(0.0)).argsort().tolist()
        table = fmpz_mat([self.columns[i] for i in order]).transpose()
        return [order[i] for i in pivot_columns(nmod_mat(table, _PRIME))]

    def repaired(self, basis: list[int]) -> list[int] | None:
        """Dual simplex steps at the midpoints until no entry on the basis is negative."""
        for _ in range(_PIVOTS):
            square = self._square(basis)
            try:
                x = square.solve(_column(self.right)).entries()
                worst = min(range(len(basis)), key=lambda i: float(x[i].mid()))
                if not x[worst] < 0:
                    return basis
                entering = self._entering(basis, square, worst)
            except ZeroDivisionError:
                return None
            if entering is None:
                return None
            basis = [*basis[:worst], entering, *basis[worst + 1 :]]
        return None

    def _entering(self, basis: list[int], square: arb_mat, leaving: int) -> int | None:
        """The column whose slack reaches zero first; raises where the row proves infeasibility."""
        slack = self._slack(self._dual(basis, square))
        unit = [int(i == leaving) for i in range(len(basis))]
        row = square.transpose().solve(_column(unit)).entries()
        best, proved = arb.pos_inf(), True
        found: int | None = None
        inside = set(basis)
        for j, column in enumerate(self.columns):
            pivot = sum((a * int(c) for a, c in zip(row, column, strict=True)), arb(0))
            if j in inside or not pivot < 0:
                proved = proved and (j in inside or bool(pivot >= 0))
                continue
            ratio = (slack[j] / -pivot).mid()
            if ratio < best:
                best, found = ratio, j
        if found is None and proved:
            raise NumericsError(
                argument="A, y",
                found="multipliers with A^T lam >= 0 and <lam, y> < 0, so no x >= 0 with A x = y",
                accepted="an interpolating point x >= 0 (FEASIBLE)",
            )
        return found

    def _square(self, basis: list[int]) -> arb_mat:
        return arb_mat(fmpz_mat([self.columns[i] for i in basis]).transpose())

    def _dual(self, basis: list[int], square: arb_mat) -> list[arb]:
        """lam with A_S^T lam = b_S."""
        aim = arb_mat(len(basis), 1, [self.weights[i] for i in basis])
        return square.transpose().solve(aim).entries()

    def _slack(self, dual: list[arb]) -> list[arb]:
        """b - A^T lam."""
        image = arb_mat(fmpz_mat(self.columns)) * arb_mat(len(dual), 1, dual)
        return [b - v for b, v in zip(self.weights, image.entries(), strict=True)]

    def proved(self, basis: list[int]) -> Vertex | None:
        """The vertex of the basis if it is optimal."""
        integers = fmpz_mat([self.columns[i] for i in basis]).transpose()
        right = fmpz_mat([[v] for v in self.right])
        try:
            x = cast(fmpq_mat, integers.solve(right)).entries()
            dual = self._dual(basis, self._square(basis))
        except ZeroDivisionError:
            return None
        if any(v < 0 for v in x):
            return None
        slack = self._slack(dual)
        for i in basis:
            slack[i] = arb(0)
        unsure = [i for i, v in enumerate(slack) if not v > 0 and not v.is_zero()]
        if unsure and not self._vanish(basis, integers, unsure):
            return None
        for i in unsure:
            slack[i] = arb(0)
        return self._vertex(basis, x, slack, dual)

    def _vanish(self, basis: list[int], integers: fmpz_mat, unsure: list[int]) -> bool:
        """Whether the slacks are exactly 0: rational weights only."""
        if self.program.weights.numbers is None:
            return False
        numbers = [fmpq(*v.as_integer_ratio()) for v in self.program.weights.numbers.tolist()]
        aim = fmpq_mat(len(basis), 1, [numbers[i] for i in basis])
        dual = fmpq_mat(integers.transpose()).solve(aim)
        image = fmpq_mat(fmpz_mat([self.columns[i] for i in unsure])) * dual
        pairs = zip(unsure, image.entries(), strict=True)
        return all(numbers[i] == v for i, v in pairs)

    def _vertex(
        self, basis: list[int], x: list[fmpq], slack: list[arb], integer_dual: list[arb]
    ) -> Vertex:
        shift = fmpq(2) ** self.program.exponent
        point = tuple(v * shift for v in x)
        value = sum((self.weights[i] * v for i, v in zip(basis, point, strict=True)), arb(0))
        inside = set(basis)
        unique = all(i in inside or v > 0 for i, v in enumerate(slack))
        dual = tuple(v * s for v, s in zip(integer_dual, self.scales, strict=True))
        count = len(self.columns)
        return Vertex(tuple(basis), point, tuple(slack), value, unique, count, dual)


def _column(values: list[int]) -> arb_mat:
    return arb_mat(len(values), 1, [arb(int(v)) for v in values])
