"""No tensor of `numerics` is made on the wrong device: every function walked on a pretended GPU.

torch's FakeTensorMode carries shapes, dtypes and devices without data, and raises where devices
mix; it needs no GPU. Where code looks at data, a rule answers: all(...) is true, any(...) what the
test says, and the range check says in range or out of it, so that both branches are walked.
"""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable

import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensor, FakeTensorMode, unset_fake_temporarily

import numerics
from numerics import Direction, NumericsError, WeightNormNetwork
from numerics.weightnorm import guarded
from numerics.weightnorm.curvature import norm, problems, search
from numerics.weightnorm.training import gradient_step, loss_and_gradient

D = torch.float64
WIDTHS, BATCH, N = (3, 5, 4), 2, 3
WHOLE_ANY, WHOLE_ALL = torch.Tensor.any, torch.Tensor.all


def _empty(*shape: int) -> torch.Tensor:
    return torch.empty(*shape, dtype=D, device="cuda")


def _network() -> WeightNormNetwork:
    weights = [_empty(BATCH, out, into) for into, out in itertools.pairwise(WIDTHS)]
    return WeightNormNetwork(
        tuple(weights), _empty(BATCH, WIDTHS[-1]), numerics.activation("tanh"), "inner", BATCH
    )


def _delta(network: WeightNormNetwork) -> Direction:
    return Direction(tuple(torch.empty_like(w) for w in network.weights), _empty(BATCH, WIDTHS[-1]))


Call = Callable[[WeightNormNetwork, torch.Tensor, torch.Tensor], object]
AT_INPUTS = (
    "back_propagated_norms", "feature_norms", "gradient_norm", "gradients", "hessian",
    "hessian_extremes", "hessian_norm", "hessian_norm_from_below", "input_gradient_norm",
    "layer_gradient_norms", "layer_sensitivities", "local_coefficients", "output_magnitude",
)  # fmt: skip
ALONG = (
    "feature_first_norms", "feature_second_norms", "hessian_vector_product",
    "preactivation_first_maxima", "preactivation_first_norms", "second_directional_derivative",
)  # fmt: skip
OF_DIRECTION = ("direction_norms", "normalized_row_first", "normalized_row_second")
OF_NETWORK = ("minimum_weight_norms", "normalized_spectral_norms", "output_layer_norm")
OF_NUMBERS = ("input_norms", "mean_abs", "mean_square", "vector_norm")
OVER_DATA = ("loss", "loss_gradient_norm", "loss_hessian_norm")
SIGNED = ("signed_feature_norms", "signed_row_maxima")


def _named(name: str) -> Callable[..., object]:
    return getattr(numerics, name)


