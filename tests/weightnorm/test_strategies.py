"""The strategies reach the hard corners, and a failing example shrinks to a readable network."""

from __future__ import annotations

import pytest
from hypothesis import find, settings

from verify import check
from verify.errors import VerifyError
from verify.families import all_controls
from verify.verdict import Verdict
from verify.weightnorm import strategies
from verify.weightnorm.specs import LayerSpec, NetworkSpec

SEARCH = settings(max_examples=500, derandomize=True, database=None)


def found(condition) -> NetworkSpec:
    return find(strategies.network_specs(), condition, settings=SEARCH)


@pytest.mark.parametrize(
    "corner",
    [
        lambda s: s.depth == 1 and s.layers[0].width == 1,
        lambda s: s.depth == 4,
        lambda s: len({layer.width for layer in s.layers}) > 2,
        lambda s: s.input_dim == 1,
        lambda s: any(layer.rows == "duplicate" and layer.width > 3 for layer in s.layers),
        lambda s: all(layer.rows == "parallel" for layer in s.layers) and s.depth > 1,
        lambda s: min(layer.log10_norm for layer in s.layers) < -3.5,
        lambda s: max(layer.log10_norm for layer in s.layers) > 1.5,
        lambda s: s.activation in ("cos", "sigmoid", "softplus"),
        lambda s: s.x == "zero",
        lambda s: s.placement == "outer",
        lambda s: s.log10_v < -2 and s.log10_x != 0,
    ],
)
def test_strategies_reach_the_corner(corner):
    assert corner(found(corner))


def test_a_failing_example_shrinks_to_one_small_layer():
    wrong = next(c for c in all_controls() if c.name == "hessian_bound.exponent").claim

    def violates(spec: NetworkSpec) -> bool:
        return check(wrong, strategies.case_of(spec)).verdict is Verdict.VIOLATED

    spec = found(violates)
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
