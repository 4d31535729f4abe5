"""Reading a user's `torch.nn.Sequential` of weight-normalized linear layers as a network.

The theory's layer is c phi(s What alpha) with c s sqrt(m) = 1. A `Sequential` spells it
    weight_norm(Linear(k, m, bias=False)), WidthScale(m), activation      placement "inner"
    weight_norm(Linear(k, m, bias=False)), activation, WidthScale(m)      placement "outer"
and ends with a plain Linear(m_L, 1, bias=False), which is v. Gains (weight_g, original0) must be 1;
gains that all equal m_l^(-1/2) are the paper's factor folded into the gain and read as "inner".
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from numerics.errors import NumericsError
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


def network_from_module(module: nn.Module) -> WeightNormNetwork:
    """The network a `Sequential` computes, with detached copies of its weights.

    Raises `NumericsError` saying what is not covered: another container, a bias, a gain, a missing
    or misplaced `WidthScale`, another normalization axis, mixed activations, an unknown layer.
    """
    if not isinstance(module, nn.Sequential):
        raise _refusal(type(module).__name__, "a torch.nn.Sequential")
    layers = list(module)
    if len(layers) < 3:
        raise _refusal(f"{len(layers)} layers", "at least weight_norm(Linear), activation, Linear")
    blocks = _read_blocks(layers[:-1])
    v = _read_output(layers[-1])
    activations = {block.activation for block in blocks}
    placements = {block.placement for block in blocks}
    if len(activations) > 1 or len(placements) > 1:
        raise _refusal(
            f"activations {sorted(activations)}, placements {sorted(placements)}", "one of each"
        )
    return WeightNormNetwork.from_tensors(
        [block.weight for block in blocks],
        v,
        activation=activations.pop(),
        placement=placements.pop(),
    )


def _read_blocks(layers: list[nn.Module]) -> list[_Block]:
    blocks, rest = [], layers
    while rest:
        weight, gain = _read_weight_norm(rest[0])
        length = 1
        while length < len(rest) and not isinstance(rest[length], nn.Linear):
            length += 1
        name, placement = _read_tail(rest[1:length], gain, weight.shape[0])
        blocks.append(_Block(weight, name, placement))
        rest = rest[length:]
    return blocks


def _read_tail(tail: list[nn.Module], gain: Tensor, width: int) -> tuple[str, Placement]:
    """The activation and placement of [WidthScale?, activation, WidthScale?] after a linear."""
    scales = [isinstance(layer, WidthScale) for layer in tail]
    names = [_activation_name(layer) for layer in tail if not isinstance(layer, WidthScale)]
    if len(names) != 1:
        raise _refusal(f"{len(names)} activations after a linear layer", "exactly one")
    for layer in tail:
        if isinstance(layer, WidthScale) and layer.width != width:
            raise _refusal(f"WidthScale({layer.width}) after width {width}", f"WidthScale({width})")
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


def _activation_name(layer: nn.Module) -> str:
    name = _MODULE_ACTIVATIONS.get(type(layer))
    if isinstance(layer, nn.GELU) and layer.approximate != "none":
        raise _refusal("GELU(approximate='tanh')", "GELU()")
    if isinstance(layer, nn.Softplus) and layer.beta != 1:
        raise _refusal(f"Softplus(beta={layer.beta})", "Softplus()")
    if name is None:
        raise _refusal(
            type(layer).__name__, ", ".join(kind.__name__ for kind in _MODULE_ACTIVATIONS)
        )
    return name


def _read_weight_norm(layer: nn.Module) -> tuple[Tensor, Tensor]:
    """(direction parameter, gains) of a weight-normalized Linear, of either API."""
    if not isinstance(layer, nn.Linear):
        raise _refusal(f"{type(layer).__name__} where a block starts", "a weight-normalized Linear")
    if layer.bias is not None:
        raise _refusal("a hidden Linear with a bias", "Linear(..., bias=False)")
    if nn.utils.parametrize.is_parametrized(layer, "weight"):
        chain = layer.parametrizations["weight"]
        kinds = [type(step).__name__ for step in chain]
        if kinds != ["_WeightNorm"]:
            raise _refusal(f"parametrizations {kinds}", "weight_norm alone")
        gain, weight, axis = chain.original0, chain.original1, chain[0].dim
    elif hasattr(layer, "weight_g") and hasattr(layer, "weight_v"):
        gain, weight = layer.weight_g, layer.weight_v
        hooks = layer._forward_pre_hooks.values()
        axis = next((hook.dim for hook in hooks if type(hook).__name__ == "WeightNorm"), None)
    else:
        raise _refusal("a hidden Linear without weight_norm", "weight_norm(Linear(...))")
    if axis not in (0, -2):
        raise _refusal(f"weight_norm with dim={axis}", "dim=0, one norm per row")
    return weight.detach().clone(), gain.detach().reshape(-1)


def _read_output(layer: nn.Module) -> Tensor:
    plain = isinstance(layer, nn.Linear) and not (
        nn.utils.parametrize.is_parametrized(layer) or hasattr(layer, "weight_g")
    )
    if not plain or layer.bias is not None or layer.weight.shape[0] != 1:
        raise _refusal(
            f"last layer {layer}", "a plain Linear(m_L, 1, bias=False): v is not normalized"
        )
    weight: Tensor = layer.weight
    return weight.detach().clone().reshape(-1)


def _equal(gain: Tensor, value: float) -> bool:
    """Equal up to rounding in the gain's own dtype."""
    return bool(((gain - value).abs() <= 4 * torch.finfo(gain.dtype).eps * value).all())


def _refusal(found: str, accepted: str) -> NumericsError:
    return NumericsError(argument="module", found=found, accepted=accepted)
