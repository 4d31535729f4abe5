"""One unit of work: check a batch of random networks, attack, and say what came out."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from verify.attack import Budget, attack
from verify.campaign.plan import Item, Plan
from verify.case import Case
from verify.check import Check, check
from verify.claim import Claim
from verify.counterexample.make import stated
from verify.errors import VerifyError
from verify.shrink import shrink
from verify.subject import Shape
from verify.tally import tally
from verify.verdict import Grade, Verdict


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
    """Does items; keeps the last batch of cases, which the next claim's item will want too."""

    def __init__(self, plan: Plan, chosen: dict[str, Claim]) -> None:
        self._plan, self._chosen = plan, chosen
        self._shapes = {
            name: {shape.name: shape for shape in plan.shapes_of(claim)}
            for name, claim in chosen.items()
        }
        self._last: tuple[tuple[Any, ...], Case] | None = None

    def do(self, item: Item) -> Result:
        """The result of one item; the same for equal items and plans.

        Raises:
            VerifyError, NumericsError, BoundsError: a claim of the user's misbehaves.
        """
        claim, shape = self._chosen[item.claim], self._shapes[item.claim][item.shape]
        case = self._case(claim, shape, item.seed)
        first = check(claim, case)
        if not first.cases:
            return Result(Verdict.NOT_RUN, Grade.NOT_RUN, 0, 0, None, None, None, first.reason)
        made, spent = [(first, case)], 0
        if self._plan.evaluations and first.verdict is not Verdict.VIOLATED:
            budget = Budget(self._plan.evaluations)
            hit = attack(claim, budget=budget, seed=item.seed, candidates=(shape,))
            spent = hit.evaluations
            made.append((check(claim, hit.case), hit.case))
        return _result(claim, made, spent)

    def _case(self, claim: Claim, shape: Shape, seed: int) -> Case:
        key = (id(claim.subject), shape.name, seed)
        if self._last is None or self._last[0] != key:
            drawn = claim.subject.drawn
            if drawn is None:
                raise VerifyError(
                    "claim", f"{claim.name}, about a {claim.subject.noun}", "one to draw"
                )
            self._last = key, drawn(shape, self._plan.networks, seed, claim)
        return self._last[1]


def _rank(made: tuple[Check, Case]) -> tuple[bool, float]:
    """A violation first, then the largest ratio; NaN counts as none."""
    ratio = made[0].best_ratio
    return made[0].verdict is Verdict.VIOLATED, -math.inf if math.isnan(ratio) else ratio


def _result(claim: Claim, made: Sequence[tuple[Check, Case]], spent: int) -> Result:
    whole = tally([found for found, _ in made], claim.subject.noun)
    first, best = made[0][0], max(made, key=_rank)
    violated = whole.verdict is Verdict.VIOLATED
    return Result(
        verdict=whole.verdict,
        grade=whole.evidence.grade,
        networks=whole.cases,
        evaluations=spent,
        best_ratio=_number(whole.best_ratio),
        median_truth=_number(median(first.lower.tolist())),
        median_bound=_number(median(first.bound.tolist())),
        counterexample=_counterexample(claim, best[1]) if violated else "",
    )


def _counterexample(claim: Claim, case: Case) -> str:
    """Shrunk by a number of checks, not by the clock: the same under any load."""
    return stated(claim, shrink(claim, case, seconds=math.inf)).text()


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None
