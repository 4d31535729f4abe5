"""Python functions are float64: noise never refutes, a real violation does, and the grade says so.

Every entry of `ALARMS` is a true theorem whose naive formula breaks it by rounding alone (the plain
float64 comparison says so first); every entry of `FALSE` fails by 1e-6 or more.
"""

from __future__ import annotations

import pytest
import sympy as sp
import torch

import verify
from verify import Claim, Grade, Verdict

x, r = sp.Symbol("x", real=True), sp.Symbol("r", nonnegative=True)
HALF, LOG8 = sp.Rational(1, 2), sp.log(8)
LESS = 1 - sp.Rational(1, 10**6)


def scalars(low, high):
    """10^u, u uniform."""

    def draw(generator, count):
        u = torch.rand(count, generator=generator, dtype=torch.float64)
        return {"x": 10.0 ** (low + (high - low) * u)}

    return draw


def gaussian(scale=1.0, shift=0.0, n=8):
    def draw(generator, count):
        drawn = torch.randn(count, n, generator=generator, dtype=torch.float64)
        return {"a": shift + scale * drawn}

    return draw


def pairs(distance):
    """Two vectors, nearly equal."""

    def draw(generator, count):
        a, step = torch.randn(2, count, 8, generator=generator, dtype=torch.float64)
        return {"a": a, "b": a + distance * step}

    return draw


def matrices(distance):
    def draw(generator, count):
        a, step = torch.randn(2, count, 4, 4, generator=generator, dtype=torch.float64)
        a = a + a.mT
        return {"a": a, "b": a + distance * (step + step.mT)}

    return draw


def shifted_matrices(generator, count):
    a = torch.randn(count, 4, 4, generator=generator, dtype=torch.float64)
    return {"a": a + a.mT, "b": a + a.mT + torch.eye(4, dtype=torch.float64)}


def parallel(generator, count):
    a = torch.randn(count, 8, generator=generator, dtype=torch.float64)
    return {"a": a, "b": 2.0 * a}


def signs(generator, count):
    half = torch.ones(count, 4, dtype=torch.float64)
    return {"a": torch.cat([half, -half], -1)}


def entropy(a):
    p = torch.softmax(a, -1)
    return -(p * p.log()).sum(-1)


def norms_apart(a, b):
    return torch.linalg.vector_norm(a, dim=-1) - torch.linalg.vector_norm(b, dim=-1)


def distance(a, b):
    return torch.linalg.vector_norm(a - b, dim=-1)


def variance(a):
    return a.square().mean(-1) - a.mean(-1).square()


def quarter_range(a):
    return (a.amax(-1) - a.amin(-1)).square() / 4


def tops_apart(a, b):
    """Symmetrized, since a search moves every entry by itself."""
    top = [torch.linalg.eigvalsh(matrix + matrix.mT)[:, -1] for matrix in (a, b)]
    return top[0] - top[1]


def matrices_apart(a, b):
    return torch.linalg.matrix_norm((a - b) + (a - b).mT, ord=2)


def inner(a, b):
    return (a * b).sum(-1)


def norms(a, b):
    return torch.linalg.vector_norm(a, dim=-1) * torch.linalg.vector_norm(b, dim=-1)


def divergence(a):
    """KL(p || uniform) from log-probabilities."""
    p = torch.softmax(a, -1)
    return (p * (p / 0.125).log()).sum(-1)


def half_distance_squared(a):
    return (torch.softmax(a, -1) - 0.125).abs().sum(-1).square() / 2


ALARMS = {
    "1 - cos": ((lambda x: (1 - torch.cos(x)) / x**2), HALF, scalars(-9, -6), {}),
    "log": ((lambda x: torch.log(1 + x)), x, scalars(-16, -8), {}),
    "root": ((lambda x: torch.sqrt(1 + x) - 1), x / 2, scalars(-16, -8), {}),
    "exponential": ((lambda x: (torch.exp(x) - 1) / x), sp.exp(x), scalars(-16, -9), {}),
    "sine": ((lambda x: x - torch.sin(x)), x**3 / 6, scalars(-5, -2), {}),
    "tanh": (
        (lambda x: (torch.exp(2 * x) - 1) / (torch.exp(2 * x) + 1)), x, scalars(-16, -8), {}
    ),
    "entropy": (entropy, LOG8, gaussian(1e-9), {}),
    "reverse triangle": (norms_apart, r, pairs(1e-16), {"r": distance}),
    "Popoviciu": (variance, r, gaussian(1e-3, 1e7), {"r": quarter_range}),
    "Weyl": (tops_apart, r, matrices(1e-16), {"r": matrices_apart}),
    "Cauchy-Schwarz": (inner, r, pairs(1e-12), {"r": norms}),
    "Pinsker": (half_distance_squared, r, gaussian(1e-9), {"r": divergence}),
}
FALSE = {
    "1 - cos": ((lambda x: (1 - torch.cos(x)) / x**2), HALF * LESS, scalars(-4, -3.5), {}),
    "log": ((lambda x: torch.log(1 + x)), x * LESS, scalars(-7, -6.5), {}),
    "exponential": ((lambda x: (torch.exp(x) - 1) / x), 1 + x / 4, scalars(-5, -4), {}),
    "sine": ((lambda x: x - torch.sin(x)), x**3 / 6 * (1 - x**2 / 10), scalars(-2, -1.5), {}),
    "entropy": (entropy, LOG8 * LESS, gaussian(1e-6), {}),
    "reverse triangle": (norms_apart, r * LESS, lambda g, n: {
        key: (2.0 if key == "a" else 1.0) * value for key, value in pairs(0.0)(g, n).items()
    }, {"r": distance}),
    "Popoviciu": (variance, r * LESS, signs, {"r": quarter_range}),
    "Weyl": ((lambda a, b: tops_apart(b, a)), r * LESS, shifted_matrices, {"r": matrices_apart}),
    "Cauchy-Schwarz": (inner, r * LESS, parallel, {"r": norms}),
    "Pinsker": (
        (lambda a: 1.01 * half_distance_squared(a)), r,
        (lambda generator, count: {"a": 0.01 * signs(generator, count)["a"]}), {"r": divergence},
    ),
}  # fmt: skip


