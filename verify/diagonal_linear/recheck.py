"""What the checker recomputes of a diagonal linear network's limit (stdlib and flint only).

The limit is found by Newton's method on the dual and proved by an interval Newton step (Krawczyk);
the smallest norms by trying every basis of the linear program in rational arithmetic.
"""

import itertools
from fractions import Fraction
from functools import partial
from typing import Any

from flint import arb, arb_mat, ctx, fmpq, fmpq_mat
from plumbline_checker import (
    Matrix,
    Recomputed,
    Symbols,
    ball,
    greatest,
    least,
    matrix,
    record,
    require,
    vector,
)

_KEYS = "kind depth count matrix right log_w eta t h"
_MOST_BASES = 20_000
Balls = list[arb]


def dot(left: list[Any], right: list[Any]) -> Any:
    return sum((p * q for p, q in zip(left, right, strict=True)), start=left[0] * 0)


def kl(p: Balls, q: Balls) -> arb:
    """KL(p||q); entries of p that are exactly 0 count nothing."""
    return sum((a * (a / b).log() for a, b in zip(p, q, strict=True) if not a.is_zero()), arb(0))


class Net:
    """The problem from its stored numbers."""

    def __init__(self, raw: Any) -> None:
        subject = record(raw, _KEYS, "subject")
        self.rows: Matrix = matrix(subject["matrix"], None, "matrix")
        self.n, self.columns = len(self.rows), len(self.rows[0])
        require(self.n <= self.columns, "matrix: more equations than unknowns")
        self.y = vector(subject["right"], self.n, "right")
        require(any(self.y), "right: zero")
        logs = [ball(v) for v in vector(subject["log_w"], self.columns, "log_w")]
        names = ("eta", "t", "h")
        numbers = {k: vector([subject[k]], 1, k)[0] for k in names}
        require(all(v > 0 for v in numbers.values()), "eta, t, h: not positive")
        self.eta, self.t, self.h = (ball(numbers[k]) for k in names)
        depth, count = subject["depth"], subject["count"]
        require(type(depth) is int and 2 <= depth <= 50, "depth: not a whole number from 2 on")
        require(type(count) is int and count > 0, "count: not a number of steps")
        self.depth: int = depth
        self.A = [[ball(e) for e in row] for row in self.rows]
        self.x_0 = [(v * depth).exp() for v in logs]
        self.beta = sum(self.x_0, arb(0))
        self.p_0 = [v / self.beta for v in self.x_0]
        self.before = sum(((2 * v).exp() for v in logs), arb(0))
        half = self.before.log() / 2
        self.b = [((v - half) * (2 - depth)).exp() for v in logs]
        self.w_0 = [v.exp() for v in logs]
        self.margin = self.loss_margin()

    def loss_margin(self) -> arb:
        """M_0."""
        image = [dot(row, self.x_0) for row in self.A]
        return 2 * dot(image, [ball(e) for e in self.y]) - dot(image, image)

    # the limit

    def point(self, nu: Balls, eta: arb | None) -> tuple[Balls, Balls, arb | None]:
        """x(nu), the weights D of the Hessian, and the factor of its rank-one term."""
        zeta = [dot([row[j] for row in self.A], nu) for j in range(self.columns)]
        if self.depth == 2:
            grown = [v * z.exp() for v, z in zip(self.x_0, zeta, strict=True)]
            if eta is None:
                return grown, grown, None
            total = sum(grown, arb(0))
            mass = self.beta + (total / self.beta).log() / eta
            x = [mass * v / total for v in grown]
            return x, x, (1 / eta - mass) / mass**2
        slopes = self.b if eta is not None else [w ** (2 - self.depth) for w in self.w_0]
        d = [v - z for v, z in zip(slopes, zeta, strict=True)]
        if not all(v > 0 for v in d):
            return [arb.nan()] * self.columns, [arb.nan()] * self.columns, None
        factor = arb(self.depth) / (self.depth - 2)
        q = [v ** (arb(-1) / (self.depth - 2)) for v in d]
        if eta is None:
            x = [v**self.depth for v in q]
            return x, [factor * v / e for v, e in zip(x, d, strict=True)], None
        size = dot(q, q)
        square = self.before + size.log() / eta
        x = [(v * (square / size).sqrt()) ** self.depth for v in q]
        weights = [factor * v / e for v, e in zip(x, d, strict=True)]
        return x, weights, factor * (1 / (eta * square) - 1) * self._mass(size, square)

    def _mass(self, size: arb, square: arb) -> arb:
        """||q||^(L-2) g^(-L)."""
        half = arb(self.depth) / 2
        return size ** (half - 1) / square**half

    def residual(self, x: Balls) -> Balls:
        return [dot(row, x) - ball(e) for row, e in zip(self.A, self.y, strict=True)]

    def hessian(self, x: Balls, weights: Balls, factor: arb | None) -> arb_mat:
        """A D A^T + factor (A x)(A x)^T."""
        image = [dot(row, x) for row in self.A]
        lift = arb(0) if factor is None else factor
        return arb_mat(
            [
                [dot([p * w for p, w in zip(r, weights, strict=True)], s) + lift * a * c
                 for s, c in zip(self.A, image, strict=True)]
                for r, a in zip(self.A, image, strict=True)
            ]
        )  # fmt: skip

    def limit(self, eta: arb | None) -> Balls:
        """x at the zero of A x(nu) - y, enclosed; NaN where Newton or the proof fails."""
        nu = [arb(0)] * self.n
        for _ in range(400):
            x, weights, factor = self.point(nu, eta)
            gap = self.residual(x)
            if sum((abs(v).mid() for v in gap), arb(0)) < arb(2) ** (-ctx.prec * 3 // 4):
                break
            moved = self.newton(nu, eta, gap, self.hessian(x, weights, factor))
            if moved is None:
                break
            nu = moved
        return self.proved(nu, eta)

    def newton(self, nu: Balls, eta: arb | None, gap: Balls, hessian: arb_mat) -> Balls | None:
        """A damped step that makes the residual smaller: one that moves the logarithms of x by at
        most 1000 (from a tiny start Newton's own step moves them by e^600), then halved until it
        helps, or doubled as long as that helps more."""
        try:
            step = hessian.mid().solve(arb_mat([[-v.mid()] for v in gap])).entries()
        except ZeroDivisionError:
            return None
        reach = greatest([abs(dot([row[j] for row in self.A], step)) for j in range(self.columns)])
        t, best, size = (1000 / reach.max(arb(1000))).mid(), None, self.square(gap)
        for _ in range(80):
            there = [(a + t * b.mid()).mid() for a, b in zip(nu, step, strict=True)]
            x = self.point(there, eta)[0]
            found = self.square(self.residual(x)) if all(v > 0 for v in x) else size
            if found < size:
                best, size, t = there, found, 2 * t
            elif best is not None:
                break
            else:
                t = t / 2
            if t > 1:
                break
        return best

    def square(self, gap: Balls) -> arb:
        """The midpoint of sum gap_i^2."""
        return sum((v.mid() * v.mid() for v in gap), arb(0))

    def proved(self, nu: Balls, eta: arb | None) -> Balls:
        """Krawczyk's test around nu: if the image lies inside the box, it holds the only zero."""
        x, weights, factor = self.point(nu, eta)
        failed = [arb.nan()] * self.columns
        try:
            inverse = self.hessian(x, weights, factor).mid().inv().mid()
        except ZeroDivisionError:
            return failed
        move = (inverse * arb_mat([[v] for v in self.residual(x)])).entries()
        radius = 4 * greatest([abs(v) for v in move]).upper() + arb(2) ** (-ctx.prec)
        for _ in range(30):
            box = [v + arb(0, radius) for v in nu]
            jacobian = self.hessian(*self.point(box, eta))
            one = arb_mat([[int(i == j) for j in range(self.n)] for i in range(self.n)])
            spread = (one - inverse * jacobian) * arb_mat([[arb(0, radius)] for _ in nu])
            offset = [a - m for a, m in zip(spread.entries(), move, strict=True)]
            if all(abs(v) < radius for v in offset):
                return self.point([v + o for v, o in zip(nu, offset, strict=True)], eta)[0]
            radius = 4 * radius
        return failed

    # the smallest norms

    def star(self, weights: Balls) -> tuple[list[Fraction], Balls, list[int]]:
        """A minimizer of <b, x>, its slacks and its basis: the best feasible basis, proved."""
        require(
            _count(self.columns, self.n) <= _MOST_BASES, "more bases than this checker will try"
        )
        best: tuple[arb, list[Fraction], list[int]] | None = None
        for basis in itertools.combinations(range(self.columns), self.n):
            point = self.vertex(basis)
            if point is None:
                continue
            value = sum((weights[j] * ball(v) for j, v in zip(basis, point, strict=True)), arb(0))
            if best is None or value.mid() < best[0].mid():
                best = value, point, list(basis)
        require(best is not None, "no x >= 0 with A x = y")
        if best is None:
            raise ValueError
        x = [Fraction(0)] * self.columns
        for j, v in zip(best[2], best[1], strict=True):
            x[j] = v
        square = arb_mat([[self.A[i][j] for i in range(self.n)] for j in best[2]])
        lam = square.solve(arb_mat([[weights[j]] for j in best[2]])).entries()
        slack = [
            weights[j] - dot([row[j] for row in self.A], list(lam)) for j in range(self.columns)
        ]
        for j in best[2]:
            slack[j] = arb(0)
        return x, slack, best[2]

    def vertex(self, basis: tuple[int, ...]) -> list[Fraction] | None:
        """The x >= 0 on a basis; None where there is none."""
        table = fmpq_mat([[_q(row[j]) for j in basis] for row in self.rows])
        try:
            found = table.solve(fmpq_mat([[_q(e)] for e in self.y])).entries()
        except ZeroDivisionError:
            return None
        point = [Fraction(int(v.p), int(v.q)) for v in found]
        return point if all(v >= 0 for v in point) else None


def _q(value: Fraction) -> fmpq:
    return fmpq(value.numerator, value.denominator)


def _count(n: int, k: int) -> int:
    found = 1
    for i in range(k):
        found = found * (n - i) // (i + 1)
    return found


def power_sum(x: Balls, depth: int) -> arb:
    """g^2 = sum x^(2/L)."""
    return sum((v ** (arb(2) / depth) for v in x if not v.is_zero()), arb(0))


def root(net: Net, q: arb) -> arb:
    """s of A4 by bisection."""
    half, k = arb(net.depth) / 2, (net.depth - 2) * net.eta / 2
    low, high = (q ** (1 / half)).lower(), arb(1)
    while not k * (high**half - q) > half * high ** (half - 1) or not high > low:
        high = 2 * high
    for _ in range(600):
        middle = ((low + high) / 2).mid()
        value = k * (middle**half - q) - half * middle ** (half - 1)
        if value > 0:
            high = middle
        elif value < 0:
            low = middle
        else:
            break
    return low.union(high)


def net(raw: Any, quantity: str) -> Recomputed:
    """A quantity of one limit and the symbols of the bounds on it."""
    one, name = Net(raw), quantity.removeprefix("diagonal_linear.")
    x, pl = one.limit(one.eta), one.limit(None)
    weights = [arb(1)] * one.columns
    star, slack, basis = one.star(weights)
    star_b, slack_b, _ = one.star(one.b) if one.depth > 2 else (star, slack, basis)
    values = _values(one, x, pl, star, star_b, slack, basis)
    T, T_pl = values["T"], values["T_pl"]
    p, p_pl = [v / T for v in x], [v / T_pl for v in pl]
    p_star = [ball(v) / values["Q"] if v else arb(0) for v in star]
    gap, gap_pl = dot(slack, x), dot(slack, pl)
    divergences = T * kl(p, one.p_0) + values["Q"] * kl(p_star, p)
    plain = T_pl * kl(p_pl, one.p_0) + values["Q"] * kl(p_star, p_pl)
    outside = [i for i in range(one.columns) if i not in basis]
    log_ratio = (T_pl / one.beta).log()
    truths: dict[str, Any] = {
        "l1_gap": lambda: gap,
        "l1_excess": lambda: gap.min(T - one.beta),
        "l1_gap_plain": lambda: gap_pl,
        "plain_product": lambda: gap_pl * log_ratio,
        "balance": lambda: one.eta * gap * (T - one.beta) + divergences,
        "balance_plain": lambda: gap_pl * log_ratio + plain,
        "comparison": lambda: _sign(T_pl - T),
        "comparison_ratio": lambda: _sign(sum(one.limit(2 * one.eta), arb(0)) - T),
        "comparison_power": lambda: _sign(dot(one.b, pl) - dot(one.b, x)),
        "weighted_gap": lambda: dot(slack_b, x),
        "weighted_gap_plain": lambda: dot(slack_b, pl),
        "mass": lambda: T,
        "off_support": lambda: sum((x[i] for i in outside), arb(0)),
        "off_support_log": lambda: p[outside[0]].log(),
        "signed_log": lambda: (x[0] * x[one.columns // 2]).log() - 2 * T.log() + 2 * one.eta * T,
    }
    require(name in truths, f"this checker cannot compute {quantity!r}")
    return Recomputed(truths[name](), values, partial(meets, one, values, star, slack, basis), True)


def _sign(value: arb) -> arb:
    return value / abs(value)


def _values(
    one: Net, x: Balls, pl: Balls, star: Any, star_b: Any, slack: Balls, basis: list[int]
) -> Symbols:
    Q = ball(sum(star, Fraction(0)))
    T, T_pl = sum(x, arb(0)), sum(pl, arb(0))
    square, depth = power_sum(x, one.depth), one.depth
    p = [v / T for v in x]
    power = arb(2) / depth - 1
    p_star = [ball(v) / Q if v else arb(0) for v in star]
    G_star = power_sum([ball(v) for v in star_b if v], depth) ** (arb(depth) / 2)
    values = {
        **{"L": arb(depth), "n": arb(one.n), "N": arb(one.columns), "Q": Q, "beta": one.beta},
        **{"eta": one.eta, "t": one.t, "h": one.h, "T": T, "T_pl": T_pl, "G_star": G_star},
        **{"K_star": kl(p_star, one.p_0).nonnegative_part(), "K_max": -least(one.p_0).log()},
        "log_rho": ((square / one.before).log() + one.eta * (one.before - square)) / 2,
        **{"g": square.sqrt(), "g_0": one.before.sqrt(), "g_pl": power_sum(pl, depth).sqrt()},
        "S_x": sum((v**power * ball(s) for v, s in zip(x, star_b, strict=True) if s), arb(0)),
        **{"b_min": least(one.b), "b_max": greatest(one.b)},
    }
    if depth > 2:
        values |= {"s_Q": root(one, Q), "s_G": root(one, G_star)}
    outside = [i for i in range(one.columns) if i not in basis]
    if not outside:
        return values
    table = arb_mat([[row[j] for j in basis] for row in one.A]).solve(arb_mat(one.A))
    share = [(p[j] / one.p_0[j]).log() for j in basis]
    sums = [sum((abs(table[j, i]) for j in range(one.n)), arb(0)) for i in outside]
    first = outside[0]
    half = one.columns // 2
    return values | {
        **{"p_off": sum((one.p_0[i] for i in outside), arb(0)), "h_C": greatest(sums)},
        **{"C_S": greatest([abs(v) for v in share]), "sig_i": slack[first]},
        **{"sig_min": least([slack[i] for i in outside]), "l_i": one.p_0[first].log()},
        "C_i": dot([table[j, first] for j in range(one.n)], share),
        "l_s": (one.p_0[0] * one.p_0[half]).log(),
    }


def meets(
    one: Net, values: Symbols, star: list[Fraction], slack: Balls, basis: list[int], key: str
) -> bool:
    """Does the problem certainly meet the assumption? Unknown ones count as not met."""
    half, Q = one.columns // 2, values["Q"]
    outside = [i for i in range(one.columns) if i not in basis]
    known = {
        "L = 2": one.depth == 2,
        "L > 2": one.depth > 2,
        "limit": values["T"].is_finite(),
        "vertex": all(v >= 0 or v.contains(0) for v in slack),
        "nondegenerate": bool(outside)
        and all(slack[i] > 0 for i in outside)
        and all(star[j] > 0 for j in basis),
        "beta < Q": one.beta < Q,
        "magnified start": 2 * values["log_rho"] < (Q / one.beta).log(),
        "T >= beta": values["T"] >= one.beta,
        "uniform": all(v.mid() == one.w_0[0].mid() for v in one.w_0),
        "large ratio": one.eta * Q ** (arb(2) / one.depth) >= 1,
        "moderate ratio": (one.depth - 2) * one.eta * Q ** (arb(2) / one.depth) >= one.depth - 4,
        "signed": one.columns == 2 * half
        and all(row[j] == -row[half + j] for row in one.rows for j in range(half)),
        "interpolates": one.margin >= 0,
        "M_0 > 0": one.margin > 0,
    }
    return bool(known.get(key, False))


KINDS = {"diagonal_linear": net}
