"""What the checker recomputes of a weight-normalized fit (stdlib and flint only)."""

from fractions import Fraction
from functools import partial
from typing import Any

from flint import arb, arb_mat, fmpq, fmpq_mat
from plumbline_checker import Matrix, Recomputed, Symbols, ball, matrix, record, require, vector

Exact = list[Fraction]
_KEYS = "kind count matrix right direction g_0 c t eta"


def dot(left: list[Any], right: list[Any]) -> Any:
    return sum((p * q for p, q in zip(left, right, strict=True)), start=left[0] * 0)


def times(rows: Matrix, x: list[Any]) -> list[Any]:
    """A x, exact or in balls."""
    if isinstance(x[0], arb):
        return [dot([ball(e) for e in row], x) for row in rows]
    return [dot(row, x) for row in rows]


def solved(gram: Matrix, right: Exact) -> Exact:
    """gram^-1 right in rationals."""
    table = fmpq_mat([[fmpq(e.numerator, e.denominator) for e in row] for row in gram])
    side = fmpq_mat([[fmpq(e.numerator, e.denominator)] for e in right])
    try:
        found = table.solve(side).entries()
    except ZeroDivisionError:
        require(False, "matrix: its rows are not independent")
        raise
    return [Fraction(int(e.p), int(e.q)) for e in found]


