"""What would make a certificate a lie is refused, naming the argument."""

from __future__ import annotations

import math

import pytest
import torch

from numerics import NumericsError, WeightNormNetwork
from numerics.activations import ACTIVATIONS, Activation
from numerics.weightnorm.generalization import (
    aligned_network,
    centered,
    certify,
    certify_classes,
    choices,
    held_out,
    network_class,
    prior_mean,
    prior_network,
    raw,
    with_products,
)
from numerics.weightnorm.generalization.maps import principal, unit_sphere
from tests.generalization.drawn import random_network, started, unit_sample

N = 40
X, Y = unit_sample(N, 3, 0)
PILOT, PILOT_Y = unit_sample(30, 3, 99)
NETWORK = started(X, Y)


def refused(argument: str, **changes):
    arguments = {"network": NETWORK, "x": X, "y": Y, "choices": choices(N, NETWORK), **changes}
    network, x, y = (arguments.pop(name) for name in ("network", "x", "y"))
    with pytest.raises(NumericsError) as caught:
        certify(network, x, y, **arguments)
    assert caught.value.argument == argument, caught.value
    return str(caught.value)


def test_a_map_fitted_on_the_sample_is_refused_even_where_it_is_listed():
    for fitted in (centered(X), principal(X, 2), with_products(centered(PILOT), X[:3])):
        found = choices(N, NETWORK, maps=(fitted,))
        assert "are in the sample" in refused("input_map", choices=found)


def test_a_map_fitted_on_a_single_row_of_the_sample_is_refused():
    fitted = centered(torch.cat([PILOT, X[7:8]]))
    assert "1 of them" in refused("input_map", choices=choices(N, NETWORK, maps=(fitted,)))


@pytest.mark.parametrize("changed", [
    lambda x: 255.0 * x, lambda x: x / 255.0, lambda x: x.float(), lambda x: -1.0 * (-1.0 * x),
])  # fmt: skip
def test_a_map_fitted_on_the_sample_in_another_unit_or_precision_is_refused(changed):
    """Maps see directions: the same rows times 255 make the same map."""
    generator = torch.Generator().manual_seed(0)
    x = torch.rand(60, 20, generator=generator, dtype=torch.float64)
    y = torch.ones(60, dtype=torch.float64)
    y[::2] = -1.0
    peeking = centered(changed(x)[:30])
    network = aligned_network(peeking(x), y, (2,), seed=0)
    with pytest.raises(NumericsError, match="are in the sample"):
        certify(network, x, y, choices=choices(60, network, maps=(peeking,)))


def test_a_map_fitted_on_a_pilot_is_accepted():
    fitted = centered(PILOT)
    found = certify(NETWORK, X, Y, choices=choices(N, NETWORK, maps=(fitted,)))
    assert found.input_map == fitted.description


def test_a_map_outside_the_choices_is_refused():
    refused("input_map", input_map=centered(PILOT))


def test_among_several_maps_the_one_in_use_must_be_said():
    found = choices(N, NETWORK, maps=(unit_sphere(), centered(PILOT)))
    refused("input_map", choices=found)


def test_a_depth_that_was_not_fixed_is_refused():
    deeper = started(X, Y, (4, 4))
    assert "fixed before" in refused("network", network=deeper)


def test_an_activation_or_placement_that_was_not_fixed_is_refused():
    refused("network", network=started(X, Y, activation="sin"))
    refused("network", network=started(X, Y, placement="inner"))


def test_an_inner_width_that_was_not_fixed_is_refused_and_an_outer_one_is_not():
    certify(started(X, Y, (9,)), X, Y, choices=choices(N, NETWORK))
    inner = choices(N, network_class("tanh", "inner", 1, widths=(4,)))
    refused("network", network=started(X, Y, (9,), placement="inner"), choices=inner)


def test_the_inner_class_of_all_widths_is_refused_by_margin_and_square():
    """Contraction needs one function for the class; see the exact counterexample in test_widths."""
    found = choices(N, network_class("tanh", "inner", 1), scales=(10.0,))
    network = started(X, Y, placement="inner")
    for method in ("margin", "square"):
        message = refused("choices.classes", network=network, choices=found, method=method)
        assert "widths" in message


def test_activations_without_a_bound_are_refused():
    for name in ("sigmoid", "softplus", "cos"):
        network = started(X, Y, activation=name)
        refused("activation", network=network, choices=choices(N, network))


def test_an_activation_of_ones_own_is_taken_at_ones_word_only():
    own = Activation("tanh", torch.tanh, torch.cosh, None, (1.0, 1.0, 2.0))
    network = started(X, Y, activation=own)
    refused("activation", network=network, choices=choices(N, network))
    family = network_class(own, "outer", 1, symmetry="odd")
    certify(network, X, Y, choices=choices(N, family))
    refused("network.activation", network=network, choices=choices(N, family), method="vote")


def test_activations_that_only_vanish_at_zero_pay_for_depth():
    silu, tanh = (started(X, Y, activation=name) for name in ("silu", "tanh"))
    gains = [choices(N, network).classes[0].gain() for network in (silu, tanh)]
    factor = ACTIVATIONS["silu"].lipschitz[0] * (math.sqrt(2 * math.log(2)) + 1)
    assert gains == pytest.approx([factor, 1.0])


@pytest.mark.parametrize("label", [0.0, 2.0, -0.5])
def test_labels_other_than_signs_are_refused(label):
    y = Y.clone()
    y[5] = label
    for method in ("margin", "vote"):
        assert "index 5" in refused("y", y=y, method=method)
    with pytest.raises(NumericsError, match="index 5"):
        held_out(NETWORK, X, y)


