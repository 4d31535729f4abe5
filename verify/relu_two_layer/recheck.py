"""What the checker recomputes of two-layer ReLU networks (stdlib and flint only).

A subject is a table of exact numbers ("parts") and the entry that is meant. Signs of preactivations
are decided in rational arithmetic, those after a step by their balls. A run is followed step by
step; what a certificate of convergence promises of it (rate, tube) is beyond this checker.
"""

from collections.abc import Callable
from typing import Any

from flint import arb, arb_mat
from plumbline_checker import Recomputed, Rejected, ball, expect, greatest, least, loaded, require

common = loaded("relu_two_layer/recheck_common.py")
balls, total, times = common.balls, common.total, common.times
length, products, largest = common.length, common.products, common.largest
smallest = common.smallest
Rows = list[list[arb]]

SHAPES: dict[str, dict[str, int]] = {
    "relu_network": {"v": 2, "g": 1, "c": 1, "x": 2, "y": 1},
    "relu_move": {"v": 2, "g": 1, "v_end": 2, "g_end": 1, "c": 1, "x": 2},
    "relu_step": {
        "v": 2, "g": 1, "c": 1, "x": 2, "y": 1, "eta": 0, "push_v": 2, "push_g": 1,
    },
    "relu_run": {"v": 2, "g": 1, "c": 1, "x": 2, "y": 1, "eta": 0, "count": 0},
}  # fmt: skip


class Net:
    """(v, g) on the inputs x: unit rows, ratios, preactivations, activity (exact)."""

    def __init__(self, parts: dict[str, Any], end: str = "") -> None:
        rows, x = parts["v" + end], parts["x"]
        require(all(map(any, rows)) and all(map(any, x)), "a zero row or input")
        require(all(abs(c) == 1 for c in parts["c"]), "c: signs other than +1 and -1")
        sizes = {len(row) for row in (*rows, *x)}
        units = {len(rows), len(parts["g" + end]), len(parts["c"])}
        require(len(sizes) == 1 and len(units) == 1, "parts of different sizes")
        self.on = [[times(v, t) > 0 for v in rows] for t in x]
        self.build(balls(rows), balls(parts["g" + end]), balls(parts["c"]), balls(x))

    def build(self, v: Rows, g: list[arb], c: list[arb], x: Rows) -> None:
        self.x, self.g, self.c, self.m = x, g, c, len(g)
        self.norms = [length(row) for row in v]
        self.u = [[t / r for t in row] for row, r in zip(v, self.norms, strict=True)]
        self.rho = [a / r for a, r in zip(g, self.norms, strict=True)]
        self.root = arb(self.m).sqrt()

    def a(self, i: int, k: int) -> arb:
        return times(self.u[k], self.x[i])

    def feature(self, i: int, k: int) -> arb:
        return self.a(i, k) if self.on[i][k] else arb(0)

    def output(self, i: int) -> arb:
        terms = (self.c[k] * self.g[k] * self.feature(i, k) for k in range(self.m))
        return total(terms) / self.root

    def across(self, i: int, k: int) -> list[arb]:
        """P_k x_i."""
        return [t - self.a(i, k) * s for t, s in zip(self.x[i], self.u[k], strict=True)]

    def row(self, i: int, slopes: list[arb] | None = None) -> list[arb]:
        """df_i by all v, with relu' or with other slopes."""
        found = []
        for k in range(self.m):
            slope = arb(int(self.on[i][k])) if slopes is None else slopes[k]
            scale = slope * self.c[k] * self.rho[k] / self.root
            found += [scale * t for t in self.across(i, k)]
        return found

    def gains(self, i: int) -> list[arb]:
        return [self.c[k] * self.feature(i, k) / self.root for k in range(self.m)]

    def derivative(self, i: int) -> list[arb]:
        return self.row(i) + self.gains(i)

    def blocks(self, i: int) -> list[arb]:
        """m^(-1/2) Q_k x_i over active units."""
        found = []
        for k in range(self.m):
            on, a = int(self.on[i][k]), self.a(i, k)
            pairs = zip(self.across(i, k), self.u[k], strict=True)
            found += [on * (abs(self.rho[k]) * t + a * s) / self.root for t, s in pairs]
        return found

    def each(self, read: Callable[[int], list[arb]]) -> Rows:
        return [read(i) for i in range(len(self.x))]

    def tangent(self) -> arb_mat:
        return products(self.each(self.blocks))


