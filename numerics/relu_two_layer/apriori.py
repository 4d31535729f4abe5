"""A priori convergence of the initialization after [DGM20]: the widths that F5 demands.

F5 is the certificate F3 with every ingredient replaced by what C1 to C4 promise. Condition W3 is
used as (1 + D) alpha b/rmin <= 1/4: without the factor 1 + D the gains can leave the bound
|rho| <= 5/(4 alpha) that the proof assumes, by up to 0.2 %, where W3 binds (alpha above 4 sqrt(d)).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from numerics.errors import NumericsError
from numerics.relu_two_layer.concentration import (
    candidate_share,
    check_probability,
    initial_residual,
    shortest_row,
)
from numerics.relu_two_layer.refusals import Refusal, refuse

_UP, _DOWN = 1.0 + 1e-12, 1.0 - 1e-12
_LARGEST = 1e250


@dataclass(frozen=True)
class APriori:
    """The data that F5 speaks of.

    least: a lower bound on lam(Lambda_inf) ("tangent") or lam(G_inf) ("gain"); chi: an upper bound
    on ||X||_2; target: max |y_i|; size of y: an upper bound on ||y||_2, used with pairs.
    """

    n: int
    d: int
    least: float
    chi: float
    target: float
    size: float
    alpha: float = 1.0
    delta: float = 0.05
    paired: bool = False
    kernel: Literal["tangent", "gain"] = "tangent"

    def __post_init__(self) -> None:
        check_probability(self.delta)
        if self.d < 3:
            raise refuse(Refusal.DIMENSION, "d", str(self.d), "d >= 3")
        sizes = {"least": self.least, "chi": self.chi, "alpha": self.alpha}
        for name, value in sizes.items():
            if not 0.0 < value < math.inf:
                raise NumericsError(argument=name, found=repr(value), accepted="a number > 0")
        if self.kernel not in ("tangent", "gain"):
            raise NumericsError(
                argument="kernel", found=repr(self.kernel), accepted='"tangent" or "gain"'
            )

    @property
    def rate(self) -> float:
        """The flow's certified rate 3 lam/8, lam = least/2: ||r(t)|| <= exp(-rate t) ||r(0)||."""
        return 0.375 * 0.5 * self.least

    @property
    def learning_rate(self) -> float:
        """The largest step size covered: 1/(2 chi^2 (1 + 25/(16 alpha^2)))."""
        return 0.5 / (self.chi**2 * (1.0 + 25.0 / (16.0 * self.alpha**2))) * _DOWN


@dataclass(frozen=True)
class Conditions:
    """W0 to W3 at one width: left side over right side each; F5 applies where all are <= 1.

    turn: D, the bound on every row's rotation (radians).
    """

    kernel: float
    candidates: float
    movement: float
    gains: float
    turn: float

    @property
    def worst(self) -> float:
        return max(self.kernel, self.candidates, self.movement, self.gains)


def conditions(data: APriori, m: float) -> Conditions:
    """W0, W1, W2, W3 at width m (a real number, for the search)."""
    lam, alpha, chi, n = 0.5 * data.least, data.alpha, data.chi, data.n
    units = 0.5 * m if data.paired else m
    log = math.log(4.0 * n / data.delta)
    scale = 1.0 if data.kernel == "gain" else max(1.0, alpha**-2)
    residual = data.size * _UP if data.paired else _residual(data)
    low = _shortest(data, units)
    b = 8.0 * chi * residual / (3.0 * lam * math.sqrt(m)) * _UP
    share, turn = b / low, 5.0 * b / (4.0 * alpha * low) * _UP
    few = candidate_share(min(1.0, b / alpha**2), max(units, 1.0), data.delta / (4.0 * n))
    flips = few * 64.0 * chi**2 / (alpha**2 * lam)
    if data.kernel == "gain":
        if alpha**2 * lam >= 64.0 * chi**2 * _UP:
            flips = 0.0
        movement = chi * turn
    else:
        movement = chi / alpha * (alpha * share + (17.0 / 16.0 + alpha) * turn)
    return Conditions(
        kernel=4.0 * chi**2 * scale * log / (lam * units) * _UP,
        candidates=flips * _UP,
        movement=8.0 * movement / math.sqrt(lam) * _UP,
        gains=4.0 * alpha * share * (1.0 + turn) * _UP,
        turn=turn,
    )


def _shortest(data: APriori, units: float) -> float:
    """C3 at delta/4 for a real number of units."""
    one = shortest_row(d=data.d, units=1, alpha=data.alpha, delta=data.delta / 4.0)
    return one * math.exp(-math.log(max(units, 1.0)) / data.d) * _DOWN


def width_demanded(data: APriori) -> int:
    """The least width (to one part in 1e9) at which F5 applies; even for pairs.

    Raises `NumericsError` (`vacuous`) where that exceeds 1e250.
    """
    return _least_width(data, lambda m: conditions(data, m).worst)


def gain_regime_width(data: APriori) -> int:
    """The same for F1 a priori, with data.least = lam(G_inf) (kernel "gain"), any alpha:

    m >= 8 chi^2 log(4n/delta)/lam(G_inf) and 4 chi ||r(0)|| <= lam(G_inf) sqrt(m) rmin, hence
    lam(Lambda(t)) >= lam(G_inf)/4 for all times of the gradient flow, with probability 1 - delta.
    """
    if data.kernel != "gain":
        raise NumericsError(argument="data.kernel", found=data.kernel, accepted='"gain"')
    return _least_width(data, lambda m: _gain_regime_worst(data, m))


def _gain_regime_worst(data: APriori, m: float) -> float:
    units = 0.5 * m if data.paired else m
    log = math.log(4.0 * data.n / data.delta)
    residual = data.size * _UP if data.paired else _residual(data)
    price = 4.0 * data.chi * residual / (data.least * math.sqrt(m) * _shortest(data, units))
    return max(8.0 * data.chi**2 * log / (data.least * units), price) * _UP


def _least_width(data: APriori, worst: Callable[[float], float]) -> int:
    high = 1.0
    while worst(high) > 1.0:
        high *= 2.0
        if high > _LARGEST:
            raise refuse(Refusal.VACUOUS, "data", "no width up to 1e250", "a larger `least`")
    low = high / 2.0
    while high - low > max(1.0, 1e-9 * high):
        middle = 0.5 * (low + high)
        low, high = (low, middle) if worst(middle) <= 1.0 else (middle, high)
    width = math.ceil(high)
    return width + width % 2 if data.paired else width


def _residual(data: APriori) -> float:
    """C2 at delta/4."""
    return initial_residual(n=data.n, delta=data.delta / 4.0, target=data.target)
