"""The steps: exact recursions, phase rates, the two-phase guarantee, and wrong rates refuted."""

from __future__ import annotations

import math

import pytest
import torch

from numerics import NumericsError
from numerics.least_squares import (
    Start,
    exact_scale,
    frozen_scale,
    simultaneous,
    step_defect,
    two_phase,
)
from numerics.least_squares.flow import kernel_part, row_basis
from tests.least_squares.test_limit import draw

SEEDS = range(25)


def kernel_lengths(matrix: torch.Tensor, w: torch.Tensor) -> torch.Tensor:
    return torch.linalg.vector_norm(kernel_part(row_basis(matrix), w), dim=-1)


def turned(seed: int) -> tuple[torch.Tensor, torch.Tensor, Start, float, float, float]:
    """A, y, a start with <Aw_0, y> > 0, and kap_0, sigma^2, s^2."""
    matrix, right, start, _ = draw(seed)
    w = start.direction / torch.linalg.vector_norm(start.direction)
    image = matrix @ w
    kap = float(image @ right)
    direction = start.direction if kap > 0 else -start.direction
    top = float(torch.linalg.matrix_norm(matrix, ord=2)) ** 2
    return matrix, right, Start.of(1.0, direction), abs(kap), top, float(image @ image)


@pytest.mark.parametrize("seed", SEEDS)
def test_phase_one_shrinks_the_kernel_by_two_thirds_and_no_more_is_promised(seed):
    """W8, W9: w+^perp = w^perp/||v|| exactly; ||v|| >= 1 + eta m; ||w_k^perp|| <= a (2/3)^k."""
    matrix, right, start, kap, top, size = turned(seed)
    if matrix.shape[0] == matrix.shape[1]:
        pytest.skip("no kernel")
    g = kap / (top + size)
    found = frozen_scale(matrix, right, Start.of(g, start.direction), steps=40)
    lengths = kernel_lengths(matrix, found.w)
    known = lengths[1:] > 1e-11
    recursion = lengths[:-1] / found.lengths
    assert float((lengths[1:] / recursion - 1.0).abs()[known].max()) < 1e-3
    eta, m = 1.0 / (g**2 * top), g * kap - 0.5 * g**2 * (top + size)
    assert bool((found.lengths >= (1.0 + eta * m) * (1.0 - 1e-12)).all())
    steps = torch.arange(41, dtype=torch.float64)
    assert bool((lengths <= lengths[0] * (2.0 / 3.0) ** steps * (1 + 1e-9) + 1e-12).all())
    assert bool((found.loss.diff() <= 1e-12).all())
    gain = (found.lengths - found.tau) / eta
    assert bool((found.loss[1:] <= found.loss[:-1] - gain + 1e-10 * found.loss[0]).all())
    assert bool((found.tau <= found.lengths * (1 + 1e-12)).all())


def test_a_rate_twice_as_fast_in_phase_one_is_refuted():
    worst = math.inf
    for seed in SEEDS:
        matrix, right, start, kap, top, size = turned(seed)
        g = kap / (top + size)
        found = frozen_scale(matrix, right, Start.of(g, start.direction), steps=60)
        eta, m = 1.0 / (g**2 * top), g * kap - 0.5 * g**2 * (top + size)
        worst = min(worst, float((found.lengths / (1.0 + 2.0 * eta * m)).min()))
    assert worst < 1.0


def test_orthonormal_rows_have_the_closed_form():
    """tau_k + 1/(th-1) = th^k (tau_0 + 1/(th-1)), tau_k = ||w_k^perp||^-2, th = X/g^2."""
    g = torch.Generator().manual_seed(2)
    rows = torch.linalg.qr(torch.randn(7, 3, generator=g, dtype=torch.float64))[0].mT
    right = torch.randn(3, generator=g, dtype=torch.float64)
    direction = torch.randn(7, generator=g, dtype=torch.float64)
    scale = 0.5 * float(torch.linalg.vector_norm(right))
    found = frozen_scale(rows, right, Start.of(scale, direction), steps=12)
    tau = kernel_lengths(rows, found.w) ** -2.0
    th = float(right @ right) / scale**2
    shift = 1.0 / (th - 1.0)
    powers = th ** torch.arange(13, dtype=torch.float64)
    assert float(((tau + shift) / (powers * (tau[0] + shift)) - 1.0).abs().max()) < 1e-9


