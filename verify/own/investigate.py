"""Everything there is to say about one claim: verdict, evidence, tightness, scaling, refutation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import bounds
from verify.attack import Budget, attack
from verify.case import Case
from verify.check import Check, check
from verify.claim import Claim
from verify.counterexample import Counterexample, counterexample, describe
from verify.errors import VerifyError
from verify.own.proof import Proof, attempted, proof_line
from verify.own.words import doubt, nearest, point, supremum
from verify.ratios import ratio_text
from verify.subject import Shape
from verify.tally import Tally, tally
from verify.verdict import Evidence, Verdict


@dataclass(frozen=True)
class Findings:
    """What is known of a claim.

    Attributes:
        verdict, evidence: as in the report, over all cases checked.
        best_ratio: largest truth/bound met, by checks or by the attack; NaN if nothing was met.
        witness: the case that attains it; of an undecided claim, the first that is open.
        point: the one thing of the witness where that is so.
        supremum: how best_ratio was met: "attained", "approached", "at infinity".
        doubt: what is open and why, of an undecided claim.
        evaluations: how many candidates the attack looked at besides the cases checked.
        scaling: symbol name -> exponent of the right side, where there is one.
        counterexample: shrunk, ready to save; None unless violated.
        proof: what became of the attempt to prove it; None where there was none.
    """

    claim: Claim
    verdict: Verdict
    evidence: Evidence
    best_ratio: float
    witness: Case | None
    evaluations: int
    scaling: dict[str, str]
    counterexample: Counterexample | None
    point: Case | None = None
    supremum: str = ""
    doubt: str = ""
    proof: Proof | None = None

    @property
    def slack(self) -> float:
        """The largest factor by which the right side could still shrink, as far as was seen."""
        return 1 / self.best_ratio if self.best_ratio > 0 else math.inf

    @property
    def sentence(self) -> str:
        """The evidence in a sentence."""
        return self.evidence.sentence

    def __str__(self) -> str:
        lines = [f"{self.claim.name}: {self.verdict.value} ({self.sentence})"]
        if self.point is not None:
            lines.append(nearest(self.verdict, self.best_ratio, self.point))
        if self.doubt:
            lines.append(self.doubt)
        if self.proof is not None:
            lines.append(proof_line(self.proof))
        grown = {name: power for name, power in self.scaling.items() if power != "0"}
        if grown:
            grows = ", ".join(f"{name}^({power})" for name, power in grown.items())
            lines.append(f"  right side grows as {grows}")
        if self.counterexample is not None:
            text = describe(self.counterexample.case()).replace("\n", "\n    ")
            ratio = ratio_text(float(self.counterexample.claimed["ratio"]), 6)
            lines.append(f"  fails at truth/bound {ratio}:")
            lines.append(f"    {text}")
        return "\n".join(lines)


def investigate(
    claim: Claim,
    *,
    seed: int = 0,
    evaluations: int = 4000,
    candidates: Sequence[Shape] | None = None,
) -> Findings:
    """Check the claim at its subject's sharp corners, attack it, and shrink what refutes it.

    A violation does not end the search: the best ratio is the largest that the budget finds.

    Args:
        claim: a shipped claim or one of your own.
        seed: decides every draw; the same seed and evaluations give the same findings.
        evaluations: candidates the attack may evaluate.
        candidates: shapes the attack looks at, and then nothing else is looked at, for example
            those of an activation of one's own; default: sharp corners, and the subject's shapes.

    Raises:
        VerifyError: the claim's quantity, measures or sampler misbehave.
    """
    if not isinstance(claim, Claim):
        raise VerifyError("claim", type(claim).__name__, "a verify.Claim")
    for name, given in (("seed", seed), ("evaluations", evaluations)):
        if not isinstance(given, int) or not 0 <= given < 2**63:
            raise VerifyError(name, repr(given)[:80], "a whole number, from 0 on")
    made: list[tuple[Check, Case]] = []
    for case in claim.subject.corners(claim, seed) if candidates is None else ():
        made.append((check(claim, case), case))
        if made[-1][0].verdict is Verdict.VIOLATED:
            break
    result = attack(
        claim, budget=Budget(evaluations), seed=seed, candidates=candidates, stop_when_refuted=False
    )
    made.append((check(claim, result.case), result.case))
    best = max((m for m in made if m[0].cases), key=_rank)
    whole = tally([found for found, _ in made], claim.subject.noun)
    if whole.verdict is Verdict.UNDECIDED:
        best = next(m for m in made if m[0].verdict is Verdict.UNDECIDED)
    return _findings(claim, whole, best, result.evaluations)


def _rank(made: tuple[Check, Case]) -> tuple[bool, float]:
    """A violation first, then the largest ratio; NaN counts as none."""
    ratio = made[0].best_ratio
    return made[0].verdict is Verdict.VIOLATED, -math.inf if math.isnan(ratio) else ratio


def _findings(claim: Claim, whole: Tally, best: tuple[Check, Case], spent: int) -> Findings:
    violated, (found, witness) = whole.verdict is Verdict.VIOLATED, best
    where = point(claim, found, witness) if found.cases else None
    return Findings(
        claim=claim,
        verdict=whole.verdict,
        evidence=whole.evidence,
        best_ratio=whole.best_ratio,
        witness=witness,
        evaluations=spent,
        scaling=scaling(claim),
        counterexample=counterexample(claim, witness) if violated else None,
        point=where,
        supremum="" if where is None else supremum(whole.verdict, whole.best_ratio, where),
        doubt=doubt(found, witness, claim) if whole.verdict is Verdict.UNDECIDED else "",
        proof=attempted(claim, whole.verdict),
    )


def scaling(claim: Claim) -> dict[str, str]:
    """The exponents of the right side in its symbols, where they exist."""
    found = {}
    for name in claim.subject.growth(claim):
        try:
            found[name] = str(claim.bound.scaling(name))
        except (bounds.BoundsError, NotImplementedError, TypeError, ValueError):
            continue  # no power law in this symbol, or not without more values
    return found
