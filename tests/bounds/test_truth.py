"""False if truth <= local <= recursive breaks on a network (truth by dense autograd)."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import bounds
from tests.bounds.network import random_net

ROUNDING = 1 + 1e-9


def _rungs(seed: int) -> tuple[float, float, float]:
    net, x = random_net(seed)
    truth = net.hessian_norm(x)
    local = float(bounds.comparison_eigenvalue(**net.local_coefficients(x)))
    return truth, local, float(bounds.get("hessian.recursive").evaluate(**net.values(x)))


@pytest.mark.parametrize("block", range(6))
def test_truth_local_recursive(block):
    for seed in range(40 * block, 40 * block + 40):
        truth, local, recursive = _rungs(seed)
        assert truth <= local * ROUNDING, seed
        assert local <= recursive * ROUNDING, seed


def test_dropping_the_turn_of_the_normalization_is_refuted():
    """Negative control: without the second derivative of w/||w|| the local rung is no bound."""
    broken = 0
    for seed in range(80):
        net, x = random_net(seed)
        coefficients = net.local_coefficients(x)
        coefficients["turn"] = 0 * coefficients["turn"]
        broken += net.hessian_norm(x) > float(bounds.comparison_eigenvalue(**coefficients)) * 1.01
    assert broken > 0


def test_recursive_rung_is_the_same_recursion_fed_with_bounds():
    net, x = random_net(1)
    v = net.values(x)
    m, omega = np.array(v["m"]), np.array(v["omega"])
    L, K, beta, nu, p = (v[k] for k in ("L", "K", "beta", "nu", "p"))
    a = [v["xi"]]
    for l in range(L):
        a.append(K * a[-1] + m[l] ** p * v["phi0"])
    a, w = np.array(a[:-1]), nu * K ** (L - 1.0 - np.arange(L))
    q = K * a / (np.sqrt(m) * omega)
    value = bounds.comparison_eigenvalue(
        sensitivity=q, gain=np.full(L, K), reach=m**-p * a / omega, gain_two=m ** (0.5 - p),
        gain_max=m**-p, bend=beta * w * m ** (p - 0.5), turn=2 / np.sqrt(3) * w * q / omega,
        mixed=K * w / (np.sqrt(m) * omega),
    )  # fmt: skip
    assert value == pytest.approx(bounds.get("hessian.recursive").evaluate(**v), rel=1e-12)


def test_local_rung_refuses_missing_or_unequal_coefficients():
    good = random_net(0)[0].local_coefficients(random_net(0)[1])
    with pytest.raises(bounds.BoundsError, match="coefficients"):
        bounds.comparison_eigenvalue(**{k: v for k, v in good.items() if k != "turn"})
    with pytest.raises(bounds.BoundsError, match="length"):
        bounds.comparison_eigenvalue(**(good | {"turn": torch.ones(7)}))
