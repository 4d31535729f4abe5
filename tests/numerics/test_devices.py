"""No tensor of `numerics` is made on the wrong device: every function walked on a pretended GPU.

Every walk is made in a forked child: where torch's CPU build asks for a GPU after all (autograd and
a few reductions do) it may abort, and must not take the other tests with it. What it cannot walk
is `NOT_HERE`; with a GPU these are walked for real (`make test-gpu`).
"""

from __future__ import annotations

import inspect
import itertools
import os
from collections.abc import Callable

import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode

import numerics
from numerics import Direction, NumericsError, WeightNormNetwork
from numerics.weightnorm.curvature import problems, search
from numerics.weightnorm.training import gradient_step, loss_and_gradient
from tests.numerics.pretended import begin_pretending, in_child, needs_a_gpu, tensors_of

D = torch.float64
WIDTHS, BATCH, N = (3, 5, 4), 2, 3


def _empty(*shape: int) -> torch.Tensor:
    return torch.empty(*shape, dtype=D, device="cuda")


def _network() -> WeightNormNetwork:
    weights = [_empty(BATCH, out, into) for into, out in itertools.pairwise(WIDTHS)]
    return WeightNormNetwork(
        tuple(weights), _empty(BATCH, WIDTHS[-1]), numerics.activation("tanh"), "inner", BATCH
    )


def _delta(network: WeightNormNetwork) -> Direction:
    return Direction(tuple(torch.empty_like(w) for w in network.weights), _empty(BATCH, WIDTHS[-1]))


pytestmark = pytest.mark.devices
Call = Callable[[WeightNormNetwork, torch.Tensor, torch.Tensor], object]
AT_INPUTS = (
    "back_propagated_norms", "feature_norms", "gradient_norm", "gradients", "hessian",
    "hessian_extremes", "hessian_norm", "hessian_norm_from_below", "input_gradient_norm",
    "input_hessian_norm", "layer_gradient_norms", "layer_sensitivities", "local_coefficients",
    "output_magnitude",
)  # fmt: skip
ALONG = (
    "feature_first_norms", "feature_second_norms", "hessian_vector_product",
    "preactivation_first_maxima", "preactivation_first_norms", "second_directional_derivative",
)  # fmt: skip
OF_DIRECTION = ("direction_norms", "normalized_row_first", "normalized_row_second")
OF_NETWORK = ("minimum_weight_norms", "normalized_spectral_norms", "output_layer_norm")
OF_NUMBERS = ("input_norms", "mean_abs", "mean_square", "vector_norm")
OVER_DATA = ("loss", "loss_gradient_norm", "loss_hessian_norm")
OF_SAMPLES = ("tangent_kernel_norm",)
SIGNED = ("signed_feature_norms", "signed_row_maxima")


def _named(name: str) -> Callable[..., object]:
    return getattr(numerics, name)


CALLS: dict[str, Call] = {
    **{name: lambda n, x, y, f=name: _named(f)(n, x) for name in AT_INPUTS + OF_SAMPLES},
    **{name: lambda n, x, y, f=name: _named(f)(n, x, _delta(n)) for name in ALONG},
    **{name: lambda n, x, y, f=name: _named(f)(n, _delta(n)) for name in OF_DIRECTION},
    **{name: lambda n, x, y, f=name: _named(f)(n) for name in OF_NETWORK},
    **{name: lambda n, x, y, f=name: _named(f)(x) for name in OF_NUMBERS},
    **{name: lambda n, x, y, f=name: _named(f)(n, x, y) for name in OVER_DATA},
    **{name: lambda n, x, y, f=name: _named(f)(n, x, torch.ones(2, N)) for name in SIGNED},
    "hessian_norms": lambda n, x, y: numerics.hessian_norms([n, n], [x, x]),
    "hessian_norm_at_most": lambda n, x, y: numerics.hessian_norm_at_most(n, x, 1.0),
    "hessian_norm_at_most a tensor": lambda n, x, y: numerics.hessian_norm_at_most(
        n, x, torch.ones(BATCH, N, dtype=D)
    ),
    "loss_hessian_vector_product": lambda n, x, y: numerics.loss_hessian_vector_product(
        n, x, y, _delta(n)
    ),
    "signed_input_average": lambda n, x, y: numerics.signed_input_average(x),
    "contracted_row_complexity": lambda n, x, y: numerics.contracted_row_complexity(
        x, 1.0, "tanh", steps=2, restarts=2
    ),
    "rademacher_complexity": lambda n, x, y: numerics.rademacher_complexity(
        WIDTHS, x, nu=1.0, activation="tanh", seed=0, steps=2, restarts=2, device="cuda"
    ),
    "WeightNormNetwork": lambda n, x, y: n(x),
    "WeightNormNetwork.random": lambda n, x, y: WeightNormNetwork.random(
        WIDTHS, seed=0, batch=2, device="cuda"
    ),
    "WeightNormNetwork.select": lambda n, x, y: numerics.gradient_norm(n.select(1), x),
    "Direction.random": lambda n, x, y: Direction.random(n, seed=0),
    "loss_and_gradient": lambda n, x, y: loss_and_gradient(n, x, y),
    "gradient_step": lambda n, x, y: gradient_step(n, x, y, torch.ones(BATCH, dtype=D)),
}  # fmt: skip
# what cannot run here, and why
NOT_WALKED = {
    "rademacher_witness": "runs on the CPU by design",
    "activation": "touches no tensor",
}


