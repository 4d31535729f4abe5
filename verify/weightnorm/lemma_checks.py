"""The proof checked edge by edge: each lemma's own left side against its own right side.

The right side of a lemma takes *measured* premises (||alpha^(l-1)||, not its bound a_(l-1)), so a
lemma that fails is a wrong step of the proof, and a lemma that holds but is loose shows where the
proof loses.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

import bounds
import numerics
from bounds import Bound
from numerics import Direction, Enclosure, Quality, WeightNormNetwork
from verify.check import Check, compare
from verify.errors import VerifyError
from verify.perturbation import roundings
from verify.repeat import Sides, again
from verify.weightnorm.cases import NetworkCase
from verify.weightnorm.lemma_balls import LemmaBalls, in_balls
from verify.weightnorm.readings import PER_INPUT

#: Relative allowance for the right side of a lemma, a sum of products of a few positive terms.
ROUNDING = 1e-12


@dataclass(frozen=True)
class Premises:
    """Everything the lemmas speak of, measured once on a case and along one random direction.

    Layers are the last axis; (B, n, L) unless said otherwise.
    """

    case: NetworkCase
    direction: Direction
    _others: dict[int | None, Premises] = field(default_factory=dict, repr=False)

    def anew(self) -> Premises:
        """The same measured in the arithmetic that is running, once for all lemmas."""
        made = replace(self, case=replace(self.case), _others={})
        return self._others.setdefault(roundings(), made)

    @cached_property
    def balls(self) -> LemmaBalls:
        """The same in ball arithmetic, network by network as it is asked for."""
        return LemmaBalls(self.case, self.direction)

    @property
    def _args(self) -> tuple[WeightNormNetwork, Tensor]:
        return self.case.network, self.case.x

    @cached_property
    def alpha(self) -> Enclosure:
        return numerics.feature_norms(*self._args)

    @cached_property
    def back(self) -> Enclosure:
        return numerics.back_propagated_norms(*self._args)

    @cached_property
    def sensitivity(self) -> Enclosure:
        return numerics.layer_sensitivities(*self._args)

    @cached_property
    def alpha_dot(self) -> Enclosure:
        return numerics.feature_first_norms(*self._args, self.direction)

    @cached_property
    def alpha_ddot(self) -> Enclosure:
        return numerics.feature_second_norms(*self._args, self.direction)

    @cached_property
    def g_two(self) -> Enclosure:
        return numerics.preactivation_first_norms(*self._args, self.direction)

    @cached_property
    def g_max(self) -> Enclosure:
        return numerics.preactivation_first_maxima(*self._args, self.direction)

    @cached_property
    def norms(self) -> tuple[Tensor, Tensor]:
        """t_l = ||Delta^l||_F as (B, 1, L) and ||u|| as (B, 1)."""
        layers, output = numerics.direction_norms(self.case.network, self.direction)
        return layers.upper.unsqueeze(1), output.upper.unsqueeze(1)


def _slice(enclosure: Enclosure, part: slice) -> Enclosure:
    return Enclosure(
        enclosure.lower[..., part], enclosure.upper[..., part], enclosure.quality, enclosure.method
    )


def _below(values: Enclosure) -> Tensor:
    """The same quantity one layer below, 0 in front; upper ends, as right sides need."""
    upper = values.upper
    return torch.cat([torch.zeros_like(upper[..., :1]), upper[..., :-1]], dim=-1)


_LEFT: Mapping[str, Callable[[Premises], Enclosure]] = {
    "normalized_spectral_norms": lambda s: numerics.normalized_spectral_norms(s.case.network),
    "feature_norms": lambda s: _slice(s.alpha, slice(1, None)),
    "back_propagated_norms": lambda s: _slice(s.back, slice(None, -1)),
    "normalized_row_first": lambda s: numerics.normalized_row_first(s.case.network, s.direction),
    "normalized_row_second": lambda s: numerics.normalized_row_second(s.case.network, s.direction),
    "layer_sensitivities": lambda s: s.sensitivity,
    "layer_gradient_norms": lambda s: numerics.layer_gradient_norms(s.case.network, s.case.x),
    "preactivation_first_norms": lambda s: s.g_two,
    "preactivation_first_maxima": lambda s: s.g_max,
    "feature_first_norms": lambda s: s.alpha_dot,
    "feature_second_norms": lambda s: s.alpha_ddot,
    "second_directional_derivative": lambda s: numerics.second_directional_derivative(
        s.case.network, s.case.x, s.direction
    ),
    "loss": lambda s: numerics.loss(s.case.network, s.case.x, s.case.y),
    "loss_gradient_norm": lambda s: numerics.loss_gradient_norm(s.case.network, s.case.x, s.case.y),
}

_PREMISE: Mapping[str, Callable[[Premises], Tensor]] = {
    "alpha_prev": lambda s: s.alpha.upper[..., :-1],
    "back_next": lambda s: s.back.upper[..., 1:],
    "back_here": lambda s: s.back.upper[..., 1:],
    "sens": lambda s: s.sensitivity.upper,
    "alpha_dot_prev": lambda s: _below(s.alpha_dot),
    "alpha_ddot_prev": lambda s: _below(s.alpha_ddot),
    "alpha_dot_last": lambda s: s.alpha_dot.upper[..., -1],
    "alpha_ddot_last": lambda s: s.alpha_ddot.upper[..., -1],
    "g_dot_two": lambda s: s.g_two.upper,
    "g_dot_max": lambda s: s.g_max.upper,
    "t": lambda s: s.norms[0],
    "u": lambda s: s.norms[1],
    "f_max": lambda s: numerics.output_magnitude(*s._args).upper.amax(-1),
    "grad_max": lambda s: numerics.gradient_norm(*s._args).upper.amax(-1),
    "ell": lambda s: numerics.loss(s.case.network, s.case.x, s.case.y).upper,
    "y_1": lambda s: s.case.y.abs().mean(-1),
    "y_2": lambda s: s.case.y.square().mean(-1),
}

#: Lemmas whose right side is the result of an induction and takes the layer as a number.
_BY_LAYER = {"feature_norm": 1, "back_propagated_norm": 0}


def lemma_names() -> tuple[str, ...]:
    """The lemmas that can be measured on a network (those of the peeling speak of a class)."""
    return tuple(n for n, lemma in bounds.lemmas().items() if lemma.quantity in _LEFT)


def check_lemma(name: str, premises: Premises, known: Mapping[str, Bound] | None = None) -> Check:
    """One lemma on one case, every layer and input; see `check` for what comes back.

    What is undecided, violated or tight is settled in balls on networks that are small enough; what
    is violated or tight elsewhere stands only if it is still true with other roundings.
    known: where the statement is found by its name, the shipped lemmas without it.

    Raises:
        VerifyError: no such lemma, or it does not speak of a network.
    """
    if name not in lemma_names():
        raise VerifyError("lemma", repr(name), "one of " + ", ".join(lemma_names()))
    lemma = (known or bounds.lemmas())[name]
    sides = _sides(name, lemma, premises)
    found = compare(name, *sides, premises.case.size)
    found = in_balls(lemma, found, tuple(sides[0].lower.shape), premises.balls)
    return again(found, lambda: _sides(name, lemma, premises.anew()))


def _sides(name: str, lemma: Bound, premises: Premises) -> Sides:
    return _LEFT[lemma.quantity](premises), exact(_right(name, lemma, premises))


def exact(value: Tensor) -> Enclosure:
    """A float64 right side of a lemma or a rung, with the allowance for evaluating it."""
    value = value.to(torch.float64)
    slack = ROUNDING * value.abs()
    slack = torch.where(slack.isfinite(), slack, torch.zeros_like(slack))
    method = "a right side of measured premises in float64"
    return Enclosure(value - slack, value + slack, Quality.EXACT_TO_ROUNDING, method)


def _right(name: str, lemma: bounds.Bound, premises: Premises) -> Tensor:
    values = {symbol: _value(symbol, premises) for symbol in lemma.symbols if symbol != "l"}
    if name not in _BY_LAYER:
        return torch.as_tensor(lemma.evaluate(**values), dtype=torch.float64)
    first = _BY_LAYER[name]
    layers = range(first, first + premises.case.network.depth)
    columns = [_at_layer(lemma, layer, values) for layer in layers]
    return torch.stack(torch.broadcast_tensors(*columns), dim=-1)


def _at_layer(lemma: bounds.Bound, layer: int, values: Mapping[str, Any]) -> Tensor:
    bound = lemma.substitute(l=layer)
    used = {s: v for s, v in values.items() if s in bound.symbols}
    if bound.per_layer:
        used["L"] = values.get("L", len(values["m"]))
    return torch.as_tensor(bound.evaluate(**used), dtype=torch.float64)


def _value(symbol: str, premises: Premises) -> Any:
    if symbol in _PREMISE:
        return _PREMISE[symbol](premises)
    value = PER_INPUT[symbol].measure(premises.case)
    if isinstance(value, Enclosure):  # right sides fall only in omega
        return value.lower if symbol == "omega" else value.upper
    return value
