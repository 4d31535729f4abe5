"""The attack: shapes outside, ascent and a gradient-free walk inside, a judge at the end.

The budget goes in rounds over shapes (architectures, say). In each round every shape still alive
climbs with an equal share; the best third goes on, or, where the bound is met, shapes not yet
looked at. The winners are polished and looked at once more without gradients. What wins is judged
by `verify.check`, on measured quantities alone.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence

import torch

from verify.attack.flat import FlatSpace
from verify.attack.judge import Judge
from verify.attack.meter import Meter
from verify.attack.regimes import balances, held
from verify.attack.result import AttackResult, Budget, Report
from verify.attack.run import FREE, GROWING, HELD, Lead, Run, Shares
from verify.claim import Claim
from verify.errors import VerifyError
from verify.subject import Growing, Shape, Space

_SHARE, _HELD_SHARE = 200, 400  # evaluations that pay for one more shape, free or held
_FREE_SHARE, _REGIMES = 0.5, 2


def attack(
    claim: Claim,
    *,
    budget: Budget | None = None,
    seed: int = 0,
    candidates: Sequence[Shape] | None = None,
    starts: Sequence[str] = (),
    batch: int = 24,
    device: str = "cpu",
    stop_when_refuted: bool = True,
    report: Report | None = None,
) -> AttackResult:
    """Search for the case with the largest truth/bound, whatever the claim is about.

    Args:
        claim: what to attack.
        budget: candidates evaluated and seconds; the default is `Budget()`.
        seed: decides every draw; the same seed and evaluations give the same result.
        candidates: shapes to look at; default: the subject's own for this claim.
        starts: kinds of starts the subject knows; default all.
        batch: candidates that climb side by side; larger pays on a GPU.
        device: where the search runs; verdicts are always made on the CPU.
        stop_when_refuted: end at the first confirmed violation.
        report: called now and then with a `Progress`.

    Raises:
        VerifyError: no shape meets the claim's assumptions, a bad option, or a quantity or bound
            that is NaN wherever it was looked at. A shape where it is NaN at every start is passed
            over and named in the result.
    """
    subject = claim.subject
    shapes = subject.shapes(claim) if candidates is None else tuple(candidates)
    make = subject.space
    spaces: list[Space] = [
        FlatSpace(claim, shape) if make is None else make(claim, shape, tuple(starts), device)
        for shape in shapes
    ]
    if not spaces:
        raise VerifyError("candidates", "no shape", f"some that {claim.name} speaks of")
    return attack_spaces(
        claim,
        spaces,
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
    """As `attack`, on spaces of one's own (see `verify.subject.Space`)."""
    if batch < 1:
        raise VerifyError("batch", str(batch), "at least 1")
    budget = budget or Budget()
    meter = Meter(claim.name, budget, report)
    judge = Judge(claim)
    for leads, count, share, shares in _parts(claim, spaces, budget.evaluations, seed):
        most = max(1, int(share * budget.evaluations))
        run = Run(meter, judge, most, shares, batch, stop_when_refuted)
        if run.search(leads, count) or meter.over:
            break
    meter.tell()
    return judge.result(meter.evaluations, meter.seconds, meter.history, seed)


def _parts(
    claim: Claim, spaces: Sequence[Space], evaluations: int, seed: int
) -> Iterator[tuple[Iterator[Lead], int, float, Shares]]:
    """The search as a whole, then one for each regime of the right side, with shares of the budget:
    its shapes in their order, and how many of them it begins with.

    Where candidates cannot be held (no gradient, a right side of one term) there is only the first.
    """
    order = [spaces[i] for i in _spread([space.shape.group for space in spaces], seed)]
    free = GROWING if isinstance(spaces[0], Growing) else FREE
    regimes = [b for b in balances(claim) if held(order[0], b)][:_REGIMES]
    share = _FREE_SHARE if regimes else 1.0
    yield _leads(order, seed), max(1, int(share * evaluations) // _SHARE), share, free
    for balance in regimes:
        share = (1.0 - _FREE_SHARE) / len(regimes)
        count = max(1, int(share * evaluations) // _HELD_SHARE)
        tried = (h for space in order if (h := held(space, balance)))
        yield _leads(tried, seed), count, share, HELD


def _leads(spaces: Iterable[Space], seed: int) -> Iterator[Lead]:
    for i, space in enumerate(spaces):
        yield Lead(space, torch.Generator().manual_seed(1_000_003 * (seed + 1) + i))


def _spread(groups: Sequence[str], seed: int) -> list[int]:
    """All indices in an order the seed decides, each group taking its turn."""
    generator = torch.Generator().manual_seed(seed)
    queues: dict[str, list[int]] = {}
    for i in torch.randperm(len(groups), generator=generator).tolist():
        queues.setdefault(groups[i], []).append(i)
    turns = itertools.zip_longest(*queues.values())
    return [i for turn in turns for i in turn if i is not None]