CALLS: dict[str, Call] = {
    **{name: lambda n, x, y, f=name: _named(f)(n, x) for name in AT_INPUTS},
    **{name: lambda n, x, y, f=name: _named(f)(n, x, _delta(n)) for name in ALONG},
    **{name: lambda n, x, y, f=name: _named(f)(n, _delta(n)) for name in OF_DIRECTION},
    **{name: lambda n, x, y, f=name: _named(f)(n) for name in OF_NETWORK},
    **{name: lambda n, x, y, f=name: _named(f)(x) for name in OF_NUMBERS},
    **{name: lambda n, x, y, f=name: _named(f)(n, x, y) for name in OVER_DATA},
    **{name: lambda n, x, y, f=name: _named(f)(n, x, torch.ones(2, N)) for name in SIGNED},
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


@pytest.fixture
def pretend(monkeypatch) -> Callable[[bool, bool], None]:
    """Answers for what FakeTensorMode cannot know, and indexing that needs no GPU."""

    def begin(in_range: bool, any_is: bool) -> None:
        def answering(answer: bool, kept):
            def method(self, *args, **named):
                found = kept(self, *args, **named)
                found.answer = answer
                return found

            return method

        monkeypatch.setattr(FakeTensor, "all", answering(True, WHOLE_ALL), raising=False)
        monkeypatch.setattr(FakeTensor, "any", answering(any_is, WHOLE_ANY), raising=False)
        monkeypatch.setattr(FakeTensor, "__bool__", lambda self: getattr(self, "answer", True))
        monkeypatch.setattr(FakeTensor, "__float__", lambda self: 1.0)
        monkeypatch.setattr(FakeTensor, "__int__", lambda self: 0)
        monkeypatch.setattr(FakeTensor, "nonzero", _one_index, raising=False)
        monkeypatch.setattr(FakeTensor, "__getitem__", _indexed)
        monkeypatch.setattr(FakeTensor, "__setitem__", _set_index)
        monkeypatch.setattr(FakeTensor, "to", _moved, raising=False)
        monkeypatch.setattr(guarded, "spread", lambda *t: (1.0, 1.0 if in_range else 1e300))
        monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
        monkeypatch.setattr(norm, "_ROUNDS", 3)

    return begin


def _one_index(self: torch.Tensor, *, as_tuple: bool = False):
    """One index, on the tensor's device."""
    found = torch.zeros(1, self.dim(), dtype=torch.int64, device=self.device)
    return found.unbind(-1) if as_tuple else found


def _meta(value: torch.Tensor) -> torch.Tensor:
    return torch.empty_strided(value.shape, value.stride(), dtype=value.dtype, device="meta")


def _like_on_meta(value: torch.Tensor, index: object) -> torch.Tensor:
    """value[index] on torch's meta device: shape, stride and offset."""
    parts = index if isinstance(index, tuple) else (index,)
    moved = []
    with unset_fake_temporarily():
        for part in parts:
            if isinstance(part, torch.Tensor):  # a CPU index selects from a GPU, not the reverse
                assert part.device in (value.device, torch.device("cpu")), "index elsewhere"
                part = torch.zeros(part.shape, dtype=torch.int64, device="meta")
            moved.append(part)
        return _meta(value)[tuple(moved)]


def _is_view(index: object) -> bool:
    parts = index if isinstance(index, tuple) else (index,)
    return not any(isinstance(part, torch.Tensor) for part in parts)


def _indexed(self: torch.Tensor, index: object) -> torch.Tensor:
    found = _like_on_meta(self, index)
    if _is_view(index):
        return self.as_strided(found.shape, found.stride(), found.storage_offset())
    return torch.empty(found.shape, dtype=self.dtype, device=self.device)


def _set_index(self: torch.Tensor, index: object, value: object) -> None:
    found = _like_on_meta(self, index)
    if isinstance(value, torch.Tensor):
        assert value.device == self.device, "value elsewhere"
        torch.broadcast_to(torch.empty(value.shape), found.shape)


def _moved(self: torch.Tensor, *args, **named) -> torch.Tensor:
    """`Tensor.to` without asking for a GPU."""
    device, dtype = named.get("device"), named.get("dtype")
    for arg in args:
        if isinstance(arg, torch.Tensor):
            device, dtype = arg.device, arg.dtype
        elif isinstance(arg, torch.dtype):
            dtype = arg
        elif arg is not None:
            device = torch.device(arg)
    return torch.empty_strided(
        self.shape, self.stride(), dtype=dtype or self.dtype, device=device or self.device
    )


def _tensors(found: object) -> list[torch.Tensor]:
    if isinstance(found, torch.Tensor):
        return [found]
    if isinstance(found, dict):
        return [t for value in found.values() for t in _tensors(value)]
    if isinstance(found, tuple | list):
        return [t for value in found for t in _tensors(value)]
    names = ("lower", "upper", "certified", "refuted", "rounding", "weights", "v")
    return [t for name in names for t in _tensors(getattr(found, name, []))]


@pytest.mark.parametrize("any_is", [False, True])
@pytest.mark.parametrize("in_range", [True, False])
@pytest.mark.parametrize("name", CALLS)
def test_every_tensor_is_made_on_the_networks_device(name, in_range, any_is, pretend):
    with FakeTensorMode():
        network, x = _network(), _empty(N, WIDTHS[0])
        y = _empty(BATCH, N)
        pretend(in_range, any_is)
        try:
            found = CALLS[name](network, x, y)
        except NumericsError:
            if not any_is:  # with any(...) true some inputs are called bad, and rightly refused
                raise
            return
        assert all(tensor.is_cuda for tensor in _tensors(found))
        assert _tensors(found)


LARGE = ("hessian_norm", "hessian_extremes", "hessian_norm_from_below", "hessian_norm_at_most")


@pytest.mark.parametrize("any_is", [False, True])
@pytest.mark.parametrize("name", LARGE)
def test_the_paths_of_large_networks_stay_on_the_device(name, any_is, pretend, monkeypatch):
    monkeypatch.setattr(search, "_DENSE", 0)
    monkeypatch.setattr(problems, "_BUDGET", 1)
    test_every_tensor_is_made_on_the_networks_device(name, True, any_is, pretend)


def test_devices_that_mix_are_seen():
    """Negative control."""
    with FakeTensorMode(), pytest.raises(Exception, match="same device"):
        _network().weights[0] + torch.ones(3, dtype=D)


def test_every_public_function_is_walked_or_listed():
    public = {name for name in numerics.__all__ if inspect.isfunction(getattr(numerics, name))}
    walked = {name.split()[0] for name in CALLS}
    assert public == (walked & public) | NOT_WALKED.keys()
    assert not walked & NOT_WALKED.keys()
