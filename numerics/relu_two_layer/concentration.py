"""What holds at the initialization after [DGM20] with probability 1 - delta (C1 to C4): floats.

Each number is rounded towards safety. pairs: m/2 units are independent, not m.
"""

from __future__ import annotations

import math

from numerics.errors import NumericsError

_UP, _DOWN = 1.0 + 1e-12, 1.0 - 1e-12


def check_probability(delta: float) -> float:
    """0 < delta < 1."""
    if not 0.0 < delta < 1.0:
        raise NumericsError(argument="delta", found=repr(delta), accepted="0 < delta < 1")
    return delta


def chernoff_exponent(eps: float) -> float:
    """ch(eps) = eps + (1 - eps) log(1 - eps) >= eps^2/2, for 0 <= eps < 1, rounded down."""
    return max(0.0, (eps + (1.0 - eps) * math.log1p(-eps)) * _DOWN - 1e-16)


def kernel_failure(
    *, n: int, m: int, least: float, chi: float, eps: float, scale: float = 1.0
) -> float:
    """C1: P(lam(kernel at width m) <= (1 - eps) lam(kernel at infinite width)) is at most

    n exp(-m least ch(eps) / (scale chi^2)); scale = 1 for V and G, max(1, alpha^-2) for Lambda.
    least: a lower bound on the limit's least eigenvalue; chi: an upper bound on ||X||_2.
    """
    return min(1.0, n * math.exp(-m * least * chernoff_exponent(eps) / (scale * chi**2)) * _UP)


def kernel_width(
    *, n: int, least: float, chi: float, eps: float, delta: float, scale: float = 1.0
) -> int:
    """C1: the width from which that failure is at most delta."""
    check_probability(delta)
    rate = least * chernoff_exponent(eps) / (scale * chi**2)
    if not rate > 0.0:
        raise NumericsError(argument="least, eps", found=f"{least}, {eps}", accepted="numbers > 0")
    return max(1, math.ceil(math.log(n / delta) / rate * _UP))


def output_tail(t: float) -> float:
    """C2: P(|f_i(0)| >= t) <= 2 exp(-t^2/2) for a unit input, without pairs."""
    return min(1.0, 2.0 * math.exp(-(t**2) / 2.0) * _UP)


def initial_residual(*, n: int, delta: float, target: float) -> float:
    """C2: ||r(0)|| <= sqrt(n) (sqrt(2 log(2n/delta)) + target), target = max |y_i|."""
    check_probability(delta)
    return math.sqrt(n) * (math.sqrt(2.0 * math.log(2.0 * n / delta)) + target) * _UP


def shortest_row(*, d: int, units: int, alpha: float, delta: float) -> float:
    """C3: the shortest of `units` rows is at least alpha sqrt(d/e) (delta/units)^(1/d)."""
    check_probability(delta)
    return alpha * math.sqrt(d / math.e) * math.exp(math.log(delta / units) / d) * _DOWN


def latitude_density(d: int) -> float:
    """p_d = Gamma(d/2) / (sqrt(pi) Gamma((d-1)/2)), d >= 2; below sqrt((d-1)/(2 pi))."""
    if d < 2:
        raise NumericsError(argument="d", found=str(d), accepted="an integer >= 2")
    value, start = (1.0 / math.pi, 2) if d % 2 == 0 else (0.5, 3)
    for k in range(start, d, 2):
        value *= k / (k - 1.0)
    return value


def candidate_probability(d: int, turn: float) -> float:
    """C4: P(arcsin |<u, x>| <= turn) <= 2 p_d turn, for u uniform on the sphere and a unit x."""
    return min(1.0, 2.0 * latitude_density(d) * turn * (1.0 + 4.0 * d * 2.0**-53))


def strip_probability(reach: float, alpha: float) -> float:
    """C4: P(|<v, x>| <= reach) <= sqrt(2/pi) reach/alpha, v ~ N(0, alpha^2 I), any d."""
    return min(1.0, math.sqrt(2.0 / math.pi) * reach / alpha * _UP)


def candidate_share(p: float, units: float, delta: float) -> float:
    """C4 (Bernstein): N/units <= p + sqrt(2 p l/units) + 2 l/(3 units), l = log(1/delta)."""
    log = math.log(1.0 / check_probability(delta))
    return min(1.0, (p + math.sqrt(2.0 * p * log / units) + 2.0 * log / (3.0 * units)) * _UP)
