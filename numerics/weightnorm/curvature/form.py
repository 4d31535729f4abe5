"""The scalars through which the Hessian form sees each row (theory section 3), with error bounds.

For a direction Delta with radial parts p_i = <What_i, Delta_i> and t_i = <a_i, Delta_i>:

    gdot_i = gain_i t_i + s <What_i, y>,        y = alphadot^(l-1),   alphadot^l = slope * gdot
    form   = 2 <u, alphadot^L> + sum_l sum_i { bend_i gdot_i^2 - 2 radial_i p_i t_i
             + own_i ||tau_i||^2 + 2 link_i <tau_i, y> }

gain = s n/r, slope = c phi'(g), bend = c e phi''(g), radial = delta s n/r^2, own = -delta g/r^2,
link = delta s/r. The computed scalars define an exact nearby form; `perturbation` bounds its
distance to the true one, |form - true form| <= perturbation ||Delta||^2.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any

import torch
from torch import Tensor

from numerics.rounding import UNIT
from numerics.weightnorm.curvature.directions import Directions, find_directions
from numerics.weightnorm.network import WeightNormNetwork
from numerics.weightnorm.sweeps import Trace


@dataclass(frozen=True, eq=False)
class RowData:
    """One layer's scalars, all (Q, m) unless said otherwise; k is the layer's input size."""

    unit: Tensor | None  # What, (Q | 1, m, k); None for the first layer, where y = 0
    direction: Tensor  # alpha^(l-1) / ||alpha^(l-1)||, (Q, k); zero if alpha is
    inner: float  # s_l
    gain: Tensor
    slope: Tensor
    bend: Tensor
    radial: Tensor
    own: Tensor
    link: Tensor
    alpha_part: Tensor  # a_i = alpha_part direction - row_part What_i + extra_i
    row_part: Tensor
    extra: Tensor | None
    present: Tensor  # whether the row has an a_i
    direction_error: Tensor

    @property
    def width(self) -> int:
        return int(self.gain.shape[-1])

    @property
    def inputs(self) -> int:
        """k = m_(l-1)."""
        return int(self.direction.shape[-1])

    @property
    def has_complement(self) -> bool:
        """Whether rows have directions orthogonal to both What_i and a_i."""
        return self.inputs >= 3

    @property
    def own_along(self) -> Tensor:
        """own_i where a_i exists, else 0 (an absent coordinate gets the harmless value mu)."""
        return torch.where(self.present, self.own, torch.zeros_like(self.own))


@dataclass(frozen=True, eq=False)
class FormData:
    """The Hessian forms of Q problems (network, input, sign), and the data's perturbation (Q,).

    crude (Q,): a bound on the norm without any eigenvalue, for where nothing better is proved.
    vanishes (Q,): the Hessian is exactly 0, because no row of the network can turn any feature.
    """

    layers: tuple[RowData, ...]
    perturbation: Tensor
    crude: Tensor
    vanishes: Tensor

    @property
    def problems(self) -> int:
        return int(self.perturbation.shape[0])

    @property
    def size(self) -> int:
        """m_1 + ... + m_L, the size of the reduced matrix before its last block is eliminated."""
        return sum(layer.width for layer in self.layers)

    def negated(self) -> FormData:
        """The same problems for -f."""
        layers = tuple(
            replace(y, bend=-y.bend, radial=-y.radial, own=-y.own, link=-y.link)
            for y in self.layers
        )
        return replace(self, layers=layers)

    def both_signs(self) -> FormData:
        """2 Q problems: f first, then -f."""
        other = self.negated()
        return self._combine(lambda left, right: torch.cat([left, right]), other)

    def choose(self, index: Tensor) -> FormData:
        """The problems with these indices."""
        return self._combine(lambda left, _: left[index], self)

    def _combine(self, join: Callable[[Tensor, Tensor], Tensor], other: FormData) -> FormData:
        layers = []
        for left, right in zip(self.layers, other.layers, strict=True):
            changes: dict[str, Any] = {}
            for field in fields(left):
                one, two = getattr(left, field.name), getattr(right, field.name)
                shared = field.name == "unit" and one is not None and one.shape[0] == 1
                if isinstance(one, Tensor) and not shared:
                    changes[field.name] = join(one, two)
            layers.append(replace(left, **changes))
        return FormData(
            tuple(layers),
            join(self.perturbation, other.perturbation),
            join(self.crude, other.crude),
            join(self.vanishes, other.vanishes),
        )


def form_data(network: WeightNormNetwork, swept: Trace) -> FormData:
    """The data of f for each network of the batch at its one input (swept with n = 1)."""
    from numerics.weightnorm.curvature.perturbation import perturbation  # it reads RowData

    second = network.activation.require_second("the Hessian")
    rows, directions = [], []
    for l, layer in enumerate(swept.layers):
        alpha, pre, delta = layer.before[:, 0], layer.pre[:, 0], swept.delta[l][:, 0]
        found = find_directions(
            layer.weight, layer.norms, alpha, layer.projections[:, 0], keep_rows=l > 0
        )
        turns = float(layer.weight.shape[-1] > 1)  # a row of length 1 has no tangent direction
        link = turns * delta * (layer.inner / layer.norms)
        size = torch.linalg.vector_norm(alpha, dim=-1, keepdim=True)
        n = torch.where(found.present, found.n, torch.zeros_like(found.n))
        rows.append(
            RowData(
                unit=layer.weight / layer.norms.unsqueeze(-1) if l > 0 else None,
                direction=alpha / torch.where(size > 0, size, torch.ones_like(size)),
                inner=layer.inner,
                gain=n * (layer.inner / layer.norms),
                slope=layer.outer * layer.first[:, 0],
                bend=layer.outer * swept.e[l + 1][:, 0] * second(pre),
                radial=link * n / layer.norms,
                own=-turns * (delta / layer.norms) * (pre / layer.norms),
                link=link,
                alpha_part=found.alpha_part,
                row_part=found.row_part,
                extra=found.extra,
                present=found.present,
                direction_error=found.direction_error,
            )
        )
        directions.append(found)
    bound, crude = perturbation(network.activation, swept, tuple(rows), _residuals(directions))
    return FormData(tuple(rows), bound, crude, _vanishes(network, swept))


def _residuals(directions: list[Directions]) -> tuple[Tensor, ...]:
    return tuple(found.residual for found in directions)


def complement(layer: RowData, mu: Tensor) -> Tensor:
    """link_i^2 / (mu - own_i), what the directions orthogonal to What_i and a_i cost; mu (Q, 1).

    0 where a row has no such direction.
    """
    if not layer.has_complement:
        return torch.zeros_like(layer.link)
    return layer.link.square() / (mu - layer.own)


def tau(layer: RowData) -> float:
    """Relative error of a product with the unit rows, each row's own error included."""
    return (1.6 * layer.width + 3.2 * layer.inputs + 96.0) * UNIT


def _vanishes(network: WeightNormNetwork, swept: Trace) -> Tensor:
    """(Q,): every layer's input has size 1 or is 0 whatever the weights are."""
    alpha = swept.layers[0].before[:, 0]
    zero = (alpha == 0).all(-1)
    at_zero = network.activation.value(torch.zeros_like(alpha[:1, :1]))
    found = torch.ones_like(zero)
    for layer in swept.layers:
        if layer.before.shape[-1] > 1:
            found = found & zero
        zero = zero & (at_zero == 0).all()
    return found
