"""The norm of a matrix of balls where the certificate decides: wide, signed, badly guessed."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from flint import arb, arb_mat

from verify.balls import spectrum, symmetric_norm

CASES = {
    "wide": ([[1.0, 0.5], [0.5, 1.0]], 0.5),
    "negative": ([[-3.0, 0.5], [0.5, 1.0]], 0.25),
    "both signs": ([[2.0, 0.0], [0.0, -2.0]], 0.125),
    "zero": ([[0.0, 0.0], [0.0, 0.0]], 0.5),
    "three": ([[1.0, -2.0, 0.0], [-2.0, 1.0, 1.0], [0.0, 1.0, -3.0]], 0.0625),
}


def norms(matrix, radius):
    """Norms of the symmetric matrices at the corners of the balls."""
    upper = list(zip(*np.triu_indices(len(matrix)), strict=True))
    for signs in list(itertools.product((-1, 1), repeat=len(upper)))[:64]:
        made = np.array(matrix, dtype=float)
        for (j, k), sign in zip(upper, signs, strict=True):
            made[j, k] = made[k, j] = matrix[j][k] + sign * radius
        yield float(np.abs(np.linalg.eigvalsh(made)).max())


@pytest.mark.parametrize("name", CASES)
def test_the_norm_of_every_matrix_inside_is_enclosed(name):
    matrix, radius = CASES[name]
    found = symmetric_norm(arb_mat([[arb(entry, radius) for entry in row] for row in matrix]))
    for value in norms(matrix, radius):
        assert float(found.lower()) <= value + 1e-9
        assert float(found.upper()) >= value - 1e-9


@pytest.mark.parametrize("name", CASES)
def test_a_bad_guess_widens_the_enclosure_and_never_moves_it_off(name, monkeypatch):
    """The eigenvector proposed is useless: the upper end rests on Cholesky alone."""
    matrix, _ = CASES[name]
    monkeypatch.setattr(spectrum, "_rayleigh", lambda m: arb(0.5))
    found = symmetric_norm(arb_mat(matrix))
    exact = float(np.abs(np.linalg.eigvalsh(np.array(matrix))).max())
    assert float(found.upper()) >= exact - 1e-12


def test_both_signs_have_to_be_positive_definite():
    assert spectrum._positive_definite(arb_mat([[-5.0]]), arb(1), 1)  # 1 + 5
    assert not spectrum._positive_definite(arb_mat([[-5.0]]), arb(1), -1)  # 1 - 5
    assert not spectrum._positive_definite(arb_mat([[arb(0, 2)]]), arb(1), 1)  # may be negative
    crossed = arb_mat([[0.0, 2.0], [2.0, 0.0]])
    assert not spectrum._positive_definite(crossed, arb(1), 1)
    assert spectrum._positive_definite(crossed, arb(3), 1)


def test_without_any_certificate_the_norm_is_below_that_of_frobenius(monkeypatch):
    monkeypatch.setattr(spectrum, "_positive_definite", lambda *args: False)
    found = symmetric_norm(arb_mat([[0.3, 0.0], [0.0, 0.4]]))
    assert float(found.upper()) == pytest.approx(0.5)
    assert found.lower() > 0.39


def test_the_lower_end_is_that_of_the_quotient():
    found = symmetric_norm(arb_mat([[arb(1, 0.25)]]))
    assert float(found.lower()) <= 0.75 + 1e-9
    assert float(found.upper()) >= 1.25 - 1e-9
