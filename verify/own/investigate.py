"""Everything there is to say about one claim: verdict, evidence, tightness, scaling, refutation."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import bounds
from numerics import NumericsError
from numerics.errors import ContradictionError
from numerics.tabular import Tabular
from verify.attack import Budget, attack
from verify.case import Case
from verify.check import Check, check
from verify.claim import Claim
from verify.counterexample import Counterexample, counterexample, describe
from verify.errors import VerifyError
from verify.own.proof import Proof, attempted, not_proved, told
from verify.own.words import doubt, nearest, point, supremum
from verify.ratios import ratio_text
from verify.subject import Shape
from verify.tally import Tally, tally
from verify.verdict import Evidence, Grade, Verdict


@dataclass(frozen=True)
class Findings(Tabular):
    """What is known of a claim.

    Attributes:
        verdict, evidence: as in the report, over all cases checked; "proved" where a proof of the
            claim on its whole domain was found and its certificate re-checked.
        best_ratio: largest truth/bound met, by checks or by the attack; NaN if nothing was met.
        witness: the case that attains it; of an undecided claim, the first that is open.
        point: the one thing of the witness where that is so.
        supremum: how best_ratio was met: "attained", "attained to rounding", "approached" or
            "at infinity".
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
        return self.evidence.sentence if self.proof is None else told(self.proof, self.evidence)

    def __repr__(self) -> str:
        return str(self)

    def rows(self) -> list[dict[str, Any]]:
        """One row: the statement in LaTeX, verdict, evidence, best ratio, candidates looked at."""
        return [
            {
                "claim": self.claim.name,
                "statement": f"${self.claim.bound.latex()}$",
                "verdict": self.verdict.value,
                "evidence": self.sentence,
                "best truth/bound": self.best_ratio,
                "supremum": self.supremum,
                "candidates": self.evaluations,
                "source": str(self.claim.bound.source),
            }
        ]

    def plot(self, ax: Any = None) -> Any:
        """truth/bound at the witness, entry by entry (see `Check.plot`).

        Parameters
        ----------
        ax : matplotlib axes, optional
            The current ones if None.

        Returns
        -------
        matplotlib axes

        Raises
        ------
        VerifyError
            Nothing was met.
        NumericsError
            matplotlib is not installed.

        Examples
        --------
        >>> import matplotlib
        >>> matplotlib.use("Agg")
        >>> import sympy, verify
        >>> x = sympy.Symbol("x", real=True)
        >>> wrong = verify.Claim.of("wrong", x**2, 2, domain={"x": verify.domain.scalar(-9, 9)})
        >>> type(verify.investigate(wrong, evaluations=20).plot()).__name__
        'Axes'
        """
        if self.witness is None:
            raise VerifyError("plot", "findings without a witness", "a claim that was checked")
        return check(self.claim, self.witness).plot(ax)

    def _repr_html_(self) -> str:
        statement = f"<p>$\\displaystyle {html.escape(self.claim.bound.latex())}$</p>"
        return f"{statement}<pre>{html.escape(str(self))}</pre>"

    def __str__(self) -> str:
        lines = [f"{self.claim.name}: {self.verdict.value} ({self.sentence})"]
        if self.point is not None:
            lines.append(nearest(self.verdict, self.best_ratio, self.supremum, self.point))
        if self.doubt:
            lines.append(self.doubt)
        if self.proof is not None and not self.proof.proved:
            lines.append(not_proved(self.proof))
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
    """What is known of a claim: checked, attacked, where possible proved, and shrunk where refuted.

    It is checked at its subject's sharp corners and attacked; a proof is tried where both sides are
    formulas and nothing refuted it. A violation does not end the search: the best ratio is the
    largest that the budget finds.

    Parameters
    ----------
    claim : Claim
        A shipped claim or one of your own.
    seed : int
        Decides every draw; the same seed and evaluations give the same findings.
    evaluations : int
        Candidates that the attack may evaluate.
    candidates : sequence of Shape, optional
        Shapes that the attack looks at, and then nothing else is looked at, for example those of an
        activation of one's own; default: sharp corners, and the subject's shapes.

    Returns
    -------
    Findings

    Raises
    ------
    VerifyError
        The claim's quantity, measures or sampler misbehave.

    Examples
    --------
    >>> import sympy, verify
    >>> x = sympy.Symbol("x", real=True)
    >>> wrong = verify.Claim.of("wrong", x**2, 2, domain={"x": verify.domain.scalar(-9, 9)})
    >>> verify.investigate(wrong, evaluations=50).verdict.value
    'violated'
    """
    if not isinstance(claim, Claim):
        raise VerifyError("claim", type(claim).__name__, "a verify.Claim")
    for name, given in (("seed", seed), ("evaluations", evaluations)):
        if not isinstance(given, int) or not 0 <= given < 2**63:
            raise VerifyError(name, repr(given)[:80], "a whole number, from 0 on")
    made: list[tuple[Check, Case]] = []
    for case in claim.subject.corners(claim, seed) if candidates is None else ():
        try:
            made.append((check(claim, case), case))
        except ContradictionError:  # a fault of ours: nothing hides it
            raise
        except (bounds.BoundsError, NumericsError):  # numbers that are refused: this corner alone
            continue
        if made[-1][0].verdict is Verdict.VIOLATED:
            break
    result = attack(
        claim, budget=Budget(evaluations), seed=seed, candidates=candidates, stop_when_refuted=False
    )
    made.append((check(claim, result.case), result.case))
    proof = attempted(claim, tally([found for found, _ in made]).verdict)
    if proof is not None and proof.counterexample is not None:
        made.append((check(claim, proof.counterexample), proof.counterexample))
    best = max((m for m in made if m[0].cases), key=_rank)
    whole = tally([found for found, _ in made], claim.subject.noun)
    if whole.verdict is Verdict.UNDECIDED:
        best = next(m for m in made if m[0].verdict is Verdict.UNDECIDED)
    return _findings(claim, whole, best, result.evaluations, proof)


def _rank(made: tuple[Check, Case]) -> tuple[bool, float]:
    """A violation first, then the largest ratio; NaN counts as none."""
    ratio = made[0].best_ratio
    return made[0].verdict is Verdict.VIOLATED, -math.inf if math.isnan(ratio) else ratio


def _findings(
    claim: Claim, whole: Tally, best: tuple[Check, Case], spent: int, proof: Proof | None
) -> Findings:
    violated, (found, witness) = whole.verdict is Verdict.VIOLATED, best
    where = point(claim, found, witness) if found.cases else None
    proved = proof is not None and proof.proved and not violated
    verdict, evidence = whole.verdict, whole.evidence
    if proved:
        verdict, evidence = Verdict.PROVED, replace(evidence, grade=Grade.PROVED)
    return Findings(
        claim=claim,
        verdict=verdict,
        evidence=evidence,
        best_ratio=whole.best_ratio,
        witness=witness,
        evaluations=spent,
        scaling=scaling(claim),
        counterexample=counterexample(claim, witness) if violated else None,
        point=where,
        supremum="" if where is None else supremum(claim, whole.verdict, whole.best_ratio, where),
        doubt=doubt(found, witness, claim) if verdict is Verdict.UNDECIDED else "",
        proof=proof,
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
