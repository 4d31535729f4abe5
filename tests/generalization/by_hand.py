"""Certificates of tiny samples in ball arithmetic, sharing no code with `numerics`."""

from __future__ import annotations

import math

import torch
from flint import arb

from numerics import WeightNormNetwork
from tests.numerics.ball_oracle import BallNetwork


def outputs(network: WeightNormNetwork, z: torch.Tensor) -> list[arb]:
    """f on the rows of z (n, d), taken as exact."""
    found = []
    for row in z:
        ball = BallNetwork(network, row)
        v = ball.theta[len(ball.theta) - network.widths[-1] :]
        found.append(sum((a * b for a, b in zip(v, ball.features()[-1], strict=True)), arb(0)))
    return found


def nu1(network: WeightNormNetwork) -> arb:
    return (
        sum((arb(abs(v)) for v in network.v.flatten().tolist()), arb(0))
        / arb(network.widths[-1]).sqrt()
    )


def constant(n: int) -> arb:
    value = arb(2).sqrt() / (1 - arb(math.comb(2 * n, n)) / arb(4) ** n)
    return value if value < 2 else arb(2)


def confidence(n: int, choices: int, delta: float) -> arb:
    return ((arb(choices) / arb(delta)).log() / (2 * n)).sqrt()


def margin(network, z, y, *, rho: float, choices: int, delta: float, gain: int = 1) -> arb:
    """P_n ramp + c_n rho/sqrt n + conf for one rho (K = 1, odd activation)."""
    scale, total = arb(rho) / (gain * nu1(network)), arb(0)
    for sign, f in zip(y.tolist(), outputs(network, z), strict=True):
        t = arb(sign) * f * scale
        total += arb(1) if t <= 0 else (arb(0) if t >= 1 else 1 - t)
    n = len(y)
    return total / n + constant(n) * arb(rho) / arb(n).sqrt() + confidence(n, choices, delta)


def square(network, z, y, *, scale: float, choices: int, delta: float) -> arb:
    """G4 for targets +-1, no clipping, M = scale."""
    total = arb(0)
    for sign, f in zip(y.tolist(), outputs(network, z), strict=True):
        total += (arb(sign) - f) ** 2
    n, m = len(y), arb(scale)
    spread = 4 * m if m <= 1 else (1 + m) ** 2
    rest = 2 * (1 + m) * constant(n) * m / arb(n).sqrt() + spread * confidence(n, choices, delta)
    return total / n + rest


def binomial(k: int, n: int, p: arb) -> arb:
    return sum((arb(math.comb(n, j)) * p**j * (1 - p) ** (n - j) for j in range(k + 1)), arb(0))


def inverse_kl(q: arb, c: arb) -> arb:
    """A ball around sup {p: kl(q||p) <= c}: bisection, every step decided by the balls."""
    low, high = arb(q.mid()), arb(1)
    for _ in range(200):
        middle = arb(((low + high) / 2).mid())
        first = q * (q / middle).log() if q > 0 else arb(0)
        value = first + (1 - q) * ((1 - q) / (1 - middle)).log()
        if value >= c:
            high = middle
        elif value < c:
            low = middle
        else:
            break
    return low


def vote(network, z, y, *, count: int, k: int, choices: int, delta: float) -> arb:
    """G8, tanh, depth 1, outer placement, ||z|| = 1."""
    n, total = len(y), arb(0)
    for sign, f in zip(y.tolist(), outputs(network, z), strict=True):
        total += binomial(k, count, (1 + arb(sign) * f / nu1(network)) / 2)
    k0 = 7 * arb(3).zeta() / arb.pi() ** 2
    rate = (count * k0 + (2 * arb(n).sqrt() * choices / arb(delta)).log()) / n
    return inverse_kl(total / n, rate) / binomial(k, count, arb("0.5"))
