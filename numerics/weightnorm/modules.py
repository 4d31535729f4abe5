"""Reading a user's `torch.nn.Sequential` of weight-normalized linear layers as a network.

The theory's layer is c phi(s What alpha) with c s sqrt(m) = 1. A `Sequential` spells it
    weight_norm(Linear(k, m, bias=False)), WidthScale(m), activation      placement "inner"
    weight_norm(Linear(k, m, bias=False)), activation, WidthScale(m)      placement "outer"
and ends with a plain Linear(m_L, k, bias=False), of which one row is v. Gains (weight_g, original0)
and the factors before and after the activation must come to m^(-1/2) in all, on one side of it; a
negative gain turns its row around. Nested `Sequential`s are read in order; Identity beside another
activation, Dropout in evaluation mode and Flatten (of what is flat) change nothing and are passed.

What is certified is certified of the network read here, so nothing may hide in the module: types
are exact, no forward is replaced, no hook and no other parametrization is registered, no weight is
used twice, everything is float64; and the module's own outputs at three seeded inputs must agree
with the network's to within the error analysis.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrizations, parametrize
from torch.nn.utils.weight_norm import WeightNorm

from numerics.activations import ACTIVATIONS, Activation
from numerics.rounding import ETA
from numerics.scaling import shifted
from numerics.weightnorm.forward_error import forward_radii
from numerics.weightnorm.gradients import output
from numerics.weightnorm.guarded import guarded_forward
from numerics.weightnorm.inputs import resolve_inputs
from numerics.weightnorm.places import (
    ELSEWHERE,
    Place,
    WidthScale,
    places_of,
    refusal,
    require_unchanged,
    require_untied,
)

if TYPE_CHECKING:
    from numerics.weightnorm.network import Placement, WeightNormNetwork

_MODULE_ACTIVATIONS: dict[type[nn.Module], str] = {
    nn.Tanh: "tanh",
    nn.Sigmoid: "sigmoid",
    nn.SiLU: "silu",
    nn.GELU: "gelu",
    nn.Softplus: "softplus",
    nn.ReLU: "relu",
    nn.Identity: "identity",
}
_NORM = type(parametrizations.weight_norm(nn.Linear(1, 1)).parametrizations["weight"][0])
_SOFTPLUS_THRESHOLD = 40.0  # from here on softplus and the identity are the same double
_TRIALS = 3
#: Where an own activation's module is compared with the activation it is said to be.
_GRID = torch.linspace(-30.0, 30.0, 2001, dtype=torch.float64)

OwnActivations = Mapping[type[nn.Module], Activation]


@dataclass(frozen=True, eq=False)
class _Block:
    weight: Tensor
    activation: Activation
    placement: Placement


class Parts(NamedTuple):
    """What a `Sequential` is made of: detached weights, v, and what stands between them."""

    weights: list[Tensor]
    v: Tensor
    activation: Activation
    placement: Placement


def read_module(
    module: nn.Module, output: int | None = None, activations: OwnActivations | None = None
) -> Parts:
    """The parts of the network that a `Sequential` computes.

    output: which of several outputs. activations: exact type of a module -> what it computes.

    Raises `NumericsError` naming the layer and what is not covered: another container, a bias, a
    gain, a missing or misplaced `WidthScale`, another normalization axis, mixed activations, an
    unknown or changed layer, an activation that computes something else than it was said to.
    """
    places = places_of(module)
    if len(places) < 3:
        _require_known(places, activations or {})
        raise refusal(f"{len(places)} layers", "at least weight_norm(Linear), activation, Linear")
    blocks = _read_blocks(places[:-1], activations or {})
    v = _read_output(places[-1], output)
    require_untied(places)
    kinds = {id(block.activation): block.activation for block in blocks}
    placements = {block.placement for block in blocks}
    if len(kinds) > 1 or len(placements) > 1:
        names = sorted(kind.name for kind in kinds.values())
        raise refusal(f"activations {names}, placements {sorted(placements)}", "one of each")
    weights = [block.weight for block in blocks]
    return Parts(weights, v, blocks[0].activation, placements.pop())


def _require_known(places: list[Place], own: OwnActivations) -> None:
    """Name the first layer of a kind that no network here has."""
    known = (WidthScale, *_MODULE_ACTIVATIONS, *own)
    for place in places:
        if not isinstance(place.layer, nn.Linear) and type(place.layer) not in known:
            raise place.refuse("its type is not covered", "weight-normalized Linears" + ELSEWHERE)


def require_same_function(
    module: nn.Module, network: WeightNormNetwork, chosen: int | None = None
) -> None:
    """The module's outputs at seeded inputs lie where the network's are certified to."""
    d = network.widths[0]
    x = torch.randn(_TRIALS, d, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    x = x.to(network.device)
    with torch.no_grad():
        own = module(x)
    if chosen is not None and isinstance(own, Tensor) and own.ndim == 2:
        own = own[:, chosen : chosen + 1 or None]
    if not isinstance(own, Tensor) or tuple(own.shape) != (_TRIALS, 1):
        raise refusal("an output of another shape", f"({_TRIALS}, 1) for inputs ({_TRIALS}, {d})")
    swept = guarded_forward(network, resolve_inputs(network, x).x)
    found = output(swept, forward_radii(network.activation, swept.layers)[-1].after)
    # the module rounds too, in its own order: as much again, several times
    radius = shifted(found.radius, found.shift).squeeze(0) + ETA
    far = (own.squeeze(-1) - network(x)).abs() > 8.0 * radius
    if bool(far.any()) or not bool(torch.isfinite(own).all()):
        i = int((far | ~torch.isfinite(own.squeeze(-1))).int().argmax())
        raise refusal(
            f"it computes {float(own[i])!r} where the network read from it is "
            f"{float(network(x)[i])!r}",
            "a module that is nothing but its layers",
        )


def _read_blocks(places: list[Place], own: OwnActivations) -> list[_Block]:
    blocks, rest = [], places
    while rest:
        weight, gain = _read_weight_norm(rest[0])
        length = 1
        while length < len(rest) and not isinstance(rest[length].layer, nn.Linear):
            length += 1
        name, placement = _read_tail(rest[0], rest[1:length], gain, weight.shape[0], own)
        turned = torch.where(gain < 0, -1.0, 1.0).unsqueeze(-1).to(weight)
        blocks.append(_Block(weight * turned, name, placement))
        rest = rest[length:]
    return blocks


def _read_tail(
    linear: Place, tail: list[Place], gain: Tensor, width: int, own: OwnActivations
) -> tuple[Activation, Placement]:
    """The activation and placement of what stands after a linear: its gains and the scales before
    the activation are the inner factor, the scales after it the outer one."""
    for place in tail:
        require_unchanged(place)
    scales = [type(place.layer) is WidthScale for place in tail]
    found = [_activation(p, own) for p, scale in zip(tail, scales, strict=True) if not scale]
    if len(found) != 1:
        raise linear.refuse(f"{len(found)} activations after it", "exactly one")
    middle = scales.index(False)
    factors = [
        1.0 / math.sqrt(p.layer.width) if isinstance(p.layer, WidthScale) else 1.0 for p in tail
    ]
    inner = gain.abs() * math.prod(factors[:middle])
    outer = math.prod(factors[middle:])
    wanted = 1.0 / math.sqrt(width)
    if _equal(inner, wanted) and outer == 1.0:
        return found[0], "inner"
    if _equal(inner, 1.0) and _equal(torch.tensor(outer, dtype=torch.float64), wanted):
        return found[0], "outer"
    if not _equal(gain.abs(), float(gain[0].abs())):
        raise linear.refuse(
            f"gains that differ (from {gain.min():.6g} to {gain.max():.6g})",
            f"gains of 1 with one WidthScale({width}), or all gains {width}^(-1/2) without it",
        )
    shown = ", ".join(f"WidthScale({p.layer.width})" for p in tail if type(p.layer) is WidthScale)
    raise linear.refuse(
        f"a factor of {float(inner[0]):.6g} before the activation and {outer:.6g} after it (gains "
        f"other than 1: {not _equal(gain.abs(), 1.0)}; {shown or 'no WidthScale'})",
        f"{width}^(-1/2) on one side and 1 on the other: numerics.WidthScale({width}) before the "
        "activation (inner) or after it (outer)",
    )


def _activation(place: Place, own: OwnActivations) -> Activation:
    layer = place.layer
    mine = own.get(type(layer))
    if mine is not None:
        _require_activation(place, mine)
        return mine
    name = _MODULE_ACTIVATIONS.get(type(layer))
    if name is None:
        kinds = ", ".join(kind.__name__ for kind in _MODULE_ACTIVATIONS)
        raise place.refuse(
            "its type is not covered (subclasses are not either)",
            f"{kinds}, or activations={{{type(layer).__name__}: an Activation}}{ELSEWHERE}",
        )
    if isinstance(layer, nn.GELU) and layer.approximate != "none":
        raise place.refuse(f"approximate={layer.approximate!r} is another function", "GELU()")
    if isinstance(layer, nn.Softplus) and layer.beta != 1:
        raise place.refuse(f"beta={layer.beta} is another function", "Softplus(threshold=40)")
    if isinstance(layer, nn.Softplus) and layer.threshold < _SOFTPLUS_THRESHOLD:
        raise place.refuse(
            f"above its threshold={layer.threshold} it is the identity, not softplus",
            "Softplus(threshold=40), where both are the same double",
        )
    return ACTIVATIONS[name]


def _require_activation(place: Place, phi: Activation) -> None:
    """The layer computes phi on a grid, to within twice phi's rounding, and has no parameters."""
    if any(True for _ in place.layer.parameters()):
        raise place.refuse("an activation with parameters", "a fixed function")
    with torch.no_grad():
        own = place.layer(_GRID)
    known = phi.value(_GRID)
    allowed = 2.0 * max(phi.rounding, 16.0) * torch.finfo(torch.float64).eps
    far = ~((own - known).abs() <= allowed * (known.abs() + _GRID.abs()) + ETA)
    if tuple(own.shape) != tuple(_GRID.shape) or bool(far.any()):
        at = float(_GRID[far][0]) if own.shape == _GRID.shape else math.nan
        raise place.refuse(f"it is not {phi.name} at {at!r}", f"the function {phi.name}")


