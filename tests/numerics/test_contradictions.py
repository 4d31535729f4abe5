"""Two proofs that contradict each other are an error, never a verdict."""

from __future__ import annotations

import math

import pytest
import torch

import numerics
from numerics import Enclosure, NumericsError, Quality, WeightNormNetwork
from numerics.weightnorm.curvature import decision, loss
from tests.numerics.test_loss_hessian import dense_loss_hessian

D = torch.float64


def _four_equal_inputs():
    """Curvature from the residuals alone decides the norm."""
    network = WeightNormNetwork.random((2, 3, 2), "tanh", seed=2)
    x = torch.tensor([[0.4, -0.3]], dtype=D).expand(4, -1)
    return network, x, network(x) - 50.0


def test_residual_terms_of_all_inputs_add_up():
    network, x, y = _four_equal_inputs()
    truth = torch.linalg.eigvalsh(dense_loss_hessian(network, x, y)[0]).abs().max()
    found = numerics.loss_hessian_norm(network, x, y)
    assert float(found.upper) >= float(truth) * (1 - 1e-12)
    assert float(found.lower) <= float(truth) * (1 + 1e-12)


def test_an_upper_end_that_forgets_three_of_four_residuals_is_an_error(monkeypatch):
    network, x, y = _four_equal_inputs()
    kept = loss._upper

    def largest_instead_of_sum(network, inputs, y):
        upper, sound = kept(network, inputs, y)
        found = numerics.hessian_norm(network, x)
        return upper - 0.75 * 100.0 * found.lower.max(), sound

    monkeypatch.setattr(loss, "_upper", largest_instead_of_sum)
    with pytest.raises(NumericsError, match="internal inconsistency"):
        numerics.loss_hessian_norm(network, x, y)


def test_a_bound_proved_both_above_and_below_the_norm_is_an_error(monkeypatch):
    network, x, _ = _four_equal_inputs()
    everything = lambda data, level, proved: torch.ones_like(level, dtype=torch.bool)  # noqa: E731
    monkeypatch.setattr(decision, "_above", everything)
    with pytest.raises(NumericsError, match="internal inconsistency"):
        numerics.hessian_norm_at_most(network, x, 1e6)


@pytest.mark.parametrize("lower, upper", [(2.0, 1.0), (math.nan, 1.0), (0.0, math.nan)])
def test_ends_in_the_wrong_order_or_not_numbers_are_an_error(lower, upper):
    ends = (torch.tensor([0.0, end], dtype=D) for end in (lower, upper))
    with pytest.raises(NumericsError, match=r"inconsistency at index \(1,\)"):
        Enclosure(*ends, Quality.ENCLOSURE, "made up")


def test_ends_of_one_spectrum_in_the_wrong_order_are_an_error(monkeypatch):
    from numerics.weightnorm.curvature import norm

    monkeypatch.setattr(norm, "certify", lambda data, mu, eliminate=True: mu > 0)
    network = WeightNormNetwork.random((3, 4, 4), seed=0)
    monkeypatch.setattr(norm._Search, "_target", lambda self: 0.5 * self.estimate.value)
    with pytest.raises(NumericsError, match="internal inconsistency"):
        numerics.hessian_norm(network, torch.ones(3, dtype=D))
