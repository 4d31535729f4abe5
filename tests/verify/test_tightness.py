"""Tightness: ratios, witnesses that replay, and what the words mean."""

import itertools

import pytest

from tests.faulty import OPEN_OR_BROKEN
from tests.rows import fast_if
from verify import VerifyError, claims
from verify.attack import Budget
from verify.tightness import Tight, Tightness, along, measure_tightness
from verify.weightnorm.architecture import class_shapes, network_shapes
from verify.weightnorm.networks import CLASSES, NETWORKS
from verify.weightnorm.steps.subject import STEPS
from verify.witness import read, shipped, store

CLAIMS, SHIPPED = claims(), shipped()


def quick(
    name, *, depths=(1, 2), widths=(2,), activations=("identity",), budget=500
) -> Tightness:
    claim = CLAIMS[name]
    shapes = class_shapes if claim.subject is CLASSES else network_shapes
    cells = [
        ((("L", depth), ("m", width)), shapes(claim, hidden=[(width,) * depth],
                                              activations=activations))
        for depth, width in itertools.product(depths, widths)
    ]  # fmt: skip
    return measure_tightness(claim, cells=cells, budget=Budget(budget))


@pytest.mark.parametrize(
    "name", fast_if(("output", "gradient"), ("output", "input_gradient", "loss", "gradient"))
)
def test_bounds_known_to_be_tight_come_out_tight(name):
    result = quick(name)
    assert result.status in (Tight.ATTAINED, Tight.APPROACHED)
    assert result.slack == pytest.approx(1.0, abs=1e-3)


@pytest.mark.slow
def test_the_asymptotic_bound_has_slack_that_grows_with_depth():
    result = quick("hessian.asymptotic", depths=(1, 2))
    assert result.status is Tight.SLACK
    assert result.slack > 1.5
    assert along("L", result.ratios)[2] < along("L", result.ratios)[1]


def test_the_witness_replays_from_its_file_with_the_same_ratio(tmp_path):
    result = quick("hessian.recursive", depths=(2,), budget=100)
    claim = CLAIMS["hessian.recursive"]
    record = read(store(result, claim, tmp_path).read_text())
    assert record.ratio == result.ratio
    assert record.replay(claim).best_ratio == pytest.approx(result.ratio, rel=1e-12)
    assert record.cells == result.ratios


@pytest.mark.parametrize("name", sorted(SHIPPED))
def test_shipped_witnesses_still_have_their_ratio_and_refute_nothing(name):
    record, claim = SHIPPED[name], CLAIMS[name]
    replayed = record.replay(claim)
    assert replayed.verdict not in OPEN_OR_BROKEN
    cancels = claim.subject is STEPS  # differences of losses: other sums in a batch of one
    assert replayed.best_ratio == pytest.approx(record.ratio, rel=1e-8 if cancels else 1e-9)


def test_there_is_a_witness_for_every_bound_that_is_no_specialization():
    of_family = {n for n, c in CLAIMS.items() if c.subject in (NETWORKS, CLASSES, STEPS)}
    found = {name for name in SHIPPED if CLAIMS[name].subject in (NETWORKS, CLASSES, STEPS)}
    general = {name for name in of_family if "phi0_zero" not in name}
    assert found == general


@pytest.mark.parametrize(
    "text", ["", "{}", '{"format": "other"}', '{"format": "plumbline-witness"}']
)
def test_a_damaged_witness_file_is_a_clear_error(text):
    with pytest.raises(VerifyError, match="text"):
        read(text)


def test_no_shape_at_all_is_a_clear_error():
    with pytest.raises(VerifyError, match="cells"):
        measure_tightness(CLAIMS["gradient"], cells=[((("L", 1),), ())])


def test_rows_by_depth_and_by_width_hold_the_best_cell_of_each():
    result = quick("gradient", depths=(1, 2), widths=(1, 2), budget=60)
    depths, widths = along("L", result.ratios), along("m", result.ratios)
    assert set(depths) == set(widths) == {1, 2}
    assert max(depths.values()) == max(widths.values()) == result.ratio


@pytest.mark.parametrize(
    "depth", [1, 2, *(pytest.param(d, marks=pytest.mark.slow) for d in (3, 4))]
)
def test_the_odd_rademacher_bound_is_tight_for_the_identity_at_depth(depth):
    result = quick("rademacher.odd", depths=(depth,), budget=1200)
    assert result.ratio > 1 - 1e-7
