"""Construction: what is accepted means the theory's network; what is not is refused by name."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations

import numerics
from numerics import NumericsError, WeightNormNetwork, WidthScale

D = torch.float64


def _sequential(placement: str, old_api: bool) -> nn.Sequential:
    torch.manual_seed(3)
    norm = nn.utils.weight_norm if old_api else parametrizations.weight_norm
    layers: list[nn.Module] = []
    for into, out in ((4, 6), (6, 3)):
        linear = norm(nn.Linear(into, out, bias=False, dtype=D))
        gain = linear.weight_g if old_api else linear.parametrizations.weight.original0
        nn.init.ones_(gain)
        tail = [WidthScale(out), nn.Tanh()]
        layers += [linear, *(tail if placement == "inner" else tail[::-1])]
    return nn.Sequential(*layers, nn.Linear(3, 1, bias=False, dtype=D))


@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.parametrize("old_api", [False, True])
def test_a_module_and_its_network_compute_the_same_function(placement, old_api):
    module = _sequential(placement, old_api)
    x = torch.randn(5, 4, dtype=D)
    network = WeightNormNetwork.from_module(module)
    assert network.placement == placement
    assert torch.allclose(network(x), module(x).squeeze(-1), rtol=1e-13, atol=1e-15)


def test_gains_equal_to_the_width_factor_are_the_inner_placement():
    module = _sequential("inner", False)
    folded = nn.Sequential(*[layer for layer in module if not isinstance(layer, WidthScale)])
    for linear in (folded[0], folded[2]):
        gain = linear.parametrizations.weight.original0
        nn.init.constant_(gain, 1 / math.sqrt(gain.shape[0]))
    x = torch.randn(5, 4, dtype=D)
    network = WeightNormNetwork.from_module(folded)
    assert network.placement == "inner"
    assert torch.allclose(network(x), folded(x).squeeze(-1), rtol=1e-13)


def _with(index: int, layer: nn.Module) -> nn.Sequential:
    layers = list(_sequential("inner", False))
    layers[index] = layer
    return nn.Sequential(*layers)


def _gained() -> nn.Sequential:
    module = _sequential("inner", False)
    nn.init.constant_(module[0].parametrizations.weight.original0, 2.0)
    return module


def _columns() -> nn.Module:
    linear = parametrizations.weight_norm(nn.Linear(4, 6, bias=False, dtype=D), dim=1)
    nn.init.ones_(linear.parametrizations.weight.original0)
    return linear


REFUSED = {
    "bias": (lambda: _with(0, parametrizations.weight_norm(nn.Linear(4, 6, dtype=D))), "bias"),
    "gain": (_gained, "gains other than 1"),
    "axis": (lambda: _with(0, _columns()), "dim=1"),
    "no weight norm": (lambda: _with(0, nn.Linear(4, 6, bias=False)), "without weight_norm"),
    "dropout": (lambda: _with(1, nn.Dropout()), "Dropout"),
    "no width factor": (lambda: _with(1, nn.Tanh()), "2 activations"),
    "wrong width": (lambda: _with(1, WidthScale(5)), r"WidthScale\(5\)"),
    "output bias": (lambda: _with(-1, nn.Linear(3, 1, dtype=D)), "last layer"),
    "two outputs": (lambda: _with(-1, nn.Linear(3, 2, bias=False)), "2 outputs"),
    "mixed activations": (lambda: _with(2, nn.Sigmoid()), "activations"),
    "not a Sequential": (lambda: nn.Linear(4, 1), "Linear"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_modules_outside_the_theory_are_refused_saying_what(case):
    build, found = REFUSED[case]
    with pytest.raises(NumericsError, match=found):
        WeightNormNetwork.from_module(build())


def _weights() -> list[torch.Tensor]:
    return [torch.ones(2, 3, dtype=D), torch.ones(4, 2, dtype=D)]


def _changed(index: int, value: torch.Tensor) -> list[torch.Tensor]:
    weights = _weights()
    weights[index] = value
    return weights


BAD = {
    "zero row": (_changed(1, torch.eye(4, 2, dtype=D)), torch.ones(4, dtype=D), "zero row"),
    "nan": (_changed(0, torch.full((2, 3), torch.nan, dtype=D)), torch.ones(4, dtype=D), "NaN"),
    "inf": (_weights(), torch.full((4,), torch.inf, dtype=D), "infinity"),
    "chain": (_changed(1, torch.ones(4, 3, dtype=D)), torch.ones(4, dtype=D), "shapes"),
    "v": (_weights(), torch.ones(3, dtype=D), "`v`"),
    "no layer": ([], torch.ones(3, dtype=D), "no list of layers"),
    "integers": (_changed(0, torch.ones(2, 3, dtype=torch.int64)), torch.ones(4), "dtype"),
    "empty": (_changed(0, torch.ones(2, 0, dtype=D)), torch.ones(4, dtype=D), "empty"),
    "mixed dtypes": (_weights(), torch.ones(4, dtype=torch.float32), "dtypes"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_tensors_raise_the_projects_error(case):
    weights, v, found = BAD[case]
    with pytest.raises(NumericsError, match=found):
        WeightNormNetwork.from_tensors(weights, v)


@pytest.mark.parametrize("widths", [(), (3,), (0, 3), (3, 0), (3, 2.5), "ab"])
def test_bad_widths_raise_the_projects_error(widths):
    with pytest.raises(NumericsError, match="widths"):
        WeightNormNetwork.random(widths, seed=0)


@pytest.mark.parametrize(
    "x", [torch.ones(4), torch.ones(2, 2, 2, 3), torch.ones(7, 2, 3), torch.ones(0, 3)]
)
def test_bad_inputs_raise_the_projects_error(x):
    network = WeightNormNetwork.random((3, 4), seed=0, batch=5)
    with pytest.raises(NumericsError, match="`x`"):
        numerics.gradient_norm(network, x)


def test_unknown_names_and_missing_devices_raise_the_projects_error():
    with pytest.raises(NumericsError, match="swish"):
        WeightNormNetwork.random((3, 4), "swish", seed=0)
    with pytest.raises(NumericsError, match="middle"):
        WeightNormNetwork.random((3, 4), seed=0, placement="middle")
    if not torch.cuda.is_available():
        with pytest.raises(NumericsError, match="no usable CUDA"):
            WeightNormNetwork.random((3, 4), seed=0, device="cuda")
    relu = WeightNormNetwork.random((3, 4), "relu", seed=0)
    with pytest.raises(NumericsError, match="relu"):
        numerics.hessian_norm(relu, torch.ones(3))
    with pytest.raises(NumericsError, match="`y`"):
        numerics.loss(relu, torch.ones(2, 3), torch.ones(3))


def test_one_seed_is_one_network():
    draws = [WeightNormNetwork.random((3, 4, 2), seed=s, batch=2) for s in (1, 1, 2)]
    assert torch.equal(draws[0].weights[0], draws[1].weights[0])
    assert not torch.equal(draws[0].weights[0], draws[2].weights[0])
    assert torch.allclose(draws[0].v.norm(dim=-1), torch.ones(2, dtype=D))


def test_float32_is_converted_exactly_and_float64_is_never_rounded():
    network = WeightNormNetwork.random((3, 4), seed=0)
    single = torch.tensor([0.1, 0.2, 0.3])  # float32
    found = numerics.hessian_norm(network, single)
    same = numerics.hessian_norm(network, single.double())
    assert torch.equal(found.lower, same.lower)
    assert torch.equal(found.upper, same.upper)
    y = torch.tensor([0.1])
    assert torch.equal(
        numerics.loss(network, single[None], y).lower,
        numerics.loss(network, single[None].double(), y.double()).lower,
    )
    small = network.to(dtype=torch.float32)
    assert small(single).dtype == torch.float32
    with pytest.raises(NumericsError, match="would round them"):
        small(single.double())