class Fit:
    """The fit from its stored numbers: rational as far as possible, then balls."""

    def __init__(self, raw: Any) -> None:
        subject = record(raw, _KEYS, "subject")
        self.rows = matrix(subject["matrix"], None, "matrix")
        n, columns = len(self.rows), len(self.rows[0])
        require(n <= columns, "matrix: more equations than unknowns")
        self.columns = [list(column) for column in zip(*self.rows, strict=True)]
        self.y = vector(subject["right"], n, "right")
        self.v = vector(subject["direction"], columns, "direction")
        require(any(self.v) and any(self.y), "direction, right: zero")
        names = ("g_0", "c", "t", "eta")
        self.numbers = {k: vector([subject[k]], 1, k)[0] for k in names}
        count = subject["count"]
        require(type(count) is int and 0 < count <= 1000, "count: not a number of steps")
        require(all(self.numbers[k] > 0 for k in names[1:]), "c, t, eta: not positive")
        require(self.numbers["g_0"] >= 0, "g_0: negative")
        self.count: int = count
        self.gram = [[dot(p, q) for q in self.rows] for p in self.rows]
        self.g, self.c, self.eta = (ball(self.numbers[k]) for k in ("g_0", "c", "eta"))
        self.norm_v = ball(dot(self.v, self.v)).sqrt()
        self.w = [ball(e) / self.norm_v for e in self.v]
        self.kernel_v = self.without_rows(self.v)
        self.a = ball(dot(self.kernel_v, self.kernel_v)).sqrt() / self.norm_v
        solution = solved(self.gram, self.y)
        self.X = ball(dot(self.y, solution))
        image = times(self.rows, self.v)
        self.kappa = ball(dot(image, self.y)) / self.norm_v
        self.s = ball(dot(image, image)).sqrt() / self.norm_v
        self.top, self.least = self.spectrum()

    def without_rows(self, v: Exact) -> Exact:
        """The part of v in ker A, exactly."""
        part = times(self.columns, solved(self.gram, times(self.rows, v)))
        return [p - q for p, q in zip(v, part, strict=True)]

    def spectrum(self) -> tuple[arb, arb]:
        """(sigma^2, lambda): traces of powers of A A^T and of its inverse pin both down."""
        n = len(self.rows)
        table = arb_mat([[ball(e) for e in row] for row in self.gram])
        return greatest(table), 1 / greatest(table.inv()) if n > 1 else table[0, 0]

    def root(self) -> arb:
        """G of W3 between two points of opposite sign, by bisection."""
        if not any(self.kernel_v):
            return self.X
        low = self.X.max(self.g**2 + 2 * self.c * self.a.log()).upper()
        high = (2 * (low + self.g**2 + self.X)).upper()
        while not self.excess(high) > 0:
            high = 2 * high
        for _ in range(400):
            middle = ((low + high) / 2).mid()
            if self.excess(middle) > 0:
                high = middle
            elif self.excess(middle) < 0:
                low = middle
            else:
                break
        return low.union(high)

    def excess(self, square: arb) -> arb:
        return square * (1 - self.a**2 * ((self.g**2 - square) / self.c).exp()) - self.X

    def distance(self) -> arb:
        square = self.root()
        return square.sqrt() * ((self.g**2 - square) / (2 * self.c)).exp() * self.a

    def loss(self, g: arb, w: list[arb]) -> arb:
        e = [g * p - ball(q) for p, q in zip(times(self.rows, w), self.y, strict=True)]
        return dot(e, e) / 2

    def turn(self, g: arb, w: list[arb], eta: arb) -> tuple[list[arb], arb, arb, arb]:
        """(w_+, ||v||, tau, P_2) of one w-step."""
        e = [g * p - ball(q) for p, q in zip(times(self.rows, w), self.y, strict=True)]
        d = [g * p for p in times(self.columns, e)]
        moved = [p - eta * q for p, q in zip(w, d, strict=True)]
        length, along = dot(moved, moved).sqrt(), dot(d, w)
        after = [p / length for p in moved]
        return after, length, 1 - eta * along, dot(d, d) - along**2

    def shrunk(self, lengths: list[arb]) -> arb:
        """||w^perp|| after steps of these lengths: the kernel part is divided by each (W8)."""
        found = self.a
        for length in lengths:
            found = found / length
        return found

    def run(self, g: arb, eta: arb) -> list[arb]:
        """The lengths of `count` w-steps."""
        w, lengths = self.w, []
        for _ in range(self.count):
            w, length, _, _ = self.turn(g, w, eta)
            lengths.append(length)
        return lengths

    def kernel_after_step(self) -> arb:
        """||w_+^perp|| from the step itself, not from W8."""
        image = times(self.rows, self.turn(self.g, self.w, self.eta)[0])
        gram = arb_mat([[ball(e) for e in row] for row in self.gram])
        part = gram.solve(arb_mat([[e] for e in image])).entries()
        row_square = dot(image, list(part))
        return (1 - row_square).nonnegative_part().sqrt()

    def truth(self, quantity: str) -> arb:
        """The quantity, if it is a finite formula or a root."""
        name = quantity.removeprefix("least_squares.")
        slope = self.g * self.s**2 - self.kappa
        moved = self.g - self.c * self.eta * slope
        exact = self.kappa / self.s**2
        if name == "kernel_distance":
            return self.distance()
        if name == "comparison":
            gap = self.distance() - self.g * self.a
            return gap / abs(gap)
        if name == "kernel_step":
            return self.kernel_after_step()
        if name == "step_loss":
            return self.loss(self.g, self.turn(self.g, self.w, self.eta)[0])
        if name == "defect":
            length = self.turn(self.g, self.w, self.eta)[1]
            return length.log() - (moved**2 - self.g**2) / (2 * self.c)
        if name == "growth":
            return min(self.run(self.g, self.eta), key=lambda e: float(e.lower()))
        if name == "phase_kernel":
            g = self.kappa / (self.top + self.s**2)
            return self.shrunk(self.run(g, 1 / (g**2 * self.top)))
        if name == "exact_loss":
            return self.loss(exact, self.turn(exact, self.w, 1 / (exact**2 * self.top))[0])
        require(name == "alternating_loss", f"this checker cannot compute {quantity!r}")
        return self.loss(moved, self.turn(moved, self.w, self.eta)[0])

    def values(self, quantity: str) -> Symbols:
        """The symbols of the bounds on this quantity."""
        _, length, tau, across = self.turn(self.g, self.w, self.eta)
        slope = self.g * self.s**2 - self.kappa
        moved = self.g - self.c * self.eta * slope
        exact = self.kappa / self.s**2
        _, second, second_tau, _ = self.turn(moved, self.w, self.eta)
        before = exact if quantity.endswith("exact_loss") else self.g
        y = ball(dot(self.y, self.y)).sqrt()
        return {
            **{"X": self.X, "a": self.a, "c": self.c, "g_0": self.g, "eta": self.eta},
            **{"t": ball(self.numbers["t"]), "k": arb(self.count), "kappa_0": self.kappa},
            **{"s": self.s, "sigma": self.top.sqrt(), "lam": self.least, "nu": self.norm_v},
            **{"v": length, "tau": tau, "P_2": across.nonnegative_part(), "d_g": slope},
            **{"f_0": self.loss(before, self.w), "sec": self.s * y / self.kappa},
            **{"h": self.eta * moved**2 / (second + second_tau)},
        }

    def meets(self, key: str) -> bool:
        """Does the fit certainly meet the assumption? Unknown ones count as not met."""
        g, margin = self.g, 2 * self.kappa - self.g * self.s**2
        moved = g - self.c * self.eta * (g * self.s**2 - self.kappa)
        large = bool(self.a > 0) and bool(g**2 + 2 * self.c * self.a.log() > 0)
        onward = bool(g > 0) and (bool(margin > 0) or large)
        known = {
            "interpolates": onward or (g == 0 and not self.kappa.contains(0)),
            "c <= X": self.c <= self.X,
            "kernel part": any(self.kernel_v),
            "g_0 > 0": g > 0,
            "short step": self.eta * g**2 * self.top <= 1,
            "tau > 0": self.turn(g, self.w, self.eta)[2] > 0,
            "phase one": g > 0 and g * (self.top + self.s**2) < 2 * self.kappa,
            "kappa_0 > 0": self.kappa > 0,
            "short steps": self.c * self.eta * self.top <= 1
            and self.eta * moved**2 * self.top <= 1,
        }
        return bool(known.get(key, False))