def claim_of(entry) -> Claim:
    left, right, sampler, measures = entry
    return Claim.of("mine", left, right, sampler=sampler, measures=measures)


def drawn(claim: Claim, seed: int = 0):
    (shape,) = claim.subject.shapes(claim)
    return claim.subject.drawn(shape, 256, seed)


def plain_gap(entry):
    """truth - right side in plain float64, (B,)."""
    left, right, _, measures = entry
    values = drawn(claim_of(entry)).values
    given = {name: function(**values) for name, function in measures.items()}
    numbers = {s: given.get(str(s), values.get(str(s))) for s in right.free_symbols}
    evaluated = sp.lambdify(list(numbers), right, "numpy")(*(v.numpy() for v in numbers.values()))
    return left(**values) - torch.as_tensor(evaluated)


@pytest.mark.parametrize("name", ALARMS)
def test_a_true_claim_that_rounding_breaks_is_never_refuted(name):
    entry = ALARMS[name]
    assert bool((plain_gap(entry) > 0).any()), "no false alarm to begin with"
    claim = claim_of(entry)
    for seed in range(3):
        found = verify.check(claim, drawn(claim, seed))
        assert found.verdict is not Verdict.VIOLATED  # open is what rounding leaves it
        assert found.best_ratio <= 1.0


@pytest.mark.parametrize("name", FALSE)
def test_a_violation_outside_the_allowance_is_one_and_its_grade_says_how_it_was_confirmed(name):
    claim = claim_of(FALSE[name])
    found = verify.check(claim, drawn(claim))
    assert found.verdict is Verdict.VIOLATED
    assert found.grade is Grade.PERTURBED
    assert "confirmed under perturbation" in found.evidence.sentence


@pytest.mark.parametrize("name", ["1 - cos", "log", "Popoviciu", "Weyl"])
def test_the_search_is_not_led_into_noise(name):
    found = verify.investigate(claim_of(ALARMS[name]), evaluations=400)
    assert found.verdict is not Verdict.VIOLATED  # open is what rounding leaves it
    assert found.best_ratio <= 1.0


def test_what_is_open_to_rounding_says_so_and_shows_the_point():
    found = verify.investigate(claim_of(ALARMS["1 - cos"]), evaluations=100)
    assert found.verdict is Verdict.UNDECIDED
    said = str(found)
    assert "to rounding" in said
    assert "x = " in said


def test_holds_is_no_rounding_accident():
    """(1 - cos x)/x^2 is 0 in float64 where the truth is 1/2: below 0.4 by accident alone."""
    claim = claim_of((ALARMS["1 - cos"][0], sp.Rational(2, 5), scalars(-10, -9), {}))
    assert verify.check(claim, drawn(claim)).verdict is Verdict.UNDECIDED


@pytest.mark.parametrize(
    "left, exit_",
    [
        (lambda x: torch.from_numpy(x.numpy().copy()), "numpy"),
        (lambda x: torch.tensor([float(v) for v in x], dtype=torch.float64), "float"),
        (lambda x: x * x.max().item(), "item"),
        (lambda x: torch.tensor(x.tolist(), dtype=torch.float64), "tolist"),
    ],
)
def test_a_function_that_leaves_torch_is_refused_since_nothing_can_measure_its_rounding(
    left, exit_
):
    with pytest.raises(verify.VerifyError, match=f"leave torch .*{exit_}"):
        claim_of((left, x, scalars(-1, 0), {}))


def test_the_same_function_is_measured_the_same_way_twice():
    claim = claim_of(FALSE["Weyl"])
    first, second = (verify.check(claim, drawn(claim)) for _ in range(2))
    assert torch.equal(first.lower, second.lower)
    assert torch.equal(first.upper, second.upper)


def matrices(n, scale=1.0):
    def draw(generator, count):
        return {"a": scale * torch.randn(count, n, n, generator=generator, dtype=torch.float64)}

    return draw


def rebuilt(a):
    """||U S V - A|| of a singular value decomposition: 0, and noise of a length in float64."""
    u, s, v = torch.linalg.svd(a)
    return torch.linalg.matrix_norm(u * s.unsqueeze(-2) @ v - a)


def norm(a):
    return torch.linalg.vector_norm(a.flatten(1), dim=-1)


def largest(a):
    return a.abs().amax((-2, -1))


@pytest.mark.parametrize("n", [3, 6])
def test_the_length_of_many_rounding_errors_is_noise(n):
    """Its spread is far smaller than itself: one unit moves the norm of noise by a fraction."""
    claim = Claim.of("rebuilt", rebuilt, 0, sampler=matrices(n))
    case = next(iter(claim.subject.corners(claim, 0)))
    found = verify.check(claim, case)
    assert found.verdict is Verdict.UNDECIDED


def test_a_norm_whose_squares_vanish_is_not_taken_for_zero():
    """||a|| >= max |a| was violated by 122 decades at a = 1e-200."""
    draw = matrices(2, 1e-200)
    claim = Claim.of("norm", norm, r, sense=">=", sampler=draw, measures={"r": largest})
    case = next(iter(claim.subject.corners(claim, 0)))
    assert verify.check(claim, case).verdict is not Verdict.VIOLATED
