"""Networks continued to larger ones by a search: units copied by lot, a layer below the first.

A search goes on from here, so noise parts the copies and lengths need not be kept; what does as
much at the larger size, for scaling laws, is `verify.weightnorm.grow`.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from verify.subject import Point
from verify.weightnorm.architecture import Architecture

__all__ = ["deepened", "deeper", "widened", "wider"]

_WIDEST, _DEEPEST = 16, 8
_NOISE = 0.02  # so that copies of a unit can part again


def wider(shape: Architecture) -> Architecture | None:
    """Twice the units in every hidden layer, at most 16; None where that changes nothing."""
    hidden = tuple(max(w, min(2 * w, _WIDEST)) for w in shape.widths[1:])
    return None if hidden == shape.widths[1:] else replace(shape, widths=(shape.widths[0], *hidden))


def deeper(shape: Architecture) -> Architecture | None:
    """One hidden layer more below the first and as wide; None from depth 8 on."""
    widths = (*shape.widths[:2], *shape.widths[1:])
    return None if shape.depth >= _DEEPEST else replace(shape, widths=widths)


def widened(point: Point, generator: torch.Generator, into: Architecture) -> Point:
    """New units are copies of old ones. Every other candidate takes all of them in turn and shares
    v among the copies; the others take them by lot and leave v where it was, so that what rested
    on one unit still does.

    A copy's outgoing weights are shared with its original, which keeps every angle between a row
    and the features it meets.
    """
    found = dict(point)
    below: Tensor | None = None
    for l, width in enumerate(into.widths[1:], start=1):
        weight = point[f"W{l}"]
        if below is not None:
            weight = _shared(weight.mT, below).mT
        source = _sources(len(weight), weight.shape[1], width, generator).to(weight.device)
        found[f"W{l}"] = _parted(_taken(weight, source), generator)
        found[f"log_r{l}"] = _taken(point[f"log_r{l}"].unsqueeze(-1), source).squeeze(-1)
        below = source
    found["v"] = _parted(_output(point["v"], below), generator)
    return found


def deepened(point: Point, generator: torch.Generator, into: Architecture) -> Point:
    """A layer whose rows all lie along the first input, and the old first layer turned so that it
    stands to the new features as it stood to the input."""
    depth, width = into.depth, into.widths[1]
    first, x = point["W1"], point["x"][:, 0]
    found = {name: u for name, u in point.items() if not name.startswith(("W", "log_r"))}
    for l in range(2, depth + 1):
        found[f"W{l}"], found[f"log_r{l}"] = point[f"W{l - 1}"], point[f"log_r{l - 1}"]
    found["W1"] = _parted(x.unsqueeze(1).expand(-1, width, -1), generator)
    found["log_r1"] = point["log_r1"].clone()
    features = torch.full((len(x), width), width**-0.5, dtype=x.dtype, device=x.device)
    found["W2"] = _parted(first @ _turn(x, features, generator).mT, generator)
    return found


def _sources(count: int, old: int, new: int, generator: torch.Generator) -> Tensor:
    """(count, new): which old unit each new one is; the first `old` are themselves."""
    turn = torch.arange(new) % old
    lot = torch.randint(old, (count, new), generator=generator)
    lot[:, :old] = torch.arange(old)
    return torch.where((torch.arange(count) % 2 == 0).unsqueeze(-1), turn, lot)


def _taken(rows: Tensor, source: Tensor) -> Tensor:
    """Rows (B, m, k) by source (B, m')."""
    return rows.gather(1, source.unsqueeze(-1).expand(-1, -1, rows.shape[-1]))


def _shared(rows: Tensor, source: Tensor) -> Tensor:
    """The same, each divided by the number of its copies."""
    copies = torch.nn.functional.one_hot(source, rows.shape[1]).sum(1).to(rows.dtype)
    return _taken(rows / copies.unsqueeze(-1), source)


def _output(v: Tensor, source: Tensor | None) -> Tensor:
    if source is None or source.shape[1] == v.shape[1]:
        return v
    kept = torch.zeros(len(v), source.shape[1], dtype=v.dtype, device=v.device)
    kept[:, : v.shape[1]] = v
    even = (torch.arange(len(v), device=v.device) % 2 == 0).unsqueeze(-1)
    return torch.where(even, v.gather(1, source), kept)


def _parted(directions: Tensor, generator: torch.Generator) -> Tensor:
    """Of length 1 again, with a little noise."""
    noise = torch.randn(directions.shape, generator=generator, dtype=directions.dtype)
    noise = _NOISE * noise.to(directions.device) / directions.shape[-1] ** 0.5
    moved = directions / _length(directions).clamp_min(1e-12) + noise
    return moved / _length(moved)


def _length(directions: Tensor) -> Tensor:
    return torch.linalg.vector_norm(directions, dim=-1, keepdim=True)


def _turn(first: Tensor, second: Tensor, generator: torch.Generator) -> Tensor:
    """(B, m, d): keeps lengths as far as dimensions allow and takes unit `first` to `second`."""
    bases = [_basis(vector, generator) for vector in (second, first)]
    shared = min(first.shape[-1], second.shape[-1])
    return bases[0][..., :shared] @ bases[1][..., :shared].mT


def _basis(vector: Tensor, generator: torch.Generator) -> Tensor:
    """Orthonormal columns, the first of them along the vector."""
    size = vector.shape[-1]
    others = torch.randn(len(vector), size, size - 1, generator=generator, dtype=vector.dtype)
    columns = torch.cat([vector.unsqueeze(-1), others.to(vector.device)], dim=-1)
    basis, upper = torch.linalg.qr(columns)
    return basis * upper.diagonal(dim1=-2, dim2=-1).sign().unsqueeze(-2)
