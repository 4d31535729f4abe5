"""False if an assumption is called needed without a counterexample, or a hook is ignored."""

from __future__ import annotations

import pytest

import bounds
from bounds.statement import Assumption

Need = bounds.Need


@pytest.mark.parametrize("name, key", [
    ("hessian.sharp.summed", "extremes"), ("hessian.closed.summed", "extremes"),
    ("hessian.closed.summed", "placement"),
    ("hessian.asymptotic", "ball"), ("hessian.asymptotic", "placement"),
])  # fmt: skip
def test_relations_of_the_ladder_are_needed_with_a_witness(name, key):
    row = {r.assumption: r for r in bounds.assumption_table(bounds.get(name))}[key]
    assert row.need is Need.NEEDED
    lower, upper = row.statement.split(" <= ")
    shown = dict(row.witness)
    assert float(shown[lower]) > float(shown[upper])


def test_nothing_is_concluded_where_no_search_ran():
    rows = {r.assumption: r for r in bounds.assumption_table(bounds.get("hessian.closed.summed"))}
    assert rows["unit rows"].need is Need.NOT_RUN
    assert rows["unit rows"].witness == ()
    assert all(isinstance(need.sentence, str) for need in Need)


def test_networks_come_in_through_the_hook():
    def search(bound: bounds.Bound, dropped: Assumption) -> dict | None:
        return {"widths": "(1, 2)", "truth": 2.0} if dropped.key == "unit rows" else None

    rows = {
        r.assumption: r
        for r in bounds.assumption_table(bounds.get("gradient.summed"), networks=search)
    }
    assert rows["unit rows"].need is Need.NEEDED
    assert rows["unit rows"].by == "networks"
    assert rows["Lipschitz"].need is Need.OPEN


def test_every_hypothesis_of_the_steps_of_the_closed_bound_has_an_exact_witness():
    rows = bounds.step_table(bounds.get("hessian.closed.summed"))
    assert len(rows) > 20
    assert {r.need for r in rows} == {Need.NEEDED}
    assert all(r.checked for r in rows)


def test_a_relation_met_with_equality_survives_rounding():
    values = {
        "L": 2,
        "K": 1.0,
        "beta": 1.0,
        "phi0": 0.0,
        "xi": 1.0,
        "omega": 1.0,
        "m_min": 4,
        "m_max": 4,
    }
    bound = bounds.get("hessian.asymptotic")
    for nu in (1.1, 1.3, 2.7, 1 + 1e-15):
        bound.evaluate(nu=nu, rho_1=max(nu - 1, 0.0), **values)
    with pytest.raises(bounds.BoundsError, match="rho_1"):
        bound.evaluate(nu=2.0, rho_1=0.9, **values)