def _read_weight_norm(place: Place) -> tuple[Tensor, Tensor]:
    """(direction parameter, gains) of a weight-normalized Linear, of either API."""
    layer = place.layer
    if not isinstance(layer, nn.Linear):
        raise place.refuse("it stands where a block starts", "a weight-normalized Linear")
    if layer.bias is not None:
        raise place.refuse("a hidden Linear with a bias", "Linear(..., bias=False)")
    if parametrize.is_parametrized(layer, "weight"):
        return _read_parametrized(place, layer)
    if not (hasattr(layer, "weight_g") and hasattr(layer, "weight_v")):
        raise place.refuse("a hidden Linear without weight_norm", "weight_norm(Linear(...))")
    norms = [hook for hook in layer._forward_pre_hooks.values() if type(hook) is WeightNorm]
    require_unchanged(place, hooks=norms)
    if type(layer) is not nn.Linear or len(norms) != 1 or norms[0].name != "weight":
        raise place.refuse("not exactly a Linear with one weight_norm", "weight_norm(Linear(...))")
    _require_rows(place, norms[0].dim)
    return _as_read(layer.weight_v), _as_read(layer.weight_g).reshape(-1)


def _read_parametrized(place: Place, layer: nn.Linear) -> tuple[Tensor, Tensor]:
    parts: Any = layer.parametrizations
    chain = parts["weight"]
    kinds = [type(step) for step in chain]
    if kinds != [_NORM]:
        names = ", ".join(kind.__name__ for kind in kinds)
        raise place.refuse(f"parametrizations other than weight_norm: {names}", "weight_norm alone")
    # registering a parametrization makes a subclass of Linear that overrides nothing else
    if type(layer).__bases__ != (nn.Linear,) or "forward" in vars(type(layer)):
        raise place.refuse("a subclass of Linear", "weight_norm(Linear(...))")
    for step in (place, Place(place.index, chain), Place(place.index, chain[0])):
        require_unchanged(step)
    _require_rows(place, chain[0].dim)
    return _as_read(chain.original1), _as_read(chain.original0).reshape(-1)


