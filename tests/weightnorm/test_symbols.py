"""Every symbol of the notation has the value its meaning says, in float64 and in balls.

The values are written anew here, in plain numpy, on cases whose layers, inputs, targets and
networks all differ, so that no mix-up of two of them goes unseen.
"""

from __future__ import annotations

import numpy as np
import pytest
import torch

from numerics import Enclosure, WeightNormNetwork
from verify import FunctionClassCase, claims, network_case
from verify.settle import working_precision
from verify.weightnorm import in_balls
from verify.weightnorm.conditions import CONDITIONS
from verify.weightnorm.readings import PER_CLASS, PER_DATA, PER_INPUT

B, N, WIDTHS = 3, 2, (3, 4, 2)


@pytest.fixture(scope="module", params=["inner", "outer"])
def case(request):
    network = WeightNormNetwork.random(
        WIDTHS, "gelu", seed=1, batch=B, placement=request.param, v_norm=0.25
    )
    scale = torch.logspace(-1, 1, B, dtype=torch.float64).reshape(B, 1, 1)
    network = WeightNormNetwork.from_tensors(
        [w * scale for w in network.weights], network.v * scale[:, :, 0], activation="gelu",
        placement=request.param,
    )  # fmt: skip
    draw = torch.Generator().manual_seed(2)
    x = torch.randn(B, N, WIDTHS[0], generator=draw, dtype=torch.float64)
    return network_case(network, x, 3 * torch.randn(B, N, generator=draw, dtype=torch.float64))


def by_hand(case) -> dict[str, np.ndarray]:
    """(B, 1) or (B, N); omega (B, 1, L)."""
    weights = [w.numpy() for w in case.network.weights]
    x, y, v = case.x.numpy(), case.y.numpy(), case.network.v.numpy()
    residual = (case.network(case.x) - case.y).detach().numpy()
    column = lambda values: np.asarray(values).reshape(B, 1)  # noqa: E731
    nu = column(np.linalg.norm(v, axis=1))
    return {
        "L": 2.0, "d": 3.0, "m": [4.0, 2.0], "m_min": 2.0, "m_max": 4.0, "n": 2.0,
        "p": 0.5 if case.network.placement == "inner" else 0.0, "nu": nu,
        "rho_1": np.maximum(nu - 1, 0),
        "omega": np.stack([np.linalg.norm(w, axis=2).min(1) for w in weights], -1)[:, None, :],
        "xi": np.linalg.norm(x, axis=2), "X": column(np.sqrt((x**2).sum((1, 2)))),
        "y_1": column(np.abs(y).mean(1)), "y_2": column((y**2).mean(1)),
        "ell": column((residual**2).mean(1)),
        "phi0": 0.0, "K": 1.1289047, "beta": np.sqrt(2 / np.pi),
        "beta2": third_of_gelu(),
    }  # fmt: skip


def third_of_gelu() -> float:
    """sup |t^3 - 4 t| times the normal density, where t^4 - 7 t^2 + 4 = 0: near t = 0.79."""
    t = np.sqrt((7 - np.sqrt(33)) / 2)
    return abs(t**3 - 4 * t) * np.exp(-(t**2) / 2) / np.sqrt(2 * np.pi)


def middle(value) -> np.ndarray:
    return np.asarray(value.value if isinstance(value, Enclosure) else value, dtype=float)


@pytest.mark.parametrize("name", sorted(set(PER_DATA)))
def test_a_symbol_of_a_data_set_is_what_it_means(name, case):
    expected = by_hand(case)[name]
    if name == "xi":
        expected = expected.max(1, keepdims=True)
    found = middle(PER_DATA[name].measure(case))
    assert found == pytest.approx(np.broadcast_to(expected, found.shape), rel=1e-6)


@pytest.mark.parametrize("name", sorted(set(PER_INPUT)))
def test_a_symbol_of_one_input_is_what_it_means(name, case):
    expected = by_hand(case)[name]
    found = middle(PER_INPUT[name].measure(case))
    assert found == pytest.approx(np.broadcast_to(expected, found.shape), rel=1e-6)


