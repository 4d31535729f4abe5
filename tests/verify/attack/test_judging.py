"""What wins an attack is judged, kept and counted by rules that no ratio can bend."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch

import verify
from numerics import output_magnitude
from verify import Verdict, VerifyError, claims
from verify.attack import Budget, attack, judge
from verify.attack.ascent import Found, _keep, _usable
from verify.attack.covariance import evolve
from verify.attack.engine import _leads, _spread
from verify.attack.judge import Judge
from verify.attack.meter import Meter
from verify.attack.result import AttackResult
from verify.attack.run import FREE, GROWING, Lead, Run, _mixed
from verify.subject import Shape
from verify.verdict import Grade
from verify.weightnorm.specs import LayerSpec, NetworkSpec
from verify.weightnorm.strategies import case_of

CASE = case_of(NetworkSpec(layers=(LayerSpec(2),), input_dim=2))


def said(verdict: Verdict, ratio: float, cases: int = 1) -> SimpleNamespace:
    """A check as the judge reads it."""
    one = torch.tensor([ratio], dtype=torch.float64)
    return SimpleNamespace(
        verdict=verdict, ratios=one, lower=one, low=one, cases=cases, grade=Grade.FLOAT64,
        claim="claim", reason="why not",
    )  # fmt: skip


@pytest.fixture
def heard(monkeypatch):
    """Let a judge hear cases of which `check` says what the test wants."""

    def hear(*checks: SimpleNamespace) -> Judge:
        found = iter(checks)
        monkeypatch.setattr(judge, "check", lambda claim, case: next(found))
        court = Judge(claims()["gradient"])
        for number, one in enumerate(checks):
            answer = court.hear(f"case {number}", "screen")
            assert answer is (one.verdict is Verdict.VIOLATED)
        return court

    return hear


HELD, BROKEN = Verdict.HOLDS, Verdict.VIOLATED


@pytest.mark.parametrize(
    "checks, kept",
    [
        ([(BROKEN, 1.1), (HELD, 1.5)], 0),  # a larger ratio that does not refute
        ([(HELD, 1.5), (BROKEN, 1.1)], 1),
        ([(BROKEN, 1.1), (BROKEN, 1.5)], 1),
        ([(BROKEN, 1.5), (BROKEN, 1.1)], 0),
        ([(HELD, 0.5), (HELD, 0.9), (HELD, 0.7)], 1),
        ([(Verdict.UNDECIDED, 2.0), (HELD, 0.5)], 0),
    ],
)
def test_the_worst_case_that_was_confirmed_stays(checks, kept, heard):
    court = heard(*(said(*one) for one in checks))
    assert court.case == f"case {kept}"
    assert (court.verdict, court.ratio) == checks[kept]
    assert court.refuted is any(verdict is BROKEN for verdict, _ in checks)


def test_a_ratio_above_1_without_a_violation_refutes_nothing(heard):
    assert not heard(said(Verdict.UNDECIDED, 3.0)).refuted


def test_what_is_not_a_number_or_outside_the_assumptions_is_refused(heard):
    with pytest.raises(VerifyError, match="NaN"):
        heard(said(HELD, float("nan")))
    with pytest.raises(VerifyError, match="why not"):
        heard(said(Verdict.NOT_RUN, 0.0, cases=0))


def test_the_judge_believes_balls_and_not_a_boastful_measure():
    right = claims()["output"]

    def boastful(it):
        found = output_magnitude(it.network, it.x)
        return replace(found, lower=1e9 + found.lower, upper=1e9 + found.upper)

    claim = replace(right, quantity=replace(right.quantity, measure=boastful))
    assert not Judge(claim).hear(CASE, "screen")


@pytest.mark.parametrize("verdict, grade", [(HELD, Grade.SEARCHED), (BROKEN, Grade.FLOAT64)])
def test_a_search_that_refutes_nothing_is_graded_as_a_search(verdict, grade):
    found = AttackResult(
        "c", CASE, Shape(""), 0.5, verdict, Grade.FLOAT64, 3, 0.1, (), "screen", 0
    )
    assert found.evidence.grade is grade


def test_candidates_that_are_no_numbers_are_the_worst():
    values = torch.tensor([float("nan"), 0.5, float("-inf"), float("inf")], dtype=torch.float64)
    assert _usable(values).argsort(descending=True).tolist()[:2] == [3, 1]


def test_each_candidate_keeps_its_best_and_not_its_last():
    best = Found(
        {"t": torch.tensor([1.0, 2.0]).double()}, torch.tensor([0.5, 0.5]).double(), "ascent"
    )
    _keep(best, {"t": torch.tensor([7.0, 8.0]).double()}, torch.tensor([0.75, 0.1]).double())
    assert best.values.tolist() == [0.75, 0.5]
    assert best.point["t"].tolist() == [7.0, 2.0]


@pytest.mark.parametrize("evaluations", [200, 1000])
def test_an_attack_stays_within_its_budget(evaluations):
    found = attack(claims()["output"], budget=Budget(evaluations), seed=3)
    assert 0.2 * evaluations < found.evaluations <= evaluations


def test_a_limit_ends_before_the_budget():
    meter = Meter("claim", Budget(100))
    meter.limit(30)
    meter.spend(30)
    assert meter.left == 0
    meter.limit(1000)
    assert meter.left == 70


class Line:
    """One number on [0, 1]; its margin is the number itself, or what a test says."""

    differentiable = False

    def __init__(self, margin=lambda values: values) -> None:
        self.shape, self._margin = Shape("line"), margin

    def draw(self, count, generator):
        return {"t": torch.rand(count, generator=generator, dtype=torch.float64)}

    def measured(self, point):
        return self._margin(point["t"])

    margin = measured

    def retract(self, point, before):
        return {"t": point["t"].clamp(0.0, 1.0)}

    def rates(self, name):
        return 1.0

    def case(self, point, index):
        return float(point["t"][index])


def test_the_walk_without_gradients_climbs_and_stays_admissible():
    space, draw = Line(), torch.Generator().manual_seed(0)
    point = space.draw(4, draw)
    start = Found(point, space.measured(point), "screen")
    found = evolve(space, start, draw, Meter("claim", Budget(2000)))
    assert bool((found.values >= start.values).all())
    assert found.best == pytest.approx(1.0, abs=1e-3)
    assert bool((found.point["t"] <= 1.0).all())


class Court:
    """Remembers what it heard; says violated of every case above a level."""

    def __init__(self, level: float) -> None:
        self.level, self.cases = level, []

    def hear(self, case, by, shape=None) -> bool:
        self.cases.append(case)
        return case > self.level

    @property
    def refuted(self) -> bool:
        return any(case > self.level for case in self.cases)


def searched(space: Line, court: Court, *, stop: bool, evaluations: int = 2000) -> Court:
    lead = Lead(space, torch.Generator().manual_seed(0))
    run = Run(Meter("claim", Budget(evaluations)), court, evaluations, FREE, 8, stop)
    run.search(iter([lead]), 1)
    return court


def test_the_winner_is_heard_even_if_the_search_does_not_believe_in_a_violation():
    court = searched(Line(lambda t: t - 2), Court(9.0), stop=True)
    assert court.cases
    assert max(court.cases) == pytest.approx(1.0, abs=1e-3)


class Marked(Line):
    """Cases of this one are told by a number."""

    def __init__(self, margin, mark) -> None:
        super().__init__(margin)
        self.mark, self.drawn, self.looked_at = mark, [], []

    def draw(self, count, generator):
        self.drawn.append(count)
        return super().draw(count, generator)

    def margin(self, point):
        self.looked_at.append(len(point["t"]))
        return self.measured(point)

    def case(self, point, index):
        return self.mark


def _rounds(margin, evaluations=4000):
    """Two shapes with this margin begin, and one that waits violates the claim."""
    spaces = [Marked(margin, 1.0), Marked(margin, 2.0), Marked(lambda t: t + 1.0, 99.0)]
    leads = [Lead(space, torch.Generator().manual_seed(i)) for i, space in enumerate(spaces)]
    court = Court(50.0)
    run = Run(Meter("claim", Budget(evaluations)), court, evaluations, GROWING, 8, True)
    return run.search(iter(leads), 2), court, spaces


def test_where_the_bound_is_met_a_shape_that_waits_gets_its_turn():
    refuted, court, _ = _rounds(lambda t: -((t - 0.3) ** 2))
    assert refuted
    assert 99.0 in court.cases


def test_where_it_is_not_met_the_budget_stays_with_the_shapes_it_began_with():
    refuted, _, spaces = _rounds(lambda t: t - 3.0)
    assert not refuted
    assert not spaces[2].drawn


def test_where_it_is_met_starts_are_evaluated_by_lot():
    """More are drawn than looked at, so that those that look best are not preferred."""
    space, meter = Marked(lambda t: -((t - 0.3) ** 2), 1.0), Meter("claim", Budget(4000))
    run = Run(meter, Court(9.0), 4000, GROWING, 8, True)
    lead = Lead(space, torch.Generator().manual_seed(0))
    run._round([lead], 800)
    run._round([lead], 800)
    assert list(zip(space.drawn, space.looked_at, strict=True)) == [(16, 16), (16, 8)]


def test_a_climb_starts_from_the_best_and_from_others_by_lot():
    fresh = Found({"t": torch.linspace(0, 1, 16).double()}, -torch.arange(16.0).double(), "screen")
    met = {"t": torch.full((8,), 0.3, dtype=torch.float64)}
    best = Found(met, torch.zeros(8, dtype=torch.float64), "ascent")
    start = _mixed(best, fresh, 8, 6, torch.Generator().manual_seed(0))
    assert int((start.point["t"] == 0.3).sum()) == 2
    assert len(set(start.point["t"].tolist())) == 7
    assert bool((start.values[2:] < -5).any())


def test_what_growth_does_not_use_goes_into_another_round():
    """Two draws in the first round, one each in the second and after growth, two at the end."""
    *_, spaces = _rounds(lambda t: t - 3.0)
    assert sum(len(space.drawn) for space in spaces) == 6


def test_the_second_and_third_best_are_heard_where_the_best_is_no_violation():
    court = searched(Line(lambda t: 1 - (t - 0.3) ** 2), Court(9.0), stop=True)
    assert len(set(court.cases)) >= 3


class Flat(Line):
    """Its margin has a gradient that says nothing; only what is measured grows."""

    differentiable = True

    def margin(self, point):
        return 0.0 * point["t"] - 2.0

    def measured(self, point):
        return point["t"] - 2.0


def test_what_gradients_do_not_see_is_found_by_the_second_opinion():
    court = searched(Flat(), Court(9.0), stop=True)
    assert max(court.cases) == pytest.approx(1.0, abs=1e-3)


def test_a_search_ends_at_the_first_confirmed_violation():
    assert len(searched(Line(), Court(-1.0), stop=True).cases) == 1
    assert len(searched(Line(), Court(-1.0), stop=False).cases) > 1


class Tower(Line):
    """Storeys, each worth one more than that below it, up to five."""

    differentiable, claim = True, None

    def __init__(self, storey: int = 0) -> None:
        super().__init__(lambda t: t + storey - 9.0)
        self.storey = storey

    def case(self, point, index):
        return float(point["t"][index]) + self.storey

    def larger(self):
        return [(Tower(self.storey + 1), lambda point, _: point)] if self.storey < 5 else []


@pytest.mark.parametrize("batch", [8, 2, 1])
def test_a_ratio_that_grows_with_the_shape_is_followed_to_the_largest(batch):
    court, lead = Court(99.0), Lead(Tower(), torch.Generator().manual_seed(0))
    Run(Meter("claim", Budget(9000)), court, 9000, GROWING, batch, True).search(iter([lead]), 1)
    assert max(court.cases) == pytest.approx(6.0, abs=1e-3)


def test_another_seed_searches_elsewhere_and_the_same_one_here():
    spaces = [Line() for _ in range(3)]

    def starts(seed):
        leads = _leads(spaces, seed)
        return sorted(float(lead.space.draw(1, lead.generator)["t"]) for lead in leads)

    assert starts(1) == starts(1)
    assert starts(1) != starts(2)
    assert len(set(starts(1))) == 3


def test_a_small_budget_looks_at_some_of_each_group():
    groups = ["a"] * 10 + ["b"] * 10 + ["c"] * 10
    for seed in range(5):
        first = _spread(groups, seed)
        assert sorted(first) == list(range(30))
        assert {groups[i] for i in first[:3]} == {"a", "b", "c"}


def test_a_case_that_the_search_drives_out_of_its_domain_is_brought_back():
    """tanh(x) <= x/2 fails near 0; above 4 it stands, and the search must stay there."""
    import sympy as sp

    x = sp.Symbol("x", positive=True)
    inside = verify.Claim.of(
        "inside", sp.tanh(x), x / 2, where=(x >= 4,),
        sampler=lambda g, n: {"x": 4 + torch.rand(n, generator=g, dtype=torch.float64)},
    )  # fmt: skip
    found = attack(inside, budget=Budget(600), seed=0)
    assert not found.refuted
    assert float(found.case.values["x"]) >= 4
    assert found.ratio == pytest.approx(float(sp.tanh(4)) / 2, rel=1e-3)
