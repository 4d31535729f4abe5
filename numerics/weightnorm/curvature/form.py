"""The Hessian forms of many problems, with bounds on how far they are from the true ones.

The scalars (`curvature.scalars`) as computed define an exact nearby form; `perturbation` bounds
its distance to the true one, |form - true form| <= perturbation ||Delta||^2.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any

import torch
from torch import Tensor

from numerics.rounding import TINY, UNIT
from numerics.scaling import Shift, shifted, shifted_down, shifted_up
from numerics.weightnorm.curvature.directions import Directions, find_directions
from numerics.weightnorm.curvature.perturbation import perturbation
from numerics.weightnorm.curvature.scalars import NAMES, Scalars, row_scalars, scalar_errors
from numerics.weightnorm.curvature.units import balancing_shifts
from numerics.weightnorm.forward_error import sweep_radii
from numerics.weightnorm.network import WeightNormNetwork
from numerics.weightnorm.sweeps import Layer, Trace


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
    shift (Q,): the true form is 2^shift times this one. sound (Q,): whether it may be certified
    at all; where not, the scalars are 0. None: no shift; all sound.
    """

    layers: tuple[RowData, ...]
    perturbation: Tensor
    crude: Tensor
    vanishes: Tensor
    shift: Shift = None
    sound: Tensor | None = None

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
        layers = tuple(
            _joined(left, right, join)
            for left, right in zip(self.layers, other.layers, strict=True)
        )
        return _joined(replace(self, layers=layers), replace(other, layers=layers), join)

    def true_ends(self, lower: Tensor, upper: Tensor) -> tuple[Tensor, Tensor]:
        """Certified ends (.., Q) of this form as ends of the true one; [0, inf] if not sound."""
        lower, upper = shifted_down(lower, self.shift), shifted_up(upper, self.shift)
        if self.sound is None:
            return lower, upper
        return torch.where(self.sound, lower, 0.0), torch.where(self.sound, upper, torch.inf)


def _joined(left: Any, right: Any, join: Callable[[Tensor, Tensor], Tensor]) -> Any:
    """Every tensor of two dataclasses joined; rows shared by the problems (Q = 1) stay shared."""
    changes: dict[str, Any] = {}
    for field in fields(left):
        one, two = getattr(left, field.name), getattr(right, field.name)
        shared = field.name == "unit" and one is not None and one.shape[0] == 1
        if isinstance(one, Tensor) and not shared:
            changes[field.name] = join(one, two)
    return replace(left, **changes)


def form_data(network: WeightNormNetwork, swept: Trace) -> FormData:
    """The data of f for each network of the batch at its one input (swept with n = 1)."""
    phi, radii = network.activation, sweep_radii(network.activation, swept)
    directions = [_directions(layer, l) for l, layer in enumerate(swept.layers)]
    values = [row_scalars(phi, swept, l, found) for l, found in enumerate(directions)]
    errors = [
        scalar_errors(phi, swept, l, found, radii[l], values[l])
        for l, found in enumerate(directions)
    ]
    shifts, unit = balancing_shifts(swept, values, errors)
    for l, shift in enumerate(shifts):
        values[l] = values[l].with_other(shift, shifted)
        errors[l] = errors[l].with_other(shift, shifted).map(lambda error: error + TINY)
    rows = tuple(
        _row_data(layer, found, value, l)
        for l, (layer, found, value) in enumerate(
            zip(swept.layers, directions, values, strict=True)
        )
    )
    bound, crude = perturbation(rows, tuple(errors))
    vanishes = _vanishes(network, swept)
    return _quiet(FormData(rows, bound, crude, vanishes, unit, _sound(swept)))


def _directions(layer: Layer, l: int) -> Directions:
    return find_directions(
        layer.weight, layer.norms, layer.before[:, 0], layer.projections[:, 0], keep_rows=l > 0
    )


def _row_data(layer: Layer, found: Directions, values: Scalars, l: int) -> RowData:
    alpha, size = layer.before[:, 0], layer.size
    return RowData(
        unit=layer.weight / layer.norms.unsqueeze(-1) if l > 0 else None,
        direction=alpha / torch.where(size > 0, size, torch.ones_like(size)),
        inner=layer.inner,
        gain=values.gain,
        slope=values.slope,
        bend=values.bend,
        radial=values.radial,
        own=values.own,
        link=values.link,
        alpha_part=found.alpha_part,
        row_part=found.row_part,
        extra=found.extra,
        present=found.present,
        direction_error=found.direction_error,
    )


def _sound(swept: Trace) -> Tensor | None:
    return None if swept.sound is None else swept.sound[:, 0]


def _quiet(data: FormData) -> FormData:
    """Problems that are not sound, or whose bounds are not finite, replaced by the zero form."""
    if data.sound is None:
        return data
    sound = data.sound & torch.isfinite(data.perturbation) & torch.isfinite(data.crude)
    kept = sound.unsqueeze(-1)
    layers = []
    for row in data.layers:
        zeroed: dict[str, Any] = {
            name: torch.where(kept, getattr(row, name), 0.0) for name in (*NAMES, "direction_error")
        }
        layers.append(replace(row, **zeroed))
    return FormData(
        tuple(layers),
        torch.where(sound, data.perturbation, TINY),
        torch.where(sound, data.crude, TINY),
        data.vanishes | ~sound,
        data.shift,
        sound,
    )


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
