"""True quantities and symbols of networks and moves in ball arithmetic."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flint import arb, arb_mat

from verify.balls import symmetric_norm
from verify.relu_two_layer.ball_network import (
    Net,
    View,
    dot,
    eigenvalues,
    gram,
    norm,
    top,
)

__all__ = ["MOVE", "STATE", "combined", "gradient", "residual"]

Exact = Mapping[str, Callable[[Any], Any]]


def _pair(v: View) -> tuple[int, int]:
    return divmod(v.entry, len(v.parts["x"]))


def residual(v: View) -> list[arb]:
    return [f - y for f, y in zip(v.start.outputs, v.parts["y"], strict=True)]


def gradient(v: View) -> tuple[list[arb], list[arb]]:
    """Of ||r||^2/2 by all rows, flat, and by the gains."""
    r, net = residual(v), v.start
    rows = [net.by_rows(i) for i in range(len(r))]
    gains = [net.by_gains(i) for i in range(len(r))]
    return combined(r, rows), combined(r, gains)


def combined(weights: list[arb], rows: list[list[arb]]) -> list[arb]:
    return [dot(weights, column) for column in zip(*rows, strict=True)]


def _entry_of_gram(v: View) -> arb:
    i, j = _pair(v)
    rows = v.start.jacobian()
    return dot(rows[i], rows[j])


def _radial(v: View) -> arb:
    d = len(v.parts["x"][0])
    block = gradient(v)[0][v.entry * d : (v.entry + 1) * d]
    return dot(v.start.unit[v.entry], block)


def _mean(v: View, weight: Callable[[Net, int], arb], active: bool = False) -> arb:
    i, j = _pair(v)
    net = v.start
    left = net.on if active else net.features
    terms = [weight(net, k) * left[i][k] * left[j][k] for k in range(net.m)]
    return sum(terms, arb(0)) / net.m


def _extreme(values: list[arb], least: bool) -> arb:
    found = values[0]
    for value in values[1:]:
        found = found.min(value) if least else found.max(value)
    return found


def _ratios(v: View) -> list[arb]:
    return [abs(rho) for rho in v.start.rho]


STATE: Exact = {
    "relu.tangent_entry": _entry_of_gram,
    "relu.radial": _radial,
    "relu.gain_sum": lambda v: dot(v.start.by_gains(v.entry), v.start.g),
    "relu.gain_power": lambda v: dot(gradient(v)[1], v.start.g),
    "relu.tangent_norm": lambda v: top(v.start.tangent()),
    "relu.gain_norm": lambda v: top(v.start.gain()),
    "relu.tangent_eigenvalue": lambda v: eigenvalues(v.start.tangent())[v.entry],
    "n": lambda v: len(v.parts["x"]),
    "d": lambda v: len(v.parts["x"][0]),
    "m": lambda v: v.start.m,
    "chi": lambda v: v.start.chi(),
    "rho_min": lambda v: _extreme(_ratios(v), True),
    "rho_max": lambda v: _extreme(_ratios(v), False),
    "x_ij": lambda v: dot(v.parts["x"][_pair(v)[0]], v.parts["x"][_pair(v)[1]]),
    "e_ij": lambda v: _mean(v, lambda net, k: net.rho[k] * net.rho[k], active=True),
    "w_ij": lambda v: _mean(v, lambda net, k: net.rho[k] * net.rho[k]),
    "s_ij": lambda v: _mean(v, lambda net, k: arb(1)),
    "f_i": lambda v: v.start.outputs[v.entry],
    "power": lambda v: dot(residual(v), v.start.outputs),
    "h_j": lambda v: eigenvalues(v.start.plain())[v.entry].nonnegative_part(),
}


def _apart(v: View, k: int, sign: int = -1) -> arb:
    pairs = zip(v.start.unit[k], v.end.unit[k], strict=True)
    return norm([w + sign * u for u, w in pairs])


def _psi(v: View, k: int) -> arb:
    return 2 * arb.atan2(_apart(v, k), _apart(v, k, 1))


def _sine(v: View, k: int) -> arb:
    return _apart(v, k) * _apart(v, k, 1) / 2


def _flips(v: View, k: int) -> list[int]:
    rows = zip(v.start.on, v.end.on, strict=True)
    return [i for i, (old, new) in enumerate(rows) if old[k] != new[k]]


def _flipped(v: View) -> arb:
    sizes = [norm(x) for x in v.parts["x"]]
    found = [abs(v.start.a[i][v.entry]) / sizes[i] for i in _flips(v, v.entry)]
    return _extreme(found, False) if found else arb(0)


def _moved(v: View) -> arb:
    """lam_max((1/m) sum_k w_k D_k(t) X X^T D_k(t))^(1/2)."""
    first, last, rows = v.start, v.end, []
    costs = []
    for k in range(first.m):
        old, new = abs(first.rho[k]), abs(last.rho[k])
        costs.append(abs(new - old) + abs(1 - old) * _sine(v, k))
    for on, x in zip(last.on, last.x, strict=True):
        rows.append([int(o) * w * t for o, w in zip(on, costs, strict=True) for t in x])
    return (top(gram(rows)) / first.m).sqrt()


def _flipped_cost(v: View) -> arb:
    """[max_i (1/m) sum over k with i in F_k of ||Q_k(0) X_(F_k)^T||^2]^(1/2)."""
    net, totals = v.start, [arb(0) for _ in v.parts["x"]]
    for k in range(net.m):
        flips = _flips(v, k)
        if flips:
            squared = top(gram([_stretched(net, i, k) for i in flips]))
            for i in flips:
                totals[i] += squared
    return (_extreme(totals, False) / net.m).nonnegative_part().sqrt()


def _stretched(net: Net, i: int, k: int) -> list[arb]:
    """Q_k x_i."""
    rho, a = abs(net.rho[k]), net.a[i][k]
    return [rho * (t - a * s) + a * s for t, s in zip(net.x[i], net.unit[k], strict=True)]


def _difference(v: View, rows: Callable[[Net, int], list[arb]]) -> list[list[arb]]:
    count = range(len(v.parts["x"]))
    pairs = ((rows(v.end, i), rows(v.start, i)) for i in count)
    return [[a - b for a, b in zip(*pair, strict=True)] for pair in pairs]


def _stretch(v: View) -> arb:
    """The least singular value of Q(t) Q(0)^(-1), rho as at the start."""
    k = v.entry
    rho, d = abs(v.start.rho[k]), len(v.parts["x"][0])
    first, last = (
        arb_mat(d, d, [s * t for s in net.unit[k] for t in net.unit[k]]) for net in (v.start, v.end)
    )
    eye = arb_mat(d, d, [arb(int(i == j)) for i in range(d) for j in range(d)])
    found = ((eye - last) * rho + last) * ((eye - first) * (1 / rho) + first)
    if d == 1:
        return abs(found[0, 0])
    # the greatest singular value is the inverse of the least: the map has determinant 1 or keeps it
    inverse = ((eye - first) * rho + first) * ((eye - last) * (1 / rho) + last)
    return 1 / top(inverse.transpose() * inverse).sqrt()


def _change_of_tangent(v: View) -> arb:
    return symmetric_norm(v.end.tangent() - v.start.tangent())


MOVE: Exact = {
    "relu.flipped": _flipped,
    "relu.gain_change": lambda v: norm(
        [t for row in _difference(v, lambda net, i: net.by_gains(i)) for t in row]
    ),
    "relu.jacobian_change": lambda v: top(gram(_difference(v, lambda net, i: net.glued(i)))).sqrt(),
    "relu.tangent_change": _change_of_tangent,
    "relu.stretch": _stretch,
    "m": lambda v: v.start.m,
    "chi": lambda v: v.start.chi(),
    "psi": lambda v: _psi(v, v.entry),
    "T": lambda v: norm([_apart(v, k) for k in range(v.start.m)]),
    "W": _moved,
    "F": _flipped_cost,
    "J_0": lambda v: top(v.start.tangent()).sqrt(),
    "J_t": lambda v: top(v.end.tangent()).sqrt(),
    "rho": lambda v: abs(v.start.rho[v.entry]),
}
