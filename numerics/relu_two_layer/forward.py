"""One sweep over a batch of networks: rows, gain ratios, preactivations, activation patterns."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from numerics.relu_two_layer.balls import Ball, exact
from numerics.relu_two_layer.inputs import row_norms, scaled_rows
from numerics.relu_two_layer.network import ReluNetwork
from numerics.relu_two_layer.signs import exact_signs
from numerics.rounding import LEAST, projection_error, row_error

_EXACT_DECISIONS = 20_000  # more doubtful signs than this stay undecided (about 0.1 ms each)


@dataclass(frozen=True, eq=False)
class Sweep:
    """What every quantity of a state (v, g, c) on inputs x needs.

    x: (B, n, d); x_norms, unit (rows u_k), row_norms, rho = g/||v||, a = X U^T as balls, of shapes
    (B, n), (B, m, d), (B, m), (B, m), (B, n, m). active: a > 0 decided exactly where `undecided`
    is False; `undecided` is None where that is everywhere.
    """

    x: Tensor
    x_norms: Ball
    unit: Ball
    row_norms: Ball
    rho: Ball
    g: Tensor
    c: Tensor
    a: Ball
    active: Tensor
    undecided: Tensor | None

    @property
    def m(self) -> int:
        return self.g.shape[-1]

    @cached_property
    def features(self) -> Ball:
        """relu(a), (B, n, m)."""
        return self.a.relu()


def sweep(network: ReluNetwork, x: Tensor) -> Sweep:
    """The sweep at resolved inputs x (B, n, d)."""
    unit, norms = _unit_rows(network.v)
    sizes = row_norms(x)
    a = x @ unit.mid.mT
    reach = 1.01 * projection_error(x.shape[-1]) * sizes.size.unsqueeze(-1) + LEAST
    active, undecided = _patterns(network.v, x, a, reach)
    return Sweep(
        x=x,
        x_norms=sizes,
        unit=unit,
        row_norms=norms,
        rho=exact(network.g) / norms,
        g=network.g,
        c=network.c,
        a=Ball(a, reach.expand_as(a)),
        active=active,
        undecided=undecided,
    )


def _unit_rows(v: Tensor) -> tuple[Ball, Ball]:
    """u_k = v_k/||v_k||, each computed row within row_error(d) of the exact one; and ||v_k||."""
    scaled, norm, norms = scaled_rows(v)
    unit = scaled / norm
    # the norm costs the same relative error in every entry, the division one rounding more
    return Ball(unit, 1.01 * row_error(v.shape[-1]) * unit.abs() + LEAST), norms


def _patterns(v: Tensor, x: Tensor, a: Tensor, reach: Tensor) -> tuple[Tensor, Tensor | None]:
    """1{a > 0}, and where it is not known."""
    active = a > 0
    doubtful = ~(a.abs() > reach)
    count = int(doubtful.sum())
    if count == 0:
        return active, None
    if count > _EXACT_DECISIONS:
        return active, doubtful
    batch, i, k = doubtful.nonzero(as_tuple=True)
    signs = exact_signs(x[batch, i].cpu(), v[batch, k].cpu())
    active[batch, i, k] = torch.tensor(signs, device=active.device) > 0
    return active, None
