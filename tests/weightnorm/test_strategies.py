"""The strategies reach everything they promise, often; a failing example shrinks to a small one."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import find, settings

from tests.draws import drawn
from verify import FunctionClassCase, NetworkCase, check, claims
from verify.errors import VerifyError
from verify.families import all_controls
from verify.strategies import cases_for
from verify.verdict import Verdict
from verify.weightnorm import strategies
from verify.weightnorm.corners import corner_specs
from verify.weightnorm.specs import (
    INPUT_PATTERNS,
    OUTPUT_PATTERNS,
    PLACEMENTS,
    ROW_PATTERNS,
    LayerSpec,
    NetworkSpec,
)


@pytest.fixture(scope="module")
def specs() -> list[NetworkSpec]:
    return drawn(strategies.network_specs())


def share(found: Counter, value: object) -> float:
    return found[value] / found.total()


@pytest.mark.parametrize(
    "values, of",
    [
        (strategies.SMOOTH, lambda s: s.activation),
        (PLACEMENTS, lambda s: s.placement),
        ((1, 2, 3, 4), lambda s: s.depth),
        ((1, 2, 3, 4), lambda s: s.input_dim),
        (INPUT_PATTERNS, lambda s: s.x),
        (OUTPUT_PATTERNS, lambda s: s.v),
    ],
    ids=["activation", "placement", "depth", "input_dim", "x", "v"],
)
def test_every_value_is_drawn_a_fifth_as_often_as_if_all_were_alike_or_more(values, of, specs):
    found = Counter(map(of, specs))
    assert set(found) == set(values)
    assert {v: share(found, v) for v in values if share(found, v) < 1 / (5 * len(values))} == {}


def test_every_kind_of_layer_is_drawn(specs):
    layers = [layer for spec in specs for layer in spec.layers]
    for values, of in (
        (ROW_PATTERNS, lambda layer: layer.rows),
        ((1, 2, 3, 4, 5), lambda layer: layer.width),
        ((0.0, 1.0, 3.0), lambda layer: layer.decades),
    ):
        found = Counter(map(of, layers))
        assert set(found) == set(values)
        assert min(share(found, v) for v in values) > 1 / (5 * len(values))


@pytest.mark.parametrize(
    "corner, least",
    [
        (lambda s: s.depth == 1 and s.layers[0].width == 1, 0.02),
        (lambda s: len({layer.width for layer in s.layers}) > 2, 0.05),
        (lambda s: any(la.rows == "duplicate" and la.width > 3 for la in s.layers), 0.03),
        (lambda s: all(la.rows == "parallel" for la in s.layers), 0.01),
        (lambda s: min(la.log10_norm for la in s.layers) < -3.0, 0.05),
        (lambda s: max(la.log10_norm for la in s.layers) > 1.5, 0.03),
        (lambda s: any(la.log10_norm == 0.0 for la in s.layers), 0.2),
        (lambda s: s.log10_v < -2, 0.05),
        (lambda s: s.log10_x > 1, 0.02),
        (lambda s: s.log10_x == 0.0, 0.2),
        (lambda s: s.depth == 4 and s.placement == "outer", 0.02),
        (lambda s: s.activation in ("cos", "sigmoid", "softplus") and s.depth > 1, 0.05),
    ],
)
def test_the_corners_are_drawn_often_enough(corner, least, specs):
    assert sum(map(corner, specs)) >= least * len(specs)


def test_another_seed_draws_other_networks(specs):
    other = drawn(strategies.network_specs(), seed=1)
    assert len(set(map(repr, other)) - set(map(repr, specs))) > 0.8 * len(other)
    again = drawn(strategies.network_specs())
    assert list(map(repr, again)) == list(map(repr, specs))


def test_the_cases_of_a_claim_lie_in_its_assumptions_and_hold_the_sharp_corners():
    claim = claims()["gradient.phi0_zero"]
    found = drawn(cases_for(claim), 120)
    assert all(isinstance(case, NetworkCase) for case in found)
    names = Counter(case.phi.name for case in found)
    assert set(names) == set(strategies.ZERO_AT_ZERO)
    sharp = set(map(str, corner_specs((1, 2), (1, 2), ("tanh", "identity"))))
    assert sum(case.label in sharp for case in found) > 0.1 * len(found)
    assert len({case.label for case in found} & sharp) >= 10


def test_classes_of_both_placements_and_every_depth_are_drawn():
    found = drawn(strategies.function_class_cases(), 120)
    assert all(isinstance(case, FunctionClassCase) for case in found)
    assert {case.placement for case in found} == set(PLACEMENTS)
    assert {len(case.widths) - 1 for case in found} == {1, 2, 3}
    assert {case.phi.name for case in found} == set(strategies.ODD)
    assert len({len(case.x) for case in found}) == 5


def test_a_failing_example_shrinks_to_one_small_layer():
    wrong = next(c for c in all_controls() if c.name == "gradient_bound.exponent").claim

    def violates(spec: NetworkSpec) -> bool:
        return check(wrong, strategies.case_of(spec)).verdict is Verdict.VIOLATED

    search = settings(max_examples=100, derandomize=True, database=None)
    small = strategies.network_specs(max_depth=2, max_width=3, max_input_dim=2)
    spec = find(small, violates, settings=search)
    assert spec.depth == 1
    assert spec.layers[0].width <= 2
    assert spec.layers[0].log10_norm < 0, "the mistake shows at small row norms only"
    assert len(repr(spec)) < 250
    assert violates(spec)


@pytest.mark.parametrize("option", ["max_depth", "max_width", "max_input_dim"])
def test_a_maximum_below_one_is_refused_by_name(option):
    with pytest.raises(VerifyError, match=option):
        strategies.network_specs(**{option: 0})


def test_no_activation_is_refused():
    with pytest.raises(VerifyError, match="activations"):
        strategies.network_specs(activations=())


def test_a_spec_repr_rebuilds_the_same_network():
    spec = NetworkSpec(layers=(LayerSpec(2, "oblique", -1.0),), seed=7)
    again = eval(repr(spec), {"NetworkSpec": NetworkSpec, "LayerSpec": LayerSpec})
    (first, x), (second, y) = spec.build(), again.build()
    assert bool((first.weights[0] == second.weights[0]).all())
    assert bool((x == y).all())
