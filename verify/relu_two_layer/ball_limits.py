"""The kernels at infinite width in ball arithmetic: integrals, closed forms, eigenvalues."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from flint import acb, arb, arb_mat

from verify.relu_two_layer.ball_network import View, dot, gram, least, norm

__all__ = ["INPUTS", "limit_matrix"]

_LAST = 4


def theta(v: View, i: int, j: int) -> arb:
    """The angle of two inputs."""
    if i == j:
        return arb(0)
    first, last = ([t / norm(v.parts["x"][k]) for t in v.parts["x"][k]] for k in (i, j))
    apart = norm([a - b for a, b in zip(first, last, strict=True)])
    across = norm([a + b for a, b in zip(first, last, strict=True)])
    return 2 * arb.atan2(apart, across)


def _d(v: View) -> int:
    return len(v.parts["x"][0])


def _n(v: View) -> int:
    return len(v.parts["x"])


def _integral(angle: arb) -> arb:
    """(1/2 pi) int cos(a) cos(a - theta) da over [theta - pi/2, pi/2], by rigorous quadrature."""
    low, high = angle - arb.pi() / 2, arb.pi() / 2
    found = acb.integral(lambda a, _: a.cos() * (a - angle).cos(), acb(low), acb(high))
    return found.real / (2 * arb.pi())


def _truth(v: View, part: str) -> arb:
    angle = theta(v, *v.edge)
    plain = angle.cos() * (arb.pi() - angle) / (2 * arb.pi())
    gain = 2 * _integral(angle) / _d(v)
    return {"plain": plain, "gain": gain, "direction": plain - gain}[part]


def _closed(v: View, part: str, angle: arb) -> arb:
    cosine = (arb.pi() - angle) * angle.cos()
    plain = cosine / (2 * arb.pi())
    gain = (angle.sin() + cosine) / (2 * arb.pi() * _d(v))
    return {"plain": plain, "gain": gain, "direction": plain - gain}[part]


def limit_matrix(v: View, part: str) -> arb_mat:
    n = _n(v)
    return arb_mat(n, n, [_closed(v, part, theta(v, i, j)) for i in range(n) for j in range(n)])


def _least(v: View, part: str) -> arb:
    return least(limit_matrix(v, part))


def _form(v: View, part: str) -> arb:
    a, matrix = v.parts["a"], limit_matrix(v, part)
    return sum((a[i] * matrix[i, j] * a[j] for i in range(_n(v)) for j in range(_n(v))), arb(0))


def _kappa(v: View) -> arb:
    d = arb(_d(v))
    return (d / 2).gamma() / (2 * arb.pi().sqrt() * ((d + 1) / 2).gamma())


def _cosine(v: View, i: int, j: int) -> arb:
    return abs(theta(v, i, j).cos())


def _largest(values: list[arb]) -> arb:
    found = values[0]
    for value in values[1:]:
        found = found.max(value)
    return found


def _row(v: View, i: int, read: Callable[[arb], arb]) -> arb:
    return sum((read(_cosine(v, i, j)) for j in range(_n(v)) if j != i), arb(0))


def _zeta(v: View, k: int) -> arb:
    return _largest([_row(v, i, lambda c: c ** (2 * k + 2)) for i in range(_n(v))])


def _moment(v: View, j: int) -> arb:
    """M_2j = prod_(i<j) (2i+1)/(d+2i)."""
    found = arb(1)
    for i in range(j):
        found = found * (2 * i + 1) / (_d(v) + 2 * i)
    return found


def _centred(v: View, k: int) -> arb:
    level = _moment(v, k + 1)

    def apart(c: arb) -> arb:
        power = c ** (2 * k + 2)
        return power.max(level) if k == _LAST else abs(power - level)

    return _largest([level + _row(v, i, apart) for i in range(_n(v))])


def _pairs(v: View) -> list[tuple[int, int]]:
    return [(i, j) for i in range(_n(v)) for j in range(i)]


def _phi(v: View) -> arb:
    angles = [theta(v, i, j) for i, j in _pairs(v)]
    return -_largest([-angle.min(arb.pi() - angle) for angle in angles])


def _gram_of_directions(v: View) -> arb:
    rows = [[t / norm(x) for t in x] for x in v.parts["x"]]
    return least(gram(rows)).nonnegative_part()


INPUTS: Mapping[str, Callable[[Any], Any]] = {
    **{f"relu.limit_{p}": partial(_truth, part=p) for p in ("plain", "gain", "direction")},
    **{f"relu.least_{p}": partial(_least, part=p)
       for p in ("plain", "gain", "direction")},
    **{f"relu.pair_least_{p}": partial(_least, part=p)
       for p in ("plain", "gain", "direction")},
    **{f"relu.form_{p}": partial(_form, part=p) for p in ("gain", "direction")},
    "n": _n,
    "d": _d,
    "theta": lambda v: theta(v, *v.edge),
    "q_G": lambda v: _form(v, "gain").nonnegative_part(),
    "s_a": lambda v: dot(v.parts["a"], [arb(1)] * _n(v)),
    "kappa": _kappa,
    "l_X": _gram_of_directions,
    "q": lambda v: _largest([_cosine(v, i, j) for i, j in _pairs(v)]),
    "phi": _phi,
    **{f"zeta_{k}": partial(_zeta, k=k) for k in range(_LAST + 1)},
    **{f"xi_{k}": partial(_centred, k=k) for k in range(_LAST + 1)},
}  # fmt: skip
