"""Tasks are disjoint splits; the command keeps what it found; real data where they are."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
import torch

from numerics import NumericsError
from numerics.weightnorm.generalization import certify, choices, held_out, network_class, principal
from numerics.weightnorm.generalization.competitors import SOURCES, competing_bounds, gibbs_bound
from numerics.weightnorm.generalization.maps import row_digests
from numerics.weightnorm.generalization.rows import Row, margin_row
from numerics.weightnorm.generalization.sample import see
from numerics.weightnorm.generalization.table import main, row_content, show
from numerics.weightnorm.generalization.tasks import draw_split, find_task, map_list
from tests.generalization.drawn import started, unit_sample

ROOT = Path(__file__).resolve().parents[2]
CANDIDATES = (os.environ.get("PLUMBLINE_DATA"), ROOT.parent / "shared" / "data")
DATA = next((Path(p) for p in CANDIDATES if p and Path(p).is_dir()), None)
needs_data = pytest.mark.skipif(
    DATA is None, reason="needs MNIST's and CIFAR-10's files: PLUMBLINE_DATA or ../shared/data"
)


def check_split(split) -> None:
    task = split.task
    sizes = (len(split.pilot), len(split.x), len(split.held_x))
    assert sizes == (task.pilot, task.sample, task.held)
    parts = [set(row_digests(part)) for part in (split.pilot, split.x, split.held_x)]
    shared = [len(a & b) for a, b in ((parts[0], parts[1]), (parts[1], parts[2]))]
    assert shared == [0, 0]
    positive = torch.isin(split.classes, torch.tensor(task.positive))
    assert torch.equal(split.y > 0, positive)


@pytest.mark.parametrize("name", ["digits parity", "digits 0 vs rest"])
def test_digits_are_split_into_disjoint_parts(name):
    check_split(draw_split(find_task(name)))


@needs_data
@pytest.mark.parametrize("name", ["0 vs 1", "parity", "animals"])
def test_real_data_are_split_into_disjoint_parts(name):
    split = draw_split(find_task(name), folder=DATA)
    check_split(split)
    assert (split.pilot_y is None) == split.task.others


def test_another_seed_is_another_sample_and_the_same_seed_the_same():
    first, again, other = (draw_split(find_task("digits parity"), seed=s) for s in (0, 0, 1))
    assert torch.equal(first.x, again.x)
    assert not torch.equal(first.x, other.x)


def test_missing_data_and_unknown_tasks_are_refused(tmp_path):
    with pytest.raises(NumericsError, match="task"):
        find_task("2 vs 7")
    with pytest.raises(NumericsError, match="folder"):
        draw_split(find_task("parity"), folder=tmp_path)
    assert main(["--tasks", "parity", "--folder", str(tmp_path)]) == 2


def test_the_maps_of_a_pilot_are_twenty_where_its_rank_allows():
    split = draw_split(find_task("digits parity"))
    maps = map_list(split.pilot)
    assert len(maps) == 14  # 20 less the maps of 80 components: digits have 64 pixels
    assert all(found.shares(split.x) == 0 for found in maps)


@pytest.fixture(scope="module")
def quick_content(tmp_path_factory):
    """What the command keeps of the quick section on digits parity."""
    out = tmp_path_factory.mktemp("quick")
    arguments = ["--tasks", "digits parity", "--sections", "quick", "--out", str(out)]
    assert main(arguments) == 0
    return json.loads((out / "certificates.json").read_text())


def test_the_quick_section_certifies_digits_parity_below_the_trivial_rate(quick_content):
    """Depth 1 and 4 by G3 and a prior from the pilot by G9, all above the held-out rate."""
    assert quick_content["schema"] == "plumbline.generalization/1"
    rows = quick_content["rows"]
    assert [row["depth"] for row in rows] == [1, 4, 1]
    for row in rows:
        certificate = row["certificate"]
        assert certificate["value"] < certificate["trivial"]
        assert certificate["value"] > row["held_out"]["interval"][0]
    shallow, deep, informed = (row["certificate"]["value"] for row in rows)
    assert informed < 0.3 < shallow
    assert abs(shallow - deep) < 0.02


def test_rows_are_shown_with_their_competitors():
    x, y = unit_sample(60, 3, 0)
    network = started(x, y)
    found = choices(60, network)
    row = Row(
        "task", 1, "outer", network, certify(network, x, y, choices=found),
        held_out(network, x, y), 0.1, (0.2, 0.3), {"nu": 0.9},
    )  # fmt: skip
    assert show("rows", [row]).row_count == 1
    assert json.loads(json.dumps(row_content(row)))["competitors"] == {"nu": 0.9}


@needs_data
def test_zero_against_one_is_certified_below_a_fifth_at_depth_one():
    split = draw_split(find_task("0 vs 1"), folder=DATA)
    found_map = principal(split.pilot, 20)
    found = choices(len(split.y), network_class("tanh", "outer", 1), maps=(found_map,))
    row = margin_row(split, found, found_map, 1, width=8)
    assert row.certificate.value < 0.2
    assert row.held.upper < row.certificate.value
    assert all(row.others[key] > row.certificate.value for key in row.others)


def test_competitors_are_never_below_the_certificate_they_differ_from_in_one_place():
    x, y = unit_sample(400, 3, 0)
    network = started(x, y, (6,), nu1=3.0)
    found = choices(400, network)
    sample = see(network, x, y, found, None)
    bounds = competing_bounds(sample, found, 0.05)
    own = certify(network, x, y, choices=found).bound
    assert own < bounds["nu"] < bounds["peeling"] < bounds["sqrt_depth"]
    assert bounds["parameters"] > own
    assert set(bounds) | {"gibbs"} == set(SOURCES)
    assert 0.0 < gibbs_bound(sample, delta=0.05, seed=0, draws=20) <= 1.0
