"""tanh of a mean of votes as a mean of votes: what G8 needs at depth two and more.

Let t in [-1, 1] be the mean of +-1 votes. For every t
    tanh t = sum_N pi_N E[b_N(number of right ones among N votes)],   |b_N| <= 1,  sum pi_N <= 1,
with pi and b free of t: a random odd number N of votes, a fixed rule, and a fair vote with what is
left of the probability. The divergence of one vote for tanh is then at most E[N] times that of one
vote below. The rules come from a linear program that minimizes E[N]; what rounding leaves of the
identity, and the Taylor coefficients beyond degree 15, are made up exactly by products of votes:
the product of k votes has mean t^k. The cubic t - t^3/3 has E[N] = 2; here E[N] is about 1.48.
This is a Bernoulli factory in the sense of Keane and O'Brien (1994) with few flips.
"""

from __future__ import annotations

import math
from fractions import Fraction
from functools import cache

from numerics.weightnorm.generalization.directed import up

DEGREE = 15
_SCALE = 10**7
# N, pi_N and pi_N b_N(k) for k = (N+1)/2, ..., N right votes, in units of 1e-7; b_N(N-k) = -b_N(k)
RULES: tuple[tuple[int, int, tuple[int, ...]], ...] = (
    (1, 8629491, (8629491,)),
    (5, 842951, (842950, 842950, -842950)),
    (9, 137438, (137438, 137438, 137438, -137438, -137438)),
    (15, 37360, (37360, 24941, 37360, -12699, -23190, -37360, 500, -37360)),
)
_TAN_1 = Fraction(15574077246549023, 10**16)  # above tan 1 = 1.55740772465490223...


@cache
def votes_per_layer() -> float:
    """An upper end of E[N] for tanh on [-1, 1], computed in exact rational arithmetic."""
    return up(float(rule_totals()[1]), 1)


def rule_totals() -> tuple[Fraction, Fraction]:
    """sum pi_N and E[N] = sum N pi_N, residual and Taylor tail of tanh included."""
    mass = sum((Fraction(pi, _SCALE) for _, pi, _ in RULES), Fraction(0))
    votes = sum((Fraction(n * pi, _SCALE) for n, pi, _ in RULES), Fraction(0))
    taylor = tanh_coefficients(DEGREE)
    found = rule_polynomial()
    tail, steep = _TAN_1, 1 + _TAN_1**2  # sum |a_k| = tan 1, sum k |a_k| = 1/cos^2 1
    for k in range(1, DEGREE + 1, 2):
        rest = abs(taylor[k] - found[k])
        mass, votes = mass + rest, votes + k * rest
        tail, steep = tail - abs(taylor[k]), steep - k * abs(taylor[k])
    return mass + tail, votes + steep


def rule_polynomial() -> list[Fraction]:
    """Coefficients of t^0, ..., t^DEGREE of sum_N pi_N E[b_N] under votes of mean t."""
    total = [Fraction(0)] * (DEGREE + 1)
    for n, _, values in RULES:
        for k, value in enumerate(values, start=(n + 1) // 2):
            for degree, c in enumerate(_odd_part(n, k)):
                total[degree] += Fraction(value, _SCALE) * c
    return total


def tanh_coefficients(degree: int) -> list[Fraction]:
    """Taylor coefficients of tanh at 0, from tanh' = 1 - tanh^2."""
    found = [Fraction(0)] * (degree + 1)
    for k in range(degree):
        square = sum((found[i] * found[k - i] for i in range(k + 1)), Fraction(0))
        found[k + 1] = (Fraction(int(k == 0)) - square) / (k + 1)
    return found


def _odd_part(n: int, k: int) -> list[Fraction]:
    """C(n,k) (p^k q^(n-k) - q^k p^(n-k)) with p = (1+t)/2, q = (1-t)/2, as a polynomial in t."""
    plus, minus = _power_product(k, n - k), _power_product(n - k, k)
    scale = Fraction(math.comb(n, k), 2**n)
    return [scale * (a - b) for a, b in zip(plus, minus, strict=True)]


def _power_product(a: int, b: int) -> list[int]:
    """Coefficients of (1 + t)^a (1 - t)^b."""
    product = [0] * (a + b + 1)
    for i in range(a + 1):
        for j in range(b + 1):
            product[i + j] += math.comb(a, i) * math.comb(b, j) * (-1) ** j
    return product
