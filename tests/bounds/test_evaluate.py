"""False if numpy, torch and balls disagree, broadcasting is wrong, or bad input passes."""

from __future__ import annotations

from dataclasses import replace

import flint
import numpy as np
import pytest
import sympy as sp
import torch

import bounds
from bounds.unnormalized import NOTATION as UNNORMALIZED
from bounds.weightnorm import NOTATION as DEEP
from tests.bounds import oracle

#: Families whose symbols `point_values` fills in; the others compare their numbers with balls in
#: their own folders.
NAMES = tuple(
    name for name, bound in bounds.catalogue().items() if bound.notation in (DEEP, UNNORMALIZED)
)


def point_values(bound: bounds.Bound, seed: int = 3) -> dict:
    point = oracle.random_point(np.random.default_rng(seed), max_depth=4)
    other = {"nu1": 0.8, "ell": 0.3, "y_1": 0.5, "y_2": 0.7, "n": 5, "X": 2.0, "gamma": 1.2}
    other |= {"eta": 0.1, "step_t": 0.7, "rho_2": 1e-6, "alpha_t": 0.2, "beta_loss": 3.0}
    other |= dict.fromkeys(("grad_loss", "grad_seg", "hess_seg", "loss_seg"), 1.3)
    other |= {"grad_max": 0.9, "hess_max": 0.4, "beta2": 0.8}
    table = (point.layered() if "omega" in bound.per_layer else point.extremes()) | other
    table["m"] = point.m if "m" in bound.per_layer else 4.0
    return {k: table[k] for k in bound.symbols}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("seed", [3, 5, 11])
def test_numpy_torch_and_balls_agree(name, seed):
    bound = bounds.get(name)
    values = point_values(bound, seed)
    reference = bound.evaluate(**values)
    tensors = {
        k: v if k == "L" else torch.as_tensor(v, dtype=torch.float64) for k, v in values.items()
    }
    assert float(bound.evaluate(**tensors)) == pytest.approx(float(reference), rel=1e-12)
    balls = {
        k: v
        if k == "L"
        else [flint.arb(float(x)) for x in v]
        if np.ndim(v)
        else flint.arb(float(v))
        for k, v in values.items()
    }
    ball = bound.evaluate(**balls)
    assert float(ball) == pytest.approx(float(reference), rel=1e-12)


def test_batches_broadcast_like_a_loop():
    rng = np.random.default_rng(1)
    bound = bounds.get("hessian.recursive")
    m, omega, xi = rng.integers(1, 9, (6, 3)), rng.uniform(0.1, 2, (6, 3)), rng.uniform(0, 2, 6)
    rest = {"L": 3, "K": 1.1, "beta": 0.5, "phi0": 0.2, "nu": 1.0, "p": 0.5}
    batch = bound.evaluate(m=m, omega=omega, xi=xi, **rest)
    loop = [bound.evaluate(m=m[i], omega=omega[i], xi=xi[i], **rest) for i in range(6)]
    np.testing.assert_allclose(batch, loop, rtol=1e-13)


def test_an_array_of_depths_gives_one_value_per_depth():
    bound = bounds.get("hessian.closed.summed.phi0_zero")
    rest = {
        "K": 1.0,
        "beta": 1.0,
        "m_min": 4.0,
        "m_max": 4.0,
        "nu": 1.0,
        "omega": 0.5,
        "p": 0.5,
        "xi": 1.0,
    }
    depths = np.array([1, 2, 5])
    values = bound.evaluate(L=depths, **rest)
    assert values == pytest.approx([bound.evaluate(L=int(L), **rest) for L in depths])


def test_torch_values_carry_gradients():
    omega = torch.tensor([0.5, 0.7], dtype=torch.float64, requires_grad=True)
    bound = bounds.get("hessian.recursive")
    rest = {"L": 2, "K": 1.0, "beta": 1.0, "phi0": 0.1, "xi": 1.0, "nu": 1.0, "p": 0.5, "m": 4.0}
    bound.evaluate(omega=omega, **rest).backward()
    step = 1e-6
    numeric = [
        (
            bound.evaluate(omega=np.array([0.5, 0.7]) + step * e, **rest)
            - bound.evaluate(omega=np.array([0.5, 0.7]) - step * e, **rest)
        )
        / (2 * step)
        for e in np.eye(2)
    ]
    np.testing.assert_allclose(omega.grad.numpy(), numeric, rtol=1e-6)


