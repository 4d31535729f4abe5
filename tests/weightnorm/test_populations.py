"""What a report looks at: every kind of case and every origin, to the last checkpoint."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
import torch

import bounds
from bounds.weightnorm import NOTATION
from bounds.weightnorm.generalization import NOTATION as GENERALIZATION
from numerics.weightnorm.train import main as training_command
from verify import FunctionClassCase, NetworkCase
from verify.effort import EFFORTS
from verify.families import families
from verify.report.run import cases
from verify.weightnorm import FAMILY, populations, saved
from verify.weightnorm.corners import corner_specs
from verify.weightnorm.networks import CLASSES, NETWORKS
from verify.weightnorm.steps.case import StepCase
from verify.weightnorm.steps.subject import STEPS

TINY = replace(
    EFFORTS["quick"], activations=("tanh", "gelu"), structured=12, training_steps=5, depths=(1, 2),
    widths=(4, 8), batch=2,
)  # fmt: skip


@pytest.fixture(scope="module")
def drawn() -> list:
    chosen = {n: c for n, c in FAMILY.claims().items() if c.subject in (NETWORKS, CLASSES)}
    return list(cases(chosen, TINY, 0, "cpu"))


def test_every_kind_and_origin_is_there(drawn):
    found = Counter((type(case), case.origin) for case in drawn if case.origin != "structured")
    structured = sum(case.size for case in drawn if case.origin == "structured")
    corners = list(corner_specs(TINY.depths[:3], TINY.widths[:2], TINY.activations))
    grid = list(populations.grid(TINY))
    assert found == {
        (NetworkCase, "random"): len(grid),
        (NetworkCase, "trained"): 2 * (TINY.training_steps + 1),
        (FunctionClassCase, "random"): 2 * len(grid),
    }
    assert structured == len(corners) + TINY.structured


def test_the_corners_are_among_the_structured_networks(drawn):
    structured = [case for case in drawn if case.origin == "structured"]
    corners = list(corner_specs(TINY.depths[:3], TINY.widths[:2], TINY.activations))
    found = [(case, k) for case in structured for k in range(case.size)]
    assert len(found) == len(corners) + TINY.structured
    for spec, (case, k) in zip(corners, found, strict=False):
        alone, _ = spec.build()
        assert all(
            torch.equal(whole[k], one[0])
            for whole, one in zip(case.network.weights, alone.weights, strict=True)
        )
        assert torch.equal(case.network.v[k], alone.v[0])
    assert len({case.label for case in structured}) == len(structured)


def test_both_placements_all_activations_depths_and_widths_are_drawn(drawn):
    networks = [case for case in drawn if isinstance(case, NetworkCase)]
    structured = [case for case in networks if case.origin == "structured"]
    assert {case.network.placement for case in structured[-TINY.structured :]} == {"inner", "outer"}
    random = [case for case in networks if case.origin == "random"]
    assert {case.phi.name for case in random} == set(TINY.activations)
    assert {case.network.depth for case in random} == set(TINY.depths)
    assert {case.axes["m"] for case in random} == set(TINY.widths)
    assert all(case.size == TINY.batch for case in random)
    # the curves over width and depth are of one placement, the paper's
    assert {case.network.placement for case in random} == {"inner"}


def test_training_is_checked_from_its_start_to_its_last_step(drawn):
    steps = Counter(case.step for case in drawn if case.origin == "trained")
    assert steps == dict.fromkeys(range(TINY.training_steps + 1), 2)
    longer = replace(TINY, training_steps=20)
    found = {case.step for case in populations.trained_cases(longer, 0, "cpu")}
    assert {0, 20} <= found
    assert len(found) >= 7


def test_targets_and_inputs_of_random_networks_are_not_zero(drawn):
    random = [c for c in drawn if isinstance(c, NetworkCase) and c.origin == "random"]
    assert all(bool((case.y != 0).all()) and bool((case.x != 0).any()) for case in random)


def test_the_steps_of_training_are_a_population_of_their_own():
    found = list(STEPS.population(EFFORTS["quick"], 0, "cpu"))
    assert len(found) >= 10
    assert {type(case) for case in found} == {StepCase}
    assert {case.kappa for case in found} == {1.0, 0.7}
    assert len({case.step for case in found}) >= 3


def test_every_subject_with_a_shipped_claim_has_a_population():
    without = []
    for family in families():
        for subject in {id(c.subject): c.subject for c in family.claims().values()}.values():
            if next(subject.population(TINY, 0, "cpu"), None) is None:
                without.append(subject.kind)
    assert without == []


def test_every_bound_of_the_family_is_a_claim():
    known, claims = bounds.catalogue(), FAMILY.claims()
    ours = {n for n, b in known.items() if b.notation is NOTATION}
    certificates = {n for n in claims if n not in ours}  # in the notation of certificates
    assert ours <= set(claims)
    assert all(known[n].notation is GENERALIZATION for n in certificates)
    kinds = Counter(claims[n].subject.kind for n in ours)
    assert set(kinds) == {"network", "class", "step"}
    assert min(kinds.values()) >= 2


def test_a_saved_run_is_checked_evenly_from_its_first_checkpoint_to_its_last(tmp_path):
    command = ["--out", str(tmp_path), "--widths", "3", "--n", "20", "--steps", "30",
               "--checkpoint-every", "1", "--learning-rate", "0.1"]  # fmt: skip
    assert training_command(command) == 0
    found = [case.step for case in saved.run_cases(tmp_path, None)]
    assert len(found) == saved.CHECKPOINTS
    assert (found[0], found[-1]) == (0, 30)
    assert found == sorted(set(found))


@pytest.mark.parametrize("count", [1, 2, 11, 12, 13, 40])
def test_few_checkpoints_are_all_taken_and_many_keep_both_ends(count):
    items = list(range(count))
    found = saved._spread(items, 12)
    assert found[0] == 0
    assert found[-1] == count - 1
    assert len(found) == min(count, 12) == len(set(found))


def test_another_seed_draws_other_networks():
    first, second = (next(populations.random_cases(TINY, seed, "cpu")) for seed in (0, 1))
    assert not torch.equal(first.network.weights[0], second.network.weights[0])
    assert not torch.equal(first.x, second.x)