def greatest(table: arb_mat) -> arb:
    """A ball around the largest eigenvalue of a positive definite matrix.

    Upper end: (trace of T^(2^9))^(2^-9) loses a factor n^(2^-9) only; it and a Rayleigh quotient,
    sharpened by powers, close in on it. Squarings are rescaled.
    """
    n, log_scale, power = table.nrows(), arb(0), table
    z = arb_mat(n, 1, [1] * n)
    for _ in range(9):
        size = sum((power[i, i] for i in range(n)), arb(0)).mid()
        log_scale, power = 2 * (log_scale + size.log()), power * (1 / size)
        power = power * power
    trace = sum((power[i, i] for i in range(n)), arb(0))
    high = ((trace.log() + log_scale) / 2**9).exp()
    for _ in range(20):
        z = (power.mid() * z).mid()
        z = (z * (1 / max((abs(e) for e in z.entries()), key=float))).mid()
    across = z.transpose()
    low = (across * table * z)[0, 0] / (across * z)[0, 0]
    found: arb = low.lower().union(high.upper())
    return _sharper(table, found)


def _sharper(table: arb_mat, wide: arb) -> arb:
    """The upper end by bisection on the pivots of mu I - T, between the ends of `wide`."""
    low, high = wide.lower(), wide.upper()
    for _ in range(200):
        middle = ((low + high) / 2).mid()
        low, high = (low, middle) if definite(table, middle) else (middle, high)
    return wide.lower().union(high)


def definite(table: arb_mat, mu: arb) -> bool:
    """Whether mu I - T is certainly positive definite."""
    n = table.nrows()
    rows = [[(mu if i == j else arb(0)) - table[i, j] for j in range(n)] for i in range(n)]
    for k in range(n):
        if not rows[k][k] > 0:
            return False
        for i in range(k + 1, n):
            ratio = rows[i][k] / rows[k][k]
            rows[i] = [p - ratio * q for p, q in zip(rows[i], rows[k], strict=True)]
    return True


def fit(raw: Any, quantity: str) -> Recomputed:
    """A quantity of one fit and its symbols."""
    found = Fit(raw)
    return Recomputed(found.truth(quantity), found.values(quantity), partial(found.meets), True)


KINDS = {"least_squares": fit}
