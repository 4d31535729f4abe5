"""False if a network of a larger size does less than the one it was grown from."""

from __future__ import annotations

import itertools
import math

import pytest
import torch

import verify
from verify.weightnorm.grow import SIZES, deeper, grown, held, wider
from verify.weightnorm.network_space import NetworkSpace


def _space(L, m, activation="identity", claim="gradient"):
    chosen = verify.claims()[claim]
    return NetworkSpace(chosen, SIZES.shape(chosen, {"L": L, "m": m, "n": 1}, activation))


def _drawn(space, regime=SIZES.regime):
    point = space.draw(6, torch.Generator().manual_seed(3))
    return held(space, point, regime)


@pytest.mark.parametrize("sizes", [((2, 2), (5, 2)), ((1, 3), (1, 12)), ((3, 2), (4, 6))])
def test_a_linear_network_grown_computes_the_same_and_keeps_its_norms(sizes):
    small, large = (_space(*size) for size in sizes)
    point = _drawn(small)
    more = grown(small, point, large)
    before, after = small.batch(point), large.batch(more)
    assert after.widths == large.shape.detail.widths
    torch.testing.assert_close(after.network(after.x), before.network(before.x))
    for weights in after.network.weights:
        rows = torch.linalg.vector_norm(weights, dim=-1)
        torch.testing.assert_close(rows, torch.ones_like(rows))
    torch.testing.assert_close(*(torch.linalg.vector_norm(c.network.v, dim=-1)
                                 for c in (before, after)))  # fmt: skip
    assert list(more) == list(large.draw(1, torch.Generator().manual_seed(0)))


def test_what_the_gradient_of_the_layers_below_is_worth_is_kept_by_a_layer_on_top():
    small, large = _space(2, 4), _space(3, 4)
    point = _drawn(small)
    cases = small.batch(point), large.batch(grown(small, point, large))
    parts = []
    for case in cases:
        weights = [w.detach().requires_grad_() for w in case.network.weights]
        network = type(case.network)(tuple(weights), case.network.v, case.phi, "inner", case.size)
        found = torch.autograd.grad(network(case.x).sum(), weights)
        parts.append(sum(part.square().sum((-1, -2)) for part in found[:2]))
    torch.testing.assert_close(parts[0], parts[1])


def test_the_regime_holds_exactly_what_it_names_and_nothing_else():
    space = _space(2, 3)
    free = space.draw(4, torch.Generator().manual_seed(1))
    point = held(space, free, {"nu": 3.0, "omega": 0.5})
    case = space.batch(point)
    torch.testing.assert_close(torch.linalg.vector_norm(case.network.v, dim=-1),
                               torch.full((4,), 3.0, dtype=torch.float64))  # fmt: skip
    for weights in case.network.weights:
        assert bool(torch.linalg.vector_norm(weights, dim=-1).sub(0.5).abs().max() < 1e-12)
    assert torch.equal(point["log_xi"], free["log_xi"])
    assert math.log(3.0) != float(free["log_nu"][0])


def test_there_is_no_way_to_a_smaller_or_an_uneven_size():
    space = _space(2, 4)
    point = _drawn(space)
    for L, m in ((1, 4), (2, 2), (2, 6)):
        assert grown(space, point, _space(L, m)) is None


def test_the_other_rows_of_the_regime_are_no_loss():
    """Hess f = D Hess D with D = diag(1/||W_i||): longer rows only make it smaller."""
    space = _space(2, 3, "tanh", "hessian.closed")
    point = _drawn(space)
    norms = []
    for factor in (1.0, 1.7):
        longer = {n: v + math.log(factor) * (n == "log_r1") for n, v in point.items()}
        case = space.batch(longer)
        norms.append(verify.claims()["hessian.closed"].quantity.measure(case).upper)
    assert bool((norms[1] <= norms[0] * (1 + 1e-9)).all())


def test_growing_is_made_of_layers_on_top_and_copies_of_units():
    point = _drawn(_space(2, 2))
    both = deeper(wider(point, 2), 1)
    assert [both[f"W{l}"].shape[1:] for l in (1, 2, 3)] == [(4, 3), (4, 4), (4, 4)]
    for a, b in itertools.pairwise(("W1", "W2", "W3")):
        assert list(both).index(a) < list(both).index(b)


@pytest.mark.parametrize("L, m", [(2, 3), (16, 4), (64, 2)])
def test_witnesses_are_starts_on_request_at_which_the_bound_is_attained(L, m):
    claim = verify.claims()["gradient.phi0_zero"]
    shape = SIZES.shape(claim, {"L": L, "m": m, "n": 1}, "identity")
    space = NetworkSpace(claim, shape, ("witness",))
    assert float(space.measured(space.draw(4, torch.Generator().manual_seed(0))).max()) > -1e-9
    plain = NetworkSpace(claim, shape)
    assert (
        plain.draw(4, torch.Generator().manual_seed(0)).keys()
        == space.draw(1, torch.Generator().manual_seed(0)).keys()
    )
