"""The reduced matrix S(mu), its products and its factorization, piece by piece."""

from __future__ import annotations

import dataclasses

import pytest
import torch

from numerics import WeightNormNetwork
from numerics.linalg.cholesky import is_positive_definite
from numerics.weightnorm.curvature.form import FormData, form_data
from numerics.weightnorm.curvature.lanczos import lowest_eigenvector, reduced_product
from numerics.weightnorm.curvature.norm import certify
from numerics.weightnorm.curvature.rayleigh import certified_lower, scalar_form, sweep
from numerics.weightnorm.curvature.reduced import reduced_matrix
from numerics.weightnorm.oracle import autograd_hessian
from numerics.weightnorm.sweeps import trace
from tests.numerics.cases import draw
from tests.numerics.structured import structured


def _data(network: WeightNormNetwork, x: torch.Tensor) -> FormData:
    """Forms of both signs of every network at the first input."""
    points = x[:1].expand(network.networks, 1, -1)
    return form_data(network, trace(network, points)).both_signs()


def _tops(network: WeightNormNetwork, x: torch.Tensor) -> torch.Tensor:
    """lambda_max of f, then of -f, for every network at the first input."""
    values = torch.linalg.eigvalsh(autograd_hessian(network, x)[:, 0])
    return torch.cat([values[:, -1], -values[:, 0]])


def test_products_are_those_of_the_formed_matrix(widths, placement):
    network, x = draw(widths, "silu", placement)
    data = _data(network, x)
    mu = 2.0 * _tops(network, x) + 0.1
    formed = reduced_matrix(data, mu, eliminate=False)
    assert formed.valid.all()
    z = torch.randn(6, data.size, generator=torch.Generator().manual_seed(0)).double()
    truth = (formed.matrix @ z.unsqueeze(-1)).squeeze(-1)
    room = 1e-12 * formed.matrix.abs().max()
    assert (reduced_product(data, mu, z) - truth).abs().max() <= 10 * room
    value, slope = scalar_form(sweep(data, z)).value_and_slope(mu)
    assert ((z * truth).sum(-1) - value).abs().max() <= 100 * room
    assert (slope >= z.square().sum(-1) * (1 - 1e-12)).all()


@pytest.mark.parametrize("eliminate", [True, False])
def test_definiteness_of_the_reduced_matrix_is_that_of_the_hessian(widths, placement, eliminate):
    network, x = draw(widths, "gelu", placement)
    data, tops = _data(network, x), _tops(network, x)
    clear = tops > 1e-9 * tops.max().clamp_min(1e-3)
    if not clear.any():  # d = m = 1: f does not depend on W, and v enters linearly
        assert float(tops.abs().max()) <= 1e-12
        return
    tops = torch.where(clear, tops, torch.ones_like(tops))
    assert certify(data, tops * (1 + 1e-9), eliminate=eliminate)[clear].all()
    assert not certify(data, tops * (1 - 1e-9), eliminate=eliminate)[clear].any()


@pytest.mark.parametrize("coefficient", ["bend", "radial", "own", "link", "slope"])
def test_a_form_that_forgets_a_coefficient_certifies_falsehoods(coefficient):
    """Negative control: the comparison above can fail, whichever part of the form is wrong."""
    wrong = 0
    for seed in range(40):
        network, x = structured(seed)
        data = form_data(network, trace(network, x[None, None])).both_signs()
        values = torch.linalg.eigvalsh(autograd_hessian(network, x))
        tops = torch.stack([values[-1], -values[0]])
        if tops.max() < 1e-8:
            continue
        zeroed = tuple(
            dataclasses.replace(row, **{coefficient: torch.zeros_like(row.gain)})
            for row in data.layers
        )
        broken = dataclasses.replace(data, layers=zeroed)
        mu = torch.where(tops > 1e-9 * tops.max(), 0.999 * tops, tops.max())
        false = (certify(broken, mu) | certify(broken, mu, eliminate=False)) & (mu < tops)
        wrong += int(false.any())
    assert wrong > 0


def test_lower_ends_of_arbitrary_vectors_never_exceed_the_truth(widths):
    network, x = draw(widths, "cos", "outer")
    data, tops = _data(network, x), _tops(network, x)
    for seed in range(5):
        z = torch.randn(6, data.size, generator=torch.Generator().manual_seed(seed)).double()
        z = z / z.norm(dim=-1, keepdim=True)
        for mu in (tops.abs() + 0.01, 3.0 * tops.abs() + 0.1):
            lower = certified_lower(data, z, mu)
            assert (lower <= tops * (1 + 1e-11) + 1e-13).all()


def test_lanczos_finds_the_lowest_eigenvector_of_a_batch():
    matrix = torch.randn(3, 40, 40, generator=torch.Generator().manual_seed(0)).double()
    matrix = matrix + matrix.mT
    start = torch.ones(3, 40, dtype=torch.float64)
    found = lowest_eigenvector(
        lambda z: (matrix @ z.unsqueeze(-1)).squeeze(-1), start, steps=40, tolerance=1e-12
    )
    values, vectors = torch.linalg.eigh(matrix)
    assert torch.allclose(found.value, values[:, 0], rtol=1e-10)
    assert torch.allclose((found.vector * vectors[..., 0]).sum(-1).abs(), torch.ones(3).double())
    assert (found.residual < 1e-9).all()


def test_indefinite_matrices_are_never_proved_definite():
    generator = torch.Generator().manual_seed(1)
    for p in (1, 2, 5, 30, 120):
        basis, _ = torch.linalg.qr(torch.randn(p, p, generator=generator).double())
        for low, expected in ((-1e-10, False), (-1e-14, False), (1e-9, True)):
            values = torch.linspace(low, 1.0, p).double()
            values[0] = low
            matrix = (basis * values) @ basis.T
            matrix = 0.5 * (matrix + matrix.T)
            found = is_positive_definite(matrix[None], torch.zeros(1).double())
            assert bool(found) is expected, (p, low)


def test_not_a_number_and_infinity_prove_nothing():
    for bad in (torch.nan, torch.inf):
        matrix = torch.eye(3, dtype=torch.float64)
        matrix[1, 1] = bad
        assert not is_positive_definite(matrix[None], torch.zeros(1).double())
    good = torch.eye(3, dtype=torch.float64)[None]
    assert is_positive_definite(good, torch.full((1,), 0.5).double())
    assert not is_positive_definite(good, torch.full((1,), 1.0).double())
    assert not is_positive_definite(good, torch.full((1,), torch.nan).double())
