"""The left sides of the lemmas against automatic differentiation of the plain network."""

from __future__ import annotations

import itertools

import pytest
import torch

import numerics
from numerics import Direction, NumericsError, WeightNormNetwork
from tests.numerics.cases import draw


def _intermediates(network: WeightNormNetwork, x: torch.Tensor, weights, v):
    """[What], [g], [alpha], f of the plain forward pass, for x (n, d)."""
    alpha, units, pres, features = x, [], [], []
    for l, weight in enumerate(weights, start=1):
        units.append(weight / weight.norm(dim=-1, keepdim=True))
        pres.append(network.inner_scale(l) * alpha @ units[-1].mT)
        alpha = network.outer_scale(l) * network.activation.value(pres[-1])
        features.append(alpha)
    return units, pres, features, (alpha * v.unsqueeze(-2)).sum(-1)


def _along(network: WeightNormNetwork, x: torch.Tensor, direction: Direction):
    """First and second derivatives in tau of everything, by nested forward mode."""
    parameters = (list(network.weights), network.v)
    change = (list(direction.weights), direction.v)

    def moved(tau):
        weights = [w + tau * d for w, d in zip(parameters[0], change[0], strict=True)]
        return _intermediates(network, x, weights, parameters[1] + tau * change[1])

    def first(tau):
        return torch.func.jvp(moved, (tau,), (torch.ones_like(tau),))[1]

    zero = torch.zeros((), dtype=torch.float64)
    return first(zero), torch.func.jvp(first, (zero,), (torch.ones_like(zero),))[1]


def _close(found: numerics.Enclosure, truth: torch.Tensor) -> bool:
    return bool(torch.allclose(found.value, truth, rtol=1e-10, atol=1e-12))


def test_derivatives_along_a_direction_are_those_of_forward_mode(widths, placement):
    network, x = draw(widths, "silu", placement)
    direction = Direction.random(network, seed=4)
    first, second = _along(network, x, direction)
    call = lambda f: f(network, x, direction)  # noqa: E731
    stack = lambda parts: torch.stack(parts, dim=-1)  # noqa: E731
    norms = lambda parts: stack([part.norm(dim=-1) for part in parts])  # noqa: E731
    assert _close(call(numerics.preactivation_first_norms), norms(first[1]))
    largest = stack([g.abs().amax(-1) for g in first[1]])
    assert _close(call(numerics.preactivation_first_maxima), largest)
    assert _close(call(numerics.feature_first_norms), norms(first[2]))
    assert _close(call(numerics.feature_second_norms), norms(second[2]))
    assert _close(call(numerics.second_directional_derivative), second[3].abs())


def test_row_ratios_are_those_of_forward_mode(widths):
    network, x = draw(widths, "tanh", "inner")
    direction = Direction.random(network, seed=4)
    first, second = _along(network, x, direction)
    ratios = ([], [])
    for l, (w, d) in enumerate(zip(network.weights, direction.weights, strict=True)):
        ratio = w.norm(dim=-1) / d.norm(dim=-1)
        ratios[0].append((first[0][l].norm(dim=-1) * ratio).amax(-1))
        ratios[1].append((second[0][l].norm(dim=-1) * ratio**2).amax(-1))
    found = (
        numerics.normalized_row_first(network, direction),
        numerics.normalized_row_second(network, direction),
    )
    for value, truth in zip(found, ratios, strict=True):
        assert _close(value, torch.stack(truth, dim=-1))
    t, u = numerics.direction_norms(network, direction)
    assert _close(u, direction.v.norm(dim=-1))
    assert t.value.shape == (3, network.depth)


def test_the_second_derivative_of_a_row_reaches_two_over_root_three():
    network = WeightNormNetwork.from_tensors(
        [torch.tensor([[1.0, 0.0]]).double()], torch.ones(1).double()
    )
    flat = torch.tensor([(2 / 3) ** 0.5, (1 / 3) ** 0.5, 0.0], dtype=torch.float64)
    # 4 c^2 p^2 + p^4 on c^2 + p^2 = 1, largest where the turning part is p^2 = 2/3
    flat[:2] = flat[:2].flip(0)
    value = numerics.normalized_row_second(network, flat).value
    assert value.item() == pytest.approx(2 / 3**0.5, rel=1e-12)


