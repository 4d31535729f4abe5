"""Samplers and functions of samples that misbehave are named; what is infinite is a doubt."""

from __future__ import annotations

import pytest
import sympy as sp
import torch

import verify
from verify import Claim, VerifyError

x, s = sp.symbols("x s", nonnegative=True)


def line(generator, count):
    return {"x": torch.rand(count, generator=generator, dtype=torch.float64)}


def returning(value):
    return lambda generator, count: {"x": value(count)}


@pytest.mark.parametrize(
    "sampler, culprit",
    [
        (returning(lambda n: 2 * torch.ones(n, dtype=torch.float64)), "outside the domain: x=2"),
        (returning(lambda n: -torch.ones(n, dtype=torch.float64)), "outside the domain: x=-1"),
        (returning(lambda n: torch.full((n,), torch.nan, dtype=torch.float64)), "NaN or infinity"),
        (returning(lambda n: torch.zeros(n)), "float32"),
        (returning(lambda n: torch.zeros(n + 1, dtype=torch.float64)), "length"),
        (returning(lambda n: 3.0), "float"),
        (lambda generator, count: [1.0], "list"),
        (lambda generator, count: {}, "dict"),
        (lambda generator, count: None, "NoneType"),
        (lambda generator, count: {"x": torch.rand(count, dtype=torch.float64)}, "two different"),
        (returning(lambda n: torch.ones(n, 2, dtype=torch.float64)), r"shape \(2,\)"),
        (lambda generator, count: {"y": line(generator, count)["x"]}, "no such number"),
    ],
)  # fmt: skip
def test_a_sampler_that_leaves_the_domain_or_returns_nonsense_is_named(sampler, culprit):
    with pytest.raises(VerifyError, match=culprit):
        Claim.of("mine", x, x + 1, sampler=sampler, where=[x <= 1])


def test_an_infinite_quantity_is_undecided_not_an_error():
    claim = Claim.of("mine", lambda x: x / 0 * 1.0, 1 + s, sampler=line, measures={"s": abs_of})
    found = verify.investigate(claim, evaluations=256)
    assert found.verdict is verify.Verdict.UNDECIDED


def abs_of(x):
    return x.abs()


def tiny(generator, count):
    return {"x": 1e-300 * (1 + torch.rand(count, generator=generator, dtype=torch.float64))}


def wide(generator, count):
    return {"a": 1e200 * torch.rand(count, 3, generator=generator, dtype=torch.float64)}


def test_a_candidate_that_the_right_side_refuses_does_not_end_the_search():
    """Polishing numbers near 1e-300 gave NaN, and a start of zeros a positive symbol the value 0:
    each ended the investigation in an error of the bound."""
    x, r = sp.Symbol("x", real=True), sp.Symbol("r", positive=True)
    false = verify.Claim.of("tiny", lambda x: x * 1.01, x, sampler=tiny)
    assert verify.investigate(false, evaluations=100).verdict is verify.Verdict.VIOLATED
    sums = {"r": lambda a: a.abs().sum(-1)}
    true = verify.Claim.of(
        "wide", lambda a: a.abs().amax(-1), r, sampler=wide, measures=sums
    )
    assert verify.investigate(true, evaluations=100).verdict is not verify.Verdict.VIOLATED


def test_a_singular_matrix_at_one_candidate_does_not_end_the_search():
    """torch raised LinAlgError where there is no inverse, or no derivative of an eigenvalue."""
    place = {"a": verify.domain.box(-1, 1, (2, 2))}

    def inverse(a):
        return torch.linalg.inv(a).abs().amax((-2, -1))

    def radius(a):
        return torch.linalg.eigvals(a).abs().amax(-1)

    for name, function, right in (("inverse", inverse, 3), ("radius", radius, 1)):
        claim = verify.Claim.of(name, function, right, domain=place)
        assert verify.investigate(claim, evaluations=100).verdict is verify.Verdict.VIOLATED
