"""What the certificates assume of an activation: suprema, evaluation errors, and whose it is."""

from __future__ import annotations

import dataclasses
import math

import pytest
import torch
from flint import arb, arb_series, ctx

import numerics
from numerics import ACTIVATIONS, Activation, NumericsError, WeightNormNetwork, activation
from numerics.rounding import ETA, UNIT
from numerics.weightnorm.training import load_run, train
from numerics.weightnorm.training.starts import picture_network, uniform_network
from tests.numerics.ball_oracle import PHI, precision
from tests.numerics.cases import SMOOTH

D = torch.float64


def _derivatives(name: str, g: float) -> list[arb]:
    """phi, phi', phi'', phi''' at g."""
    found = list(PHI[name](arb_series([arb(g), 1], prec=4)).coeffs())
    found += [arb(0)] * (4 - len(found))
    return [found[0], found[1], 2 * found[2], 6 * found[3]]


@pytest.fixture
def four_terms():
    with precision(400):
        ctx.cap = 4
        yield


@pytest.mark.parametrize("name", SMOOTH)
def test_suprema_are_upper_bounds_and_nearly_reached(name, four_terms):
    grid = [i / 40.0 for i in range(-480, 481)]
    for order, bound in enumerate(activation(name).lipschitz, start=1):
        largest = max(abs(_derivatives(name, g)[order]).abs_upper() for g in grid)
        assert largest <= arb(bound) * (1 + arb(2) ** -40), (name, order)
        assert largest >= arb(bound) * arb(0.95), (name, order, "far from a supremum")


EXTREME = [5e-324, 1e-320, 2.3e-308, 1e-300, 1e-160, 1e-20, 1e-8, 40.0, 400.0, 1e4]
HUGE = [1e16, 1e155, 1e200, 1e300, 1.7e308]


@pytest.mark.parametrize("name", SMOOTH)
def test_evaluation_errors_are_what_the_analysis_charges(name, four_terms):
    phi = activation(name)
    points = [0.0, *(i / 16.0 + 0.01 for i in range(-320, 321)), *EXTREME, *(-g for g in EXTREME)]
    g = torch.tensor(points, dtype=D)
    values, firsts, seconds = phi.value(g), phi.first(g), phi.second(g)
    slope, bend, _ = phi.lipschitz
    for i, point in enumerate(points):
        exact = _derivatives(name, point)
        size = abs(exact[0]) + abs(arb(point))
        room = phi.rounding * (UNIT * size + ETA)
        assert not abs(arb(float(values[i])) - exact[0]) > room, (name, point)
        allowed = phi.rounding * (UNIT * slope + ETA)
        assert not abs(arb(float(firsts[i])) - exact[1]) > allowed, (name, point)
        allowed = phi.rounding * (UNIT * bend + ETA)
        assert not abs(arb(float(seconds[i])) - exact[2]) > allowed, (name, point)


@pytest.mark.parametrize("name", SMOOTH)
def test_no_derivative_is_lost_to_overflow(name):
    g = torch.tensor([*HUGE, *(-g for g in HUGE)], dtype=D)
    phi = activation(name)
    for f in (phi.value, phi.first, phi.second):
        assert torch.isfinite(f(g)).all(), name


CERTIFIED = ("gradient_norm", "input_gradient_norm", "output_magnitude", "hessian_norm",
             "layer_sensitivities", "layer_gradient_norms")  # fmt: skip


def _network(phi: Activation) -> tuple[WeightNormNetwork, torch.Tensor]:
    network = WeightNormNetwork.random((3, 4, 2), phi, seed=0, batch=2)
    return network, torch.tensor([[1.0, -0.5, 2.0]], dtype=D)


UNKNOWN = {
    "rounding": {"rounding": math.inf},
    "rounding not a number of use": {"rounding": 1e300},
    "slope": {"lipschitz": (math.inf, 0.77, 2.0)},
    "bend": {"lipschitz": (1.0, math.inf, 2.0)},
    "third": {"lipschitz": (1.0, 0.77, math.inf)},
    "all": {"rounding": math.inf, "lipschitz": (math.inf, math.inf, math.inf)},
}


@pytest.mark.parametrize("case", UNKNOWN)
def test_an_activation_about_which_nothing_is_known_certifies_nothing(case):
    network, x = _network(dataclasses.replace(activation("tanh"), **UNKNOWN[case]))
    y = torch.zeros(1, dtype=D)
    found = numerics.hessian_norm(network, x)
    assert bool(found.refused.all())
    assert not numerics.hessian_norm_at_most(network, x, 1e300).certified.any()
    assert not numerics.hessian_norm_at_most(network, x, 1e-300).refuted.any()
    assert float(numerics.hessian_norm_from_below(network, x).lower.max()) == 0.0
    assert bool(numerics.loss_hessian_norm(network, x, y).refused.all())
    if case == "third":
        return  # first orders do not need it
    for name in CERTIFIED[:2] if case == "bend" else CERTIFIED:
        found = getattr(numerics, name)(network, x)
        hidden = found.upper if name != "layer_sensitivities" else found.upper[..., -1]
        assert not bool((torch.isfinite(hidden) & (hidden < 1e200)).all()), name


