"""The attack: architectures outside, ascent and a gradient-free walk inside, a judge at the end.

The budget goes in rounds over architectures. In each round every architecture still alive climbs
with an equal share; the best third goes on. The winners are polished and looked at once more
without gradients. What wins is judged by `verify.check`, on measured quantities alone.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import torch

from verify.attack.architecture import Architecture, admits, architectures
from verify.attack.classes import ClassSpace
from verify.attack.judge import Judge
from verify.attack.meter import Meter
from verify.attack.networks import NetworkSpace
from verify.attack.result import AttackResult, Budget, Report
from verify.attack.run import Lead, Run
from verify.attack.space import Space
from verify.attack.starts import KINDS, check_kinds
from verify.claim import Claim
from verify.errors import VerifyError

_SHARE = 200  # evaluations of the whole budget that pay for one more architecture


def space_for(
    claim: Claim, shape: Architecture, starts: Sequence[str] = KINDS, device: str = "cpu"
) -> Space:
    """The space of candidates of one architecture, by the level of the claim's quantity."""
    kinds = check_kinds(starts)
    if claim.quantity.level == "class":
        return ClassSpace(claim, shape, kinds, device)
    return NetworkSpace(claim, shape, kinds, device)


def attack(
    claim: Claim,
    *,
    budget: Budget | None = None,
    seed: int = 0,
    candidates: Sequence[Architecture] | None = None,
    starts: Sequence[str] = KINDS,
    batch: int = 24,
    device: str = "cpu",
    stop_when_refuted: bool = True,
    report: Report | None = None,
) -> AttackResult:
    """Search for the network (or function class) with the largest truth/bound.

    Args:
        claim: what to attack.
        budget: networks evaluated and seconds; the default is `Budget()`.
        seed: decides every draw; the same seed and evaluations give the same result.
        candidates: architectures; default `architectures(claim)`.
        starts: kinds of starts, some of `verify.attack.starts.KINDS`.
        batch: candidates that climb side by side; larger pays on a GPU.
        device: where the search runs; verdicts are always made on the CPU.
        stop_when_refuted: end at the first confirmed violation.
        report: called now and then with a `Progress`.

    Raises:
        VerifyError: no architecture meets the claim's assumptions, a bad option, or a quantity
            or bound that is NaN wherever it was looked at.
    """
    if claim.quantity.level == "sample":
        raise VerifyError(
            "claim",
            f"{claim.name}, about samples",
            "one about networks or function classes (for samples: verify.own.search.hunt)",
        )
    shapes = architectures(claim) if candidates is None else tuple(candidates)
    admitted = [shape for shape in shapes if admits(claim, shape)]
    if not admitted:
        raise VerifyError("candidates", "no architecture", f"some that {claim.name} speaks of")
    return attack_spaces(
        claim,
        [space_for(claim, shape, starts, device) for shape in admitted],
        budget=budget,
        seed=seed,
        batch=batch,
        stop_when_refuted=stop_when_refuted,
        report=report,
    )


def attack_spaces(
    claim: Claim,
    spaces: Sequence[Space],
    *,
    budget: Budget | None = None,
    seed: int = 0,
    batch: int = 24,
    stop_when_refuted: bool = True,
    report: Report | None = None,
) -> AttackResult:
    """As `attack`, on spaces of one's own (see `verify.attack.space.Space`)."""
    if batch < 1:
        raise VerifyError("batch", str(batch), "at least 1")
    budget = budget or Budget()
    meter = Meter(claim.name, budget, report)
    judge = Judge(claim)
    Run(meter, judge, budget.evaluations, batch, stop_when_refuted).search(
        _leads(spaces, budget.evaluations, seed)
    )
    meter.tell()
    return judge.result(meter.evaluations, meter.seconds, meter.history, seed)


def _leads(spaces: Sequence[Space], evaluations: int, seed: int) -> list[Lead]:
    """As many architectures as the budget can serve, spread evenly over their groups."""
    count = max(1, min(len(spaces), evaluations // _SHARE))
    return [
        Lead(spaces[i], torch.Generator().manual_seed(1_000_003 * (seed + 1) + i))
        for i in _spread([space.group for space in spaces], seed)[:count]
    ]


def _spread(groups: Sequence[str], seed: int) -> list[int]:
    """All indices in an order the seed decides, each group taking its turn."""
    generator = torch.Generator().manual_seed(seed)
    queues: dict[str, list[int]] = {}
    for i in torch.randperm(len(groups), generator=generator).tolist():
        queues.setdefault(groups[i], []).append(i)
    turns = itertools.zip_longest(*queues.values())
    return [i for turn in turns for i in turn if i is not None]
