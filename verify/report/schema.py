"""report.json: its version and layout, described in docs/report-schema.md."""

from __future__ import annotations

import math
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from verify.campaign.read import Summary
from verify.controls import Refutation
from verify.mutation import Fate, Score
from verify.report.model import Report
from verify.report.run import Record
from verify.report.summary import Row
from verify.report.tightness import TightnessRow

#: Raised by one whenever a field changes its meaning or goes away; new fields do not raise it.
SCHEMA_VERSION = 2


def document(report: Report) -> dict[str, Any]:
    """The report as JSON-ready data; no NaN or infinity, null where there is no number."""
    return {
        "schema_version": SCHEMA_VERSION,
        "plumbline_version": _version(),
        "seed": report.seed,
        "device": report.device,
        "effort": report.effort.name,
        "timings": {"seconds": round(report.seconds, 1)},
        "claims": [_claim(row) for row in report.rows],
        "controls": [_control(result) for result in report.controls],
        "own": [_without_file(found) for found in report.own],
        "mutation": [_mutation(score) for score in report.mutation],
        "campaign": [_campaign(row) for row in report.campaign],
        "tightness": [_tightness(row) for row in report.tightness],
        **{s.key: _finite(s.data) for s in report.sections if s.data is not None},
        "records": [_record(r) for r in report.records if r.check.cases],
    }


def _finite(data: Any) -> Any:
    """The same data with null for every number that JSON does not have."""
    if isinstance(data, dict):
        return {key: _finite(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_finite(value) for value in data]
    return _number(data) if isinstance(data, float) else data


def _version() -> str:
    try:
        return version("plumbline")
    except PackageNotFoundError:
        return "not installed"


def _number(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _claim(row: Row) -> dict[str, Any]:
    bound = row.claim.bound
    return {
        "name": bound.name,
        "source": str(bound.source),
        "quantity": bound.quantity,
        "latex": bound.latex(),
        "verdict": row.verdict.value,
        "verdict_sentence": row.verdict.sentence(bound.sense),
        "sense": bound.sense,
        "evidence": row.evidence.sentence,
        "grade": row.evidence.grade.value,
        "networks": row.networks,
        "undecided_cases": row.undecided,
        "worst_ratio": _number(row.worst_ratio),
        "median_ratio": _number(row.median_ratio),
        "worst_network": row.worst_label,
        "by_origin": {
            name: {
                "networks": part.networks,
                "worst_ratio": _number(part.worst_ratio),
                "median_ratio": _number(part.median_ratio),
            }
            for name, part in row.parts.items()
        },
        "exponents": [
            {
                "symbol": e.symbol,
                "predicted": e.predicted,
                "bound": _number(e.bound),
                "truth": _number(e.truth),
            }
            for e in row.exponents
        ],
        "not_run_reason": row.not_run,
    }


def _without_file(found: dict[str, Any]) -> dict[str, Any]:
    """A section of a user's claim; its counterexample by ratio and description only, its proof
    without the certificate's text."""
    stored, proof = found["counterexample"], found.get("proof")
    short = stored and {"ratio": stored["ratio"], "described": stored["described"]}
    known = proof and {key: proof[key] for key in ("proved", "reason", "boxes")}
    return {**found, "counterexample": short, "proof": known}


def _mutation(score: Score) -> dict[str, Any]:
    return {
        "claim": score.claim,
        "mutants": len(score.outcomes),
        "looser": score.count(Fate.LOOSER),
        "mistakes": score.mistakes,
        "killed": score.killed,
        "score": score.score,
        "survivors": [
            {"mutant": o.mutant.name, "fate": o.fate.value, "reason": o.reason}
            for o in score.survivors
        ],
    }


def _campaign(row: Summary) -> dict[str, Any]:
    return {
        "claim": row.claim,
        "source": row.source,
        "verdict": row.verdict.value,
        "done": row.done,
        "total": row.total,
        "networks": row.networks,
        "evaluations": row.evaluations,
        "best_ratio": _number(row.best_ratio),
        "median_ratio": _number(row.median_ratio),
        "best_at": row.best_at,
        "violations": row.violations,
    }


def _tightness(row: TightnessRow) -> dict[str, Any]:
    return {
        "claim": row.claim,
        "ratio": row.replayed,
        "stored_ratio": row.stored,
        "verdict": row.verdict.value,
        "status": row.status.value,
        "witness": row.witness,
        "by_depth": row.by_depth,
        "by_width": row.by_width,
    }


def _control(result: Refutation) -> dict[str, Any]:
    return {
        "name": result.control.name,
        "mistake": result.control.mistake,
        "refuted": result.refuted,
        "networks_tried": result.tried,
        "ratio": _number(result.ratio),
        "witness": result.witness,
    }


def _record(r: Record) -> dict[str, Any]:
    check, case = r.check, r.case
    return {
        "claim": check.claim,
        "origin": case.origin,
        "network": case.label,
        "activation": case.family,
        "axes": dict(case.axes),
        "step": case.step,
        "networks": check.cases,
        "verdict": check.verdict.value,
        "grade": check.grade.value,
        "violations": len(check.violations),
        "worst_ratio": _number(check.best_ratio),
        "median_ratio": _number(float(check.ratios.median())),
        "median_truth": _number(float(check.lower.median())),
        "median_bound": _number(float(check.bound.median())),
    }
