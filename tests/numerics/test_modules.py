"""`from_module` accepts a module only if the network is the same function of the same theta."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations, parametrize

from numerics import NumericsError, WeightNormNetwork, WidthScale
from tests.numerics.test_network import _sequential

D = torch.float64


def _build(change: Callable[[nn.Sequential], object], old: bool = False) -> nn.Sequential:
    module = _sequential("inner", old)
    change(module)
    return module


def _replaced(index: int, layer: nn.Module) -> nn.Sequential:
    layers = list(_sequential("inner", False))
    layers[index] = layer
    return nn.Sequential(*layers)


class Loud(nn.Tanh):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return 2.0 * super().forward(x)


class LoudLinear(nn.Linear):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return 2.0 * super().forward(x)


class LoudScale(WidthScale):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x


class LoudSequential(nn.Sequential):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return 2.0 * super().forward(x)


class Doubled(nn.Module):
    def forward(self, weight: torch.Tensor) -> torch.Tensor:
        return 2.0 * weight


class _WeightNorm(nn.Module):
    """Not torch's, only called so."""

    def __init__(self) -> None:
        super().__init__()
        self.dim = 0

    def forward(self, weight: torch.Tensor) -> torch.Tensor:
        return 3.0 * weight


def _own_forward(index: int) -> Callable[[nn.Sequential], object]:
    def change(module: nn.Sequential) -> None:
        kept = module[index].forward
        module[index].forward = lambda x: 2.0 * kept(x)

    return change


def _hooked(index: int | None) -> Callable[[nn.Sequential], object]:
    def change(module: nn.Sequential) -> None:
        layer = module if index is None else module[index]
        layer.register_forward_hook(lambda layer, given, out: 2.0 * out)

    return change


def _loud_output() -> nn.Sequential:
    linear = LoudLinear(3, 1, bias=False, dtype=D)
    return _replaced(-1, linear)


def _impostor() -> nn.Sequential:
    linear = nn.Linear(4, 6, bias=False, dtype=D)
    parametrize.register_parametrization(linear, "weight", _WeightNorm())
    return _replaced(0, linear)


def _tied() -> nn.Sequential:
    linear = parametrizations.weight_norm(nn.Linear(4, 4, bias=False, dtype=D))
    nn.init.ones_(linear.parametrizations.weight.original0)
    return nn.Sequential(
        linear, WidthScale(4), nn.Tanh(), linear, WidthScale(4), nn.Tanh(),
        nn.Linear(4, 1, bias=False, dtype=D),
    )  # fmt: skip


OTHER = {
    "softplus with its threshold": (lambda: _replaced(2, nn.Softplus()), r"layer 2.*threshold"),
    "softplus with beta": (lambda: _replaced(2, nn.Softplus(beta=2.0)), r"layer 2.*beta=2"),
    "gelu by tanh": (lambda: _replaced(2, nn.GELU(approximate="tanh")), r"layer 2.*approximate"),
    "subclass of an activation": (lambda: _replaced(2, Loud()), r"layer 2.*Loud"),
    "subclass of the scale": (lambda: _replaced(1, LoudScale(6)), r"layer 1.*LoudScale"),
    "subclass of the output": (_loud_output, r"layer 6.*LoudLinear"),
    "subclass of the container": (
        lambda: LoudSequential(*_sequential("inner", False)), "LoudSequential"
    ),
    "forward replaced on a layer": (lambda: _build(_own_forward(2)), r"layer 2.*forward"),
    "forward replaced on a linear": (lambda: _build(_own_forward(0)), r"layer 0.*forward"),
    "hook on an activation": (lambda: _build(_hooked(2)), r"layer 2.*hook"),
    "hook on a linear": (lambda: _build(_hooked(0)), r"layer 0.*hook"),
    "hook on the container": (lambda: _build(_hooked(None)), "hook"),
    "second hook beside the old weight norm": (
        lambda: _build(
            lambda m: m[3].register_forward_pre_hook(lambda layer, given: (2.0 * given[0],)), True
        ),
        r"layer 3.*hook",
    ),
    "another parametrization": (
        lambda: _build(
            lambda m: parametrize.register_parametrization(m[0], "weight", Doubled())
        ),
        r"layer 0.*Doubled",
    ),
    "a parametrization of the same name": (_impostor, r"layer 0.*parametrization"),
    "tied weights": (_tied, r"layer 3.*layer 0"),
    "float32": (lambda: _sequential("inner", False).float(), "float32"),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.parametrize("case", OTHER)
def test_modules_that_compute_something_else_are_refused_naming_the_layer(case):
    build, found = OTHER[case]
    with pytest.raises(NumericsError, match=found):
        WeightNormNetwork.from_module(build())


def test_what_no_rule_names_is_caught_by_the_modules_own_output():
    """A global hook: no layer shows it."""
    module = _sequential("inner", False)
    handle = nn.modules.module.register_module_forward_hook(
        lambda layer, given, out: 1.001 * out if isinstance(layer, nn.Tanh) else None
    )
    try:
        with pytest.raises(NumericsError, match=r"computes .* where the network"):
            WeightNormNetwork.from_module(module)
    finally:
        handle.remove()
    WeightNormNetwork.from_module(module)


def test_a_weight_that_its_norm_does_not_describe_is_caught_by_the_output():
    """The old weight norm keeps a plain `weight` beside g and v; the forward pass rewrites it."""
    module = _sequential("inner", False)
    chain = module[0].parametrizations["weight"]
    chain[0].forward = lambda g, v: 1.5 * g * v
    with pytest.raises(NumericsError, match="forward"):
        WeightNormNetwork.from_module(module)


@pytest.mark.parametrize(
    "layer",
    [nn.Tanh(), nn.Sigmoid(), nn.SiLU(), nn.GELU(), nn.Softplus(threshold=40.0), nn.Identity()],
)
def test_every_activation_of_torch_that_is_covered_is_accepted(layer):
    module = _sequential("inner", False)
    module[2] = module[5] = layer
    network = WeightNormNetwork.from_module(module)
    x = 3.0 * torch.randn(7, 4, generator=torch.Generator().manual_seed(1), dtype=D)
    assert torch.allclose(network(x), module(x).squeeze(-1), rtol=1e-12, atol=1e-14)


def test_the_state_of_the_module_is_left_alone():
    module = _sequential("inner", False)
    module.train()
    before = torch.get_rng_state()
    WeightNormNetwork.from_module(module)
    assert module.training
    assert torch.equal(before, torch.get_rng_state())
    assert all(parameter.grad is None for parameter in module.parameters())


def test_a_module_that_computes_no_number_is_refused():
    module = _sequential("inner", False)
    with torch.no_grad():
        module[0].parametrizations.weight.original1.mul_(1e-200)  # torch's norm underflows
    with pytest.raises(NumericsError, match="computes nan"):
        WeightNormNetwork.from_module(module)


def test_a_module_with_numbers_of_any_size_is_read():
    module = _sequential("inner", False)
    with torch.no_grad():
        module[0].parametrizations.weight.original1.mul_(1e-120)
        module[-1].weight.mul_(1e150)
    network = WeightNormNetwork.from_module(module)
    assert math.isfinite(float(network(torch.ones(4, dtype=D))))
