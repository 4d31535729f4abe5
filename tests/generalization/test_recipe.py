"""The recipe lowers what it minimizes, resumes bit for bit, and keeps its networks apart."""

from __future__ import annotations

import dataclasses

import pytest
import torch

from numerics import NumericsError
from numerics.weightnorm.generalization import (
    Recipe,
    aligned_network,
    certify,
    choices,
    linear_part,
    prior_mean,
    prior_network,
    recipe_for,
    train_for_certificate,
)
from numerics.weightnorm.generalization.class_recipe import CLASS_RECIPE, train_classes
from numerics.weightnorm.generalization.recipe import widened
from tests.generalization.drawn import started, unit_sample

X, Y = unit_sample(300, 4, 0, flip=0.05)
SHORT = Recipe("margin", early=20, late=20, rate=0.05, checkpoint_every=7)


def same(first, second) -> bool:
    tensors = zip((*first.weights, first.v), (*second.weights, second.v), strict=True)
    return all(torch.equal(a, b) for a, b in tensors)


@pytest.mark.parametrize("method", ["margin", "vote", "linear"])
def test_training_improves_the_certificate_it_is_for(method):
    placement = "inner" if method == "linear" else "outer"
    start = started(X, Y, (8,), placement=placement)
    found = choices(len(Y), start)
    recipe = Recipe(method, early=40, late=60, rate=0.05)
    trained = train_for_certificate(start, X, Y, recipe=recipe)
    before, after = (
        certify(network, X, Y, choices=found, method=method).bound for network in (start, trained)
    )
    assert after < before


def test_the_square_objective_improves_its_certificate():
    start = started(X, Y, (8,), nu1=1.0)
    found = choices(len(Y), start, scales=tuple(1.25**j for j in range(-8, 9)))
    trained = train_for_certificate(
        start, X, Y, recipe=Recipe("square", early=60, late=60, rate=0.05)
    )
    before, after = (
        certify(network, X, Y, choices=found, method="square", clip=True).bound
        for network in (start, trained)
    )
    assert after < before


def test_an_interrupted_run_ends_where_the_whole_run_ends(tmp_path):
    start = started(X, Y, (5, 5))
    whole = train_for_certificate(start, X, Y, recipe=SHORT)
    train_for_certificate(start, X, Y, recipe=SHORT, folder=tmp_path)
    later = sorted(tmp_path.glob("step-*.checkpoint"))[3:]
    for path in later:
        path.unlink()
    resumed = train_for_certificate(start, X, Y, recipe=SHORT, folder=tmp_path, resume=True)
    assert len(later) >= 3
    assert same(whole, resumed)


def test_a_folder_with_another_run_is_refused(tmp_path):
    start = started(X, Y, (5,))
    train_for_certificate(start, X, Y, recipe=SHORT, folder=tmp_path)
    with pytest.raises(NumericsError, match="resume=True"):
        train_for_certificate(start, X, Y, recipe=SHORT, folder=tmp_path)
    other = dataclasses.replace(SHORT, rate=0.04)
    with pytest.raises(NumericsError, match="rate"):
        train_for_certificate(start, X, Y, recipe=other, folder=tmp_path, resume=True)


def test_a_folder_of_the_same_run_with_another_prior_is_refused(tmp_path):
    start = started(X, Y, (5,), placement="inner")
    priors = [prior_mean(s * torch.ones(4).double(), X[:2]) for s in (1.0, 2.0)]
    recipe = dataclasses.replace(SHORT, objective="linear")
    options = {"recipe": recipe, "folder": tmp_path}
    train_for_certificate(start, X, Y, prior=priors[0], **options)
    with pytest.raises(NumericsError, match="prior"):
        train_for_certificate(start, X, Y, prior=priors[1], resume=True, **options)


def test_a_batch_trains_as_its_members_do_alone():
    xs, ys = torch.stack([X[:100], X[100:200]]), torch.stack([Y[:100], Y[100:200]])
    start = aligned_network(xs, ys, (4,), seed=3)
    together = train_for_certificate(start, xs, ys, recipe=SHORT)
    for i in range(2):
        alone = train_for_certificate(start.select(i), xs[i], ys[i], recipe=SHORT)
        assert torch.allclose(together.select(i).v, alone.v, rtol=1e-8)


@pytest.mark.parametrize("placement", ["inner", "outer"])
@pytest.mark.parametrize("depth", [1, 3, 8])
def test_the_aligned_start_carries_the_mean_direction_through_every_depth(placement, depth):
    network = started(X, Y, (6,) * depth, placement=placement)
    margins = Y * network(X)
    assert float(margins.mean()) > 0.1 * float(margins.abs().max())
    nu1 = float(network.v.abs().sum()) / 6**0.5
    assert nu1 == pytest.approx(2.0)


