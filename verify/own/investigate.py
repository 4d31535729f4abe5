"""Everything there is to say about one claim: verdict, evidence, tightness, scaling, refutation."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

import bounds
from verify.attack import Budget, attack
from verify.case import Case
from verify.claim import Check, Claim, check
from verify.controls import hunting_ground
from verify.counterexample import Counterexample, counterexample, describe
from verify.own.search import hunt
from verify.populations import ACTIVATIONS, random_spec
from verify.strategies import case_of
from verify.verdict import Evidence, Grade, Verdict, worst

STRUCTURED = 100


@dataclass(frozen=True)
class Findings:
    """What is known of a claim.

    Attributes:
        verdict, evidence: as in the report, over all cases checked.
        best_ratio: largest truth/bound met, by checks or by the attack; NaN if nothing was met.
        witness: the case that attains it.
        evaluations: how many candidates the attack looked at besides the cases checked.
        scaling: symbol name -> exponent of the right side, where there is one.
        counterexample: shrunk, ready to save; None unless violated.
    """

    claim: Claim
    verdict: Verdict
    evidence: Evidence
    best_ratio: float
    witness: Case | None
    evaluations: int
    scaling: dict[str, str]
    counterexample: Counterexample | None

    @property
    def slack(self) -> float:
        """The largest factor by which the right side could still shrink, as far as was seen."""
        return 1 / self.best_ratio if self.best_ratio > 0 else math.inf

    @property
    def sentence(self) -> str:
        """The evidence in a sentence that calls samples samples."""
        text = self.evidence.sentence
        return text.replace("network", "sample") if self.claim.domain is not None else text

    def __str__(self) -> str:
        lines = [
            f"{self.claim.name}: {self.verdict.value} ({self.sentence})",
            f"  best truth/bound {self.best_ratio:.4g}",
        ]
        if self.scaling:
            grows = ", ".join(f"{name}^({power})" for name, power in self.scaling.items())
            lines.append(f"  right side grows as {grows}")
        if self.counterexample is not None:
            text = describe(self.counterexample.case()).replace("\n", "\n    ")
            lines.append(f"  fails at truth/bound {self.counterexample.claimed['ratio']}:")
            lines.append(f"    {text}")
        return "\n".join(lines)


def investigate(claim: Claim, *, seed: int = 0, evaluations: int = 4000) -> Findings:
    """Check the claim on corners and structured draws, attack it, and shrink what refutes it.

    Args:
        claim: a shipped claim or one of your own.
        seed: decides every draw; the same seed and evaluations give the same findings.
        evaluations: candidates the attack may evaluate.

    Raises:
        VerifyError: the claim's quantity, measures or sampler misbehave.
    """
    if claim.domain is not None:
        found = hunt(claim, seed=seed, evaluations=evaluations)
        return _findings(claim, found.checks, found.best, found.best_ratio, 0)
    checks, best = _on_cases(claim, _cases(claim, seed))
    ratio = max((_best(c) for c in checks if c.networks), default=math.nan)
    spent = 0
    if worst({c.verdict for c in checks}) is not Verdict.VIOLATED:
        result = attack(claim, budget=Budget(evaluations), seed=seed)
        spent = result.evaluations
        if not ratio >= result.ratio:
            best, ratio = result.case, result.ratio
            checks = [*checks, check(claim, best)]
    return _findings(claim, checks, best, ratio, spent)


def scaling(claim: Claim) -> dict[str, str]:
    """The exponents of the right side in its symbols, where they exist."""
    found = {}
    for name in claim.bound.symbols:
        short = {"m_min": "m", "m_max": "m"}.get(name, name)
        try:
            power = claim.bound.scaling(short)
        except (bounds.BoundsError, NotImplementedError, TypeError, ValueError):
            continue  # no power law in this symbol, or not without more values
        if name != "K":  # exponents are taken at K = 1
            found[short] = str(power)
    return found


def _cases(claim: Claim, seed: int) -> Iterator[Case]:
    yield from hunting_ground(claim.quantity.level, seed)
    if claim.quantity.level != "class":
        rng = np.random.default_rng(seed)
        for _ in range(STRUCTURED):
            yield case_of(random_spec(rng, ACTIVATIONS))


def _on_cases(claim: Claim, cases: Iterator[Case]) -> tuple[list[Check], Case | None]:
    """Check until the first violation, which ends the walk; the case of the largest ratio."""
    checks: list[Check] = []
    best: Case | None = None
    top = -math.inf
    for case in cases:
        result = check(claim, case)
        if not result.networks:
            continue
        checks.append(result)
        if _best(result) > top:
            best, top = case, _best(result)
        if result.verdict is Verdict.VIOLATED:
            return checks, case
    return checks, best


def _best(result: Check) -> float:
    return float(result.ratios.nan_to_num(nan=-math.inf).max())


def _findings(
    claim: Claim, checks: Sequence[Check], best: Case | None, ratio: float, spent: int
) -> Findings:
    verdict = worst({c.verdict for c in checks if c.networks})
    networks = sum(c.networks for c in checks)
    grades = [c.grade for c in itertools.islice((c for c in checks if c.networks), 1)]
    evidence = Evidence(grades[0] if grades else Grade.NOT_RUN, networks, ratio)
    refuted = verdict is Verdict.VIOLATED and best is not None
    stored = counterexample(claim, best) if refuted and best is not None else None
    return Findings(claim, verdict, evidence, ratio, best, spent, scaling(claim), stored)
