"""Points of the ball-cone set lie in it, and their curvature is the loss's own."""

import pytest
import torch

from numerics import NumericsError, WeightNormNetwork, loss_hessian_vector_product
from numerics.data import load
from numerics.weightnorm.theta import flat, parameters
from numerics.weightnorm.training import attack_cone, loss_and_gradient, sample_cone
from numerics.weightnorm.training.gradient import predictions

COSINE, RADIUS = 0.4, 0.3


@pytest.fixture(scope="module")
def centre():
    data = load("digits", n=12, seed=2)
    return WeightNormNetwork.random((64, 6, 4), "sigmoid", seed=1), data.x, data.y


def displacement(points, network):
    return flat(parameters(points.networks)) - flat(parameters(network))


def assert_in_cone(points, network, x, y):
    delta = displacement(points, network)
    gradient = flat(loss_and_gradient(network, x, y)[1])[0]
    length = delta.norm(dim=1)
    cosine = delta @ gradient / (length * gradient.norm())
    assert (length <= RADIUS * (1 + 1e-12)).all()
    assert (cosine.abs() >= COSINE - 1e-9).all()
    assert torch.allclose(cosine, points.cosine, atol=1e-9)
    assert torch.allclose(length, points.distance, rtol=1e-9)


@pytest.mark.parametrize("objective", ["curvature", "loss"])
def test_sampled_and_attacked_points_lie_in_the_set(centre, objective):
    options = {"cosine": COSINE, "radius": RADIUS, "count": 24, "seed": 5}
    assert_in_cone(sample_cone(*centre, **options), *centre)
    attacked = attack_cone(*centre, **options, steps=20, objective=objective)
    assert_in_cone(attacked, *centre)


@pytest.mark.parametrize("objective", ["curvature", "loss"])
def test_the_attack_finds_worse_points_than_the_sample(centre, objective):
    options = {"cosine": COSINE, "radius": RADIUS, "count": 24, "seed": 5}
    before = sample_cone(*centre, **options)
    after = attack_cone(*centre, **options, steps=30, objective=objective)
    first, second = getattr(before, objective), getattr(after, objective)
    assert (second <= first).all()
    assert second.min() < first.min()


def test_both_halves_and_the_boundary_of_the_cone_are_drawn(centre):
    points = sample_cone(*centre, cosine=COSINE, radius=RADIUS, count=64, seed=0)
    assert points.cosine.min() < -COSINE + 1e-9
    assert points.cosine.max() > COSINE
    edge = (points.cosine.abs() < COSINE + 1e-9) & (points.distance > RADIUS * (1 - 1e-9))
    assert edge.sum() >= 16


def test_losses_and_curvatures_are_those_of_the_network_itself(centre):
    network, x, y = centre
    points = sample_cone(*centre, cosine=COSINE, radius=RADIUS, count=8, seed=3)
    loss = (points.networks(x) - y).square().mean(-1)
    assert torch.allclose(points.loss, loss, rtol=1e-13)
    here, gradient = loss_and_gradient(network, x, y)
    delta = displacement(points, network)
    left = loss - here - delta @ flat(gradient)[0]
    assert torch.allclose(left, 0.5 * points.curvature * points.distance.square(), atol=1e-13)


def test_near_the_centre_the_curvature_is_the_hessians_quadratic_form(centre):
    network, x, y = centre
    points = sample_cone(*centre, cosine=COSINE, radius=1e-4, count=16, seed=3)
    direction = displacement(points, network) / points.distance[:, None]
    form = torch.stack([row @ loss_hessian_vector_product(network, x, y, row) for row in direction])
    assert ((points.curvature - form).abs() <= points.rounding + 1e-3).all()
    far = points.distance > 5e-5
    assert torch.allclose(points.curvature[far], form[far], rtol=1e-2, atol=1e-4)


@pytest.mark.parametrize(
    "options, message",
    [
        ({"cosine": 0.0}, "`cosine`"),
        ({"cosine": 1.5}, "`cosine`"),
        ({"radius": 0.0}, "`radius`"),
        ({"count": 0}, "`count`"),
    ],
)
def test_sets_without_a_meaning_are_refused(centre, options, message):
    arguments = {"cosine": COSINE, "radius": RADIUS, "count": 4, "seed": 0} | options
    with pytest.raises(NumericsError, match=message):
        sample_cone(*centre, **arguments)


def test_a_batch_and_a_stationary_point_have_no_cone(centre):
    _network, x, y = centre
    batch = WeightNormNetwork.random((64, 3), seed=0, batch=2)
    with pytest.raises(NumericsError, match="a batch"):
        sample_cone(batch, x, y, cosine=0.5, radius=0.1, count=2, seed=0)
    single = WeightNormNetwork.random((64, 3), seed=0)
    with pytest.raises(NumericsError, match="zero gradient"):
        sample_cone(single, x, predictions(single, x)[0], cosine=0.5, radius=0.1, count=2, seed=0)
