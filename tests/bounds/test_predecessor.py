"""False if the un-normalized network breaks its bounds, or the comparison names a wrong winner."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

import bounds
from tests.bounds.network import PHI

ROUNDING = 1 + 1e-9


def _measured(seed: int) -> tuple[dict, dict]:
    """Truths of a random un-normalized network and the symbols of its bounds."""
    rng = torch.Generator().manual_seed(seed)
    L, m, d = (int(torch.randint(1, 4, (1,), generator=rng)) for _ in range(3))
    phi = ("tanh", "cos")[seed % 2]
    shapes = [(m, d)] + [(m, m)] * (L - 1)
    scale = 10.0 ** float(torch.randn(1, generator=rng)) if seed % 3 else 1.0
    weights = [scale * torch.randn(*s, generator=rng, dtype=torch.float64) for s in shapes]
    v = torch.randn(m, generator=rng, dtype=torch.float64)
    x = torch.randn(d, generator=rng, dtype=torch.float64)
    x = x / x.norm() * math.sqrt(d)
    sizes = [w.numel() for w in weights]

    def f(theta: torch.Tensor) -> torch.Tensor:
        a, pieces = x, torch.split(theta, [*sizes, m])
        for piece, shape in zip(pieces, shapes, strict=False):
            a = PHI[phi][0](piece.view(shape) @ a / math.sqrt(shape[1]))
        return pieces[-1] @ a / math.sqrt(m)

    theta = torch.cat([*(w.reshape(-1) for w in weights), v])
    hessian = torch.autograd.functional.hessian(f, theta)
    truth = {
        "gradient": float(torch.autograd.functional.jacobian(f, theta).norm()),
        "output": float(f(theta).abs()),
        "hessian": float(torch.linalg.eigvalsh((hessian + hessian.T) / 2).abs().max()),
    }
    gamma = max(float(torch.linalg.matrix_norm(w, 2)) for w in weights) / math.sqrt(m)
    _, _, _, K, beta, phi0 = PHI[phi]
    return truth, {"L": L, "m": float(m), "gamma": gamma, "K": K, "beta": beta, "phi0": phi0,
                   "nu": float(v.norm())}  # fmt: skip


def _bound(name: str, values: dict) -> float:
    bound = bounds.get(f"unnormalized.{name}")
    return float(bound.evaluate(**{k: values[k] for k in bound.symbols}))


@pytest.mark.parametrize("block", range(4))
def test_truth_stays_below_recursive_below_closed(block):
    for seed in range(30 * block, 30 * block + 30):
        truth, values = _measured(seed)
        assert truth["gradient"] <= _bound("gradient", values) * ROUNDING, seed
        assert truth["output"] <= _bound("output", values) * ROUNDING, seed
        recursive = _bound("hessian.recursive", values)
        assert truth["hessian"] <= recursive * ROUNDING, seed
        assert recursive <= _bound("hessian.closed", values) * ROUNDING, seed


def test_a_smaller_gamma_is_refuted():
    """Negative control: half the spectral gain is no longer a bound."""
    broken = 0
    for seed in range(60):
        truth, values = _measured(seed)
        halved = values | {"gamma": values["gamma"] / 4}
        broken += truth["hessian"] > _bound("hessian.recursive", halved)
    assert broken > 0


def test_gradient_is_remark_4_1_with_its_own_h():
    gamma, phi0, L, m, nu = 1.3, 0.4, 4, 50.0, 1.7

    def h(l: int) -> float:
        return gamma ** (l - 1) + phi0 * sum(gamma ** (i - 1) for i in range(1, l))

    expected = h(L + 1) ** 2 + nu**2 / m * sum(
        h(l) ** 2 * gamma ** (2 * (L - l)) for l in range(1, L + 1)
    )
    values = {"L": L, "m": m, "gamma": gamma, "K": 1, "phi0": phi0, "nu": nu}
    assert _bound("gradient", values) == pytest.approx(math.sqrt(expected))


def test_crossings_separate_the_regions_where_each_network_wins():
    pair = [bounds.get("hessian.closed.summed"), bounds.get("unnormalized.hessian.closed")]
    values = {"L": 4, "K": 1, "phi0": 0, "nu": 1, "xi": 1, "beta": 0.77, "m": 100, "p": 0.5,
              "omega": 1.0}  # fmt: skip
    (gamma,) = bounds.crossing(*pair, "gamma", 0.1, 10, **values)
    below, above = (bounds.ratio(*pair, gamma=gamma * f, **values) for f in (0.99, 1.01))
    assert below > 1 > above
    assert (
        bounds.crossing(
            *pair, "L", 1, 200, gamma=1.5, **{k: v for k, v in values.items() if k != "L"}
        )
        != ()
    )
    grid = np.geomspace(0.5, 2, 5)
    assert bounds.ratio(*pair, gamma=grid, **values).shape == (5,)


def test_depth_is_exponential_without_normalization_and_polynomial_with_it():
    without = bounds.get("unnormalized.hessian.closed.phi0_zero")
    assert without.scaling("L", gamma=2) == float("inf")
    assert without.scaling("L", gamma=1) == bounds.get("hessian.closed.summed.phi0_zero").scaling(
        "L"
    )
    result = bounds.compare(bounds.get("gradient.summed"), bounds.get("unnormalized.gradient"))
    assert "gamma" in str(result)
    with pytest.raises(bounds.BoundsError, match="zeta"):
        bounds.compare(bounds.get("gradient.summed"), bounds.get("unnormalized.gradient"), zeta=1)
