"""False if a statement fails on small instances, a control stands, or draws are judged wrongly."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction
from math import comb

import pytest
import torch

from numerics.weightnorm.generalization import enumerated
from verify import VerifyError
from verify.attack import Budget, attack
from verify.attack.cli import main
from verify.check import check, unmet
from verify.controls import refute
from verify.families import Registry, all_claims, all_controls, all_trials
from verify.probability import Trial, check_draws, tried
from verify.report.summary import of_draws
from verify.verdict import Verdict
from verify.weightnorm.generalization import likelihood
from verify.weightnorm.generalization.cases import DrawCase, FiniteCase, SignCase
from verify.weightnorm.generalization.claims import finite_claims, likely
from verify.weightnorm.generalization.sources import settings

NAMES = (*finite_claims(), "linear.deviation")
GOOD = {Verdict.HOLDS, Verdict.TIGHT}


@pytest.mark.parametrize("name", NAMES)
def test_a_statement_holds_at_the_corners_and_on_random_instances(name):
    claim = all_claims()[name]
    corners = claim.subject.corners(claim, 0)
    found = [check(claim, case) for case in corners if not unmet(claim, case)]
    for shape in claim.subject.shapes(claim)[:2]:
        found.append(check(claim, claim.subject.drawn(shape, 2, 5, claim)))
    assert found
    assert {each.verdict for each in found} <= GOOD


@pytest.mark.parametrize(
    "control",
    [c for c in all_controls() if c.name.startswith("generalization_bound") and c.trial is None],
    ids=lambda c: c.name,
)
def test_a_statement_made_wrong_is_refuted_at_a_corner(control):
    claim = control.claim
    cases = (case for case in claim.subject.corners(claim, 0) if not unmet(claim, case))
    assert any(check(claim, case).verdict is Verdict.VIOLATED for case in cases)


def test_the_step_from_balanced_to_iid_signs_is_attained_by_all_balanced_vectors():
    claim = finite_claims()["generalization.balanced"]
    corners = list(claim.subject.corners(claim, 0))
    found = [check(claim, case) for case in corners]
    assert {each.verdict for each in found} <= GOOD
    assert min(each.best_ratio for each in found) > 1.0 - 1e-9


def test_expectations_are_those_of_a_slow_loop():
    generator = torch.Generator().manual_seed(3)
    g = torch.randn(1, 2, 3, generator=generator, dtype=torch.float64)
    p = torch.tensor([[0.5, 0.3, 0.2]], dtype=torch.float64)
    draws = torch.multinomial(p[0], 200_000, replacement=True, generator=generator).reshape(-1, 2)
    means = g[0][:, draws].mean(-1)
    slow = ((g[0] @ p[0]).unsqueeze(-1) - means).amax(0).mean()
    fast = enumerated.expected_supremum(g, p, 2)
    assert float(fast.value) == pytest.approx(float(slow), abs=0.01)
    signs = 2.0 * torch.randint(0, 2, (50_000, 4), generator=generator).double() - 1.0
    four = torch.multinomial(p[0], 200_000, replacement=True, generator=generator).reshape(-1, 4)
    slow = (g[0][:, four] * signs).sum(-1).amax(0).mean() / 4
    fast = enumerated.rademacher_at_twice(g, p, 2)
    assert float(fast.value) == pytest.approx(float(slow), abs=0.01)


def test_the_central_binomial_is_the_exact_fraction_and_of_any_size():
    sizes = [*range(1, 200), 1000, 3000]
    found = enumerated.central_binomial(torch.tensor(sizes, dtype=torch.float64))
    for n, low, high in zip(sizes, found.lower.tolist(), found.upper.tolist(), strict=True):
        assert Fraction(low) <= Fraction(comb(2 * n, n), 4**n) <= Fraction(high)
        assert high <= low * (1 + 2e-15)
    for n in (10**7, 10**15, 10**300):  # whose fraction has more digits than there is memory
        found = enumerated.central_binomial(torch.tensor([n], dtype=torch.float64))
        low, high = float(found.lower), float(found.upper)
        assert low <= (math.pi * n) ** -0.5 * (1 - 1 / (8 * n)) * (1 + 1e-15)
        assert high >= (math.pi * n) ** -0.5 * (1 - 1 / (8 * n)) * (1 - 1e-15)
        assert high <= low * (1 + 2e-15)


def test_a_search_over_sample_sizes_ends():
    result = attack(all_claims()["generalization.central_binomial"], budget=Budget(400), seed=1)
    assert not result.refuted


def test_the_ball_forms_agree_with_float64():
    for claim in finite_claims().values():
        if claim.quantity.exact is None:
            continue
        for case in claim.subject.corners(claim, 0):
            view = claim.subject.in_balls(case, claim.quantity, 0)
            truth = case.truth(claim.quantity)
            ball = claim.quantity.exact(view)
            assert float(truth.lower[0]) <= float(ball.upper()) + 1e-300
            assert float(ball.lower()) <= float(truth.upper[0]) + 1e-300


@pytest.mark.parametrize("parts, words", [
    ({"g": torch.ones(1, 2, 2), "p": torch.tensor([[1.0, -0.5]])}, "p"),
    ({"g": torch.full((1, 2, 2), float("nan")), "p": torch.ones(1, 2)}, "parts"),
])  # fmt: skip
def test_a_population_with_negative_chances_or_nan_is_no_case(parts, words):
    with pytest.raises(VerifyError, match=words):
        FiniteCase(parts={k: v.double() for k, v in parts.items()})
    with pytest.raises(VerifyError, match="a"):
        SignCase(parts={"a": torch.ones(1, 1, 3).double()})


QUICK = [s for s in settings() if s.quick]
TRAINED = ("margin", "square", "vote", "linear")
TRIALS = likelihood.trials()


def ids(trial: Trial) -> str:
    return f"{trial.claim.name}: {trial.words}"


@pytest.mark.parametrize(
    "trial", [t for t in TRIALS if not t.dear and not t.words.startswith(TRAINED)], ids=ids
)
def test_a_statement_with_probability_holds_on_draws_with_a_known_truth(trial):
    found = tried(trial, seed=1)
    assert found.verdict is Verdict.HOLDS, found.sentence
    assert found.open == 0
    assert (found.worst < 1.0) == (found.failures == 0)


@pytest.mark.slow
@pytest.mark.parametrize("trial", TRIALS, ids=ids)
def test_a_certificate_of_a_trained_network_holds_on_draws(trial):
    found = tried(trial, seed=2)
    assert found.verdict is Verdict.HOLDS, found.sentence


def test_halved_statements_fall_on_the_memorizer_and_not_by_training():
    """Training in 20 dimensions refutes no halved bound: the adversary makes it a control."""
    right = likely()["generalization.margin"]
    wrong = replace(right, bound=replace(right.bound, expression=right.bound.expression / 2))
    memory = next(s for s in QUICK if s.words.startswith("memorizer, L = 1, n = 100"))
    found = check_draws(wrong, memory.draw, draws=300, batch=250)
    assert found.verdict is Verdict.VIOLATED
    assert found.failures == 300


def test_the_memorizer_uses_all_but_a_root_two_of_the_allowance():
    claim = likely()["generalization.margin"]
    memory = next(s for s in QUICK if "n = 1e+06," in s.words)
    worst = check_draws(claim, memory.draw, draws=1, batch=1).worst
    assert worst == pytest.approx(0.7062, abs=5e-4)
    assert worst < 0.5**0.5


def test_every_statement_is_drawn_and_every_setting_says_of_what():
    drawn = {f"generalization.{name}" for setting in settings() for name in setting.claims}
    assert drawn == set(likely())
    assert len({setting.words for setting in settings()}) == len(settings())


def test_a_missing_column_is_an_error_with_a_name():
    case = DrawCase(parts={"truth": torch.zeros(2).double()})
    with pytest.raises(VerifyError, match="doubt"):
        case["doubt"]


@pytest.mark.parametrize("control", likelihood.made(), ids=lambda c: c.name)
def test_every_wrong_statement_with_probability_falls_on_its_adversary(control):
    found = refute(control)
    assert found.refuted, found.witness
    assert control.base in likely()


@pytest.mark.parametrize("simpler", likelihood.unrefuted())
def test_what_is_called_open_does_not_fall(simpler):
    """Should one of these be refuted one day, it becomes a negative control."""
    found = tried(likelihood.unrefuted()[simpler])
    assert found.verdict is not Verdict.VIOLATED, found.sentence


def test_claims_of_certificates_are_known_to_every_door():
    """One judge: the attack, the report and the controls name them like any other claim."""
    mine = {trial.claim.name for trial in TRIALS}
    assert mine <= {trial.claim.name for trial in all_trials()}
    assert {control.name for control in likelihood.made()} <= {c.name for c in all_controls()}
    assert {trial.claim.name for trial in TRIALS if not trial.dear} == mine  # a row in every report


def test_the_attack_judges_them_on_draws_and_divides_the_budget(capsys):
    few = Registry(trials=lambda: [t for t in TRIALS if t.words.startswith("memorizer, L = 8")])
    assert main(["bounds", "--only", "generalization.margin", "--evaluations", "20"], few) == 0
    printed = capsys.readouterr().out
    assert "generalization.margin" in printed
    assert "memorizer, L = 8, n = 100, d = 10000" in printed


def test_the_attack_refutes_wrong_ones_and_names_the_nearest_of_none(capsys):
    assert main(["controls", "--only", "generalization_bound.half"]) == 0
    assert "violated" in capsys.readouterr().out
    assert main(["bounds", "--only", "generalization.zzz"]) == 2
    assert "nearest:" in capsys.readouterr().err


def test_distributions_of_one_claim_are_one_row_and_the_worst_one_decides():
    few = [t for t in TRIALS if t.claim.name == "generalization.margin" and "memorizer" in t.words]
    held = [(trial, tried(trial, draws=300)) for trial in few if not trial.dear]
    row = of_draws(held)
    assert (row.verdict, row.networks) == (Verdict.HOLDS, 300 * len(held))
    assert row.worst_ratio == max(draws.worst for _, draws in held)
    broken = replace(held[0][1], verdict=Verdict.VIOLATED, failures=300)
    row = of_draws([*held, (held[0][0], broken)])
    assert row.verdict is Verdict.VIOLATED
    assert "300 of 300" in row.worst_label