def of_network(parts: dict[str, Any], entry: int) -> tuple[dict[str, Any], dict[str, Any]]:
    net = Net(parts)
    n = len(net.x)
    i, j = divmod(entry, n)

    def mean(weights: list[arb], read: Callable[[int, int], Any]) -> arb:
        return total(w * read(i, k) * read(j, k) for k, w in enumerate(weights)) / net.m

    squares = [r * r for r in net.rho]
    truths = {
        "relu.tangent_entry": lambda: times(net.derivative(i), net.derivative(j)),
        "relu.tangent_norm": lambda: largest(net.tangent()),
        "relu.gain_norm": lambda: largest(products(net.each(net.gains))),
    }
    values = {
        "x_ij": lambda: times(net.x[i], net.x[j]),
        "e_ij": lambda: mean(squares, lambda i, k: int(net.on[i][k])),
        "w_ij": lambda: mean(squares, net.feature),
        "s_ij": lambda: mean([arb(1)] * net.m, net.feature),
        "chi": lambda: largest(products(net.x)).sqrt(),
        "rho_max": lambda: greatest([abs(r) for r in net.rho]),
        "rho_min": lambda: least([abs(r) for r in net.rho]),
    }
    return truths, values


def of_move(parts: dict[str, Any], entry: int) -> tuple[dict[str, Any], dict[str, Any]]:
    first, last = Net(parts), Net(parts, "_end")
    units, inputs = range(first.m), range(len(first.x))

    def apart(k: int, sign: int) -> arb:
        return length([t + sign * s for s, t in zip(first.u[k], last.u[k], strict=True)])

    def flips(k: int) -> list[int]:
        return [i for i in inputs if first.on[i][k] != last.on[i][k]]

    def flipped() -> arb:
        found = [abs(first.a(i, entry)) / length(first.x[i]) for i in flips(entry)]
        return greatest([arb(0), *found])

    def change(read: str) -> Rows:
        return [
            [t - s for s, t in zip(getattr(first, read)(i), getattr(last, read)(i), strict=True)]
            for i in inputs
        ]

    def moved() -> arb:
        cost = []
        for k in units:
            old, sine = abs(first.rho[k]), apart(k, -1) * apart(k, 1) / 2
            cost.append(abs(abs(last.rho[k]) - old) + abs(1 - old) * sine)
        rows = [
            [int(last.on[i][k]) * cost[k] * t for k in units for t in last.x[i]] for i in inputs
        ]
        return (largest(products(rows)) / first.m).nonnegative_part().sqrt()

    truths = {
        "relu.flipped": flipped,
        "relu.gain_change": lambda: length([t for row in change("gains") for t in row]),
        "relu.jacobian_change": lambda: largest(products(change("blocks"))).sqrt(),
    }
    values = {
        "m": lambda: arb(first.m),
        "chi": lambda: largest(products(first.x)).sqrt(),
        "psi": lambda: 2 * arb.atan2(apart(entry, -1), apart(entry, 1)),
        "T": lambda: length([apart(k, -1) for k in units]),
        "W": moved,
    }
    return truths, values


def positive(t: arb) -> arb:
    return t.max(arb(0))


def descended(parts: dict[str, Any]) -> tuple[Net, list[arb], Rows, list[arb]]:
    """The state, its residual, and eta times the gradient by rows and by gains."""
    net, eta = Net(parts), ball(parts["eta"])
    require(eta > 0, "eta: not positive")
    r = [net.output(i) - ball(y) for i, y in enumerate(parts["y"])]
    d, inputs = len(net.x[0]), range(len(net.x))
    flat = [times(r, [row[p] for row in net.each(net.row)]) for p in range(net.m * d)]
    gains = [times(r, [net.gains(i)[k] for i in inputs]) for k in range(net.m)]
    by_rows = [[eta * t for t in flat[k * d : (k + 1) * d]] for k in range(net.m)]
    return net, r, by_rows, [eta * t for t in gains]


