"""No tensor of `numerics` is made on the wrong device: every function walked on a pretended GPU.

torch's FakeTensorMode carries shapes, dtypes and devices without data, and raises where devices
mix; it needs no GPU. Where code looks at data, a rule answers: all(...) is true, any(...) what the
test says, and the range check says in range or out of it, so that both branches are walked.

Every walk is made in a forked child: where torch's CPU build asks for a GPU after all (autograd and
a few reductions do) it may abort, and must not take the other tests with it. What it cannot walk
is `NOT_HERE`; with a GPU these are walked for real (`make test-gpu`).
"""

from __future__ import annotations

import inspect
import itertools
import os
import signal
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


def begin_pretending(in_range: bool, any_is: bool) -> None:
    """Answers for what FakeTensorMode cannot know, and indexing that needs no GPU; for good, so
    only ever called in a child."""

    def answering(answer: bool, kept):
        def method(self, *args, **named):
            found = kept(self, *args, **named)
            found.answer = answer
            return found

        return method

    changes = {
        "all": answering(True, WHOLE_ALL), "any": answering(any_is, WHOLE_ANY),
        "__bool__": lambda self: getattr(self, "answer", True), "__float__": lambda self: 1.0,
        "__int__": lambda self: 0, "nonzero": _one_index, "__getitem__": _indexed,
        "__setitem__": _set_index, "to": _moved,
    }  # fmt: skip
    for name, change in changes.items():
        setattr(FakeTensor, name, change)
    guarded.spread = lambda *t: (1.0, 1.0 if in_range else 1e300)
    torch.cuda.is_available = lambda: True
    norm._ROUNDS = 3


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


#: What torch's CPU build cannot walk, and why; `test_what_is_not_walked_here_cannot_be` keeps it.
NOT_HERE: dict[str, str] = {
    **dict.fromkeys(
        ("hessian_extremes", "hessian_norm", "hessian_norms", "hessian_norm_from_below",
         "hessian_norm_at_most", "hessian_norm_at_most a tensor", "minimum_weight_norms"),
        "counts or selects entries, which asks the build for a GPU",
    ),
    "contracted_row_complexity": "climbs by autograd, which asks the build for a GPU",
}  # fmt: skip
NO_GPU = ("not linked with support", "signal", "Cannot access accelerator", "NVIDIA driver",
          "not compiled with CUDA", "No CUDA GPUs")  # fmt: skip


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
        elsewhere = [tensor.device for tensor in _tensors(found) if not tensor.is_cuda]
        if elsewhere or not _tensors(found):
            raise AssertionError(f"results on {elsewhere}")


def in_child(work: Callable[[], None]) -> str:
    """What went wrong in a child of this process; empty if nothing did."""
    source, sink = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(source)
        signal.alarm(20)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # torch's own last words
        text = ""
        try:
            work()
        except BaseException as error:  # noqa: BLE001  # a child must not go on as a test process
            text = f"{type(error).__name__}: {error}"[:2000]
        finally:
            os.write(sink, text.encode())
            os._exit(0)
    os.close(sink)
    with os.fdopen(source) as stream:
        said = stream.read()
    status = os.waitpid(child, 0)[1]
    return f"ended by signal {os.WTERMSIG(status)}" if os.WIFSIGNALED(status) else said


def _needs_a_gpu(said: str) -> bool:
    return any(words in said for words in NO_GPU)


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
    assert any(map(_needs_a_gpu, said)), said
    assert all(not answer or _needs_a_gpu(answer) for answer in said), said


def test_little_is_not_walked():
    assert len(NOT_HERE) <= len(CALLS) / 4
    assert set(NOT_HERE) <= set(CALLS)


LARGE = ("hessian_norm", "hessian_extremes", "hessian_norm_from_below", "hessian_norm_at_most")


@pytest.mark.slow
@pytest.mark.parametrize("any_is", [False, True])
@pytest.mark.parametrize("name", [name for name in LARGE if name not in NOT_HERE])
def test_the_paths_of_large_networks_stay_on_the_device(name, any_is):
    def work() -> None:
        search._DENSE, problems._BUDGET = 0, 1  # in the child alone
        walk(name, True, any_is)

    assert in_child(work) == ""


def test_a_child_that_aborts_takes_nothing_with_it():
    assert in_child(os.abort) == "ended by signal 6"
    assert "ours" in in_child(lambda: _raise(ValueError("ours")))
    assert in_child(lambda: None) == ""


def _raise(error: Exception) -> None:
    raise error


@pytest.mark.cuda
@pytest.mark.parametrize("name", CALLS)
def test_every_tensor_is_made_on_a_real_device(name):
    draw = torch.Generator().manual_seed(0)
    network = WeightNormNetwork.random(WIDTHS, seed=0, batch=BATCH, device="cuda")
    x = torch.randn(N, WIDTHS[0], generator=draw, dtype=D).cuda()
    y = torch.randn(BATCH, N, generator=draw, dtype=D).cuda()
    found = _tensors(CALLS[name](network, x, y))
    assert found
    assert all(tensor.is_cuda for tensor in found)


def test_devices_that_mix_are_seen():
    """Negative control."""
    with FakeTensorMode(), pytest.raises(Exception, match="same device"):
        _network().weights[0] + torch.ones(3, dtype=D)


def test_every_public_function_is_walked_or_listed():
    public = {name for name in numerics.__all__ if inspect.isfunction(getattr(numerics, name))}
    walked = {name.split()[0] for name in CALLS}
    assert public == (walked & public) | NOT_WALKED.keys()
    assert not walked & NOT_WALKED.keys()
