"""False if a depth-free bound is not attained where it is said to be, at any depth or width."""

from __future__ import annotations

import math

import pytest
import torch

import numerics
from numerics import NumericsError
from numerics.weightnorm.witnesses import (
    Shape,
    bend_witness,
    gradient_witness,
    input_curvature_witness,
    jacobian_witness,
    mixed_witness,
    soft_corner,
)
from tests.depth import stated as statements
from tests.depth.stated import Numbers

DEPTHS, WIDTHS = (1, 2, 3, 4, 7, 16, 64), (1, 2, 5, 16)


def _numbers(shape: Shape, **constants: float) -> Numbers:
    p = 0.5 if shape.placement == "inner" else 0.0
    layers = (shape.width,) * shape.depth, (shape.omega,) * shape.depth
    return Numbers(*layers, xi=shape.xi, nu=shape.nu, p=p, **constants)


def _second(witness) -> float:
    found = numerics.second_directional_derivative(witness.network, witness.x, witness.direction)
    return float(found.lower)


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("width", WIDTHS)
def test_the_gradient_bound_is_attained_at_every_depth_width_and_scale(depth, width, placement):
    for nu in (0.05, 0.9, 1.1, 40.0):
        shape = Shape(depth, width, omega=0.7, nu=nu, xi=1.3, placement=placement)
        found = gradient_witness(shape)
        truth = torch.linalg.vector_norm(numerics.gradients(found.network, found.x))
        assert float(truth) == pytest.approx(statements.gradient_zero(_numbers(shape)), rel=1e-12)


@pytest.mark.parametrize("depth", DEPTHS[1:])
@pytest.mark.parametrize("width", WIDTHS)
def test_the_jacobian_of_the_features_is_attained_at_every_depth(depth, width, placement):
    shape = Shape(depth, width, omega=0.3, xi=2.0, placement=placement)
    found = jacobian_witness(shape)
    truth = numerics.feature_first_norms(found.network, found.x, found.direction).value[-1]
    assert float(truth) == pytest.approx(statements.jacobian(_numbers(shape), depth), rel=1e-12)


@pytest.mark.parametrize("depth", [4, 5, 9, 64])
@pytest.mark.parametrize("width", [2, 5, 16])
def test_the_mixed_term_reaches_two_less_one_over_m(depth, width, placement):
    shape = Shape(depth, width, omega=0.5, nu=1.7, xi=0.8, placement=placement)
    found = mixed_witness(shape)
    expected = (2.0 - 1.0 / width) * shape.nu * shape.xi / (width * shape.omega**2)
    assert _second(found) == pytest.approx(expected, rel=1e-9)
    bound = statements.mixed(_numbers(shape))
    assert expected <= bound
    if depth == 4:  # M_4 = 2: attained as the width grows
        assert expected / bound == pytest.approx(1.0 - 0.5 / width)


@pytest.mark.parametrize("depth, width", [(3, 4), (16, 4), (64, 4), (64, 16)])
def test_the_bend_grows_linearly_in_depth_and_the_bound_no_faster(depth, width, placement):
    shape = Shape(depth, width, placement=placement)
    found = bend_witness(shape, corner=1e-4 / depth)
    numbers = _numbers(shape, beta=1.0)
    least = (2.0 - 1.0 / width) * (depth - 2) * width ** (-1.0 - numbers.p)
    assert _second(found) >= least * (1.0 - 1e-3)
    assert _second(found) <= statements.bend_closed(numbers)


def test_without_the_factor_of_depth_the_bend_is_refuted():
    """Negative control: neither a constant nor sqrt(L) will do where only phi'' is bounded."""
    shape = Shape(40, 4)
    truth = _second(bend_witness(shape, corner=1e-5))
    unit = 4.0**-1.0
    assert truth > unit * (1.0 + 0.5 * (3.0 + 2.0 * math.sqrt(39.0)))
    assert truth > unit * 2.5


def test_a_small_third_derivative_forbids_what_the_witness_does():
    """T30 on the witness itself: as the corner softens, sqrt(L) holds again."""
    shape = Shape(40, 4)
    for corner in (0.5, 1e-1, 1e-2, 1e-4):
        third = soft_corner(corner=corner).lipschitz[2]
        numbers = _numbers(shape, beta=1.0, beta2=third)
        truth = _second(bend_witness(shape, corner=corner))
        assert truth <= statements.bend_smooth(numbers)


@pytest.mark.parametrize("depth, width, least", [(8, 4, 0.9998), (20, 9, 0.9994)])
def test_the_input_hessian_is_attained_and_is_linear_in_depth(depth, width, least):
    shape = Shape(depth, width)
    found = input_curvature_witness(shape, corner=1e-5)

    def value(x: torch.Tensor) -> torch.Tensor:
        return found.network(x)

    hessian = torch.autograd.functional.hessian(value, found.x)
    truth = float(torch.linalg.eigvalsh(hessian).abs().max())
    bound = statements.input_hessian(_numbers(shape, beta=1.0))
    assert least <= truth / bound <= 1.0
    assert truth > math.sqrt(depth) * shape.width**-0.5  # negative control: not sqrt(L)


def test_the_derivatives_and_the_constants_of_the_soft_corner_are_its_own():
    phi = soft_corner(K=1.5, beta=0.7, corner=0.2)
    g = torch.linspace(-9.0, 9.0, 4001, dtype=torch.float64, requires_grad=True)
    slope = torch.autograd.grad(phi.value(g).sum(), g, create_graph=True)[0]
    bent = torch.autograd.grad(slope.sum(), g, create_graph=True)[0]
    third = torch.autograd.grad(bent.sum(), g)[0]
    g = g.detach()
    assert phi.second is not None
    assert torch.allclose(slope, phi.first(g), atol=1e-12)
    assert torch.allclose(bent, phi.second(g), atol=1e-12)
    for bound, values in zip(phi.lipschitz, (slope, bent, third), strict=True):
        assert 0.99 * bound <= float(values.detach().abs().max()) <= bound * (1.0 + 1e-15)
    assert float(phi.value(torch.zeros(1, dtype=torch.float64))) == 0.0


@pytest.mark.parametrize(
    "build, match",
    [
        (lambda: Shape(0, 3), "depth"),
        (lambda: Shape(2, 3, nu=-1.0), "nu"),
        (lambda: Shape(2, 3, inputs=1), "inputs"),
        (lambda: mixed_witness(Shape(3, 3)), "at least 4"),
        (lambda: soft_corner(corner=0.7), "corner"),
    ],
)
def test_what_no_witness_can_have_is_refused_by_name(build, match):
    with pytest.raises(NumericsError, match=match):
        build()
