"""The limit at 60 digits and more, by other formulas: Newton on the dual in ball arithmetic.

Nothing is shared with `numerics`: L = 2 is written as a squared log-sum-exp, L > 2 through u and q,
the Newton system is the explicit Hessian, and there is no certificate: the answer is trusted
because its residual is 1e-60, far below every enclosure it is compared with.
"""

from __future__ import annotations

from flint import arb, arb_mat, ctx

from numerics.diagonal_linear.instances import Instance


class Vanished(ValueError):
    """g^2 <= 0: there the dual is linear and x = 0."""


class Oracle:
    """The limit of one instance; eta None is the plain flow."""

    def __init__(self, instance: Instance, *, plain: bool = False, bits: int = 320) -> None:
        self.bits = bits
        with ctx.workprec(bits):
            self._load(instance, plain)
            self.nu = self._minimize()
            self.x, self.square = self._point(self.nu)

    def _load(self, instance: Instance, plain: bool) -> None:
        a = [[arb(v) for v in row] for row in instance.matrix.tolist()]
        self.depth, self.eta = instance.depth, None if plain else arb(instance.eta)
        start = instance.start
        rows = start.log_w if start.w is None else start.w
        flat = [arb(v) for v in rows.reshape(-1).tolist()]
        self.w = [v.exp() for v in flat] if start.w is None else flat
        self.a = [[*row, *(-v for v in row)] for row in a] if start.signed else a
        self.y = [arb(v) for v in instance.right.tolist()]
        self.columns = list(zip(*self.a, strict=True))

    def _point(self, nu: list[arb]) -> tuple[list[arb], arb | None]:
        """x(nu) and g^2; raises ValueError outside the domain."""
        zeta = [sum((c * v for c, v in zip(col, nu, strict=True)), arb(0)) for col in self.columns]
        depth = self.depth
        norm = sum((v * v for v in self.w), arb(0))
        if self.eta is None:
            if depth == 2:
                return [w * w * z.exp() for w, z in zip(self.w, zeta, strict=True)], None
            d = [w ** (2 - depth) - z for w, z in zip(self.w, zeta, strict=True)]
            self._check(d)
            return [v ** (-arb(depth) / (depth - 2)) for v in d], None
        if depth == 2:
            mean = sum((w * w / norm * z.exp() for w, z in zip(self.w, zeta, strict=True)), arb(0))
            mass = norm + mean.log() / self.eta
            self._alive(mass)
            pairs = zip(self.w, zeta, strict=True)
            return [mass * w * w / norm * z.exp() / mean for w, z in pairs], mass
        u0 = [w / norm.sqrt() for w in self.w]
        d = [u ** (2 - depth) - z for u, z in zip(u0, zeta, strict=True)]
        self._check(d)
        q = [v ** (arb(-1) / (depth - 2)) for v in d]
        size = sum((v * v for v in q), arb(0)).sqrt()
        square = norm + 2 / self.eta * size.log()
        self._alive(square)
        return [(square.sqrt() * v / size) ** depth for v in q], square

    @staticmethod
    def _check(values: list[arb]) -> None:
        if not all(v > 0 for v in values):
            raise ValueError("outside the domain of the dual")

    @staticmethod
    def _alive(square: arb) -> None:
        if not square > 0:
            raise Vanished("x = 0")

    def _gradient(self, x: list[arb]) -> list[arb]:
        rows = zip(self.a, self.y, strict=True)
        return [sum((c * v for c, v in zip(row, x, strict=True)), arb(0)) - y for row, y in rows]

    def _hessian(self, x: list[arb], square: arb | None) -> arb_mat:
        depth = self.depth
        if depth == 2:
            weights, factor = x, arb(1)
        else:
            size = sum((v ** (arb(2) / depth) for v in x), arb(0))
            scale = [v ** (arb(2 - depth) / depth) for v in x]  # d up to a common factor
            if square is None:
                weights = [v / s for v, s in zip(x, scale, strict=True)]
            else:  # d = E u^(2-L) with the exact E of the KKT conditions
                norm = sum((w * w for w in self.w), arb(0))
                e = (-(depth - 2) * self.eta * (square - norm) / 2).exp()
                u = [(v ** (arb(1) / depth)) / size.sqrt() for v in x]
                weights = [v * t ** (depth - 2) / e for v, t in zip(x, u, strict=True)]
            factor = arb(depth) / (depth - 2)
        n = len(self.a)
        h = [
            [
                factor * sum((p * q * w for p, q, w in zip(r, s, weights, strict=True)), arb(0))
                for s in self.a
            ]
            for r in self.a
        ]
        if square is not None:
            ax = [sum((c * v for c, v in zip(row, x, strict=True)), arb(0)) for row in self.a]
            total = sum((v * v / w for v, w in zip(x, weights, strict=True)), arb(0))
            k = factor * (1 / (self.eta * square) - 1) / total
            h = [[h[i][j] + k * ax[i] * ax[j] for j in range(n)] for i in range(n)]
        return arb_mat(h)

    def _minimize(self) -> list[arb]:
        nu = [arb(0) for _ in self.y]
        tiny = arb(2) ** -(5 * self.bits // 8)  # 1e-60 at 320 bits
        for _ in range(400):
            x, square = self._point(nu)
            gradient = self._gradient(x)
            if all(abs(v) < tiny * max(1, float(abs(y).upper())) for v, y in self._pairs(gradient)):
                return nu
            column = arb_mat(len(nu), 1, [-v for v in gradient])
            hessian = arb_mat([[v.mid() for v in r] for r in self._hessian(x, square).tolist()])
            step = [v.mid() for v in hessian.solve(column).entries()]
            nu = self._line(nu, step, gradient)
        raise ArithmeticError("the oracle did not converge")

    def _pairs(self, gradient: list[arb]) -> list[tuple[arb, arb]]:
        return list(zip(gradient, self.y, strict=True))

    def _line(self, nu: list[arb], step: list[arb], gradient: list[arb]) -> list[arb]:
        """Bisect for a point where the slope along the step is small; x = 0 where g^2 < 0."""
        first = -sum((a * b for a, b in zip(gradient, step, strict=True)), arb(0))
        low, high, t = arb(0), None, arb(1)
        for _ in range(400):
            there = [(a + t * b).mid() for a, b in zip(nu, step, strict=True)]
            value = self._slope(there, step, self._point(nu)[1])
            if value is not None and abs(value) < first / 2:
                return there
            if value is not None and value < 0:
                low = t
            else:
                high = t
            t = 2 * t if high is None else ((low + high) / 2).mid()
        raise ArithmeticError("no step length found")

    def _slope(self, nu: list[arb], step: list[arb], before: arb | None) -> arb | None:
        """The slope along the step; -inf across a gap where x has vanished and y pulls on."""
        pull = sum((a * b for a, b in zip(self.y, step, strict=True)), arb(0))
        beyond = arb.neg_inf() if pull > 0 else None
        try:
            x, square = self._point(nu)
        except Vanished:
            return beyond
        except ValueError:
            return None
        if square is not None and before is not None and square < before / 5:
            return beyond
        return sum((a * b for a, b in zip(self._gradient(x), step, strict=True)), arb(0))
