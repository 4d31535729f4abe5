"""Data and networks on which the Rademacher complexity grows like sqrt(L) (T33).

    Z_r(v) = v (v >= -1/r),   -2/r - v (-1 <= v <= -1/r),   v + 2 - 2/r (v <= -1)

is 1-Lipschitz with Z_r(0) = 0: the identity far below and far above 1, an absolute value near 1.
With all rows of a layer equal, a layer is one number h -> K lambda Z_r(sigma h/lambda),
lambda = sqrt(m_l) for the inner placement and 1 for the outer, sigma the sign of its rows. Data on
L + 1 scales, one of them met by the absolute value of each layer, then get L + 1 signs that can be
chosen at will, where contraction allows only one.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import torch
from torch import Tensor

from numerics.activations import Activation
from numerics.errors import NumericsError
from numerics.validation import check_count, check_positive
from numerics.weightnorm.network import WeightNormNetwork


def zigzag(r: float, *, K: float = 1.0) -> Activation:
    """K Z_r; no second derivative at its corners -1/r and -1."""
    check_positive(K, "K")
    if not r > 1.0:
        raise NumericsError(argument="r", found=repr(r), accepted="a number above 1")

    def value(v: Tensor) -> Tensor:
        middle = torch.where(v >= -1.0, -2.0 / r - v, v + 2.0 - 2.0 / r)
        return K * torch.where(v >= -1.0 / r, v, middle)

    def first(v: Tensor) -> Tensor:
        falling = (v < -1.0 / r) & (v >= -1.0)
        return K * torch.where(falling, -torch.ones_like(v), torch.ones_like(v))

    return Activation(f"zigzag {r:g}", value, first, None, (K, math.inf, math.inf))


def mean_of_signs(n: int) -> float:
    """E|eps_1 + .. + eps_n| = n C(n-1, floor((n-1)/2)) / 2^(n-1)."""
    check_count(n, "n")
    half = (n - 1) // 2
    if n <= 1000:
        return n * math.comb(n - 1, half) / 2 ** (n - 1)
    odd = n if n % 2 else n - 1  # E|S_n| for even n is that of n - 1
    return math.sqrt(2.0 * odd / math.pi) * (1.0 + 1.0 / (4.0 * odd))


@dataclass(frozen=True, slots=True)
class ScaleFamily:
    """lambdas: lambda_l per layer; points u_0, .., u_L > 0 with multiplicities, inputs of size 1.

    The point u_l, l >= 1, arrives at layer l at the size lambda_l; u_0 = min u_l/r stays below
    every layer's scale. Multiplicities balance n_l u_l^2 (the largest u_l is a single point).
    """

    r: float
    K: float
    lambdas: tuple[float, ...]
    points: tuple[float, ...]
    counts: tuple[int, ...]

    @staticmethod
    def build(lambdas: tuple[float, ...], *, r: float, K: float = 1.0) -> ScaleFamily:
        """The family for these lambda_l: lambda_l/K^(l-1) must lie a factor r or more apart."""
        scales = [scale / K**l for l, scale in enumerate(lambdas)]
        ordered = sorted(scales)
        if any(high < r * low * (1.0 - 1e-12) for low, high in itertools.pairwise(ordered)):
            raise NumericsError(
                argument="lambdas",
                found=f"scales lambda_l/K^(l-1) = {scales}",
                accepted=f"scales at least a factor {r:g} apart",
            )
        points = (ordered[0] / r, *scales)
        counts = [max(1, round(2.0 / math.pi * (ordered[-1] / u) ** 2)) for u in points]
        return ScaleFamily(r, K, tuple(lambdas), points, tuple(counts))

    @staticmethod
    def falling_widths(depth: int, r: int) -> ScaleFamily:
        """K = 1, inner placement, widths r^(2(L-l)): lambda_l = r^(L-l)."""
        return ScaleFamily.build(tuple(float(r) ** (depth - l - 1) for l in range(depth)), r=r)

    @staticmethod
    def width_one(depth: int, *, r: float, K: float) -> ScaleFamily:
        """Width 1: the gain K itself moves the data past the scale 1; r <= max(K, 1/K)."""
        return ScaleFamily.build((1.0,) * depth, r=r, K=K)

    @property
    def depth(self) -> int:
        return len(self.lambdas)

    @property
    def norm(self) -> float:
        """X = sqrt(sum_i x_i^2)."""
        pairs = zip(self.counts, self.points, strict=True)
        return math.sqrt(sum(n * u * u for n, u in pairs))

    def outputs(self, signs: Tensor) -> Tensor:
        """f at the points, for row signs and the sign of v: (k, L + 1) -> (k, L + 1)."""
        phi = zigzag(self.r, K=self.K)
        h = torch.tensor(self.points, dtype=torch.float64).expand(len(signs), -1)
        for l, scale in enumerate(self.lambdas):
            h = scale * phi.value(signs[:, l : l + 1] * h / scale)
        return signs[:, -1:] * h

    def complexity(self) -> float:
        """A lower bound on n Rhat/nu, exact for the choices of signs it makes.

        E over the signs eps of the data of sum_j S_j f(u_j), S_j the sum of eps over the copies of
        u_j, where f is the network whose row signs bring each u_j out with the sign of S_j.
        """
        wanted = torch.tensor(
            list(itertools.product((1.0, -1.0), repeat=self.depth + 1)), dtype=torch.float64
        )
        found = self.outputs(self._signs_for(wanted))
        means = torch.tensor([mean_of_signs(n) for n in self.counts], dtype=torch.float64)
        return float((wanted * means * found).sum(-1).mean())

    def ratio(self) -> float:
        """complexity/(K^L X); sqrt(1 + 2 L/pi) as r grows, sqrt(2 L log 2) + 1 at most (T17)."""
        return self.complexity() / (self.K**self.depth * self.norm)

    def floor(self) -> float:
        """At most `complexity`, without enumeration: sum_j E|S_j| times the least |f(u_j)| over all
        choices of row signs, by intervals of sizes through the layers; any depth.

        Raises NumericsError where a point may land between the scales, where nothing is known.
        """
        means = map(mean_of_signs, self.counts)
        return sum(mean * self._least(u) for mean, u in zip(means, self.points, strict=True))

    def floor_ratio(self) -> float:
        """floor/(K^L X)."""
        return self.floor() / (self.K**self.depth * self.norm)

    def _least(self, point: float) -> float:
        """The least |f| at a point: Z_r keeps what is small, costs 2/r near 1 and 2 - 2/r above."""
        low = high = point
        for scale in self.lambdas:
            if high > scale / self.r * (1.0 + 1e-9):
                near = high <= scale * (1.0 + 1e-9)
                low -= scale * (2.0 / self.r if near else 2.0 - 2.0 / self.r)
                if low <= (scale / self.r if near else scale):
                    raise NumericsError(
                        argument="r", found=f"a point of size {low:g} at scale {scale:g}",
                        accepted="scales further apart",
                    )  # fmt: skip
            low, high = self.K * low, self.K * high
        return low

    def _signs_for(self, wanted: Tensor) -> Tensor:
        """Row signs sigma_1..sigma_L and the sign of v that give the points these output signs.

        u_l leaves layer l positive, so its sign is the product of the later ones; u_0 takes all.
        """
        steps = [wanted[:, 0] * wanted[:, 1]]
        steps += [wanted[:, l] * wanted[:, l + 1] for l in range(1, self.depth)]
        return torch.stack([*steps, wanted[:, -1]], dim=1)

    def network(self, signs: Tensor) -> WeightNormNetwork:
        """The network of these signs (L + 1,), inner placement, where every lambda_l^2 is whole."""
        widths = [round(scale**2) for scale in self.lambdas]
        if any(abs(w - s**2) > 1e-9 for w, s in zip(widths, self.lambdas, strict=True)):
            raise NumericsError(
                argument="lambdas", found=str(self.lambdas), accepted="square roots of widths"
            )
        weights, k = [], 1
        for l, width in enumerate(widths):
            weights.append(signs[l] * torch.full((width, k), k**-0.5, dtype=torch.float64))
            k = width
        v = signs[-1] * torch.full((k,), k**-0.5, dtype=torch.float64)
        return WeightNormNetwork.from_tensors(weights, v, activation=zigzag(self.r, K=self.K))
