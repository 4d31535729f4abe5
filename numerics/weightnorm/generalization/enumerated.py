"""Suprema over finite classes by enumeration of every sample and every sign vector (G1, G5, I1).

Sums have at most a few 10^5 terms of the size of the entries; their rounding is charged term by
term, so both ends are certified.
"""

from __future__ import annotations

import itertools
import math

import torch
from flint import arb, ctx
from torch import Tensor

from numerics.enclosure import Enclosure, Quality
from numerics.linalg.balls import above, below
from numerics.rounding import LEAST, UNIT
from numerics.weightnorm.signed import signed_input_average

__all__ = [
    "balanced_supremum",
    "central_binomial",
    "expected_supremum",
    "gram_moments",
    "iid_supremum",
    "rademacher_at_twice",
    "self_bounding_sum",
    "signed_sum",
]


def expected_supremum(g: Tensor, p: Tensor, n: int) -> Enclosure:
    """E sup_g (P - P_n) g over all samples of n points: g (B, G, M), weights p (B, M); (B,)."""
    chance = p / p.sum(-1, keepdim=True)
    mean = (g * chance.unsqueeze(-2)).sum(-1)  # (B, G)
    rows = _samples(g.shape[-1], n)  # (M^n, n)
    apart = mean.unsqueeze(-1) - g[:, :, rows].mean(-1)
    weight = chance[:, rows].prod(-1)
    return _ends((apart.amax(1) * weight).sum(-1), g, rows.numel() + 8 * n)


def rademacher_at_twice(g: Tensor, p: Tensor, n: int) -> Enclosure:
    """R_2n = E sup_g (1/2n) sum_(i <= 2n) eps_i g(z_i) over all samples and signs; (B,)."""
    chance = p / p.sum(-1, keepdim=True)
    points, two = g.shape[-1], 2 * n
    counts, ways = _multisets(points, two)
    signs = _signs(two)
    total = torch.zeros(len(g), dtype=g.dtype)
    for rows, way in zip(counts, ways, strict=True):
        sums = torch.einsum("bgi,si->bgs", g[:, :, rows], signs).amax(1).mean(-1)
        total = total + way * chance[:, rows].prod(-1) * sums / two
    return _ends(total, g, len(counts) * len(signs) + 8 * two)


def balanced_supremum(a: Tensor) -> Enclosure:
    """E_s sup_a <s, a> over all sign vectors with as many pluses as minuses; a (B, G, 2n)."""
    signs = _signs(a.shape[-1])
    return _suprema(a, signs[signs.sum(-1) == 0])


def iid_supremum(a: Tensor) -> Enclosure:
    """E_eps sup_a <eps, a> over all sign vectors; a (B, G, 2n)."""
    return _suprema(a, _signs(a.shape[-1]))


def central_binomial(n: Tensor) -> Enclosure:
    """eta_n = C(2n, n)/4^n = Gamma(n + 1/2)/(sqrt(pi) Gamma(n + 1)) for whole numbers n (B,) of any
    size, to a few units in the last place."""
    found = [_eta(int(k)) for k in n.tolist()]
    low = torch.tensor([below(eta) for eta in found], dtype=torch.float64)
    high = torch.tensor([above(eta) for eta in found], dtype=torch.float64)
    return Enclosure(low, high, Quality.ENCLOSURE, "gamma function in balls")


def _eta(n: int) -> arb:
    """In so many bits that the logarithms of two factorials may cancel."""
    with ctx.workprec(128 + 2 * n.bit_length()):
        half = arb(1) / 2
        return ((arb(n) + half).lgamma() - (arb(n) + 1).lgamma()).exp() / arb.pi().sqrt()


def signed_sum(x: Tensor) -> Enclosure:
    """E_eps ||sum eps_i x_i||, x (B, n, d); (B,)."""
    return _stacked([signed_input_average(one) for one in x])


def self_bounding_sum(x: Tensor) -> Enclosure:
    """sum_i (Z - Z_i), Z = E_eps ||sum eps x|| and Z_i without input i; (B,)."""
    n, parts = x.shape[1], []
    for one in x:
        whole = signed_input_average(one)
        low, high = n * whole.lower, n * whole.upper
        for i in range(n if n > 1 else 0):
            rest = signed_input_average(torch.cat([one[:i], one[i + 1 :]]))
            low, high = low - rest.upper, high - rest.lower
        wide = (2.0 * n + 4.0) * UNIT * n * whole.upper
        parts.append(Enclosure(low - wide, high + wide, Quality.ENCLOSURE, whole.method))
    return _stacked(parts)


def gram_moments(x: Tensor) -> tuple[Enclosure, Enclosure]:
    """||G_o||_F^2 and tr(G_o^3), G_o the Gram matrix of x (B, n, d) without its diagonal; (B,)."""
    n, d = x.shape[1:]
    gram = x @ x.mT
    gram = gram - torch.diag_embed(torch.diagonal(gram, dim1=-2, dim2=-1))
    total = x.square().sum((-1, -2))
    second, third = gram.square().sum((-1, -2)), ((gram @ gram) * gram).sum((-1, -2))
    wide = (4.0 * d + 4.0 * n * n + 64.0) * UNIT
    return tuple(
        Enclosure(v - wide * s - LEAST, v + wide * s + LEAST, Quality.ENCLOSURE, "matrix product")
        for v, s in ((second, total.square()), (third, total**3))
    )  # type: ignore[return-value]


def _stacked(parts: list[Enclosure]) -> Enclosure:
    low, high = torch.stack([p.lower for p in parts]), torch.stack([p.upper for p in parts])
    return Enclosure(low, high, Quality.ENCLOSURE, parts[0].method)


def _suprema(a: Tensor, signs: Tensor) -> Enclosure:
    value = torch.einsum("bgi,si->bgs", a, signs.to(a)).amax(1).mean(-1)
    return _ends(value, a * a.shape[-1], len(signs) + 2 * a.shape[-1])


def _ends(value: Tensor, entries: Tensor, terms: int) -> Enclosure:
    size = entries.abs().flatten(1).amax(-1)
    radius = (2.0 * terms + 32.0) * UNIT * size + LEAST
    return Enclosure(value - radius, value + radius, Quality.ENCLOSURE, "enumeration")


def _signs(count: int) -> Tensor:
    return torch.tensor(list(itertools.product((1.0, -1.0), repeat=count)), dtype=torch.float64)


def _samples(points: int, n: int) -> Tensor:
    return torch.tensor(list(itertools.product(range(points), repeat=n)))


def _multisets(points: int, size: int) -> tuple[Tensor, list[float]]:
    """Samples up to order, and how many orders each has."""
    rows = list(itertools.combinations_with_replacement(range(points), size))
    ways = [
        math.factorial(size) / math.prod(math.factorial(row.count(j)) for j in set(row))
        for row in rows
    ]
    return torch.tensor(rows), ways
