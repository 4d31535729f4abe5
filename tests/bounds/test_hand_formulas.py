"""False if a general statement does not reduce to the formula one writes down by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

import bounds

CASES = [(1, 4, 0.5, 1.3, 0.77), (2, 9, 0.1, 1.0, 1.0), (5, 64, 2.0, 0.3, 0.25), (8, 1, 1e-3, 2, 0)]


def _paper(name: str, L: int, m: float, omega: float, nu: float, beta: float) -> float:
    values = {
        "L": L,
        "m": m,
        "m_min": m,
        "m_max": m,
        "omega": omega,
        "nu": nu,
        "beta": beta,
        "K": 1,
        "phi0": 0,
        "xi": 1,
        "p": 0.5,
        "rho_1": nu,
    }
    bound = bounds.get(name)
    return bound.evaluate(**{k: values[k] for k in bound.symbols})


@pytest.mark.parametrize("L, m, omega, nu, beta", CASES)
def test_gradient_is_the_formula_of_corollary_4_2(L, m, omega, nu, beta):
    expected = math.sqrt(1 + nu**2 * L / (m * omega**2))
    assert _paper("gradient.summed.phi0_zero", L, m, omega, nu, beta) == pytest.approx(expected)
    assert _paper("gradient.summed", L, m, omega, nu, beta) == pytest.approx(expected)


@pytest.mark.parametrize("L, m, omega, nu, beta", CASES)
def test_closed_hessian_is_t5(L, m, omega, nu, beta):
    expected = math.sqrt(L) / (math.sqrt(m) * omega) + nu * (
        2 / (math.sqrt(3) * math.sqrt(m) * omega**2)
        + (L - 1) / (m * omega**2)
        + beta * L * (L + 1) / (2 * m * omega**2)
    )
    assert _paper("hessian.closed.summed", L, m, omega, nu, beta) == pytest.approx(expected)


@pytest.mark.parametrize("L, m, omega, nu, beta", CASES)
def test_sharp_hessian_has_the_cubed_width_in_front_of_depth_squared(L, m, omega, nu, beta):
    chain = 1 / (4 * math.sin(math.pi / (4 * L + 2)) ** 2)  # at most L(L+1)/2
    curvature = nu * (
        2 / (math.sqrt(3 * m) * omega**2)
        + (L - 1) / (m * omega**2)
        + beta * ((1 - 1 / math.sqrt(m)) * (L + 1) / 2 + chain / math.sqrt(m)) / (m * omega**2)
    )
    first = math.sqrt(L) / (math.sqrt(m) * omega)
    expected = (curvature + math.sqrt(curvature**2 + 4 * first**2)) / 2
    assert _paper("hessian.sharp.summed", L, m, omega, nu, beta) == pytest.approx(expected)


@pytest.mark.parametrize("L, m, omega, nu, beta", CASES)
def test_asymptotic_hessian_is_t6(L, m, omega, nu, beta):
    expected = (
        (2 + 2 / math.sqrt(3) + 2 * beta) * (1 + nu) * L**3 / math.sqrt(m) / min(omega, omega**2)
    )
    assert _paper("hessian.asymptotic", L, m, omega, nu, beta) == pytest.approx(expected)


def test_loss_is_the_mean_of_squared_sums():
    rng = np.random.default_rng(0)
    y = rng.normal(size=7)
    values = {
        "L": 2,
        "K": 1.1,
        "nu": 0.7,
        "xi": 1.5,
        "phi0": 0.2,
        "p": 0.5,
        "m": np.array([3.0, 5.0]),
    }
    a = 1.1 * (1.1 * 1.5 + 0.2 * math.sqrt(3)) + 0.2 * math.sqrt(5)
    loss = bounds.get("loss").evaluate(**values, y_1=np.abs(y).mean(), y_2=(y**2).mean())
    assert loss == pytest.approx(np.mean((np.abs(y) + 0.7 * a) ** 2))
    two = bounds.get("loss.two_term").evaluate(**values, y_2=(y**2).mean())
    assert two == pytest.approx(2 * np.mean(y**2) + 2 * (0.7 * a) ** 2)
    assert two >= loss
    gradient = bounds.get("gradient").evaluate(**values, omega=0.5)
    closed = bounds.get("loss_gradient.closed").evaluate(
        **values, omega=0.5, y_1=np.abs(y).mean(), y_2=(y**2).mean()
    )
    assert closed == pytest.approx(2 * math.sqrt(loss) * gradient)


def test_rademacher_formulas():
    values = {"L": 3, "K": 1.2, "nu": 0.5, "n": 10, "X": 4.0}
    odd = 0.5 * 1.2**3 / 10 * 4
    assert bounds.get("rademacher.odd").evaluate(**values) == pytest.approx(odd)
    assert bounds.get("rademacher").evaluate(**values) == pytest.approx(
        odd * (math.sqrt(6 * math.log(2)) + 1)
    )


def test_corollaries_are_derived_not_typed():
    for name in ("gradient.summed", "hessian.closed.summed", "hessian.asymptotic", "loss"):
        special = bounds.get(f"{name}.phi0_zero")
        assert special.parent == name
        assert dict(special.given) == {"phi0": "0"}
        assert special.expression == bounds.get(name).substitute(phi0=0).expression
