"""False if an activation made to be hard has other constants than it is made for."""

from __future__ import annotations

import math

import pytest
import torch

from verify.errors import VerifyError
from verify.weightnorm.adversarial import bent, folded


@pytest.mark.slow
def test_the_bent_activation_is_steep_and_as_curved_as_its_constant_at_zero():
    phi = bent("1/10")
    definition = phi.definition
    assert (definition.phi0, definition.K, definition.beta) == (0, 1, 1)
    assert math.isfinite(phi.rounding)
    zero = torch.zeros(1, dtype=torch.float64)
    assert float(phi.first(zero)) == pytest.approx(0.9)
    assert float(phi.second(zero)) == pytest.approx(1.0)
    # sup|phi'''| = (1/d) 3 u/(1 + u^2)^(5/2) at u = 1/2
    assert float(definition.beta2) == pytest.approx(10 * 1.5 / 1.25**2.5, rel=1e-3)
    assert bent("1/10") is phi


@pytest.mark.parametrize("corner", ["0", "3/4", "-1/10"])
def test_another_corner_is_refused(corner):
    with pytest.raises(VerifyError, match="corner"):
        bent(corner)


@pytest.mark.slow
def test_the_folded_activation_keeps_small_inputs_and_is_an_absolute_value_of_large_ones():
    phi = folded()
    assert phi.definition.phi0 == 0
    assert not phi.definition.odd
    assert 1.0 < float(phi.definition.K) < 1.01
    assert math.isfinite(phi.rounding)
    u = torch.tensor([-100.0, -1e-2, 1e-2, 100.0], dtype=torch.float64)
    small, large = phi.value(u)[1:3] / u[1:3], phi.value(u)[[0, 3]]
    assert torch.allclose(small, torch.ones(2, dtype=torch.float64), atol=0.02)
    assert torch.allclose(large, torch.full((2,), 99.0, dtype=torch.float64), atol=1.1)
