"""The model, its two forms, its initialization, and what it refuses."""

from __future__ import annotations

import pytest
import torch

from numerics import NumericsError
from numerics.relu_two_layer.inputs import check_inputs, check_unit, resolve_inputs
from numerics.relu_two_layer.network import ReluNetwork, same_function_with_gains_outside
from numerics.relu_two_layer.signs import exact_sign
from tests.relu_two_layer.oracle import BallState, floats, precision, random_network, sphere


def test_outputs_are_those_of_the_definition_in_balls():
    network, x = random_network(3, 4, 0), sphere(5, 3, 1)
    with precision():
        truth = [float(value) for value in BallState(network, x).outputs()]
    assert torch.allclose(network(x), floats(truth), atol=1e-14)


def test_both_forms_agree_while_no_gain_is_negative_and_part_otherwise():
    x = sphere(6, 3, 1)
    same = random_network(3, 5, 0, signed=False)
    assert torch.equal(same(x), same.paper_form(x))
    other = random_network(3, 5, 1)
    assert bool((other.g < 0).any())
    assert not torch.allclose(other(x), other.paper_form(x))


def test_turning_rows_round_gives_the_paper_form_for_gains_of_either_sign():
    network, x = random_network(3, 5, 0), sphere(6, 3, 1)
    turned = same_function_with_gains_outside(network)
    assert torch.allclose(turned(x), network.paper_form(x), atol=1e-15)


def test_the_initialization_has_gain_ratio_one_over_alpha_and_effective_weights_free_of_alpha():
    one, other = (ReluNetwork.random(4, 7, seed=3, alpha=alpha) for alpha in (1.0, 0.1))
    ratio = other.g / other.v.norm(dim=-1)
    assert torch.allclose(ratio, torch.full_like(ratio, 10.0))
    x = sphere(5, 4, 0)
    assert torch.allclose(one(x), other(x), atol=1e-14)


def test_pairs_start_at_zero_output_exactly():
    network = ReluNetwork.random(4, 10, seed=0, paired=True, batch=3)
    assert network(sphere(6, 4, 0)).abs().max() < 1e-15


def test_one_seed_is_one_network_and_another_seed_another():
    first, again, other = (ReluNetwork.random(3, 4, seed=s) for s in (5, 5, 6))
    assert torch.equal(first.v, again.v)
    assert not torch.equal(first.v, other.v)


@pytest.mark.parametrize(
    ("v", "g", "c", "name"),
    [
        ([[0.0, 0.0]], [1.0], [1.0], "zero_row"),
        ([[1.0, 0.0]], [1.0, 1.0], [1.0], "`g`"),
        ([[1.0, 0.0]], [1.0], [0.5], "`c`"),
        ([[float("nan"), 0.0]], [1.0], [1.0], "`v`"),
        ([1.0, 0.0], [1.0], [1.0], "`v`"),
    ],
)
def test_bad_tensors_are_refused_by_name(v, g, c, name):
    with pytest.raises(NumericsError, match=name):
        ReluNetwork.from_tensors(*(floats(t) for t in (v, g, c)))


def test_pairs_of_an_odd_width_are_refused():
    with pytest.raises(NumericsError, match="odd"):
        ReluNetwork.random(3, 5, seed=0, paired=True)


def test_zero_inputs_and_inputs_off_the_sphere_are_refused_by_name():
    with pytest.raises(NumericsError, match="zero_input"):
        check_inputs(torch.zeros(2, 3).double())
    with pytest.raises(NumericsError, match="not_unit"):
        check_unit(2.0 * sphere(2, 3, 0))
    check_unit(sphere(50, 200, 0))


def test_inputs_of_the_wrong_size_are_refused():
    with pytest.raises(NumericsError, match="`x`"):
        resolve_inputs(ReluNetwork.random(3, 4, seed=0), torch.ones(2, 4).double())


def test_signs_of_inner_products_are_exact_where_floating_point_cancels():
    assert exact_sign([1e200, 1.0, -1e200], [1e200, 1e-300, 1e200]) == 1
    assert exact_sign([0.1, -0.3], [0.3, 0.1]) == 0
    assert exact_sign([0.1, 0.2, -0.3], [1.0, 1.0, 1.0]) == 1
    assert exact_sign([5e-324], [-5e-324]) == -1