def test_the_start_survives_labels_that_cancel_and_is_repeated_by_its_seed():
    x = torch.cat([X[:1], X[:1]])
    y = torch.tensor([1.0, -1.0], dtype=torch.float64)
    first, second = (aligned_network(x, y, (3,), seed=5) for _ in range(2))
    assert same(first, second)
    assert bool(torch.isfinite(first.weights[0]).all())


def test_the_informed_vote_objective_stays_near_its_prior():
    pilot, pilot_y = unit_sample(100, 4, 9, flip=0.05)
    center = train_for_certificate(
        started(pilot, pilot_y, (6,)), pilot, pilot_y, recipe=Recipe("vote", 20, 20, 0.05)
    )
    prior = prior_network(center, pilot)
    found = choices(len(Y), center, priors=(prior,))
    trained = train_for_certificate(center, X, Y, recipe=Recipe("vote", 20, 40, 0.02), prior=prior)
    certificate = certify(trained, X, Y, choices=found, method="vote", prior=prior)
    assert certificate.details["divergence per vote"] < 0.5


@pytest.mark.parametrize("depth", [1, 3])
def test_widening_keeps_the_linear_part_and_brings_the_network_to_it(depth):
    network = started(X, Y, (4,) * depth, placement="inner")
    u, distance = linear_part(network)
    wide, close = linear_part(widened(network, 8))
    assert torch.allclose(u, wide, rtol=1e-12, atol=1e-15)
    assert close == pytest.approx(distance / 8, rel=1e-6)
    assert widened(network, 8).widths == (4, *(32,) * depth)


def test_widening_keeps_the_function_of_the_outer_placement():
    network = started(X, Y, (4, 3))
    assert torch.allclose(network(X), widened(network, 5)(X), rtol=1e-12, atol=1e-14)


def test_deep_recipes_move_more_slowly():
    assert recipe_for(4).rate < recipe_for(1).rate
    assert recipe_for(8, "linear").rate < recipe_for(4, "linear").rate


def test_deep_inner_networks_keep_their_linear_part_through_training():
    """At the margin recipe's rate Adam destroys the alignment of eight layers and certifies 1."""
    values = []
    for depth in (1, 8):
        start = started(X, Y, (8,) * depth, placement="inner")
        trained = train_for_certificate(start, X, Y, recipe=recipe_for(depth, "linear"))
        wide = widened(trained, 32)
        found = choices(len(Y), wide)
        values.append(certify(wide, X, Y, choices=found, method="linear").value)
    assert values[1] < values[0] + 0.1
    assert recipe_for(1, "vote").objective == "vote"


def test_recipes_that_cannot_be_are_refused():
    start = started(X, Y, (3,))
    for recipe in (
        Recipe("magic"),
        Recipe("margin", early=0, late=0),
        Recipe("margin", rate=0.0),
        Recipe("margin", checkpoint_every=0),
    ):
        with pytest.raises(NumericsError):
            train_for_certificate(start, X, Y, recipe=recipe)
    with pytest.raises(NumericsError, match="rate"):
        train_for_certificate(start, X, Y, recipe=Recipe("margin", rate=1.7e308))


FEW = dataclasses.replace(CLASS_RECIPE, early=20, late=20, checkpoint_every=10)


@pytest.mark.parametrize("method", ["margin", "rows"])
def test_a_killed_training_of_classes_goes_on_to_the_same_network(method, tmp_path):
    labels = (Y > 0).to(torch.int64)
    whole = train_classes(X, labels, 2, width=4, recipe=FEW, method=method)
    kept = train_classes(X, labels, 2, width=4, recipe=FEW, method=method, folder=tmp_path)
    assert torch.equal(whole.v, kept.v)
    for path in sorted(tmp_path.glob("*40*")):
        path.unlink()
    again = train_classes(
        X, labels, 2, width=4, recipe=FEW, method=method, folder=tmp_path, resume=True
    )
    assert torch.equal(again.v, whole.v)
    assert torch.equal(again.weights[0], whole.weights[0])
    with pytest.raises(NumericsError, match="folder"):
        train_classes(X, labels, 2, width=4, recipe=FEW, method=method, folder=tmp_path)
    with pytest.raises(NumericsError):  # another run's folder
        train_classes(X, labels, 2, width=5, recipe=FEW, folder=tmp_path, resume=True)
    with pytest.raises(NumericsError, match="method"):
        train_classes(X, labels, 2, method="sum")


def test_classes_train_one_shared_layer():
    labels = (Y > 0).to(torch.int64)
    network = train_classes(X, labels, 2, width=6, recipe=FEW)
    assert network.networks == 2
    assert torch.equal(network.weights[0][0], network.weights[0][1])
    scores = network(X)
    assert float((scores.argmax(0) == labels).double().mean()) > 0.8
