"""The families walked with tensors that say `cuda` and carry data (`carried`).

What FakeTensorMode cannot walk (branches on data, counts, autograd, balls) is walked here with
numbers: the functions of the families, and those of `numerics` that `test_devices` leaves out.
"""

from __future__ import annotations

import inspect

import pytest
import torch

from numerics import WeightNormNetwork, diagonal_linear, least_squares
from tests.numerics import test_devices as engine
from tests.numerics.calls_of_families import FAMILIES, drawn
from tests.numerics.carried import GPU, Carried, carrying, places

pytestmark = pytest.mark.devices
D = torch.float64
#: These move what they are given to the CPU, where scipy, linear programs and balls are: their
#: results lie there.
ON_THE_CPU = (diagonal_linear, least_squares)
#: ...but for two that are plain products of the tensors given.
ON_THE_DEVICE_STILL = ("range_defect", "tangent_kernel")
#: Functions that are given no tensor.
WITHOUT_TENSORS = {
    "angle_lower_bounds", "conditions", "gain_regime_width", "spent_by_steps", "width_demanded",
    "magnification", "mixed_signs", "random_instance", "trap", "two_columns", "two_columns_plain",
    "many_columns", "row_margin_complexity",
    "choices",
    "class_margin_complexity", "confidence", "expected_signed_sum", "margin_complexity",
    "network_class", "recipe_for", "rho_grid", "square_loss_complexity", "square_loss_range",
    "symmetrization_constant", "vote_divergence", "load_run",
}  # fmt: skip
ROWS = [
    pytest.param(room, name, id=f"{room.__name__.rpartition('.')[2]}.{name}")
    for room, calls in FAMILIES.items()
    for name in calls
]


def on_gpu(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.to("cuda")


def where_it_belongs(room, name: str) -> str:
    return "cpu" if room in ON_THE_CPU and name not in ON_THE_DEVICE_STILL else "cuda"


@pytest.mark.parametrize("room, name", ROWS)
def test_a_family_computes_on_the_device_of_its_tensors_or_all_on_the_cpu(room, name):
    with carrying():
        found = FAMILIES[room][name](on_gpu)
    assert places(found) <= {where_it_belongs(room, name)}


@pytest.mark.cuda
@pytest.mark.parametrize("room, name", ROWS)
def test_a_family_computes_on_a_real_device(room, name):
    found = FAMILIES[room][name](on_gpu)
    assert places(found) <= {where_it_belongs(room, name)}


@pytest.mark.parametrize("room", FAMILIES, ids=lambda room: room.__name__.rpartition(".")[2])
def test_every_public_function_of_a_family_is_walked_or_is_given_no_tensor(room):
    public = {name for name in room.__all__ if inspect.isfunction(getattr(room, name))}
    walked = {name.split()[0] for name in FAMILIES[room]}
    assert public == (walked | WITHOUT_TENSORS) & public
    assert not walked & WITHOUT_TENSORS


@pytest.mark.parametrize("name", engine.NOT_HERE)
def test_what_fake_tensors_cannot_walk_stays_on_the_device(name):
    with carrying():
        network = WeightNormNetwork.random(engine.WIDTHS, seed=0, batch=engine.BATCH).to("cuda")
        x, y = on_gpu(drawn(engine.N, engine.WIDTHS[0])), on_gpu(drawn(engine.BATCH, engine.N))
        found = engine.CALLS[name](network, x, y)
    assert places(found) == {"cuda"}


def test_devices_that_mix_are_seen_and_what_a_gpu_allows_is_allowed():
    """Negative control of `carried`, operation by operation."""
    with carrying():
        there, here = drawn(3, 3).to("cuda"), drawn(3, 3)
        index = torch.tensor([0, 2])
        for mixed in (
            lambda: there + here,
            lambda: torch.cat([there, here]),
            lambda: torch.stack([there[0, 0], here[0, 0]]),
            lambda: here.add_(there),
            lambda: here[index.to("cuda")],
            lambda: there.index_select(0, index),
            lambda: torch.where(here > 0, there, there),
        ):
            with pytest.raises(RuntimeError, match="same device"):
                mixed()
        with pytest.raises(TypeError, match="numpy"):
            there.numpy()
        allowed = (there + here[0, 0], there[index], torch.where(there > 0, there, 1.0))
    assert all(isinstance(found, Carried) and found.device == GPU for found in allowed)


def test_a_tensor_that_is_carried_has_the_numbers_of_the_cpu():
    a = drawn(4, 4)
    with carrying():
        b = a.to("cuda")
        made = torch.tensor([1.0, 2.0], dtype=D, device="cuda"), b.new_tensor([3.0]), b.new_zeros(2)
        values = torch.linalg.eigvalsh(b @ b.mT)
        leaf = b.clone().requires_grad_(True)
        (slope,) = torch.autograd.grad(leaf.square().sum(), leaf)
        back = values.cpu()
    assert not isinstance(back, Carried)
    assert torch.allclose(back, torch.linalg.eigvalsh(a @ a.mT), rtol=1e-12)
    assert torch.equal(slope.held, 2.0 * a)
    assert [t.tolist() for t in made] == [[1.0, 2.0], [3.0], [0.0, 0.0]]
    assert places(made) == {"cuda"}
