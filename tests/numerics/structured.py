"""Networks in the hard corners: rows placed relative to the features they meet, scales apart."""

from __future__ import annotations

import torch

from numerics import WeightNormNetwork, activation
from tests.numerics.cases import SMOOTH, Case

D = torch.float64
ROWS = ("gaussian", "parallel", "nearly parallel", "perpendicular", "equal", "signs", "sparse")


class Draw:
    """One generator, with the few draws needed."""

    def __init__(self, seed: int) -> None:
        self.generator = torch.Generator().manual_seed(seed)

    def integer(self, low: int, high: int) -> int:
        return int(torch.randint(low, high, (), generator=self.generator))

    def normal(self, *shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=self.generator, dtype=D)

    def power(self, low: float, high: float) -> float:
        return float(10.0 ** (low + (high - low) * torch.rand((), generator=self.generator)))


def _rows(draw: Draw, kind: str, width: int, alpha: torch.Tensor) -> torch.Tensor:
    k = len(alpha)
    rows = draw.normal(width, k)
    size = alpha.norm()
    unit = alpha / size if size > 0 else torch.ones(k, dtype=D) / k**0.5
    if kind == "parallel":
        rows = unit.expand(width, -1) * torch.sign(draw.normal(width, 1))
    elif kind == "nearly parallel":
        rows = unit + draw.power(-16, -1) * rows
    elif kind == "perpendicular" and k > 1:
        rows = rows - (rows @ unit).unsqueeze(-1) * unit
    elif kind == "equal":
        rows = rows[:1].expand(width, -1)
    elif kind == "signs":
        rows = torch.sign(rows)
    elif kind == "sparse":
        rows = rows * (draw.normal(width, k) > 0.5)
    rows = torch.where((rows == 0).all(-1, keepdim=True), torch.ones_like(rows), rows)
    return rows.clone()


def structured(seed: int, largest: int = 8) -> Case:
    """A network and one input (d,): kinds of rows, scales, activation, placement all drawn."""
    draw = Draw(seed)
    widths = [draw.integer(1, largest) for _ in range(draw.integer(2, 6))]
    phi, placement = SMOOTH[draw.integer(0, len(SMOOTH))], ("inner", "outer")[draw.integer(0, 2)]
    x = draw.normal(widths[0]) * draw.power(-3, 1.5)
    if draw.integer(0, 12) == 0:
        x = torch.zeros_like(x)
    alpha, weights, decades = x, [], draw.integer(0, 3)
    for width in widths[1:]:
        rows = _rows(draw, ROWS[draw.integer(0, len(ROWS))], width, alpha)
        rows = rows * torch.pow(10.0, decades * draw.normal(width, 1)) * draw.power(-3, 2)
        weights.append(rows)
        s, c = (width**-0.5, 1.0) if placement == "inner" else (1.0, width**-0.5)
        alpha = c * activation(phi).value(s * rows @ alpha / rows.norm(dim=-1))
    v = draw.normal(widths[-1]) * draw.power(-2, 2)
    if draw.integer(0, 4) == 0:
        v = torch.ones_like(v)
    if draw.integer(0, 10) == 0:
        v = v * (draw.normal(len(v)) > 0)
    network = WeightNormNetwork.from_tensors(weights, v, activation=phi, placement=placement)
    return network, x