def _require_rows(place: Place, axis: int | None) -> None:
    if axis not in (0, -2):
        raise place.refuse(f"weight_norm with dim={axis}", "dim=0, one norm per row")


def _read_output(place: Place, output: int | None) -> Tensor:
    layer = place.layer
    if type(layer) is not nn.Linear or layer.bias is not None:
        raise place.refuse(
            f"as last layer {layer}", "a plain Linear(m_L, 1, bias=False): v is not normalized"
        )
    count = layer.weight.shape[0]
    if output is None and count != 1:
        raise place.refuse(f"{count} outputs", f"output=, one of 0 to {count - 1}")
    if output is not None and not 0 <= output < count:
        raise place.refuse(f"output={output} of {count}", f"0 to {count - 1}")
    if hasattr(layer, "weight_g"):
        raise place.refuse("a normalized last layer", "a plain Linear: v is not normalized")
    require_unchanged(place)
    return _as_read(layer.weight)[output or 0]


def _as_read(tensor: Tensor) -> Tensor:
    """A detached copy, in float64 or refused."""
    if tensor.dtype != torch.float64:
        kind = str(tensor.dtype).removeprefix("torch.")
        raise refusal(f"a module in {kind}, which rounds what it computes", "module.double()")
    return tensor.detach().clone()


def _equal(gain: Tensor, value: float) -> bool:
    """Equal up to rounding."""
    return bool(((gain - value).abs() <= 4 * torch.finfo(gain.dtype).eps * value).all())
