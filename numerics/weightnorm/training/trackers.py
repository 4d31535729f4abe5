"""Quantities followed along training, each a function of one moment of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from numerics import hessian_norm, loss_hessian_norm
from numerics.enclosure import Enclosure
from numerics.errors import NumericsError
from numerics.weightnorm.network import WeightNormNetwork
from numerics.weightnorm.rows import row_norms
from numerics.weightnorm.theta import Parameters, squared_norm
from numerics.weightnorm.training.gradient import loss_and_gradient, predictions


@dataclass(frozen=True, eq=False)
class Moment:
    """One moment of training in float64: the network and the data on which it is judged.

    Loss and gradient are computed when first asked for and shared by all trackers.
    """

    step: int
    network: WeightNormNetwork
    x: Tensor
    y: Tensor

    @cached_property
    def _both(self) -> tuple[Tensor, Parameters]:
        return loss_and_gradient(self.network, self.x, self.y)

    @property
    def loss(self) -> Tensor:
        """(1/n) sum (y_i - f_i)^2, (B,)."""
        return self._both[0]

    @cached_property
    def only_loss(self) -> Tensor:
        """The loss, without its gradient if nothing has asked for that."""
        if "_both" in self.__dict__:
            return self.loss
        return (predictions(self.network, self.x) - self.y).square().mean(-1)

    @property
    def gradient(self) -> Parameters:
        """The gradient of the loss, one tensor per layer and last the one for v."""
        return self._both[1]

    @cached_property
    def row_norms(self) -> tuple[Tensor, ...]:
        """||W^l_i||_2, one (B, m_l) per layer."""
        return tuple(row_norms(weight) for weight in self.network.weights)


Tracker = Callable[[Moment], Tensor | Enclosure]

# the Hessian of the predictor is measured at this many of the tracked inputs, the first ones
HESSIAN_INPUTS = 4


def gradient_norm(moment: Moment) -> Tensor:
    """||grad Loss||_2, (B,)."""
    return squared_norm(moment.gradient).sqrt()


def ratio(moment: Moment) -> Tensor:
    """||grad Loss||^2 / Loss, (B,): what the figures after [CV25] section 7 plot.

    NaN where the loss is exactly zero.
    """
    return squared_norm(moment.gradient) / moment.loss


def minimum_weight_norm(moment: Moment) -> Tensor:
    """omega_l = min_i ||W^l_i||_2, (B, L)."""
    return torch.stack([norms.amin(-1) for norms in moment.row_norms], dim=-1)


def output_layer_norm(moment: Moment) -> Tensor:
    """nu = ||v||_2, (B,)."""
    return torch.linalg.vector_norm(moment.network.v, dim=-1)


def all_row_norms(moment: Moment) -> Tensor:
    """Every ||W^l_i||_2, (B, m_1 + ... + m_L): none may ever shrink under gradient steps (T12)."""
    return torch.cat(moment.row_norms, dim=-1)


def predictor_hessian_norm(moment: Moment) -> Enclosure:
    """||Hess f(x_i)||_2 at the first HESSIAN_INPUTS tracked inputs, (B, HESSIAN_INPUTS)."""
    return hessian_norm(moment.network, moment.x[:, :HESSIAN_INPUTS])


def whole_loss_hessian_norm(moment: Moment) -> Enclosure:
    """||Hess Loss||_2 over all tracked inputs, (B,)."""
    return loss_hessian_norm(moment.network, moment.x, moment.y)


TRACKERS: dict[str, Tracker] = {
    "loss": lambda moment: moment.loss,
    "gradient_norm": gradient_norm,
    "ratio": ratio,
    "minimum_weight_norm": minimum_weight_norm,
    "output_layer_norm": output_layer_norm,
    "row_norms": all_row_norms,
    "hessian_norm": predictor_hessian_norm,
    "loss_hessian_norm": whole_loss_hessian_norm,
}
DEFAULT_TRACKERS = ("loss", "gradient_norm", "ratio", "minimum_weight_norm", "output_layer_norm")


def find_trackers(wanted: Sequence[str] | Mapping[str, Tracker]) -> dict[str, Tracker]:
    """The trackers of those names; a mapping of one's own functions passes through."""
    if isinstance(wanted, Mapping):
        return dict(wanted)
    for name in wanted:
        if name not in TRACKERS:
            raise NumericsError(argument="trackers", found=repr(name), accepted=", ".join(TRACKERS))
    return {name: TRACKERS[name] for name in wanted}


def observe(trackers: Mapping[str, Tracker], moment: Moment) -> dict[str, Tensor]:
    """One row for the records, on the CPU; an Enclosure gives name.lower and name.upper.

    The measures of `numerics` leave the batch axis out for an unbatched network; records have it.
    """
    single = moment.network.batch is None
    row: dict[str, Tensor] = {}
    for name, tracker in trackers.items():
        found = tracker(moment)
        if isinstance(found, Enclosure):
            lower, upper = (end[None] if single else end for end in (found.lower, found.upper))
            row |= {f"{name}.lower": lower, f"{name}.upper": upper}
        else:
            row[name] = found
    return {name: value.detach().cpu() for name, value in row.items()}
