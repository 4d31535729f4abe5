"""When the kernels at infinite width are singular, decided exactly (statement K3).

For nonzero inputs, no two of one direction, with p antipodal pairs +-e_1, ..., +-e_p among them:
dim ker H_inf = dim ker G_inf = dim ker V_inf = p - rank(e_1, ..., e_p) (V_inf: d >= 2).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from flint import fmpz_mat
from torch import Tensor

from numerics.errors import NumericsError
from numerics.relu_two_layer.inputs import check_inputs
from numerics.relu_two_layer.limits import angle_balls
from numerics.relu_two_layer.refusals import Refusal, refuse


@dataclass(frozen=True)
class Degeneracy:
    """The antipodal pairs (i, j) of the inputs and the rank of their directions, both exact."""

    pairs: tuple[tuple[int, int], ...]
    rank: int

    @property
    def kernel_dimension(self) -> int:
        """How many eigenvalues of each kernel are exactly zero."""
        return len(self.pairs) - self.rank


def degeneracy(x: Tensor) -> Degeneracy:
    """The exact answer for inputs x (n, d); refuses `zero_input` and `equal_inputs`."""
    x = check_inputs(x)
    if x.dim() != 2:
        raise NumericsError(argument="x", found=f"shape {tuple(x.shape)}", accepted="(n, d)")
    theta = angle_balls(x)
    near = torch.triu(theta.lower <= 0, diagonal=1).nonzero().tolist()
    for i, j in near:
        if _rank(x[[i, j]]) == 1:
            found = f"rows {i} and {j} of one direction"
            raise refuse(Refusal.EQUAL_INPUTS, "x", found, "inputs of different directions")
    far = torch.triu(theta.upper >= math.pi, diagonal=1).nonzero().tolist()
    pairs = tuple((i, j) for i, j in far if _rank(x[[i, j]]) == 1)
    return Degeneracy(pairs, _rank(x[[i for i, _ in pairs]]) if pairs else 0)


def check_nondegenerate(x: Tensor) -> Tensor:
    """x with all three kernels positive definite; refuses `dependent_antipodes` as well."""
    found = degeneracy(x)
    if found.kernel_dimension:
        accepted = "linearly independent directions of the antipodal pairs"
        raise refuse(Refusal.DEPENDENT_ANTIPODES, "x", _dependent(found), accepted)
    return x


def why_degenerate(x: Tensor) -> tuple[Refusal, str] | None:
    """Why no kernel at inputs x (n, d) can be seen to be positive definite, whatever the network:
    a zero input, two of one direction or too near to tell apart, dependent antipodes; else None."""
    zero = (x == 0).all(-1).nonzero()
    if len(zero):
        return Refusal.ZERO_INPUT, f"a zero row of x at index {int(zero[0])}"
    near = torch.triu(angle_balls(x).lower <= 0, diagonal=1).nonzero().tolist()
    if near:
        i, j = near[0]
        exact = "of one direction" if _rank(x[[i, j]]) == 1 else "nearer than rounding can tell"
        return Refusal.EQUAL_INPUTS, f"rows {i} and {j} of x {exact}"
    found = degeneracy(x)
    return (Refusal.DEPENDENT_ANTIPODES, _dependent(found)) if found.kernel_dimension else None


def _dependent(found: Degeneracy) -> str:
    return f"{len(found.pairs)} antipodal pairs whose directions have rank {found.rank}"


def _rank(rows: Tensor) -> int:
    """The exact rank of rows of float64 numbers: each is scaled to integers."""
    return int(fmpz_mat([_integers(row) for row in rows.tolist()]).rank())


def _integers(row: list[float]) -> list[int]:
    """row times a power of two that makes every entry whole."""
    ratios = [value.as_integer_ratio() for value in row]
    deepest = max(q.bit_length() for _, q in ratios)
    return [p << (deepest - q.bit_length()) for p, q in ratios]
