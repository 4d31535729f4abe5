"""The right sides of T21 to T34 in plain Python: what `bounds` and `numerics` are compared with.

Written from the statements alone, one number at a time, sharing no code with the library. Layers
are lists index 0 = layer 1; p is the placement exponent, s_l = m_l^-p, c_l = m_l^(p - 1/2).
"""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Numbers:
    """Everything a right side needs: widths and least row norms per layer, constants of phi."""

    m: tuple[float, ...]
    omega: tuple[float, ...]
    xi: float = 1.0
    nu: float = 1.0
    K: float = 1.0
    beta: float = 0.0
    phi0: float = 0.0
    p: float = 0.5
    beta2: float = math.inf

    @property
    def L(self) -> int:
        return len(self.m)

    def a(self, l: int) -> float:
        """a_l, the bound on ||alpha^l||; 0 for l < 0."""
        if l < 0:
            return 0.0
        value = self.xi
        for width in self.m[:l]:
            value = self.K * value + width**self.p * self.phi0
        return value

    def raised(self, l: int) -> float:
        """K^(L-l) a_l, the same brought to the output."""
        return 0.0 if l < 0 else self.K ** (self.L - l) * self.a(l)

    def weight(self, l: int) -> float:
        """W_l = K^(L-l) a_(l-1)^2."""
        return self.K ** (self.L - l) * self.a(l - 1) ** 2

    @property
    def w(self) -> float:
        return max(1.0 / (m * o * o) for m, o in zip(self.m, self.omega, strict=True))

    @property
    def c(self) -> float:
        return self.nu**2 * self.w

    @property
    def e(self) -> float:
        return 1.0 / max(self.m)

    @property
    def s(self) -> float:
        return min(self.m) ** -0.5


def gradient_zero(n: Numbers) -> float:
    """T22 (a), phi(0) = 0."""
    free = 1.0 + n.c - n.e if n.L == 1 else n.c + (1.0 - n.e) * max(1.0, n.c)
    return n.K**n.L * n.xi * math.sqrt(max(1.0, free))


def gradient(n: Numbers) -> float:
    """T22 (b), any phi(0)."""
    square = n.a(n.L) ** 2 + n.c * n.raised(n.L - 1) ** 2
    return math.sqrt(square + max(n.c - 1.0, 0.0) * n.raised(n.L - 2) ** 2)


def gradient_program(n: Numbers) -> float:
    """T22 (c), phi(0) = 0: the exact supremum by dynamic programming over the frontier."""
    points = {(0.0, 1.0)}
    for width, norm in zip(n.m, n.omega, strict=True):
        e, c = 1.0 / width, n.nu**2 / (width * norm**2)
        found = set(points)
        for u, x in points:
            found |= {(e * u + c * x, (1.0 - e) * x), (u + c * x, 0.0)}
        points = {
            (u, x)
            for u, x in found
            if not any((v >= u and y >= x) and (v, y) != (u, x) for v, y in found)
        }
    return n.K**n.L * n.xi * math.sqrt(max(u + x for u, x in points))


def jacobian(n: Numbers, l: int) -> float:
    """J_l of T23: ||d alpha^l/dW||_2."""
    if l == 0:
        return 0.0
    if l == 1:
        return math.sqrt(n.w) * n.K * n.xi
    if n.phi0 == 0.0:
        return math.sqrt(n.w * (2.0 - n.e)) * n.K**l * n.xi
    return math.sqrt(n.w * (n.K**2 * n.a(l - 1) ** 2 + n.K**4 * n.a(l - 2) ** 2))


def mixed_constant(L: int) -> float:
    """M_L of T25."""
    return 0.0 if L == 1 else 1.0 if L == 2 else (L / (L - 2)) ** ((L - 2) / 2)


def mixed(n: Numbers) -> float:
    """T25, per unit T^2."""
    return n.nu * mixed_constant(n.L) * n.w * n.K**2 * n.a(n.L - 2)


def turn_mixed_constant(m: float, constant: float = math.e, angles: int = 2000) -> float:
    """lambda*(m, L) of T26 on a grid of angles (each of them gives a valid bound)."""
    s, low = m**-0.5, 2.0 / math.sqrt(3.0)
    best = low + constant * s
    end = math.pi / 2 - math.asin(s)
    for k in range(1, angles):
        phi = end * k / angles
        if _first_case(low, phi, s, constant) < best:
            best = min(
                best,
                max(_first_case(low, phi, s, constant), _second_case(low, phi, s, constant, best)),
            )
    return best


def _first_case(low: float, phi: float, s: float, constant: float) -> float:
    """The least l >= 2/sqrt3 with 3l/4 - cos^2(phi)/l >= M s."""
    q = constant * s
    return max(low, (q + math.sqrt(q * q + 3.0 * math.cos(phi) ** 2)) / 1.5)


def _second_case(low: float, phi: float, s: float, constant: float, most: float) -> float:
    k = math.sin(phi + math.asin(s))

    def holds(l: float) -> bool:
        row = 0.75 * l - k * k / l if k >= l / 2 else l - k
        rest = row - constant * s
        return rest >= 0.0 and (0.75 * l - 1.0 / l) * rest >= 4.0 * s * s

    if not holds(most):
        return most
    left, right = low, most
    for _ in range(60):
        middle = 0.5 * (left + right)
        left, right = (left, middle) if holds(middle) else (middle, right)
    return right


def turn_mixed(n: Numbers, constant: float | None = None) -> float:
    """T26, per unit T^2."""
    found = turn_mixed_constant(min(n.m), mixed_constant(n.L)) if constant is None else constant
    return n.nu * found * n.K * n.a(n.L - 1) * n.s / min(n.omega) ** 2


