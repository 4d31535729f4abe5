"""Reading a user's `torch.nn.Sequential` of weight-normalized linear layers as a network.

The theory's layer is c phi(s What alpha) with c s sqrt(m) = 1. A `Sequential` spells it
    weight_norm(Linear(k, m, bias=False)), WidthScale(m), activation      placement "inner"
    weight_norm(Linear(k, m, bias=False)), activation, WidthScale(m)      placement "outer"
and ends with a plain Linear(m_L, 1, bias=False), which is v. Gains (weight_g, original0) must be 1;
gains that all equal m_l^(-1/2) are the paper's factor folded into the gain and read as "inner".

What is certified is certified of the network read here, so nothing may hide in the module: types
are exact, no forward is replaced, no hook and no other parametrization is registered, no weight is
used twice, everything is float64; and the module's own outputs at three seeded inputs must agree
with the network's to within the error analysis.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrizations, parametrize
from torch.nn.utils.weight_norm import WeightNorm

from numerics.errors import NumericsError
from numerics.rounding import ETA
from numerics.scaling import Shift, shifted
from numerics.weightnorm.forward_error import forward_radii
from numerics.weightnorm.gradients import output
from numerics.weightnorm.guarded import guarded_forward
from numerics.weightnorm.inputs import resolve_inputs

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


class WidthScale(nn.Module):
    """Multiplies by m^(-1/2): the width factor of the theory, spelled as a layer."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.width = width

    def forward(self, x: Tensor) -> Tensor:
        return x / math.sqrt(self.width)


@dataclass(frozen=True, eq=False)
class _Block:
    weight: Tensor
    activation: str
    placement: Placement


@dataclass(frozen=True, eq=False)
class _Place:
    """A layer and its index in the `Sequential`, for messages."""

    index: int
    layer: nn.Module

    def refuse(self, found: str, accepted: str) -> NumericsError:
        name = type(self.layer).__name__
        return _refusal(f"layer {self.index} ({name}): {found}", accepted)


class Parts(NamedTuple):
    """What a `Sequential` is made of: detached weights, v, and what stands between them."""

    weights: list[Tensor]
    v: Tensor
    activation: str
    placement: Placement


def read_module(module: nn.Module) -> Parts:
    """The parts of the network that a `Sequential` computes.

    Raises `NumericsError` naming the layer and what is not covered: another container, a bias, a
    gain, a missing or misplaced `WidthScale`, another normalization axis, mixed activations, an
    unknown or changed layer.
    """
    if type(module) is not nn.Sequential:
        raise _refusal(type(module).__name__, "exactly a torch.nn.Sequential")
    places = [_Place(index, layer) for index, layer in enumerate(module)]
    if len(places) < 3:
        raise _refusal(f"{len(places)} layers", "at least weight_norm(Linear), activation, Linear")
    _require_unchanged(_Place(-1, module), "the module")
    blocks = _read_blocks(places[:-1])
    v = _read_output(places[-1])
    _require_untied(places)
    activations = {block.activation for block in blocks}
    placements = {block.placement for block in blocks}
    if len(activations) > 1 or len(placements) > 1:
        raise _refusal(
            f"activations {sorted(activations)}, placements {sorted(placements)}", "one of each"
        )
    weights = [block.weight for block in blocks]
    return Parts(weights, v, activations.pop(), placements.pop())


def _require_unchanged(place: _Place, name: str = "", *, hooks: Iterable[object] = ()) -> None:
    """No forward of its own, and no hooks but the given ones."""
    layer = place.layer
    if "forward" in vars(layer):
        raise place.refuse("its forward has been replaced", "torch's own forward")
    found = [*layer._forward_hooks.values(), *layer._forward_pre_hooks.values()]
    known = [id(hook) for hook in hooks]
    if any(id(hook) not in known for hook in found):
        raise place.refuse(
            f"{name or 'it'} has a forward hook, which can change what is computed",
            "no hooks besides weight_norm's own",
        )


def _require_untied(places: list[_Place]) -> None:
    """Every parameter belongs to one layer: theta lists each weight once."""
    owner: dict[int, int] = {}
    for place in places:
        for parameter in place.layer.parameters():
            first = owner.setdefault(id(parameter), place.index)
            if first != place.index:
                raise place.refuse(
                    f"it shares a weight with layer {first}", "weights of its own in every layer"
                )


