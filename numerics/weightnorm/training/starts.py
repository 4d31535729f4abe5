"""Initial networks: the draws of the figures, and starts whose rows look at the data."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor

from numerics.activations import Activation
from numerics.validation import check_count, check_positive, check_tensor, check_widths
from numerics.weightnorm.network import Placement, WeightNormNetwork


def uniform_network(
    widths: Sequence[int],
    activation: str | Activation = "tanh",
    *,
    half_width: float,
    seed: int,
    batch: int | None = None,
    placement: Placement = "inner",
) -> WeightNormNetwork:
    """W^l entrywise uniform in [-half_width/sqrt(m_l), half_width/sqrt(m_l)], ||v|| = 1.

    The draw of the figures after [CV25] section 7 (half_width 0.5 and 5); v is uniform on the unit
    sphere. widths = (d, m_1, ..., m_L). float64 on the CPU; see `.to` for others.
    """
    widths, half_width = check_widths(widths), check_positive(half_width, "half_width")
    generator = torch.Generator().manual_seed(seed)
    lead = () if batch is None else (check_count(batch, "batch"),)

    def uniform(m: int, k: int) -> Tensor:
        draw = torch.rand(*lead, m, k, generator=generator, dtype=torch.float64)
        return (2.0 * draw - 1.0) * (half_width / math.sqrt(m))

    weights = [uniform(m, k) for k, m in pairwise(widths)]
    v = torch.randn(*lead, widths[-1], generator=generator, dtype=torch.float64)
    v = v / torch.linalg.vector_norm(v, dim=-1, keepdim=True)
    return WeightNormNetwork.from_tensors(weights, v, activation=activation, placement=placement)


def picture_network(
    x: Tensor,
    width: int,
    activation: str | Activation = "tanh",
    *,
    row_norm: float,
    seed: int,
    noise: float = 0.1,
    placement: Placement = "inner",
) -> WeightNormNetwork:
    """One hidden layer whose rows point, up to `noise`, at the inputs x (n, d) in turn.

    Row i is row_norm (x_(i mod n) / ||x_(i mod n)|| + noise * Gaussian / sqrt(d)). Such rows see
    the data, so that ||grad Loss||^2/Loss is large: with few inputs the start of the regime in
    which restricted strong convexity is certified (T13).
    """
    x = check_tensor(x, "x").to(torch.float64)
    check_count(width, "width")
    generator = torch.Generator().manual_seed(seed)
    chosen = x[torch.arange(width) % len(x)]
    chosen = chosen / torch.linalg.vector_norm(chosen, dim=1, keepdim=True)
    blur = torch.randn(chosen.shape, generator=generator, dtype=torch.float64)
    v = torch.randn(width, generator=generator, dtype=torch.float64)
    rows = check_positive(row_norm, "row_norm") * (
        chosen + noise * blur / math.sqrt(chosen.shape[1])
    )
    v = v / torch.linalg.vector_norm(v)
    return WeightNormNetwork.from_tensors([rows], v, activation=activation, placement=placement)
