"""A proof tried after the attack, where both sides are formulas and nothing was violated."""

from __future__ import annotations

from verify.claim import Claim
from verify.errors import VerifyError
from verify.prove.api import Proof, prove
from verify.verdict import Verdict

__all__ = ["Proof", "attempted", "proof_line"]

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


def proof_line(proof: Proof) -> str:
    """Whether it is proved, and why not; the same for the same proof, whatever the clock says."""
    if proof.proved:
        return "  proved on the whole domain, in ball arithmetic; certificate re-checked"
    return f"  not proved on the whole domain: {proof.reason}"