def require_same_function(module: nn.Module, network: WeightNormNetwork) -> None:
    """The module's outputs at seeded inputs lie where the network's are certified to."""
    d = network.widths[0]
    x = torch.randn(_TRIALS, d, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    x = x.to(network.device)
    with torch.no_grad():
        own = module(x)
    if not isinstance(own, Tensor) or tuple(own.shape) != (_TRIALS, 1):
        raise _refusal("an output of another shape", f"({_TRIALS}, 1) for inputs ({_TRIALS}, {d})")
    swept = guarded_forward(network, resolve_inputs(network, x).x)
    found = output(swept, forward_radii(network.activation, swept.layers)[-1].after)
    # the module rounds too, in its own order: as much again, several times
    far = (own.squeeze(-1) - network(x)).abs() > 8.0 * _true_radius(found.radius, found.shift)
    if bool(far.any()) or not bool(torch.isfinite(own).all()):
        i = int((far | ~torch.isfinite(own.squeeze(-1))).int().argmax())
        raise _refusal(
            f"it computes {float(own[i])!r} where the network read from it is "
            f"{float(network(x)[i])!r}",
            "a module that is nothing but its layers",
        )


def _true_radius(radius: Tensor, shift: Shift) -> Tensor:
    return shifted(radius, shift).squeeze(0) + ETA


def _read_blocks(places: list[_Place]) -> list[_Block]:
    blocks, rest = [], places
    while rest:
        weight, gain = _read_weight_norm(rest[0])
        length = 1
        while length < len(rest) and not isinstance(rest[length].layer, nn.Linear):
            length += 1
        name, placement = _read_tail(rest[1:length], gain, weight.shape[0])
        blocks.append(_Block(weight, name, placement))
        rest = rest[length:]
    return blocks


def _read_tail(tail: list[_Place], gain: Tensor, width: int) -> tuple[str, Placement]:
    """The activation and placement of [WidthScale?, activation, WidthScale?] after a linear."""
    for place in tail:
        _require_unchanged(place)
    scales = [type(place.layer) is WidthScale for place in tail]
    names = [_activation_name(p) for p, scale in zip(tail, scales, strict=True) if not scale]
    if len(names) != 1:
        raise _refusal(f"{len(names)} activations after a linear layer", "exactly one")
    for place in tail:
        if isinstance(place.layer, WidthScale) and place.layer.width != width:
            raise place.refuse(
                f"WidthScale({place.layer.width}) after width {width}", f"WidthScale({width})"
            )
    folded = _equal(gain, 1.0 / math.sqrt(width))
    if sum(scales) == 0 and folded:
        return names[0], "inner"
    if not _equal(gain, 1.0):
        raise _refusal(
            f"gains other than 1 (from {gain.min():.6g} to {gain.max():.6g})",
            f"gains of 1 with one WidthScale({width}), or all gains {width}^(-1/2) without it",
        )
    if sum(scales) != 1:
        raise _refusal(
            f"{sum(scales)} width factors with unit gains in a layer of width {width}",
            f"one numerics.WidthScale({width}), before the activation (inner) or after it (outer)",
        )
    return names[0], "inner" if scales[0] else "outer"


def _activation_name(place: _Place) -> str:
    layer = place.layer
    name = _MODULE_ACTIVATIONS.get(type(layer))
    if name is None:
        raise place.refuse(
            "its type is not covered (subclasses are not either)",
            ", ".join(kind.__name__ for kind in _MODULE_ACTIVATIONS),
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
    return name


def _read_weight_norm(place: _Place) -> tuple[Tensor, Tensor]:
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
    _require_unchanged(place, hooks=norms)
    if type(layer) is not nn.Linear or len(norms) != 1 or norms[0].name != "weight":
        raise place.refuse("not exactly a Linear with one weight_norm", "weight_norm(Linear(...))")
    _require_rows(place, norms[0].dim)
    return _as_read(layer.weight_v), _as_read(layer.weight_g).reshape(-1)


def _read_parametrized(place: _Place, layer: nn.Linear) -> tuple[Tensor, Tensor]:
    parts: Any = layer.parametrizations
    chain = parts["weight"]
    kinds = [type(step) for step in chain]
    if kinds != [_NORM]:
        names = ", ".join(kind.__name__ for kind in kinds)
        raise place.refuse(f"parametrizations other than weight_norm: {names}", "weight_norm alone")
    # registering a parametrization makes a subclass of Linear that overrides nothing else
    if type(layer).__bases__ != (nn.Linear,) or "forward" in vars(type(layer)):
        raise place.refuse("a subclass of Linear", "weight_norm(Linear(...))")
    for step in (place, _Place(place.index, chain), _Place(place.index, chain[0])):
        _require_unchanged(step)
    _require_rows(place, chain[0].dim)
    return _as_read(chain.original1), _as_read(chain.original0).reshape(-1)


def _require_rows(place: _Place, axis: int | None) -> None:
    if axis not in (0, -2):
        raise place.refuse(f"weight_norm with dim={axis}", "dim=0, one norm per row")


def _read_output(place: _Place) -> Tensor:
    layer = place.layer
    if type(layer) is not nn.Linear or layer.bias is not None or layer.weight.shape[0] != 1:
        raise place.refuse(
            f"as last layer {layer}", "a plain Linear(m_L, 1, bias=False): v is not normalized"
        )
    if hasattr(layer, "weight_g"):
        raise place.refuse("a normalized last layer", "a plain Linear: v is not normalized")
    _require_unchanged(place)
    return _as_read(layer.weight).reshape(-1)


def _as_read(tensor: Tensor) -> Tensor:
    """A detached copy, in float64 or refused."""
    if tensor.dtype != torch.float64:
        kind = str(tensor.dtype).removeprefix("torch.")
        raise _refusal(f"a module in {kind}, which rounds what it computes", "module.double()")
    return tensor.detach().clone()


def _equal(gain: Tensor, value: float) -> bool:
    """Equal up to rounding."""
    return bool(((gain - value).abs() <= 4 * torch.finfo(gain.dtype).eps * value).all())


def _refusal(found: str, accepted: str) -> NumericsError:
    return NumericsError(argument="module", found=found, accepted=accepted)
