"""The integrals of the tangent kernel's eigenvalues, and the claims that rest on them (R1, R2)."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import torch

from numerics import NumericsError
from numerics.diagonal_linear import (
    Flow,
    Population,
    kernel_rates,
    polar_flow,
    random_instance,
    tangent_kernel,
)
from verify.check import check, unmet
from verify.diagonal_linear.subject import claims


@pytest.mark.parametrize(("seed", "depth"), [(0, 2), (1, 3), (2, 4)])
def test_the_integrals_are_those_of_a_fine_grid(seed, depth):
    """Slow oracle: the trapezoid rule over 4,001 times of the flow, eigenvalues one by one."""
    one = random_instance(seed, 2, 5, Population.GAUSSIAN, depth=depth)
    flow, times = Flow(depth, one.eta), torch.linspace(0.0, 0.4, 4001, dtype=torch.float64)
    run = polar_flow(one.matrix, one.right, one.start, eta=one.eta, depth=depth, times=times)
    kernels = [
        tangent_kernel(run.matrix, float(g), u, flow) for g, u in zip(run.g, run.u, strict=True)
    ]
    spectra = np.linalg.eigvalsh(torch.stack(kernels).numpy())
    grams = (run.matrix * run.x[:, None] ** (2 - 2 / depth)) @ run.matrix.mT
    floor = np.minimum(1.0, one.eta * run.g.numpy() ** 2) * np.linalg.eigvalsh(grams.numpy())[:, 0]
    wanted = [np.trapezoid(v, times.numpy()) for v in (spectra[:, 0], spectra[:, -1], floor)]
    found = kernel_rates(
        one.matrix, one.right, one.start, eta=one.eta, depth=depth, time=0.4, rtol=1e-12
    )
    assert [found.low, found.high, found.floor] == pytest.approx(wanted, rel=2e-5)
    assert depth**2 * found.floor <= found.low < found.high


def test_an_integral_does_not_depend_on_a_grid_of_times():
    """The kernel falls by 99 % in the first hundredth of this run: sums over 81 times in [0, t]
    were wrong by 3e-3, and the claim stayed open there."""
    claim = claims()["diagonal_linear.loss.kernel_rate"]
    cases = itertools.islice(claim.subject.corners(claim, 0), 60)
    case = next(c for c in cases if c.label == "mixed signs, L = 4, 5, 0.3")
    given = (case.matrix[0], case.right[0], case.start(0))
    options = {"eta": float(case.eta[0]), "depth": 4, "time": 0.3}
    fine, rough = (kernel_rates(*given, **options, rtol=rtol) for rtol in (1e-13, 1e-11))
    assert rough.low == pytest.approx(fine.low, rel=1e-10)
    times = torch.tensor([0.0, 0.3], dtype=torch.float64)
    run = polar_flow(*given, eta=options["eta"], depth=4, times=times, rtol=1e-13)
    # one equation: the rate is exact
    assert float(run.loss[-1]) == pytest.approx(
        float(run.loss[0]) * math.exp(-2 * fine.low), rel=1e-8
    )


def _verdicts(name: str, labels: tuple[str, ...] = ()) -> dict[str, str]:
    claim = claims()[f"diagonal_linear.{name}"]
    cases = itertools.islice(claim.subject.corners(claim, 0), 34)
    met = (c for c in cases if c.origin == "structured" and not unmet(claim, c))
    asked = [case for case in met if case.t[0] < 0.3 and (not labels or case.label in labels)]
    return {case.label: check(claim, case).verdict.value for case in asked}


def test_the_rate_of_the_kernel_is_an_equality_for_one_equation():
    labels = ("mixed signs, L = 4, 5, 3",)
    assert _verdicts("loss.kernel_rate", labels) == dict.fromkeys(labels, "tight")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["loss.kernel_rate", "loss.kernel_rate.lower", "loss.rate"])
def test_the_rate_of_the_kernel_is_open_at_no_structured_problem(name):
    found = _verdicts(name)
    assert len(found) >= 12
    assert set(found.values()) <= {"holds", "tight"}, found


def test_a_time_that_is_not_positive_has_no_integral():
    matrix, right = torch.ones(1, 2, dtype=torch.float64), torch.ones(1, dtype=torch.float64)
    with pytest.raises(NumericsError, match="time"):
        kernel_rates(matrix, right, torch.ones(2, dtype=torch.float64), eta=1.0, time=0.0)