@pytest.mark.parametrize("seed", SEEDS)
def test_phase_two_contracts_at_the_rate_of_its_angle(seed):
    """W10: f+ <= f (1 - 2/(kappa (1 + sec th_k))), th_k and ||w^perp|| nonincreasing."""
    matrix, right, start, *_ = turned(seed)
    found = exact_scale(matrix, right, start, steps=150)
    image = found.w @ matrix.mT
    cosine = (image @ right) / (
        torch.linalg.vector_norm(image, dim=-1) * torch.linalg.vector_norm(right)
    )
    values = torch.linalg.svdvals(matrix)
    kappa = float((values[0] / values[-1]) ** 2)
    rate = 1.0 - 2.0 / (kappa * (1.0 + 1.0 / cosine[:-1]))
    live = found.loss[:-1] > 1e-20 * found.loss[0].clamp_min(1e-300)
    assert bool((found.loss[1:] <= found.loss[:-1] * rate * (1 + 1e-6))[live].all())
    assert bool((cosine.diff() >= -1e-12).all())
    assert bool((kernel_lengths(matrix, found.w).diff() <= 1e-12).all())


def test_twice_the_rate_of_phase_two_is_refuted():
    refuted = 0
    for seed in SEEDS:
        matrix, right, start, *_ = turned(seed)
        found = exact_scale(matrix, right, start, steps=60)
        values = torch.linalg.svdvals(matrix)
        kappa = float((values[0] / values[-1]) ** 2)
        live = found.loss[1:] > 1e-18 * found.loss[0]
        refuted += int((found.loss[1:] > found.loss[:-1] * (1.0 - 2.0 / kappa))[live].sum())
    assert refuted > 20


@pytest.mark.parametrize("seed", SEEDS)
def test_two_phases_reach_the_accuracy_they_promise(seed):
    matrix, right, start, *_ = turned(seed)
    solution = torch.linalg.pinv(matrix) @ right
    try:
        found = two_phase(matrix, right, start, accuracy=0.1, limit=20000)
    except NumericsError:
        pytest.skip("too many steps at this condition number")
    error = torch.linalg.vector_norm(found.x - solution) / torch.linalg.vector_norm(solution)
    assert float(error) <= 0.1 * (1 + 1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_simultaneous_steps_keep_the_invariant_up_to_their_bound(seed):
    """W11, and that the invariant alone would be wrong."""
    matrix, right, start, _, top, _ = turned(seed)
    size = float(torch.linalg.vector_norm(torch.linalg.pinv(matrix) @ right))
    step, scale_step = 0.3 / (size**2 * top), 0.3 / top
    begin = Start.of(0.5 * size, start.direction)
    found = simultaneous(matrix, right, begin, step=step, scale_step=scale_step, steps=60)
    live = found.tau > 0.0
    defect, lower, upper = step_defect(found, step=step, scale_step=scale_step)
    slack = 1e-12 * (1.0 + found.g[:-1] ** 2 * step / scale_step)
    assert bool((defect >= lower - slack)[live].all())
    assert bool((defect <= upper + slack)[live].all())
    assert float(defect.abs().max()) > 1e-9


class TestRefusals:
    def test_a_start_at_right_angles(self):
        matrix = torch.tensor([[1.0, 0.0]], dtype=torch.float64)
        start = Start.of(1.0, torch.tensor([0.0, 1.0], dtype=torch.float64))
        with pytest.raises(NumericsError, match="Aw_0, y"):
            two_phase(matrix, torch.ones(1).double(), start, accuracy=0.1)
        with pytest.raises(NumericsError, match="g = 0"):
            frozen_scale(matrix, torch.ones(1).double(), Start.of(0.0, start.direction), steps=1)

    def test_an_accuracy_beyond_the_theorem(self):
        matrix, right, start, *_ = turned(0)
        for accuracy in (0.6, 0.0, -1.0):
            with pytest.raises(NumericsError, match="accuracy"):
                two_phase(matrix, right, start, accuracy=accuracy)
        with pytest.raises(NumericsError, match="steps"):
            two_phase(matrix, right, start, accuracy=1e-6, limit=3)