def of_step(parts: dict[str, Any], entry: int) -> tuple[dict[str, Any], dict[str, Any]]:
    net, r, by_rows, by_gains = descended(parts)
    eta, push_v, push_g = (balls(parts[name]) for name in ("eta", "push_v", "push_g"))
    units, inputs = range(net.m), range(len(net.x))
    h = [[t / net.norms[k] for t in by_rows[k]] for k in units]
    grown = [(1 + times(row, row)).sqrt() for row in h]
    turned = [[s - t for s, t in zip(net.u[k], h[k], strict=True)] for k in units]
    after = [[t + p / net.norms[k] for t, p in zip(turned[k], push_v[k], strict=True)]
             for k in units]  # fmt: skip
    g_after = [net.g[k] - by_gains[k] + push_g[k] for k in units]
    through = [[times(turned[k], net.x[i]) for k in units] for i in inputs]

    def secant(i: int, k: int) -> arb:
        a, b = net.a(i, k), through[i][k]
        if net.on[i][k] and b > 0:
            return arb(1)
        if not net.on[i][k] and b < 0:
            return arb(0)
        return (positive(b) - net.feature(i, k)) / (b - a)

    def secant_row(i: int) -> list[arb]:
        gains = [net.c[k] * positive(through[i][k]) / grown[k] / net.root for k in units]
        return net.row(i, [secant(i, k) for k in units]) + gains

    def next_residual(i: int) -> arb:
        terms = (net.c[k] * g_after[k] * positive(times(after[k], net.x[i])) / length(after[k])
                 for k in units)  # fmt: skip
        return total(terms) / net.root - ball(parts["y"][i])

    def drift(i: int) -> arb:
        terms = (net.c[k] * net.g[k] * (1 - 1 / grown[k]) * positive(through[i][k]) for k in units)
        return total(terms) / net.root

    gradient = [t / eta for row in by_rows for t in row] + [t / eta for t in by_gains]
    secants = [secant_row(i) for i in inputs]
    pulled = [times(r, [row[p] for row in secants]) for p in range(len(gradient))]
    truths = {
        "relu.row_growth": lambda: times(after[entry], after[entry]),
        "relu.next_residual_entry": lambda: next_residual(entry),
        "relu.next_residual": lambda: length([next_residual(i) for i in inputs]),
        "relu.drift": lambda: length([drift(i) for i in inputs]),
    }
    values = {
        "eta": lambda: eta,
        "h": lambda: length(h[entry]),
        "lin": lambda: r[entry] - eta * times(secants[entry], gradient),
        "q_i": lambda: drift(entry),
        "q_n": lambda: length([drift(i) for i in inputs]),
        "r": lambda: length(r),
        "A": lambda: times(gradient, gradient),
        "B": lambda: times(pulled, pulled),
        "C": lambda: total((s - t) * (s - t) for s, t in zip(gradient, pulled, strict=True)),
        "J_2": lambda: largest(products(secants)),
    }
    return truths, values


def followed(parts: dict[str, Any]) -> tuple[Net, Net, arb]:
    """The first and the last network of a run, and sum eta ||grad||^2/||r||."""
    count = parts["count"]
    require(count == int(count) and 0 <= count <= 500, "count: no number of steps up to 500")
    first, spent = Net(parts), arb(0)
    eta, y = ball(parts["eta"]), balls(parts["y"])
    require(eta > 0, "eta: not positive")
    net, v = first, balls(parts["v"])
    for _ in range(int(count)):
        r = [net.output(i) - t for i, t in enumerate(y)]
        rows, gains = net.each(net.row), net.each(net.gains)
        flat = [times(r, [row[p] for row in rows]) for p in range(len(rows[0]))]
        by_g = [times(r, [row[k] for row in gains]) for k in range(net.m)]
        slope, d = times(flat, flat) + times(by_g, by_g), len(net.x[0])
        spent += eta * slope / length(r) if not length(r).is_zero() else arb(0)
        v = [[s - eta * flat[k * d + p] for p, s in enumerate(v[k])] for k in range(net.m)]
        net = Later(net, v, [g - eta * t for g, t in zip(net.g, by_g, strict=True)])
    return first, net, spent