GOOD = {"L": 2, "K": 1.0, "phi0": 0.0, "xi": 1.0, "nu": 1.0, "p": 0.5, "m": 4.0, "omega": 0.5}


@pytest.mark.parametrize(
    "change, named",
    [
        ({"omega": 0.0}, "omega"),
        ({"omega": float("nan")}, "omega"),
        ({"nu": -1.0}, "nu"),
        ({"p": 0.7}, "p"),
        ({"L": 2.5}, "L"),
        ({"L": 0}, "L"),
        ({"m": np.ones(3)}, "m"),
        ({"q": 1.0}, "q"),
        ({"xi": np.array([])}, "xi"),
        ({"beta": 1.0}, "beta"),
        ({"xi": "one"}, "xi"),
        ({"K": None}, "K"),
    ],
)
def test_bad_values_are_refused_by_name(change, named):
    with pytest.raises(bounds.BoundsError) as caught:
        bounds.get("gradient.summed").evaluate(**(GOOD | change))
    assert caught.value.argument == named


def test_a_missing_symbol_is_named():
    with pytest.raises(bounds.BoundsError, match="`omega`: found no value"):
        bounds.get("gradient.summed").evaluate(**{k: v for k, v in GOOD.items() if k != "omega"})


def test_a_relation_among_values_is_enforced():
    values = {
        "L": 2,
        "K": 1.0,
        "beta": 1.0,
        "phi0": 0.0,
        "xi": 1.0,
        "nu": 1.0,
        "p": 0.5,
        "omega": 1.0,
    }
    with pytest.raises(bounds.BoundsError, match="m_min <= m_max"):
        bounds.get("hessian.closed.summed").evaluate(m_min=5, m_max=4, **values)
    with pytest.raises(bounds.BoundsError, match=r"phi\(0\) = 0"):
        bounds.get("rademacher").evaluate(L=2, K=1.0, nu=1.0, n=3, X=1.0, phi0=0.5)


def test_deep_networks_are_evaluated_without_writing_the_sums_out():
    values = {"K": 1.0, "beta": 0.5, "phi0": 0.1, "xi": 1.0, "nu": 1.0, "p": 0.5, "omega": 0.5}
    closed = bounds.get("hessian.closed.summed").evaluate(L=400, m_min=9.0, m_max=9.0, **values)
    recursive = bounds.get("hessian.recursive").evaluate(L=100, m=9.0, **values)
    assert 0 < recursive < closed < np.inf


def test_overflow_gives_an_infinite_bound_and_never_a_nan():
    values = {"K": 1e3, "beta": 0.5, "phi0": 0.1, "xi": 1.0, "nu": 1.0, "p": 0.5, "omega": 0.5}
    for name, width in (("recursive", {"m": 1.0}), ("sharp", {"m_min": 1.0, "m_max": 1.0})):
        assert bounds.get(f"hessian.{name}").evaluate(L=300, **width, **values) == np.inf


def test_a_bound_written_out_at_a_depth_evaluates_alike():
    rest = {"K": 1.1, "beta": 0.5, "phi0": 0.1, "xi": 1.0, "nu": 1.0, "p": 0.5}
    for name in ("gradient.summed", "hessian.recursive"):
        bound = bounds.get(name)
        values = {k: v for k, v in rest.items() if k in bound.symbols}
        layers = {"m": np.array([4.0, 5.0, 6.0]), "omega": np.array([0.1, 0.2, 0.3])}
        whole = bound.evaluate(L=3, **layers, **values)
        assert bound.at_depth(3).evaluate(**layers, **values) == pytest.approx(whole, rel=1e-13)


def test_an_expression_with_an_unknown_symbol_is_refused_by_its_name():
    strange = replace(bounds.get("input_gradient"), expression=sp.Symbol("zeta") * GOOD["nu"])
    with pytest.raises(bounds.BoundsError, match="`zeta`"):
        strange.evaluate()