@pytest.mark.parametrize(
    "change",
    [
        {"rounding": math.nan},
        {"rounding": -1.0},
        {"lipschitz": (1.0, math.nan, 1.0)},
        {"lipschitz": (-1.0, 1.0, 1.0)},
        {"lipschitz": (1.0, 1.0)},
    ],
)
def test_bounds_that_are_no_bounds_are_refused(change):
    with pytest.raises(NumericsError, match=next(iter(change))):
        dataclasses.replace(activation("tanh"), **change)


def _mine(name: str = "mine") -> Activation:
    """sin(2 g)/2, which no shipped activation is."""
    return Activation(
        name,
        lambda g: 0.5 * torch.sin(2.0 * g),
        lambda g: torch.cos(2.0 * g),
        lambda g: -2.0 * torch.sin(2.0 * g),
        (1.0, 2.0, 4.0),
    )


def test_an_own_activation_builds_every_network():
    phi, x = _mine(), torch.eye(3, dtype=D)
    networks = (
        WeightNormNetwork.random((3, 4), phi, seed=0),
        WeightNormNetwork.from_tensors([x], torch.ones(3, dtype=D), activation=phi),
        uniform_network((3, 4), phi, half_width=0.5, seed=0),
        picture_network(x, 4, phi, row_norm=1.0, seed=0),
    )
    for network in networks:
        assert network.activation is phi
        found = numerics.hessian_norm(network, x[0])
        dense = torch.linalg.eigvalsh(numerics.hessian(network, x[0])).abs().max()
        assert float(found.lower) <= float(dense) * (1 + 1e-9)
        assert float(dense) <= float(found.upper) * (1 + 1e-9)


def test_an_own_activation_is_searched():
    x = torch.eye(3, dtype=D)
    keywords = {"nu": 1.0, "seed": 0, "steps": 5, "restarts": 2}
    own = numerics.rademacher_complexity((3, 4), x, activation=_mine(), **keywords)
    assert float(own.lower) > 0.0
    signs, weights = numerics.rademacher_witness((3, 4), x, activation=_mine(), seed=0, steps=5)
    assert len(signs) == len(weights[0]) == 4
    assert float(numerics.contracted_row_complexity(x, 1.0, _mine(), steps=5).lower) > 0.0


def test_an_own_activation_is_trained_stored_resumed_and_loaded(tmp_path):
    phi, x = _mine(), torch.randn(6, 3, generator=torch.Generator().manual_seed(0), dtype=D)
    network, y = WeightNormNetwork.random((3, 4), phi, seed=0), x[:, 0]
    options = {"learning_rate": 0.1, "checkpoint_every": 2}
    train(network, x, y, steps=2, folder=tmp_path, **options)
    resumed = train(network, x, y, steps=4, folder=tmp_path, resume=True, **options)
    whole = train(network, x, y, steps=4, **options)
    assert torch.equal(resumed.network.weights[0], whole.network.weights[0])
    assert resumed.network.activation is phi


def test_an_own_activation_is_not_taken_for_the_shipped_one_of_its_name(tmp_path):
    x = torch.randn(6, 3, generator=torch.Generator().manual_seed(0), dtype=D)
    shipped = WeightNormNetwork.random((3, 4), "tanh", seed=0)
    own = dataclasses.replace(shipped, activation=_mine("tanh"))
    options = {"learning_rate": 0.1, "steps": 2, "folder": tmp_path}
    train(shipped, x, x[:, 0], **options)
    with pytest.raises(NumericsError, match="activation"):
        train(own, x, x[:, 0], resume=True, **options)


def test_a_saved_run_with_an_own_activation_is_read_with_it_and_never_without(tmp_path):
    from numerics.weightnorm.training.archive import describe, write_json
    from numerics.weightnorm.training.settings import check_settings

    phi, x = _mine(), torch.randn(6, 3, generator=torch.Generator().manual_seed(0), dtype=D)
    network = WeightNormNetwork.random((3, 4), phi, seed=0)
    settings = check_settings(network, optimizer="gd", learning_rate=0.1, batch_size=None, seed=0)
    write_json(tmp_path / "run.json", describe({"name": "digits"}, network, settings))
    train(network, x, x[:, 0], learning_rate=0.1, steps=2, folder=tmp_path)
    assert load_run(tmp_path, activations=[phi]).trajectory.network.activation is phi
    with pytest.raises(NumericsError, match="mine"):
        load_run(tmp_path)
    with pytest.raises(NumericsError, match="another function"):
        load_run(tmp_path, activations=[dataclasses.replace(activation("tanh"), name="mine")])


def test_names_and_nothing_else_are_looked_up():
    assert activation("tanh") is ACTIVATIONS["tanh"]
    mine = _mine("tanh")
    assert activation(mine) is mine
    for wrong in ("Tanh", None, 3, torch.tanh):
        with pytest.raises(NumericsError, match=r"(?i)activation") as error:
            activation(wrong)
        assert error.value.argument in ("name", "activation")
