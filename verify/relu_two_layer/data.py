"""Inputs on the sphere: quantities, symbols and conditions of K1 to K6."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import partial

import torch
from torch import Tensor

from numerics import Enclosure, NumericsError, Quality
from numerics.relu_two_layer import LimitKernels, degeneracy, eigenvalues, least_eigenvalue
from numerics.relu_two_layer.balls import Ball, ball, between, exact
from numerics.relu_two_layer.limit_bounds import first_small_power, mean_relu, sphere_moment
from numerics.relu_two_layer.limits import angle_balls, limit_kernels
from numerics.relu_two_layer.quadrature import direction_kernels, limit_quadrature
from numerics.rounding import UNIT
from verify.quantity import Quantity
from verify.relu_two_layer.cases import DataCase
from verify.relu_two_layer.reading import Symbols, edges, enclosed, quantity
from verify.relu_two_layer.shared import remembered
from verify.subject import Condition

__all__ = ["CONDITIONS", "QUANTITIES", "SYMBOLS"]

_LAST = 4  # the power that bounds all later ones (bounds.relu_two_layer.limits.POWERS)


@remembered
def _limits(case: DataCase) -> LimitKernels:
    """Of the directions: of the rows rounded to norm 1, widened to the exact ones."""
    x = case["x"] / torch.linalg.vector_norm(case["x"], dim=-1, keepdim=True)
    return direction_kernels(limit_kernels(x), case.length("d"))


@remembered
def _quadrature(case: DataCase) -> LimitKernels:
    return limit_quadrature(case["x"])


def _by_quadrature(case: DataCase, part: str) -> Enclosure:
    return edges(getattr(_quadrature(case), part))


@remembered
def _theta(case: DataCase) -> Ball:
    return angle_balls(case["x"])


def _form(case: DataCase, part: str) -> Enclosure:
    found = getattr(_limits(case), part)
    matrix, a = between(found.lower, found.upper), exact(case["a"])
    return enclosed(((matrix @ a.unsqueeze(-1)).squeeze(-1) * a).sum(-1))


def _nullity(case: DataCase) -> Enclosure:
    """At most as many eigenvalues vanish as have enclosures that reach 0."""
    open_ = (eigenvalues(_limits(case).gain).lower <= 0).sum(-1).to(torch.float64)
    return Enclosure(torch.zeros_like(open_), open_, Quality.ENCLOSURE, "count of enclosures")


def _cosines(case: DataCase) -> Ball:
    """|cos theta_ij| for i != j, exactly zero on the diagonal."""
    theta = _theta(case)
    found = ball(torch.cos(theta.mid).abs(), theta.rad, 8.0)
    off = ~torch.eye(case.length("n"), dtype=torch.bool)
    low = found.lower.clamp(0.0, 1.0)
    return between(low, found.upper.clamp_max(1.0)).mask(off)


def _powers(case: DataCase, k: int) -> Ball:
    found = _cosines(case)
    result = found
    for _ in range(2 * k + 1):
        result = result * found
    return result


def _zeta(case: DataCase, k: int) -> Enclosure:
    return enclosed(_powers(case, k).sum(-1).maximum(-1))


def _centred(case: DataCase, k: int) -> Enclosure:
    """max_i [M + sum_j |rho_ij^(2k+2) - M|]; the last with max(rho, M), which falls with k."""
    moment = sphere_moment(case.length("d"), k + 1)
    level = ball(torch.tensor(moment, dtype=torch.float64), torch.zeros(()), 4.0 * (k + 2.0))
    powers, off = _powers(case, k), ~torch.eye(case.length("n"), dtype=torch.bool)
    apart = (powers - level).abs() if k < _LAST else _larger(powers, level)
    return enclosed((apart.mask(off).sum(-1) + level).maximum(-1))


def _larger(left: Ball, right: Ball) -> Ball:
    ends = torch.maximum(left.lower, right.lower), torch.maximum(left.upper, right.upper)
    return between(*ends)


def _gap(case: DataCase) -> Ball:
    """min(theta, pi - theta) over pairs i != j; infinite for one input."""
    theta = _theta(case)
    low = torch.minimum(theta.lower, math.pi - theta.upper - 4 * UNIT)
    high = torch.minimum(theta.upper, math.pi - theta.lower + 4 * UNIT)
    same = torch.eye(case.length("n"), dtype=torch.bool)
    ends = (end.masked_fill(same, math.pi / 2).amin((-1, -2)) for end in (low, high))
    return between(*ends)


def _first_power(case: DataCase) -> Tensor:
    """A power K' (K5) from which on (n-1) q^(2K+2) + n M_(2K+2) <= 1/2; the least, up to rounding.

    A larger one makes the statement weaker, so it is taken for the upper end of q.
    """
    n, d = case.length("n"), case.length("d")
    largest = _cosines(case).maximum(-1).maximum(-1).upper.clamp(1e-300, 1.0)
    found = [first_small_power(n, math.log(q), n, d) for q in largest.tolist()]
    return torch.tensor(found, dtype=torch.float64)


def _degeneracies(case: DataCase, part: str) -> Tensor:
    found = [degeneracy(x) for x in case["x"]]
    values = [float(len(each.pairs) if part == "pairs" else each.rank) for each in found]
    return torch.tensor(values, dtype=torch.float64)


def _least(case: DataCase, part: str) -> Enclosure:
    return least_eigenvalue(getattr(_limits(case), part))


def _every_edge(case: DataCase, part: str) -> Enclosure:
    """The one least eigenvalue, asked at every pair i < j (K6)."""
    found, count = _least(case, part), case.entries("edge")
    low, high = (e.unsqueeze(-1).expand(-1, count) for e in (found.lower, found.upper))
    return Enclosure(low, high, found.quality, found.method)


def _mean(case: DataCase) -> Enclosure:
    value = torch.tensor([mean_relu(case.length("d"))], dtype=torch.float64)
    return enclosed(ball(value, torch.zeros_like(value), 2.0 * case.length("d") + 4.0))


def _least_cosine_gram(case: DataCase) -> Enclosure:
    theta = _theta(case)
    found = least_eigenvalue(enclosed(ball(torch.cos(theta.mid), theta.rad, 8.0)))
    low = found.lower.clamp_min(0.0)
    return Enclosure(low, torch.maximum(found.upper, low), found.quality, found.method)


QUANTITIES: tuple[Quantity, ...] = (
    *(
        quantity(f"limit_{part}", f"({letter}_\\infty)_{{ij}}", "edge",
                 partial(_by_quadrature, part=part))
        for part, letter in (("plain", "H"), ("gain", "G"), ("direction", "V"))
    ),
    quantity("form_direction", r"a^\top V_\infty a", "data",
             lambda case: _form(case, "direction")),
    quantity("form_gain", r"a^\top G_\infty a", "data", lambda case: _form(case, "gain")),
    quantity("nullity", r"\dim\ker G_\infty", "data", _nullity),
    *(
        quantity(f"least_{part}", rf"\lambda({letter}_\infty)", "data",
                 partial(_least, part=part))
        for part, letter in (("plain", "H"), ("gain", "G"), ("direction", "V"))
    ),
    *(
        quantity(f"pair_least_{part}", rf"\lambda({letter}_\infty)", "edge",
                 partial(_every_edge, part=part))
        for part, letter in (("plain", "H"), ("gain", "G"), ("direction", "V"))
    ),
)  # fmt: skip


SYMBOLS: Symbols = {
    "n": ("data", lambda case: case.length("n")),
    "d": ("data", lambda case: case.length("d")),
    "theta": ("edge", lambda case: edges(enclosed(_theta(case)))),
    "q_G": ("data", lambda case: _form(case, "gain")),
    "s_a": ("data", lambda case: enclosed(exact(case["a"]).sum(-1))),
    "kappa": ("data", _mean),
    "pairs": ("data", lambda case: _degeneracies(case, "pairs")),
    "rank": ("data", lambda case: _degeneracies(case, "rank")),
    "l_X": ("data", _least_cosine_gram),
    "q": ("data", lambda case: enclosed(_cosines(case).maximum(-1).maximum(-1))),
    "phi": ("data", lambda case: enclosed(_gap(case))),
    "first": ("data", _first_power),
    **{f"zeta_{k}": ("data", partial(_zeta, k=k)) for k in range(_LAST + 1)},
    **{f"xi_{k}": ("data", partial(_centred, k=k)) for k in range(_LAST + 1)},
}


def _several(case: DataCase) -> str:
    if case.length("n") < 2:
        return "needs at least two inputs"
    return "" if bool((_gap(case).lower > 1e-12).all()) else "two inputs lie on one line"


def _distinct(case: DataCase) -> str:
    try:
        _degeneracies(case, "rank")
    except NumericsError as error:
        return str(error)
    return ""


def _dependence(case: DataCase) -> str:
    """Exactly, in rational numbers: a lives on antipodal pairs and sum over pairs a_q e_q = 0."""
    for x, a in zip(case["x"].tolist(), case["a"].tolist(), strict=True):
        if not _depends(x, a):
            return "a is no exact linear dependence of antipodal pairs"
    return ""


def _depends(x: list[list[float]], a: list[float]) -> bool:
    total, left = [Fraction(0)] * len(x[0]), set(range(len(x)))
    for i in range(len(x)):
        twin = next((j for j in left if j > i and x[j] == [-t for t in x[i]]), None)
        if i not in left or a[i] == 0.0:
            continue
        squared = sum(Fraction(t) ** 2 for t in x[i])
        root = Fraction(math.isqrt(squared.numerator), math.isqrt(squared.denominator))
        if twin is None or a[twin] != -a[i] or root**2 != squared:
            return False
        left -= {i, twin}
        scale = Fraction(a[i]) / root
        total = [t + scale * Fraction(e) for t, e in zip(total, x[i], strict=True)]
    return not any(total)


CONDITIONS: dict[str, Condition] = {
    "unit inputs": lambda case: "",
    "two lines": _several,
    "d >= 2": lambda case: "" if case.length("d") >= 2 else "needs d >= 2",
    "different inputs": _distinct,
    "dependence": _dependence,
}
