"""A proof tried after the attack, where both sides are formulas and nothing was violated."""

from __future__ import annotations

from verify.claim import Claim
from verify.errors import VerifyError
from verify.prove.api import Proof, prove
from verify.verdict import Evidence, Verdict

__all__ = ["Proof", "attempted", "not_proved", "told"]

#: How much `investigate` looks for a proof: boxes decide, so that a busy machine says the same.
BOXES, SECONDS = 1500, 60.0


def attempted(claim: Claim, verdict: Verdict) -> Proof | None:
    """What became of the attempt; None where there is nothing to prove, or it is refuted."""
    if claim.quantity.formula is None or verdict is Verdict.VIOLATED:
        return None
    try:
        return prove(claim, seconds=SECONDS, boxes=BOXES, show=False)
    except VerifyError:
        return None  # a side that is measured by a function, or a domain that is no box


def told(proof: Proof, evidence: Evidence) -> str:
    """The evidence of a claim for which a proof was tried; the same for the same proof, whatever
    the clock says."""
    if not proof.proved:
        return evidence.sentence
    return f"on the whole domain, {proof.means}; certificate re-checked"


def not_proved(proof: Proof) -> str:
    """Why there is no proof, in a line."""
    return f"  not proved on the whole domain: {proof.reason}"