def test_layer_norms_are_those_of_the_jacobians(widths, placement):
    network, x = draw(widths, "gelu", placement)
    for i, j in itertools.product(range(3), range(2)):
        single, point = network.select(i), x[j]
        weights = [w[0] for w in single.weights]
        for l in range(1, network.depth + 1):

            def feature(w, l=l, weights=weights, single=single, point=point):
                changed = [*weights[: l - 1], w, *weights[l:]]
                return _intermediates(single, point[None], changed, single.v[0])[2][l - 1][0]

            def output(w, l=l, weights=weights, single=single, point=point):
                changed = [*weights[: l - 1], w, *weights[l:]]
                return _intermediates(single, point[None], changed, single.v[0])[3][0]

            jacobian = torch.func.jacrev(feature)(weights[l - 1]).flatten(1)
            sensitivity = torch.linalg.matrix_norm(jacobian, ord=2)
            gradient = torch.func.grad(output)(weights[l - 1]).norm()
            found = numerics.layer_sensitivities(network, x).value[i, j, l - 1]
            assert torch.allclose(found, sensitivity, rtol=1e-10, atol=1e-13)
            found = numerics.layer_gradient_norms(network, x).value[i, j, l - 1]
            assert torch.allclose(found, gradient, rtol=1e-10, atol=1e-13)


def test_back_propagated_norms_begin_with_the_input_gradient_and_end_with_v():
    network, x = draw((3, 6, 2, 5), "erf", "inner")
    found = numerics.back_propagated_norms(network, x).value
    assert torch.allclose(found[..., 0], numerics.input_gradient_norm(network, x).value)
    assert torch.allclose(found[..., -1], network.v.norm(dim=-1, keepdim=True).expand(3, 2))


def test_certified_spectral_norms_contain_the_singular_value(widths):
    network, _ = draw(widths, "tanh", "inner")
    found = numerics.normalized_spectral_norms(network)
    for l, weight in enumerate(network.weights):
        unit = weight / weight.norm(dim=-1, keepdim=True)
        truth = torch.linalg.matrix_norm(unit, ord=2)
        assert (found.lower[:, l] <= truth * (1 + 1e-14)).all()
        assert (truth <= found.upper[:, l] * (1 + 1e-14)).all()
    assert (found.relative_width < 1e-10).all()


def test_large_spectral_norms_are_certified_too():
    network = WeightNormNetwork.random((150, 200), seed=0)
    found = numerics.normalized_spectral_norms(network)
    unit = network.weights[0] / network.weights[0].norm(dim=-1, keepdim=True)
    truth = torch.linalg.matrix_norm(unit, ord=2)
    assert found.lower <= truth * (1 + 1e-14)
    assert truth <= found.upper
    assert (found.relative_width < 1e-9).all()


def test_local_coefficients_are_their_definitions():
    network, x = draw((3, 6, 2, 5), "silu", "outer")
    found = numerics.local_coefficients(network, x)
    single, point = network.select(1), x[0]
    _, pres, features, _ = _intermediates(
        single, point[None], [w[0] for w in single.weights], single.v[0]
    )
    l, c = 2, single.outer_scale(2)
    weight, before = single.weights[l - 1][0], features[l - 2][0]
    unit = weight / weight.norm(dim=-1, keepdim=True)
    slope = single.activation.first(pres[l - 1][0])
    gain = c * torch.linalg.matrix_norm(slope.unsqueeze(-1) * unit, ord=2)
    assert found["gain"][1, 0, l - 1].item() == pytest.approx(gain.item(), rel=1e-8)
    h = unit @ before
    n = (before - h.unsqueeze(-1) * unit).norm(dim=-1)
    reach = (n / weight.norm(dim=-1)).max()
    assert found["reach"][1, 0, l - 1].item() == pytest.approx(reach.item(), rel=1e-11)
    assert all(found[name].shape == (3, 2, 3) for name in found if name != "output")


def test_signed_sums_are_their_definitions():
    network, x = draw((3, 6, 2, 5), "cos", "inner")
    signs = torch.tensor([[1.0, -1.0], [1.0, 1.0]], dtype=torch.float64)
    _, pres, features, _ = _intermediates(network, x, network.weights, network.v)
    norms = numerics.signed_feature_norms(network, x, signs).value
    truth = (features[1][:, 0] - features[1][:, 1]).norm(dim=-1)
    assert torch.allclose(norms[:, 0, 2], truth, rtol=1e-12)
    rows = numerics.signed_row_maxima(network, x, signs).value
    values = pres[2].cos()
    assert torch.allclose(rows[:, 1, 2], (values[:, 0] + values[:, 1]).abs().amax(-1), rtol=1e-12)
    with pytest.raises(NumericsError, match="signs"):
        numerics.signed_row_maxima(network, x, torch.zeros(1, 2))


def test_contraction_of_the_identity_is_the_input_average():
    x = torch.randn(4, 3, generator=torch.Generator().manual_seed(0)).double()
    average = numerics.signed_input_average(x)
    signs = torch.tensor(list(itertools.product([-1.0, 1.0], repeat=4))).double()
    assert average.value.item() == pytest.approx((signs @ x).norm(dim=-1).mean().item(), rel=1e-13)
    found = numerics.contracted_row_complexity(x, 0.5, "identity", steps=20)
    assert found.lower.item() == pytest.approx(0.5 * average.value.item(), rel=1e-10)