class Later(Net):
    """A network after a step: rows and gains are balls, and so are the signs they must decide."""

    def __init__(self, before: Net, v: Rows, g: list[arb]) -> None:
        signs = [[times(row, t) for row in v] for t in before.x]
        clear = all(s > 0 or s < 0 or s.is_zero() for row in signs for s in row)
        require(clear, "a preactivation of the run whose sign stays open at this precision")
        self.on = [[s > 0 for s in row] for row in signs]
        self.build(v, g, before.c, before.x)


def of_run(parts: dict[str, Any], entry: int) -> tuple[dict[str, Any], dict[str, Any]]:
    first, last, spent = followed(parts)
    y, inputs = balls(parts["y"]), range(len(parts["x"]))

    def residual(net: Net) -> arb:
        return length([net.output(i) - y[i] for i in inputs])

    def flips() -> arb:
        pairs = zip(first.on, last.on, strict=True)
        return arb(sum(a != b for old, new in pairs for a, b in zip(old, new, strict=True)))

    truths = {
        "relu.gain_floor": lambda: smallest(products(last.each(last.gains))),
        "relu.later_residual": lambda: residual(last),
        "relu.later_least": lambda: smallest(last.tangent()),
        "relu.later_gain": lambda: abs(last.g[entry] - first.g[entry]),
        "relu.flip_count": flips,
    }
    values = {
        "n": lambda: arb(len(first.x)),
        "m": lambda: arb(first.m),
        "eta": lambda: ball(parts["eta"]),
        "steps": lambda: ball(parts["count"]),
        "chi": lambda: largest(products(first.x)).sqrt(),
        "mu": lambda: smallest(products(first.each(first.gains))).nonnegative_part(),
        "r_min": lambda: least(first.norms),
        "S": lambda: spent,
        "r_0": lambda: residual(first),
        "lam_0": lambda: smallest(first.tangent()).nonnegative_part(),
        "top_0": lambda: largest(first.tangent()),
    }
    return truths, values


def positive_right_side(parts: dict[str, Any]) -> bool:
    """mu > chi S/(sqrt(m) r_min)."""
    values = of_run(parts, 0)[1]
    price = values["chi"]() * values["S"]() / (values["m"]().sqrt() * values["r_min"]())
    return bool(values["mu"]() > price)


OF = {
    "relu_network": of_network,
    "relu_move": of_move,
    "relu_step": of_step,
    "relu_run": of_run,
}


def network(raw: Any, quantity: str) -> Recomputed:
    """A quantity of a network, a move or a step."""
    kind = expect(dict, raw, "subject")["kind"]

    def meets(parts: dict[str, Any], key: str) -> bool:
        if key == "gradient step" and kind == "relu_step":
            return not any(map(any, parts["push_v"])) and not any(parts["push_g"])
        if key == "gradient step":
            return kind == "relu_run"  # the run is made of gradient steps here
        if key == "right side" and kind == "relu_run":
            return positive_right_side(parts)
        return key == "unit inputs" and kind == "relu_move"  # a over ||x||: directions

    found: Recomputed = common.recomputed(raw, quantity, SHAPES[kind], OF[kind], meets)
    return found


def flow(raw: Any, quantity: str) -> Recomputed:
    """Flows are integrated in float64 only."""
    raise Rejected("flows are not recomputed: they take an integrator")


KINDS = {**dict.fromkeys(SHAPES, network), "relu_flow": flow}
