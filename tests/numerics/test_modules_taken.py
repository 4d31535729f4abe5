"""Modules that say the theory's network in other words are read as it, and no other is."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations

from numerics import ACTIVATIONS, NumericsError, WeightNormNetwork, WidthScale

D = torch.float64


def hidden(rows: int, columns: int, gain: float = 1.0) -> nn.Module:
    linear = parametrizations.weight_norm(nn.Linear(columns, rows, bias=False, dtype=D))
    nn.init.constant_(linear.parametrizations.weight.original0, gain)
    return linear


def last(columns: int, outputs: int = 1) -> nn.Module:
    return nn.Linear(columns, outputs, bias=False, dtype=D)


def block(rows: int, columns: int, *beside: nn.Module) -> list[nn.Module]:
    return [hidden(rows, columns), WidthScale(rows), *beside, nn.Tanh()]


class Sine(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.sin(x)


class NearlySine(nn.Module):
    """sin, except where three seeded inputs never come."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.where(x.abs() > 20.0, 0.0, torch.sin(x))


TAKEN = {
    "nested": lambda: nn.Sequential(
        nn.Sequential(*block(6, 4)), nn.Sequential(nn.Sequential(*block(3, 6)), last(3))
    ),
    "identities": lambda: nn.Sequential(
        nn.Identity(), *block(6, 4, nn.Identity()), nn.Identity(), last(6), nn.Identity()
    ),
    "identity alone is the activation": lambda: nn.Sequential(
        hidden(6, 4), WidthScale(6), nn.Identity(), nn.Identity(), last(6)
    ),
    "dropout in evaluation": lambda: nn.Sequential(*block(6, 4), nn.Dropout(0.3), last(6)).eval(),
    "dropout of nothing": lambda: nn.Sequential(*block(6, 4), nn.Dropout(0.0), last(6)),
    "flattening what is flat": lambda: nn.Sequential(nn.Flatten(), *block(6, 4), last(6)),
    "gains of -1": lambda: nn.Sequential(hidden(6, 4, -1.0), WidthScale(6), nn.Tanh(), last(6)),
    "gains and a scale": lambda: nn.Sequential(
        hidden(6, 4, (4 / 6) ** 0.5), WidthScale(4), nn.Tanh(), last(6)
    ),
    "two scales": lambda: nn.Sequential(
        hidden(6, 4), WidthScale(2), WidthScale(3), nn.Tanh(), last(6)
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", TAKEN)
def test_a_module_that_is_the_network_in_other_words_is_read(case):
    torch.manual_seed(0)
    module = TAKEN[case]()
    network = WeightNormNetwork.from_module(module)
    x = torch.randn(7, 4, generator=torch.Generator().manual_seed(2), dtype=D)
    assert torch.allclose(network(x), module(x).squeeze(-1), rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("output", [0, 2])
def test_one_of_several_outputs_is_the_one_that_was_asked_for(output):
    module = nn.Sequential(*block(6, 4), last(6, 3))
    network = WeightNormNetwork.from_module(module, output=output)
    x = torch.randn(7, 4, generator=torch.Generator().manual_seed(2), dtype=D)
    assert torch.allclose(network(x), module(x)[:, output], rtol=1e-13, atol=1e-15)


def test_an_activation_of_ones_own_is_read_and_compared_on_a_grid():
    module = nn.Sequential(hidden(6, 4), WidthScale(6), Sine(), last(6))
    with pytest.raises(NumericsError, match=r"layer 2 \(Sine\)"):
        WeightNormNetwork.from_module(module)
    network = WeightNormNetwork.from_module(module, activations={Sine: ACTIVATIONS["sin"]})
    assert network.activation is ACTIVATIONS["sin"]
    module[2] = NearlySine()
    with pytest.raises(NumericsError, match="is not sin at"):
        WeightNormNetwork.from_module(module, activations={NearlySine: ACTIVATIONS["sin"]})


def hooked() -> nn.Module:
    inner = nn.Sequential(*block(6, 4))
    inner.register_forward_hook(lambda layer, given, out: 2.0 * out)
    return nn.Sequential(inner, last(6))


NOT_TAKEN = {
    "dropout at work": (
        lambda: nn.Sequential(*block(6, 4), nn.Dropout(0.3), last(6)), "layer 3 .*training"
    ),
    "dropout in a nested one": (
        lambda: nn.Sequential(nn.Sequential(*block(6, 4), nn.Dropout(0.3)), last(6)), r"layer 0\.3 "
    ),
    "a hook on a nested one": (hooked, r"layer 0 .*hook"),
    "a hook on what changes nothing": (
        lambda: nn.Sequential(_hooked_dropout(), *block(6, 4), last(6)), "layer 0 .*hook"
    ),
    "a layer of another kind, alone": (
        lambda: nn.Sequential(nn.Softmax(-1), last(6)), r"layer 0 \(Softmax\)"
    ),
    "another flattening": (
        lambda: nn.Sequential(nn.Flatten(0), *block(6, 4), last(6)), "layer 0 .*axes 0"
    ),
    "an output that is not there": (lambda: nn.Sequential(*block(6, 4), last(6, 2)), "2 outputs"),
    "gains on both sides": (
        lambda: nn.Sequential(hidden(6, 4, 6**-0.5), nn.Tanh(), WidthScale(6), last(6)),
        "layer 0 .*before the activation",
    ),
    "gains that differ": (
        lambda: nn.Sequential(_uneven(), WidthScale(6), nn.Tanh(), last(6)), "differ"
    ),
}  # fmt: skip


def _hooked_dropout() -> nn.Module:
    layer = nn.Dropout(0.0)
    layer.register_forward_hook(lambda layer, given, out: 2.0 * out)
    return layer


def _uneven() -> nn.Module:
    linear = hidden(6, 4)
    with torch.no_grad():
        linear.parametrizations.weight.original0[2] = 2.0
    return linear


@pytest.mark.parametrize("case", NOT_TAKEN)
def test_what_is_not_the_network_is_refused_and_the_layer_named(case):
    build, found = NOT_TAKEN[case]
    with pytest.raises(NumericsError, match=found):
        WeightNormNetwork.from_module(build())
