"""One unit of work: check a batch of random networks, attack, and say what came out."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

import torch

from numerics import WeightNormNetwork
from verify.attack import Architecture, Budget, attack
from verify.campaign.plan import Item, Plan
from verify.case import Case, FunctionClassCase, NetworkCase
from verify.claim import Check, Claim, check
from verify.counterexample import counterexample
from verify.own.search import hunt
from verify.verdict import Grade, Verdict, worst

INPUTS = 2


@dataclass(frozen=True)
class Result:
    """What one item gave; plain data that is the same on every run.

    networks: random networks (samples, classes) checked; evaluations: what the attack looked at.
    best_ratio: largest truth/bound of both. median_truth, median_bound: over the random ones.
    reason: why nothing was run. counterexample: content of the file, empty unless violated.
    """

    verdict: Verdict
    grade: Grade
    networks: int
    evaluations: int
    best_ratio: float | None
    median_truth: float | None
    median_bound: float | None
    reason: str = ""
    counterexample: str = ""

    def text(self) -> str:
        """As JSON; equal results give equal text, floats in full."""
        raw = asdict(self) | {"verdict": self.verdict.value, "grade": self.grade.value}
        return json.dumps(raw, sort_keys=True, allow_nan=False)

    @staticmethod
    def parse(text: str) -> Result:
        """The result that `text` wrote."""
        raw: dict[str, Any] = json.loads(text)
        return Result(**(raw | {"verdict": Verdict(raw["verdict"]), "grade": Grade(raw["grade"])}))


class Worker:
    """Does items; keeps the last batch of networks, which the next claim's item will want too."""

    def __init__(self, plan: Plan, chosen: dict[str, Claim]) -> None:
        self._plan, self._chosen = plan, chosen
        self._last: tuple[tuple[Any, ...], Case] | None = None

    def do(self, item: Item) -> Result:
        """The result of one item; the same for equal items and plans.

        Raises:
            VerifyError, NumericsError, BoundsError: a claim of the user's misbehaves.
        """
        claim = self._chosen[item.claim]
        if claim.domain is not None:
            count = max(self._plan.evaluations, self._plan.networks)
            found = hunt(claim, seed=item.seed, evaluations=count)
            return _result(claim, found.checks, found.best, found.best_ratio, 0)
        case = self._case(item, claim.quantity.level == "class")
        first = check(claim, case)
        if not first.networks:
            return Result(Verdict.NOT_RUN, Grade.NOT_RUN, 0, 0, None, None, None, first.reason)
        checks, best, ratio, spent = [first], case, _best(first), 0
        if self._plan.evaluations and first.verdict is not Verdict.VIOLATED:
            shape = Architecture(item.widths, item.activation, item.placement)
            budget = Budget(self._plan.evaluations)
            hit = attack(claim, budget=budget, seed=item.seed, candidates=(shape,))
            spent = hit.evaluations
            if hit.ratio > ratio:
                best, ratio = hit.case, hit.ratio
                checks.append(check(claim, best))
        return _result(claim, checks, best, ratio, spent)

    def _case(self, item: Item, of_class: bool) -> Case:
        key = (item.widths, item.activation, item.placement, item.seed, of_class)
        if self._last is None or self._last[0] != key:
            made = _class(item) if of_class else _networks(item, self._plan.networks)
            self._last = key, made
        return self._last[1]


def _networks(item: Item, count: int) -> NetworkCase:
    network = WeightNormNetwork.random(
        item.widths, item.activation, seed=item.seed, batch=count, placement=item.placement
    )
    draw = torch.Generator().manual_seed(item.seed + 1)
    x = torch.randn(count, INPUTS, item.widths[0], generator=draw, dtype=torch.float64)
    y = torch.randn(count, INPUTS, generator=draw, dtype=torch.float64)
    return NetworkCase(network, x, y, "random", item.label)


def _class(item: Item) -> FunctionClassCase:
    draw = torch.Generator().manual_seed(item.seed + 1)
    x = torch.randn(4, item.widths[0], generator=draw, dtype=torch.float64)
    return FunctionClassCase(
        item.widths, x, 1.0, item.activation, item.placement, item.seed, restarts=4, steps=60
    )


def _best(result: Check) -> float:
    return float(result.ratios.nan_to_num(nan=-math.inf).max())


def _result(claim: Claim, checks: Sequence[Check], best: Case, ratio: float, spent: int) -> Result:
    verdict = worst({c.verdict for c in checks})
    stored = counterexample(claim, best).text() if verdict is Verdict.VIOLATED else ""
    return Result(
        verdict=verdict,
        grade=checks[0].grade,
        networks=sum(c.networks for c in checks),
        evaluations=spent,
        best_ratio=_number(ratio),
        median_truth=_number(median(checks[0].lower.tolist())),
        median_bound=_number(median(checks[0].bound.tolist())),
        counterexample=stored,
    )


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None
