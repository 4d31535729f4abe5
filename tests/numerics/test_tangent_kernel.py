"""False if an enclosure of the tangent kernel's norm misses the kernel of the dense gradients."""

from __future__ import annotations

import pytest
import torch

import numerics
from numerics import NumericsError, WeightNormNetwork
from tests.numerics.ball_oracle import BallNetwork, precision

D = torch.float64


def _dense(network: WeightNormNetwork, x: torch.Tensor) -> torch.Tensor:
    rows = numerics.gradients(network, x)
    return torch.linalg.eigvalsh(rows @ rows.mT)[..., -1]


@pytest.mark.parametrize("name", ["tanh", "softplus", "relu", "identity"])
@pytest.mark.parametrize("n", [1, 2, 7])
def test_both_ends_meet_at_the_top_eigenvalue_of_the_dense_kernel(name, n, placement):
    network = WeightNormNetwork.random((3, 5, 4), name, seed=2, batch=3, placement=placement)
    x = torch.randn(3, n, 3, generator=torch.Generator().manual_seed(n), dtype=D)
    found = numerics.tangent_kernel_norm(network, x)
    assert (found.relative_width < 1e-11).all()
    assert torch.allclose(found.value, _dense(network, x), rtol=1e-11)
    alone = numerics.tangent_kernel_norm(network.select(1), x[1])
    assert float(alone.value) == pytest.approx(float(found.value[1]), rel=1e-11)


@pytest.mark.parametrize("scale", [1e-200, 1e200])
def test_scales_that_square_to_nothing_or_to_infinity_are_enclosed(scale):
    network = WeightNormNetwork.random((3, 4, 4), "tanh", seed=1)
    large = WeightNormNetwork.from_tensors(network.weights, scale * network.v)
    x = torch.randn(4, 3, generator=torch.Generator().manual_seed(0), dtype=D)
    found = numerics.tangent_kernel_norm(large, x)
    assert bool(found.lower <= found.upper)
    if scale < 1.0:  # alpha^L alone is left
        last = numerics.gradients(network, x)[:, -4:]  # df/dv = alpha^L
        top = float(torch.linalg.matrix_norm(last, 2)) ** 2
        assert float(found.value) == pytest.approx(top, rel=1e-11)
    else:
        assert float(found.lower) > 1e300


def test_the_kernel_is_not_its_trace_nor_its_largest_entry():
    """Negative control: orthogonal gradients add nothing to each other, equal ones all."""
    network = WeightNormNetwork.random((4, 6, 6), "tanh", seed=3)
    x = torch.eye(4, dtype=D)
    found = numerics.tangent_kernel_norm(network, x)
    squares = numerics.gradient_norm(network, x).upper.square()
    assert float(found.upper) < 0.99 * float(squares.sum())
    assert float(found.lower) > 1.01 * float(squares.max())
    same = numerics.tangent_kernel_norm(network, x[:1].expand(4, -1))
    assert float(same.lower) == pytest.approx(4.0 * float(squares[0]), rel=1e-11)


def test_ball_arithmetic_confirms_both_ends():
    network = WeightNormNetwork.random((2, 2, 3), "softplus", seed=8, v_norm=1.5)
    x = torch.tensor([[1.0, -0.5], [0.25, 2.0]], dtype=D)
    found = numerics.tangent_kernel_norm(network, x)
    with precision():
        one, two = (BallNetwork(network, point).derivatives()[1] for point in x)
        a, b, c = (sum((p * q for p, q in zip(left, right, strict=True)), 0)
                   for left, right in ((one, one), (one, two), (two, two)))  # fmt: skip
        top = (a + c + ((a - c) ** 2 + 4 * b * b).sqrt()) / 2
        assert not bool(top < float(found.lower))
        assert not bool(top > float(found.upper))


def test_blocks_bracket_the_whole_and_a_dead_network_has_none():
    network = WeightNormNetwork.random((3, 4), "tanh", seed=1)
    x = torch.ones(4, 3, dtype=D)  # four equal inputs: four equal blocks
    whole, parts = (numerics.tangent_kernel_norm(network, x, block=k) for k in (4, 1))
    assert float(parts.lower) == pytest.approx(float(whole.lower) / 4, rel=1e-11)
    assert float(parts.upper) >= float(whole.upper) * (1 - 1e-11)
    zero = numerics.tangent_kernel_norm(network, torch.zeros(2, 3, dtype=D))
    assert float(zero.lower) == 0.0
    assert float(zero.upper) < 1e-200, "as small as underflow allows"


def test_what_is_no_sample_is_refused():
    network = WeightNormNetwork.random((3, 4), "tanh", seed=1)
    with pytest.raises(NumericsError, match="block"):
        numerics.tangent_kernel_norm(network, torch.ones(2, 3, dtype=D), block=0)
    with pytest.raises(NumericsError, match="x"):
        numerics.tangent_kernel_norm(network, torch.ones(2, 4, dtype=D))
