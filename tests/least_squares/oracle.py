"""W3 at 60 digits and more: exact projections in rationals, the root by plain bisection."""

from __future__ import annotations

import sys

import torch
from flint import arb, ctx, fmpq, fmpq_mat

from numerics.least_squares import Start, limit


def rational(matrix: torch.Tensor) -> fmpq_mat:
    return fmpq_mat([[fmpq(*v.as_integer_ratio()) for v in row] for row in matrix.tolist()])


class Oracle:
    """x*, w_0^perp, G and x_inf (for g_inf > 0); independent rows only."""

    def __init__(
        self, matrix: torch.Tensor, right: torch.Tensor, start: Start, ratio: float, bits: int = 400
    ) -> None:
        with ctx.workprec(bits):
            a, y = rational(matrix), rational(right[:, None])
            v = rational(start.direction[:, None])
            gram = a * a.transpose()
            solution = a.transpose() * gram.solve(y)
            kernel = v - a.transpose() * gram.solve(a * v)
            norm = sum((arb(e) * arb(e) for e in v.entries()), arb(0)).sqrt()
            self.solution = [arb(e) for e in solution.entries()]
            self.kernel = [arb(e) / norm for e in kernel.entries()]
            self.square_solution = sum((e * e for e in self.solution), arb(0))
            self.square_kernel = sum((e * e for e in self.kernel), arb(0))
            self.before, self.c = arb(start.scale) ** 2, arb(ratio)
            self.square = self._root()
            factor = self.square.sqrt() * self._part(self.square)
            pairs = zip(self.solution, self.kernel, strict=True)
            self.x = [s + factor * k for s, k in pairs]
            self.distance = factor * self.square_kernel.sqrt()

    def _part(self, square: arb) -> arb:
        return ((self.before - square) / (2 * self.c)).exp()

    def _root(self) -> arb:
        if self.square_kernel == 0:
            return self.square_solution
        low = self.square_solution.max(self.before + self.c * self.square_kernel.log())
        high = 2 * (low + self.before + self.square_solution)
        while not high * (1 - self.square_kernel * self._part(high) ** 2) > self.square_solution:
            high = 2 * high
        for _ in range(1200):
            g = ((low + high) / 2).mid()
            if g * (1 - self.square_kernel * self._part(g) ** 2) > self.square_solution:
                high = g
            else:
                low = g
        return ((low + high) / 2).mid()


def main(arguments: list[str]) -> None:
    """`python -m tests.least_squares.oracle FIRST COUNT`: certified limits against 60 digits."""
    first, count = map(int, arguments)
    inside = 0
    for seed in range(first, first + count):
        g = torch.Generator().manual_seed(seed)
        rows = int(torch.randint(1, 6, (), generator=g))
        columns = rows + int(torch.randint(0, 8, (), generator=g))
        matrix = torch.randn(rows, columns, generator=g, dtype=torch.float64)
        right = torch.randn(rows, generator=g, dtype=torch.float64)
        direction = torch.randn(columns, generator=g, dtype=torch.float64)
        scale, ratio = (4.0 * torch.rand(2, generator=g, dtype=torch.float64) - 2.0).exp().tolist()
        start = Start.of(scale, direction)
        found = limit(matrix, right, start, ratio=ratio)
        known = Oracle(matrix, right, start, ratio)
        with ctx.workprec(400):
            pairs = ((found.square, known.square), (found.distance, known.distance))
            inside += all(arb(float(e.lower)) <= v <= arb(float(e.upper)) for e, v in pairs)
    words = f"{inside} inside, {count - inside} outside"
    sys.stdout.write(f"least_squares, seeds {first} to {first + count - 1}: {words}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
