"""Networks of one size as networks of a larger one that do as much: layers added, units copied.

    deeper    a new last layer whose rows are all v/||v||, read by equal output weights
    wider     every unit k times, each copy with 1/sqrt(k) of every row entry that reads it
    repeated  every input k times, with its target

For phi(t) = t all keep f, ||alpha^l||, df/dalpha^l and the row norms; for other activations they
are starts from which a search goes on. At a fixed regime all rows have the norm omega: f does not
change with it, Hess f = D Hess D with D = diag(1/||W_i||), so no derivative is larger elsewhere.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch

from numerics.activations import Activation
from verify.check import unmet
from verify.claim import Claim
from verify.subject import Point, Shape, Sizes
from verify.weightnorm.architecture import Architecture, network_of
from verify.weightnorm.network_space import NetworkSpace

__all__ = ["SIZES", "deeper", "grown", "held", "repeated", "wider"]

#: Linear (what a bound without curvature needs) and bent; each is a law of its own.
ACTIVATIONS: tuple[str | Activation, ...] = ("identity", "tanh")
_SCALES = {"nu": "log_nu", "xi": "log_xi"}


def _depth(point: Point) -> int:
    return sum(name.startswith("W") for name in point)


def deeper(point: Point, layers: int, width: int | None = None) -> Point:
    """The candidates with further layers on top of them, of this width (that of the last)."""
    new, depth = dict(point), _depth(point)
    v = point["v"] / torch.linalg.vector_norm(point["v"], dim=-1, keepdim=True)
    m = width or v.shape[-1]
    for l in range(depth + 1, depth + layers + 1):
        new[f"W{l}"] = v.unsqueeze(-2).expand(-1, m, -1).clone()
        new[f"log_r{l}"] = point[f"log_r{depth}"].amin(-1, keepdim=True).expand(-1, m).clone()
        v = torch.full((v.shape[0], m), m**-0.5, dtype=v.dtype, device=v.device)
    new["v"] = v
    return _ordered(new)


def wider(point: Point, times: int) -> Point:
    """The candidates with every hidden unit `times` times."""
    new, share = dict(point), times**-0.5
    for l in range(1, _depth(point) + 1):
        rows = point[f"W{l}"]
        if l > 1:
            rows = rows.repeat_interleave(times, -1) * share
        new[f"W{l}"] = rows.repeat_interleave(times, -2)
        new[f"log_r{l}"] = point[f"log_r{l}"].repeat_interleave(times, -1)
    new["v"] = point["v"].repeat_interleave(times, -1) * share
    return new


def repeated(point: Point, times: int) -> Point:
    """The candidates with every input and its target `times` times: the same losses."""
    longer = {name: point[name].repeat_interleave(times, 1) for name in ("x", "log_xi", "y")}
    return {**point, **longer, "log_eta": point["log_eta"] + 0.5 * math.log(times)}


def _ordered(point: Point) -> Point:
    """As a space draws them: layer by layer, then the rest."""
    layers = [f"{kind}{l}" for l in range(1, _depth(point) + 1) for kind in ("W", "log_r")]
    return {name: point[name] for name in (*layers, *(n for n in point if n not in layers))}


def grown(space: NetworkSpace, point: Point, larger: NetworkSpace) -> Point | None:
    """The candidates at the larger architecture; None unless it has equal widths, each a multiple
    of the smaller one's, no fewer layers, inputs of the same size and a multiple of them."""
    small: Architecture = space.shape.detail
    large: Architecture = larger.shape.detail
    if small.widths[0] != large.widths[0] or large.inputs % small.inputs:
        return None
    (m, *others), (k, *more) = set(small.widths[1:]), set(large.widths[1:])
    if others or more or k % m or large.depth < small.depth:
        return None
    out = wider(point, k // m) if k > m else point
    out = deeper(out, large.depth - small.depth) if large.depth > small.depth else dict(out)
    return repeated(out, large.inputs // small.inputs) if large.inputs > small.inputs else out


def held(space: NetworkSpace, point: Point, regime: Mapping[str, float]) -> Point:
    """The candidates with ||v|| = nu, ||x|| = xi, every row norm omega, where these are given."""
    new = dict(point)
    for symbol, value in regime.items():
        level = math.log(value)
        for name in point:
            if name == _SCALES.get(symbol) or (symbol == "omega" and name.startswith("log_r")):
                new[name] = torch.full_like(point[name], level)
    return new


def _shape(claim: Claim, sizes: Mapping[str, int], phi: str | Activation) -> Shape | None:
    """Equal widths, inner placement, n inputs of dimension 3 (one for a quantity of one input)."""
    if sizes["n"] > 1 and claim.quantity.over == "input":
        return None
    made = Architecture((3, *(sizes["m"],) * sizes["L"]), phi, "inner", sizes["n"])
    return None if unmet(claim, network_of(made)) else made.shape


SIZES = Sizes(
    grids={"L": (2, 4, 8, 12, 16), "m": (2, 4, 8, 16, 32), "n": (1, 2, 4, 8, 16)},
    reference={"L": 2, "m": 4, "n": 1},
    regime={"nu": 1.0, "omega": 1.0, "xi": 1.0},
    groups=ACTIVATIONS,
    shape=_shape,
    held=held,
    grown=grown,
    random=("random",),
)
