"""What [CV25] publishes up to constants, as data, and what our rungs gain over its shape."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sympy as sp

from bounds.domain import plain
from bounds.published import PublishedClaim
from bounds.statement import Bound, Source
from bounds.weightnorm.depth_free import HESSIAN_CLOSED, HESSIAN_SHARP
from bounds.weightnorm.second_order import ASYMPTOTIC, CLOSED_SUMMED, RECURSIVE, SHARP_SUMMED
from bounds.weightnorm.symbols import symbol

__all__ = ["PUBLISHED", "gains"]

L, n = symbol("L"), symbol("n")


def _claim(
    name: str,
    sentence: str,
    theorem: str,
    bound: str,
    s: str,
    power: Any,
    to: object = None,
    **path: sp.Expr,
) -> PublishedClaim:
    source = Source("[CV25]", "arXiv 2409.08935v2", theorem, "published", constant="paper")
    return PublishedClaim(
        name, sentence, source, bound, s, sp.sympify(power), to, tuple(path.items())
    )


PUBLISHED = (
    _claim(
        "gradient depth",
        "||grad f|| = O(sqrt(L)) in the depth, phi(0) = 0",
        "Cor 4.2",
        "gradient.phi0_zero",
        "L",
        sp.S.Half,
    ),
    _claim(
        "gradient depth, summed",
        "the same, layers bounded alone and summed",
        "Cor 4.2",
        "gradient.summed.phi0_zero",
        "L",
        sp.S.Half,
    ),
    _claim(
        "gradient depth, bias",
        "||grad f|| = O(L^(3/2)) in the depth, phi(0) != 0",
        "Lem 4.1",
        "gradient",
        "L",
        sp.Rational(3, 2),
    ),
    _claim(
        "hessian depth",
        "||Hess f|| = O(L^3) in the depth, phi(0) = 0",
        "Cor 4.1",
        "hessian.closed.phi0_zero",
        "L",
        3,
    ),
    _claim(
        "hessian depth, summed",
        "the same, layers bounded alone and summed",
        "Cor 4.1",
        "hessian.closed.summed.phi0_zero",
        "L",
        3,
    ),
    _claim(
        "hessian depth, sharp",
        "the same, for the sharp rung",
        "Cor 4.1",
        "hessian.sharp.phi0_zero",
        "L",
        3,
    ),
    _claim(
        "hessian depth, wide",
        "the same on the path m = L^4, where it reads L^3/sqrt(m) = L",
        "Cor 4.1",
        "hessian.sharp.phi0_zero",
        "L",
        1,
        m=L**4,
    ),
    _claim(
        "hessian depth, bias",
        "||Hess f|| = O(L^5) in the depth, phi(0) != 0",
        "Thm 4.1",
        "hessian.closed",
        "L",
        5,
    ),
    _claim(
        "hessian width",
        "||Hess f|| = O(1/sqrt(m)), phi(0) = 0",
        "Cor 4.1",
        "hessian.closed.phi0_zero",
        "m",
        -sp.S.Half,
    ),
    _claim(
        "hessian weight norm",
        "||Hess f|| = O(1/min(omega, omega^2)) for omega -> 0",
        "Thm 4.1",
        "hessian.closed",
        "omega",
        -2,
        0,
    ),
    _claim(
        "gradient in x",
        "the Lipschitz constant does not depend on the depth (K <= 1)",
        "Rem 4.3",
        "input_gradient",
        "L",
        0,
    ),
    _claim(
        "rademacher depth",
        "Rademacher complexity = O(sqrt(L)/sqrt(n)): depth",
        "section 6",
        "rademacher",
        "L",
        sp.S.Half,
    ),
    _claim(
        "rademacher depth, odd",
        "the same for odd activations",
        "section 6",
        "rademacher.odd",
        "L",
        sp.S.Half,
    ),
    _claim(
        "rademacher sample",
        "Rademacher complexity = O(sqrt(L)/sqrt(n)): X = sqrt(n)",
        "section 6",
        "rademacher",
        "n",
        -sp.S.Half,
        X=sp.sqrt(n),
    ),
)


def gains(depths: Sequence[int] = (2, 4, 8, 16), **values: float) -> dict[str, list[float]]:
    """How much smaller the other rungs of the Hessian ladder are: asymptotic / rung, per depth.

    Parameters
    ----------
    depths : sequence of int
        L.
    **values : float
        m, omega, beta, nu, xi, phi0, K, p (equal widths); defaults are tanh at the paper's
        normalization, m = 1024 and omega = 1.

    Returns
    -------
    dict of str to list of float
        Rung -> one ratio per depth.

    Raises
    ------
    BoundsError
        A value outside the domain of its symbol.

    Examples
    --------
    >>> import bounds
    >>> found = bounds.gains((2,))
    >>> all(ratio > 1 for ratio in found["sharp"])
    True
    """
    base = {"m": 1024.0, "omega": 1.0, "beta": 4 / 27**0.5, "nu": 1.0, "xi": 1.0, "phi0": 0.0,
            "K": 1.0, "p": 0.5}  # fmt: skip
    point = base | values
    point |= {"m_min": point["m"], "m_max": point["m"], "rho_1": max(point["nu"] - 1, 0.0)}

    def at(bound: Bound, depth: int) -> float:
        known = {**point, "L": depth}
        return float(plain(bound.evaluate(**{k: known[k] for k in bound.symbols})))

    rungs = {
        "closed": HESSIAN_CLOSED,
        "sharp": HESSIAN_SHARP,
        "closed.summed": CLOSED_SUMMED,
        "sharp.summed": SHARP_SUMMED,
        "recursive": RECURSIVE,
    }
    return {
        name: [at(ASYMPTOTIC, depth) / at(rung, depth) for depth in depths]
        for name, rung in rungs.items()
    }