@pytest.mark.parametrize("name", sorted(set(PER_DATA)))
@pytest.mark.parametrize("over", ["data", "input"])
def test_a_symbol_in_balls_is_the_same_number(over, name, case):
    if name not in in_balls.SYMBOLS:
        assert PER_DATA[name].exact is None
        return
    quantity = claims()["loss" if over == "data" else "output"].quantity
    entries = B if over == "data" else B * N
    for entry in range(entries):
        network, at = (entry, None) if over == "data" else divmod(entry, N)
        with working_precision(128):
            view = in_balls.view(case, quantity, entry)
            if over == "input" and name in ("ell", "y_1", "y_2", "X"):
                continue  # symbols of a data set
            found = in_balls.SYMBOLS[name](view)
        value = by_hand(case)[name]
        if name == "xi":
            value = value[network].max() if at is None else value[network, at]
        elif name == "omega":
            value = list(value[network, 0])
        elif isinstance(value, np.ndarray):
            value = float(value[network, 0])
        found = [float(f) for f in found] if isinstance(found, list) else float(found)
        assert found == pytest.approx(value, rel=1e-6), (name, entry)


def test_ends_enclose_and_are_close(case):
    expected = by_hand(case)
    for name in ("omega", "nu", "rho_1", "y_1", "y_2", "ell"):
        found = PER_DATA[name].measure(case)
        low, high = found.lower.numpy(), found.upper.numpy()
        assert (low <= expected[name] * (1 + 1e-12) + 1e-300).all()
        assert (high >= expected[name] * (1 - 1e-12)).all()
        assert (low >= 0).all()


def test_a_bound_with_one_omega_takes_the_smallest_of_the_layers(case):
    found = claims()["hessian.closed"].values(case)["omega"]
    expected = by_hand(case)["omega"].min(-1)
    assert middle(found) == pytest.approx(expected, rel=1e-12)


def test_the_symbols_of_a_class_are_those_of_its_inputs():
    x = torch.tensor([[3.0, 4.0], [0.0, 12.0], [0.5, 0.0]], dtype=torch.float64)
    klass = FunctionClassCase(widths=(2, 3, 5), x=x, nu=7.0, activation="erf", placement="outer")
    found = {name: middle(r.measure(klass)) for name, r in PER_CLASS.items()}
    expected = {
        "L": 2, "d": 2, "m": [3, 5], "m_min": 3, "m_max": 5, "p": 0, "nu": 7, "n": 3,
        "X": np.sqrt(25 + 144 + 0.25), "K": 2 / np.sqrt(np.pi), "phi0": 0,
        "beta": np.sqrt(8 / (np.pi * np.e)),
        "beta2": 4 / np.sqrt(np.pi), "nu1": 7,
    }  # fmt: skip
    assert set(found) == set(expected)
    for name, value in expected.items():
        assert found[name] == pytest.approx(np.asarray(value, dtype=float), rel=1e-12), name


ODD, ZERO, SMOOTH = {"tanh", "identity", "sin", "arctan", "erf"}, {"silu", "gelu"}, {"cos"}
NAMES = ("tanh", "identity", "sin", "arctan", "erf", "silu", "gelu", "cos", "sigmoid", "softplus",
         "relu")  # fmt: skip
MET = {
    "odd": ODD,
    "phi(0) = 0": ODD | ZERO | {"relu"},
    "smooth": set(NAMES) - {"relu"},
    "second derivative": set(NAMES) - {"relu"},
    "third": set(NAMES) - {"relu"},
    "odd about phi(0)": ODD | {"sigmoid"},
    "cubic": {"tanh", "arctan", "sin", "identity"},
    "Lipschitz": set(NAMES),
}


@pytest.mark.parametrize("key", MET)
def test_an_assumption_is_met_by_exactly_the_activations_that_meet_it(key):
    x = torch.ones(1, 2, dtype=torch.float64)
    classes = {n: FunctionClassCase(widths=(2, 2), x=x, activation=n) for n in NAMES}
    assert {n for n, c in classes.items() if not CONDITIONS[key](c)} == MET[key]


def test_every_condition_is_one_of_those_tested_or_met_by_construction():
    built = {"unit rows", "placement", "extremes", "ball", "square loss"}
    assert set(CONDITIONS) == set(MET) | built