def test_labels_of_the_wrong_shape_kind_or_value_are_refused():
    for y in (Y[:-1], Y.unsqueeze(0), Y.to(torch.int64), Y.clone().fill_(math.nan), Y[:0]):
        refused("y", y=y)


def test_inputs_that_are_nan_empty_or_of_the_wrong_size_are_refused():
    broken = X.clone()
    broken[3, 1] = math.nan
    for x in (broken, X[:0], X[0], X.to(torch.int64), X[:, :2]):
        refused("x", x=x)


def test_an_input_without_a_direction_is_refused():
    zero = X.clone()
    zero[4] = 0.0
    assert "index 4" in refused("x", x=zero)


def test_inputs_beyond_the_radius_are_refused():
    found = choices(N, NETWORK, maps=(raw(1.0),))
    assert "norm" in refused("x", x=1.001 * X, choices=found)
    certify(NETWORK, 0.99 * X, Y, choices=found)


def test_linear_certificates_ask_for_the_unit_ball():
    network = started(X, Y, placement="inner")
    found = choices(N, network, maps=(raw(2.0),))
    refused("input_map", network=network, choices=found, method="linear")
    refused("network.placement", method="linear")


def test_votes_ask_for_an_activation_that_is_one():
    network = started(X, Y, activation="sin")
    refused("network.activation", network=network, choices=choices(N, network), method="vote")
    deep = started(X, Y, (4, 4), activation="erf")
    refused("network", network=deep, choices=choices(N, deep), method="vote")


def test_a_silent_network_is_refused():
    silent = WeightNormNetwork.from_tensors(
        [torch.ones(2, 3).double()], torch.zeros(2).double(), placement="outer"
    )
    assert "v = 0" in refused("network", network=silent)


def test_a_batch_is_refused():
    batch = WeightNormNetwork.random((3, 4), seed=0, batch=2, placement="outer")
    refused("network", network=batch)


def test_priors_fitted_on_the_sample_or_not_listed_are_refused():
    network = started(X, Y, placement="inner")
    bad, good = (prior_mean(torch.ones(3).double(), rows) for rows in (X, PILOT))
    for prior, listed in ((bad, bad), (good, None)):
        found = choices(N, network, priors=(listed,))
        refused("prior", network=network, choices=found, method="linear", prior=prior)
    found = choices(N, network, priors=(good,))
    certify(network, X, Y, choices=found, method="linear", prior=good)
    refused("prior", network=network, choices=found, method="linear")


def test_priors_of_the_wrong_kind_are_refused():
    inner = started(X, Y, placement="inner")
    center = prior_network(NETWORK, PILOT)
    found = choices(N, inner, priors=(center,))
    refused("prior", network=inner, choices=found, method="linear", prior=center)
    mean = prior_mean(torch.ones(3).double(), PILOT)
    found = choices(N, NETWORK, priors=(mean,))
    refused("prior", choices=found, method="vote", prior=mean)
    wider = prior_network(started(PILOT, PILOT_Y, (5,)), PILOT)
    refused("prior", choices=choices(N, NETWORK, priors=(wider,)), method="vote", prior=wider)


def test_a_scale_above_the_grid_is_refused():
    refused("choices.scales", choices=choices(N, NETWORK, scales=(0.5, 1.0)), method="square")


def test_targets_beyond_their_bound_are_refused():
    found = choices(N, NETWORK, scales=(4.0,))
    refused("y", y=1.5 * Y, choices=found, method="square", signs=False)
    refused("y", y=0.5 * Y, choices=found, method="square")
    certify(NETWORK, X, 0.5 * Y, choices=found, method="square", signs=False)
    refused("y_bound", choices=found, method="square", y_bound=0.0)


def test_deltas_and_methods_that_cannot_be_are_refused():
    for delta in (0.0, 1.0, -0.1, math.nan, True, "0.05"):
        refused("delta", delta=delta)
    refused("method", method="magic")


def test_choices_that_are_no_choices_are_refused():
    bad = (
        {"rho": ()},
        {"rho": (0.0,)},
        {"rho": (math.nan,)},
        {"scales": (-1.0,)},
        {"maps": ()},
        {"votes": ((3, 3),)},
        {"pairs": ((0.0, 1.0),)},
        {"others": 0},
        {"priors": ()},
    )
    for change in bad:
        with pytest.raises(NumericsError):
            choices(N, NETWORK, **change)
    with pytest.raises(NumericsError):
        choices(0, NETWORK)
    with pytest.raises(NumericsError):
        choices(N)


def test_outputs_that_overflow_are_refused():
    network = random_network(3)
    huge = WeightNormNetwork.from_tensors(
        [network.weights[0][0]], torch.full((4,), 1e308, dtype=torch.float64), placement="outer"
    )
    refused("network", network=huge)


def test_classes_ask_for_shared_layers_and_labels_in_range():
    separate = WeightNormNetwork.random((3, 4), seed=0, batch=3, placement="outer")
    labels = torch.randint(0, 3, (N,), generator=torch.Generator().manual_seed(0))
    found = choices(N, separate.select(0))
    with pytest.raises(NumericsError, match="same hidden weights"):
        certify_classes(separate, X, labels, choices=found)
    shared = WeightNormNetwork.from_tensors(
        [separate.weights[0][:1].expand(3, -1, -1).contiguous()], separate.v, placement="outer"
    )
    for wrong in (labels + 1, labels.double(), labels[:-1]):
        with pytest.raises(NumericsError, match="labels"):
            certify_classes(shared, X, wrong, choices=found)
    assert certify_classes(shared, X, labels, choices=found).value == 1.0


def test_starts_ask_for_matching_shapes():
    with pytest.raises(NumericsError, match="x, y"):
        aligned_network(X, Y[:-1], (4,), seed=0)