#: What torch's CPU build cannot walk, and why; `test_what_is_not_walked_here_cannot_be` keeps it.
NOT_HERE: dict[str, str] = {
    **dict.fromkeys(
        ("hessian_extremes", "hessian_norm", "hessian_norms", "hessian_norm_from_below",
         "hessian_norm_at_most", "hessian_norm_at_most a tensor", "minimum_weight_norms"),
        "counts or selects entries, which asks the build for a GPU",
    ),
    "loss_hessian_norm": "selects entries where they are out of range",
    "contracted_row_complexity": "climbs by autograd, which asks the build for a GPU",
}  # fmt: skip
def walk(name: str, in_range: bool, any_is: bool) -> None:
    """One call under FakeTensorMode; raises where devices mix or a result is elsewhere."""
    with FakeTensorMode():
        network, x = _network(), _empty(N, WIDTHS[0])
        y = _empty(BATCH, N)
        begin_pretending(in_range, any_is)
        try:
            found = CALLS[name](network, x, y)
        except NumericsError:
            if not any_is:  # with any(...) true some inputs are called bad, and rightly refused
                raise
            return
        elsewhere = [tensor.device for tensor in tensors_of(found) if not tensor.is_cuda]
        if elsewhere or not tensors_of(found):
            raise AssertionError(f"results on {elsewhere}")


#: One of each kind, looked at in every run; all of them take minutes, and are `slow`.
QUICK = ("gradient_norm", "loss", "gradient_step", "WeightNormNetwork", "normalized_row_first")


@pytest.mark.slow
@pytest.mark.parametrize("any_is", [False, True])
@pytest.mark.parametrize("in_range", [True, False])
@pytest.mark.parametrize("name", [name for name in CALLS if name not in NOT_HERE])
def test_every_tensor_is_made_on_the_networks_device_on_every_path(name, in_range, any_is):
    assert in_child(lambda: walk(name, in_range, any_is)) == ""


@pytest.mark.parametrize("name", QUICK)
def test_tensors_are_made_on_the_networks_device(name):
    assert in_child(lambda: walk(name, True, False)) == ""


@pytest.mark.slow
@pytest.mark.parametrize("name", NOT_HERE)
def test_what_is_not_walked_here_cannot_be(name):
    ways = itertools.product((True, False), (False, True))
    said = [in_child(lambda way=way: walk(name, *way)) for way in ways]
    assert any(map(needs_a_gpu, said)), said
    assert all(not answer or needs_a_gpu(answer) for answer in said), said


def test_little_is_not_walked():
    assert len(NOT_HERE) <= len(CALLS) / 4
    assert set(NOT_HERE) <= set(CALLS)


LARGE = ("hessian_norm", "hessian_extremes", "hessian_norm_from_below", "hessian_norm_at_most")


@pytest.mark.cuda
@pytest.mark.parametrize("name", LARGE)
def test_the_paths_of_large_networks_stay_on_the_device(name, monkeypatch):
    """None of them can be walked without a GPU: they select entries."""
    monkeypatch.setattr(search, "_DENSE", 0)
    monkeypatch.setattr(problems, "_BUDGET", 1)
    found = tensors_of(_really(name))
    assert found
    assert all(tensor.is_cuda for tensor in found)


def test_a_child_that_aborts_takes_nothing_with_it():
    assert in_child(os.abort) == "ended by signal 6"
    assert "ours" in in_child(lambda: _raise(ValueError("ours")))
    assert in_child(lambda: None) == ""


def _raise(error: Exception) -> None:
    raise error


@pytest.mark.cuda
@pytest.mark.parametrize("name", CALLS)
def test_every_tensor_is_made_on_a_real_device(name):
    found = tensors_of(_really(name))
    assert found
    assert all(tensor.is_cuda for tensor in found)


def _really(name: str) -> object:
    draw = torch.Generator().manual_seed(0)
    network = WeightNormNetwork.random(WIDTHS, seed=0, batch=BATCH, device="cuda")
    x = torch.randn(N, WIDTHS[0], generator=draw, dtype=D).cuda()
    y = torch.randn(BATCH, N, generator=draw, dtype=D).cuda()
    return CALLS[name](network, x, y)


def test_devices_that_mix_are_seen():
    """Negative control."""
    with FakeTensorMode(), pytest.raises(Exception, match="same device"):
        _network().weights[0] + torch.ones(3, dtype=D)


def test_every_public_function_is_walked_or_listed():
    public = {name for name in numerics.__all__ if inspect.isfunction(getattr(numerics, name))}
    walked = {name.split()[0] for name in CALLS}
    assert public == (walked & public) | NOT_WALKED.keys()
    assert not walked & NOT_WALKED.keys()
