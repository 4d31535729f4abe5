"""Linear equations A x = y whose solution set is kept exactly: scaled rows, independent rows.

Every step is exact: rows and the right side are scaled by powers of two, and a row is dropped only
when it is proved in rational arithmetic to be a combination of rows that stay.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import torch
from flint import fmpq_mat, fmpz_mat, nmod_mat
from torch import Tensor

from numerics.errors import NumericsError
from numerics.linalg.metric import metric
from numerics.linalg.scaling import shift, shifts_exactly
from numerics.validation import check_tensor

_PRIMES = (2**61 - 1, 2**59 - 55, 2**57 - 13)
_SOLVABLE = "a right side in the range of A: the equations A x = y contradict each other"


@dataclass(frozen=True, eq=False)
class Equations:
    """{x : matrix x = right} is the solution set of the A x = y given; rows independent.

    matrix (m, N), right (m,) float64: rows `rows` of A times 2^-exponents, every row's largest
    entry in [1/2, 1). `count` is the number of rows of A.
    """

    matrix: Tensor
    right: Tensor
    rows: Tensor
    exponents: Tensor
    count: int

    def multipliers(self, scaled: Tensor) -> Tensor:
        """Multipliers of the rows of A, (count,), from those of `matrix`; dropped rows get 0."""
        found = torch.zeros(self.count, dtype=torch.float64)
        found[self.rows] = shift(scaled, -self.exponents)
        return found


def equations(matrix: Tensor, right: Tensor) -> Equations:
    """A x = y, validated, with rows scaled and proved independent.

    matrix (n, N), right (n,). Raises `NumericsError` for bad shapes or entries, for a right side
    outside the range of A (decided exactly) and for a row whose entries float64 cannot scale.
    """
    matrix, right = check_equations(matrix, right)
    rows = _nonzero_rows(matrix, right)
    exponents = torch.frexp(matrix[rows].abs().amax(-1)).exponent.to(torch.int64)
    scaled = _shifted(matrix[rows], exponents[:, None], "A")
    side = _shifted(right[rows], exponents, "y")
    keep = _independent(scaled, side)
    return Equations(scaled[keep], side[keep], rows[keep], exponents[keep], matrix.shape[0])


def check_equations(matrix: Tensor, right: Tensor) -> tuple[Tensor, Tensor]:
    """A (n, N) and y (n,), float64 on the CPU, finite and of fitting shapes."""
    matrix = check_tensor(matrix, "A").to("cpu", torch.float64)
    right = check_tensor(right, "y").to("cpu", torch.float64)
    if matrix.ndim != 2 or tuple(right.shape) != (matrix.shape[0],):
        raise NumericsError(
            argument="A, y",
            found=f"shapes {tuple(matrix.shape)}, {tuple(right.shape)}",
            accepted="A of shape (n, N) and y of shape (n,)",
        )
    return matrix, right


def _nonzero_rows(matrix: Tensor, right: Tensor) -> Tensor:
    zero = (matrix == 0).all(-1)
    if bool((zero & (right != 0)).any()):
        raise NumericsError(argument="y", found="y_i != 0 at a zero row of A", accepted=_SOLVABLE)
    if bool(zero.all()):
        raise NumericsError(argument="A", found="the zero matrix", accepted="a nonzero entry")
    return (~zero).nonzero().squeeze(-1)


def _shifted(values: Tensor, exponents: Tensor, argument: str) -> Tensor:
    if not shifts_exactly(values, -exponents):
        raise NumericsError(
            argument=argument,
            found="a row whose entries (with y_i) lie further apart than float64 can scale",
            accepted="entries of one row within a factor of about 1e290 of each other",
        )
    return shift(values, -exponents)


def _independent(matrix: Tensor, right: Tensor) -> Tensor:
    """Indices of rows that are independent and imply the others, all proved."""
    n, columns = matrix.shape
    every = torch.arange(n)
    if n <= columns and metric(matrix, torch.ones(columns, dtype=torch.float64)).proved:
        return every
    integers, _ = integer_rows(torch.cat((matrix, right[:, None]), dim=1))
    for prime in _PRIMES:
        kept, pivots = _pivots(integers, columns, prime)
        rest = [row for row in range(n) if row not in set(kept)]
        answer = _implied(integers, kept, pivots, rest) if rest else True
        if answer is False:
            raise NumericsError(argument="y", found="dependent rows of A", accepted=_SOLVABLE)
        if answer:
            return every[torch.tensor(kept)]
    raise NumericsError(
        argument="A",
        found="rows whose dependence could not be decided",
        accepted="rows that are independent, or dependent with a proof modulo a prime",
    )


def integer_rows(rows: Tensor) -> tuple[fmpz_mat, list[int]]:
    """Each row times the power of two that makes it integers, and these powers."""
    found, scales = [], []
    for row in rows.tolist():
        ratios = [value.as_integer_ratio() for value in row]
        scales.append(max(denominator for _, denominator in ratios))
        found.append([top * (scales[-1] // bottom) for top, bottom in ratios])
    return fmpz_mat(found), scales


def _pivots(integers: fmpz_mat, columns: int, prime: int) -> tuple[list[int], list[int]]:
    """Rows of A independent modulo the prime (hence independent), and columns that show it."""
    table = integers.table()
    kept = pivot_columns(nmod_mat(fmpz_mat([row[:columns] for row in table]).transpose(), prime))
    chosen = fmpz_mat([table[row][:columns] for row in kept])
    return kept, pivot_columns(nmod_mat(chosen, prime))


def pivot_columns(matrix: nmod_mat) -> list[int]:
    reduced, rank = matrix.rref()
    found, column = [], 0
    for row in range(rank):
        while int(reduced[row, column]) == 0:
            column += 1
        found.append(column)
        column += 1
    return found


def _implied(
    integers: fmpz_mat, kept: list[int], pivots: list[int], rest: list[int]
) -> bool | None:
    """True: the rest follows from the kept rows, y included; False: A does, y contradicts.

    None: a row of A does not follow, so the prime was unlucky.
    """
    table, width = integers.table(), integers.ncols()
    square = fmpz_mat([[table[row][c] for c in pivots] for row in kept]).transpose()
    aims = fmpz_mat([[table[row][c] for c in pivots] for row in rest]).transpose()
    weights = cast(fmpq_mat, square.solve(aims)).transpose()
    gap = weights * fmpz_mat([table[row] for row in kept]) - fmpz_mat([table[row] for row in rest])
    zero = [[gap[i, j] == 0 for j in range(width)] for i in range(len(rest))]
    if not all(all(row[:-1]) for row in zero):
        return None
    return all(row[-1] for row in zero)
