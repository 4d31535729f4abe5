"""False if a proof tree has an unproved step, a dangling name, or a lemma nobody can measure."""

from __future__ import annotations

import functools

import pytest
from latex2mathml.converter import convert

import bounds
from bounds.derivation import facts, steps, unproved

_mathml = functools.cache(convert)  # the same lemmas stand in many trees


@pytest.mark.parametrize("name", bounds.catalogue())
def test_every_derivation_ends_in_steps_and_facts(name):
    tree = bounds.get(name).derivation()
    for node in tree.walk():
        if not node.children and not node.seen:
            assert node.kind in ("step", "fact"), node.name
        _mathml(node.latex)
    assert str(tree).startswith(f"{name} (bound)")


def test_the_closed_hessian_bound_rests_on_proved_algebra_down_to_the_sharp_constant():
    tree = bounds.get("hessian.asymptotic").derivation(check=True)
    names = {node.name for node in tree.walk()}
    assert {
        "hessian.closed.summed",
        "hessian.recursive",
        "feature_norm",
        "normalization_sharp",
        "second_order_recursion",
    } <= names
    assert unproved(tree) == ()


def test_every_lemma_names_a_quantity_and_is_used():
    used = {
        name
        for bound in (*bounds.catalogue().values(), *bounds.lemmas().values())
        for name in bound.uses
    }
    for lemma in bounds.lemmas().values():
        assert lemma.quantity in lemma.notation.quantities
        assert lemma.name in used, lemma.name
    assert set(steps()) <= used
    assert set(facts()) <= used


def test_lemmas_broadcast_over_layers_and_take_a_layer_index():
    value = bounds.lemmas()["feature_step"].evaluate(
        K=1.0, phi0=0.5, p=0.5, m=[[4.0, 9.0]], alpha_prev=[[1.0, 2.0], [3.0, 4.0]]
    )
    assert value.tolist() == [[2.0, 3.5], [4.0, 5.5]]
    values = {"K": 1.0, "phi0": 0.5, "p": 0.5, "m": [4.0, 9.0], "L": 2, "xi": 1.0}
    norm = bounds.lemmas()["feature_norm"]
    assert [norm.evaluate(l=l, **values) for l in (0, 1, 2)] == [1.0, 2.0, 3.5]
