"""Networks without normalization of one size as networks of a larger one that do as much.

    deeper    a new last layer gamma sqrt(m) u v^T/||v||, u = (1, .., 1)/sqrt(m), read by ||v|| u
    wider     every unit k times, each copy with 1/sqrt(k) of what reads it
    more data every input k times, with its target

For phi(t) = t the first multiplies f by gamma and the second keeps f, ||alpha^l||/sqrt(m) and the
gains ||W^l||_2/sqrt(m); for other activations they are starts from which a search goes on.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from verify.check import unmet
from verify.claim import Claim
from verify.subject import Point, Shape, Sizes
from verify.unnormalized.space import PlainSpace, drawn, shape_of

__all__ = ["SIZES"]


def _depth(point: Point) -> int:
    return sum(name.startswith("W") for name in point)


def _deeper(point: Point, layers: int) -> Point:
    new, depth = dict(point), _depth(point)
    count, m = point["v"].shape
    flat = torch.full_like(point["v"], m**-0.5)
    for l in range(depth + 1, depth + layers + 1):
        v = new["v"] / torch.linalg.vector_norm(new["v"], dim=-1, keepdim=True)
        new[f"W{l}"] = flat.unsqueeze(-1) * v.unsqueeze(-2)
        new["v"] = flat.clone()
    gain = point["log_w"].amax(-1, keepdim=True).expand(count, layers)
    new["log_w"] = torch.cat([point["log_w"], gain], dim=-1)
    return _ordered(new)


def _wider(point: Point, times: int) -> Point:
    """Directions only: the gains are those of the regime afterwards."""
    new = dict(point)
    for l in range(1, _depth(point) + 1):
        rows = point[f"W{l}"].repeat_interleave(times, -2)
        new[f"W{l}"] = rows.repeat_interleave(times, -1) if l > 1 else rows
    new["v"] = point["v"].repeat_interleave(times, -1)
    return new


def _more(point: Point, times: int) -> Point:
    """Every input and target so many times."""
    longer = {name: point[name].repeat_interleave(times, 1) for name in ("x", "y")}
    return {**point, **longer, "log_eta": point["log_eta"] + 0.5 * math.log(times)}


def _ordered(point: Point) -> Point:
    """As the space draws them: layer by layer, then the rest."""
    layers = [f"W{l}" for l in range(1, _depth(point) + 1)]
    return {name: point[name] for name in (*layers, *(n for n in point if n not in layers))}


def _grown(space: PlainSpace, point: Point, larger: PlainSpace) -> Point | None:
    small, large = space.shape.detail, larger.shape.detail
    steps = large.depth - small.depth
    if large.width % small.width or large.inputs % small.inputs or steps < 0:
        return None
    out = _wider(point, large.width // small.width) if large.width > small.width else dict(point)
    out = _deeper(out, steps) if steps else out
    times = large.inputs // small.inputs
    return _more(out, times) if times > 1 else out


def _held(space: PlainSpace, point: Point, regime: Mapping[str, float]) -> Point:
    """The candidates with ||v|| = nu and ||W^l||_2 = gamma sqrt(m) in every layer."""
    new = dict(point)
    if "nu" in regime:
        new["log_nu"] = torch.full_like(point["log_nu"], math.log(regime["nu"]))
    if "gamma" in regime:
        level = math.log(regime["gamma"]) + 0.5 * math.log(space.shape.detail.width)
        layers = [point[f"W{l}"] for l in range(1, _depth(point) + 1)]
        new["log_w"] = torch.stack([level - _log_direction(w) for w in layers], dim=-1)
    return new


def _log_direction(w: Tensor) -> Tensor:
    """log of the spectral norm of a direction, whose Frobenius norm is taken as 1."""
    whole = torch.linalg.matrix_norm(w)
    return (torch.linalg.matrix_norm(w, ord=2) / whole).log()


def _shape(claim: Claim, sizes: Mapping[str, int], phi: Any) -> Shape | None:
    if sizes["n"] > 1 and claim.quantity.over == "input":
        return None
    shape = shape_of(sizes["L"], sizes["m"], phi, inputs=sizes["n"])
    return None if unmet(claim, drawn(shape, 1, 0, claim)) else shape


SIZES = Sizes(
    grids={"L": (2, 4, 8, 12), "m": (2, 4, 8, 16), "n": (1, 2, 4, 8)},
    reference={"L": 2, "m": 4, "n": 1},
    regime={"nu": 1.0, "gamma": 1.0},
    groups=("identity", "tanh"),
    shape=_shape,
    held=_held,
    grown=_grown,
    random=("random",),
)
