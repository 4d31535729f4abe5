"""Slow and independent judges: plain autograd Jacobians, and python-flint balls at 300 bits."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from flint import arb, ctx
from torch import Tensor

from numerics.relu_two_layer.network import ReluNetwork


def floats(values: object) -> Tensor:
    """A float64 tensor (torch's default would round numbers to float32 first)."""
    return torch.tensor(values, dtype=torch.float64)


@contextmanager
def precision(bits: int = 300) -> Iterator[None]:
    old = ctx.prec
    ctx.prec = bits
    try:
        yield
    finally:
        ctx.prec = old


def jacobians(network: ReluNetwork, x: Tensor) -> tuple[Tensor, Tensor]:
    """J_v (n, m d) and J_g (n, m) of one network, by one backward pass per input."""
    v = network.v.clone().requires_grad_()
    g = network.g.clone().requires_grad_()
    f = ReluNetwork(v, g, network.c, None)(x)
    rows = [torch.autograd.grad(value, (v, g), retain_graph=True) for value in f]
    return (
        torch.stack([row[0].flatten() for row in rows]),
        torch.stack([row[1].flatten() for row in rows]),
    )


def sphere(n: int, d: int, seed: int) -> Tensor:
    """n points uniform on the unit sphere of R^d (never the rows of a network of that seed)."""
    generator = torch.Generator().manual_seed(seed + 2 * 10**9)
    x = torch.randn(n, d, generator=generator, dtype=torch.float64)
    return x / torch.linalg.vector_norm(x, dim=-1, keepdim=True)


class BallState:
    """One network and its inputs, exact as given in float64; every number below is an arb."""

    def __init__(self, network: ReluNetwork, x: Tensor) -> None:
        self.x = [[arb(t) for t in row] for row in x.tolist()]
        self.v = [[arb(t) for t in row] for row in network.v[0].tolist()]
        self.g = [arb(t) for t in network.g[0].tolist()]
        self.c = [arb(t) for t in network.c[0].tolist()]
        self.m, self.n = len(self.g), len(self.x)
        self.r = [dot(row, row).sqrt() for row in self.v]
        self.u = [[t / r for t in row] for row, r in zip(self.v, self.r, strict=True)]
        self.a = [[dot(u, x) for u in self.u] for x in self.x]
        self.gram = [[dot(x, y) for y in self.x] for x in self.x]

    def active(self, i: int, k: int) -> bool:
        """1{a_ik > 0}; raises where 300 bits cannot tell (an exact zero is given exact entries)."""
        value = dot(self.v[k], self.x[i])
        if value > 0:
            return True
        if value <= 0:
            return False
        raise ArithmeticError("undecided")

    def kernels(self) -> dict[str, list[list[arb]]]:
        """direction, gain, tangent and plain, entry by entry from the definition."""
        n, m = self.n, self.m
        on = [[self.active(i, k) for k in range(m)] for i in range(n)]
        found: dict[str, list[list[arb]]] = {
            name: [[arb(0)] * n for _ in range(n)]
            for name in ("direction", "gain", "tangent", "plain")
        }
        for i in range(n):
            for j in range(n):
                direction, gain, plain = arb(0), arb(0), arb(0)
                for k in range(m):
                    if on[i][k] and on[j][k]:
                        along = self.a[i][k] * self.a[j][k]
                        rho = self.g[k] / self.r[k]
                        direction += rho * rho * (self.gram[i][j] - along)
                        gain += along
                        plain += self.gram[i][j]
                for name, value in (
                    ("direction", direction),
                    ("gain", gain),
                    ("tangent", direction + gain),
                    ("plain", plain),
                ):
                    found[name][i][j] = value / m
        return found

    def outputs(self) -> list[arb]:
        """f(x_i)."""
        return [
            sum(
                (
                    c * g * a
                    for k, (c, g, a) in enumerate(zip(self.c, self.g, row, strict=True))
                    if self.active(i, k)
                ),
                arb(0),
            )
            / arb(self.m).sqrt()
            for i, row in enumerate(self.a)
        ]


def dot(left: list[arb], right: list[arb]) -> arb:
    return sum((a * b for a, b in zip(left, right, strict=True)), arb(0))


def limit_entry(x: list[arb], y: list[arb], d: int) -> tuple[arb, arb, arb]:
    """H_inf, V_inf, G_inf of two rows by arccos at 300 bits (balls near 0 and pi stay balls)."""
    nx, ny = dot(x, x).sqrt(), dot(y, y).sqrt()
    cosine = dot(x, y) / (nx * ny)
    theta = cosine.acos()
    pi = arb.pi()
    size = nx * ny
    plain = size * cosine * (pi - theta) / (2 * pi)
    gain = size * (theta.sin() + (pi - theta) * cosine) / (2 * pi * d)
    return plain, plain - gain, gain


def inside(lower: float, upper: float, value: arb) -> bool:
    """Whether the ball lies within the ends, up to the ball's own (tiny) radius."""
    slack = arb(2) ** -200 * (1 + abs(value))
    return bool(arb(lower) - slack <= value) and bool(value <= arb(upper) + slack)


def random_network(
    d: int, m: int, seed: int, *, spread: float = 1.0, signed: bool = True
) -> ReluNetwork:
    """Rows of very different lengths and gains of either sign."""
    generator = torch.Generator().manual_seed(seed)
    v = torch.randn(m, d, generator=generator, dtype=torch.float64)
    v = v * torch.exp(spread * torch.randn(m, 1, generator=generator, dtype=torch.float64))
    g = torch.randn(m, generator=generator, dtype=torch.float64)
    g = g if signed else g.abs()
    c = torch.randint(0, 2, (m,), generator=generator).double() * 2 - 1
    return ReluNetwork.from_tensors(v, math.exp(0.3 * spread) * g, c)
