"""What the report shows of a claim of one's own, as JSON-ready data."""

from __future__ import annotations

import math
from typing import Any

from verify.counterexample import describe
from verify.own.investigate import Findings
from verify.own.proof import Proof


def section(findings: Findings) -> dict[str, Any]:
    """One claim's page as data: statement, verdict, evidence, tightness, scaling, counterexample.

    Parameters
    ----------
    findings : Findings
        What `investigate` returned.

    Returns
    -------
    dict
        name, source, quantity, latex, verdict, verdict_sentence, evidence, grade, networks,
        worst_ratio, supremum, slack, attack_evaluations, scaling, witness (text or null), proof
        (null, or an object with proved, reason, boxes, certificate: its text or null),
        counterexample (null, or an object with ratio, described, file: the content of the file to
        offer for download).

    Examples
    --------
    >>> import sympy, verify
    >>> x = sympy.Symbol("x", real=True)
    >>> wrong = verify.Claim.of("wrong", x**2, 2, domain={"x": verify.domain.scalar(-9, 9)})
    >>> verify.section(verify.investigate(wrong, evaluations=50))["verdict"]
    'violated'
    """
    claim, stored = findings.claim, findings.counterexample
    return {
        "name": claim.name,
        "source": claim.bound.source.paper,
        "quantity": claim.bound.quantity,
        "latex": claim.bound.latex(),
        "verdict": findings.verdict.value,
        "verdict_sentence": findings.verdict.sentence(claim.bound.sense),
        "evidence": findings.sentence,
        "grade": findings.evidence.grade.value,
        "networks": findings.evidence.cases,
        "worst_ratio": _number(findings.best_ratio),
        "supremum": findings.supremum,
        "slack": _number(findings.slack),
        "attack_evaluations": findings.evaluations,
        "scaling": findings.scaling,
        "witness": None if findings.witness is None else findings.witness.label,
        "proof": None if findings.proof is None else _proof(findings.proof),
        "counterexample": None
        if stored is None
        else {
            "ratio": stored.claimed["ratio"],
            "described": describe(stored.case()),
            "file": stored.text(),
        },
    }


def _proof(proof: Proof) -> dict[str, Any]:
    made = proof.certificate
    return {
        "proved": proof.proved,
        "reason": proof.reason,
        "boxes": proof.boxes,
        "certificate": None if made is None else made.text,
    }


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None