def turn(n: Numbers, l: int) -> float:
    """The turn of layer l, per unit t_l^2."""
    k = n.nu * n.K ** (n.L - l)
    return 2.0 / math.sqrt(3.0) * k * n.K * n.a(l - 1) / (n.m[l - 1] ** 0.5 * n.omega[l - 1] ** 2)


def bend_entries(n: Numbers, l: int) -> tuple[float, float, float]:
    """P_l, X_l, R_l of T27/T28."""
    k, m = n.nu * n.K ** (n.L - l) * n.beta, n.m[l - 1]
    step, reach = jacobian(n, l - 1), n.a(l - 1) / n.omega[l - 1]
    thin = m ** (-0.5 - n.p)
    return k * m**-n.p * step**2, k * thin * reach * step, k * thin * reach**2


def bend_closed(n: Numbers) -> float:
    """T27, per unit T^2."""
    layers = range(1, n.L + 1)
    low, omega = min(n.m), min(n.omega)
    weights = [n.weight(l) for l in layers]
    root = 2.0 * math.sqrt(sum(x * x for x in weights[1:]))
    second = weights[1] if n.L > 1 else 0.0
    first = max(weights) + n.s * (second + 2.0 * sum(weights[2:]) + root)
    sharp = low ** (-0.5 - n.p) / omega**2 * first
    plain = max(n.m) ** (0.5 - n.p) / (low * omega**2) * (weights[0] + 2.0 * sum(weights[1:]))
    return n.nu * n.beta * min(sharp, plain)


def bend_smooth(n: Numbers) -> float:
    """T30, per unit T^2."""
    weights = [n.weight(l) for l in range(1, n.L + 1)]
    cross = 4.0 * max(weights) if n.L > 1 else 0.0
    chain = cross + 2.0 * math.sqrt(2.0) * math.sqrt(sum(x * x for x in weights[1:]))
    total = n.beta * max(weights) + n.s * math.sqrt(n.beta2 * n.K) * chain
    return n.nu * min(n.m) ** (-0.5 - n.p) / min(n.omega) ** 2 * total


def top2(a: float, b: float, c: float) -> float:
    """The top eigenvalue of [[a, b], [b, c]]."""
    return 0.5 * (a + c) + math.hypot(0.5 * (a - c), b)


def chain(n: Numbers, kind: str) -> float:
    """V_A, V_B or V_C of T28."""
    value = 0.0
    for l in range(1, n.L + 1):
        pushed, cross, own = bend_entries(n, l)
        k = n.nu * n.K ** (n.L - l)
        if kind in "AB":
            own += turn(n, l)
        if kind == "A":
            cross += k * n.K * jacobian(n, l - 1) / (n.m[l - 1] ** 0.5 * n.omega[l - 1])
        value = top2(value + pushed, cross, own)
    return value + (mixed(n) if kind == "B" else turn_mixed(n) if kind == "C" else 0.0)


def with_output(value: float, step: float) -> float:
    """(V + sqrt(V^2 + 4 J^2))/2."""
    return 0.5 * (value + math.hypot(value, 2.0 * step))


def hessian_chain(n: Numbers) -> float:
    """T28."""
    return with_output(min(chain(n, kind) for kind in "ABC"), jacobian(n, n.L))


def hessian_closed(n: Numbers) -> float:
    """T28 closed: J_L + turn with mixed (T26 closed form) + bend (T27 closed)."""
    low = 2.0 / math.sqrt(3.0) + min(mixed_constant(n.L) * n.s, 8.9 / min(n.m))
    return jacobian(n, n.L) + turn_mixed(n, low) + bend_closed(n)


def input_hessian(n: Numbers) -> float:
    """T31: ||Hess_x f||_2."""
    return n.nu * n.beta * sum(n.K ** (n.L + l - 2) * m**-n.p for l, m in enumerate(n.m, start=1))


def input_hessian_smooth(n: Numbers) -> float:
    """T31 for sup|phi'''| = beta2 and K = 1, equal widths."""
    return n.nu * math.sqrt(2.0 * n.beta2 * n.L) * n.m[0] ** -n.p


def old_recursive(n: Numbers) -> float:
    """The comparison matrix of T4, its cross term with the max norm once (as published so far)."""
    import numpy as np

    L = n.L
    q = [n.K * n.a(l - 1) / (n.m[l - 1] ** 0.5 * n.omega[l - 1]) for l in range(1, L + 1)]
    rows = [[q[j] * n.K ** (l - 1 - j) if j < l else 0.0 for j in range(L)] for l in range(L + 1)]
    form = np.zeros((L + 1, L + 1))
    for l in range(1, L + 1):
        m, o, a = n.m[l - 1], n.omega[l - 1], n.a(l - 1)
        k, below = n.nu * n.K ** (L - l), np.array([*rows[l - 1], 0.0])
        own = np.zeros(L + 1)
        own[l - 1] = 1.0
        s, c = m**-n.p, m ** (n.p - 0.5)
        peak, two = s * (a / o * own + below), s * (a / o * own + m**0.5 * below)
        form += k * c * n.beta * 0.5 * (np.outer(peak, two) + np.outer(two, peak))
        form += turn(n, l) * np.outer(own, own)
        form += k * n.K / (m**0.5 * o) * (np.outer(own, below) + np.outer(below, own))
    form[L, :L] = form[:L, L] = rows[L]
    return float(np.linalg.eigvalsh(form)[-1])
