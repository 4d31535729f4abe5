"""A report in one sentence and one exit code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from verify.exits import Exit, of_verdicts
from verify.report import document as parts
from verify.report.model import Report
from verify.verdict import Verdict

__all__ = ["exit_code", "overall"]


def exit_code(report: Report) -> Exit:
    """0, 1 or 3 from the verdicts; a violated lemma or a surviving control counts as a violation.

    A lemma whose two sides are both rounding noise stays undecided without consequence: the
    bound that rests on it was decided on the same networks.
    """
    verdicts = {row.verdict for row in report.rows}
    verdicts |= {row.verdict for row in report.tightness}
    verdicts |= {row.verdict for row in report.campaign}
    verdicts |= {Verdict(found["verdict"]) for found in report.own}
    survived = any(not result.refuted for result in report.controls)
    for section in report.sections:
        verdicts |= section.verdicts
        survived |= bool(section.survived)
    return of_verdicts(verdicts, survived=survived)


def overall(report: Report) -> parts.Overall:
    """Counts, the exit code and the sentence that the first screen begins with."""
    counts = Counter(row.verdict for row in report.rows)
    code = exit_code(report)
    refuted = sum(result.refuted for result in report.controls)
    survivors = [name for section in report.sections for name in section.survived]
    return parts.Overall(
        exit_code=int(code),
        sentence=_sentence(counts, code, len(report.controls) - refuted + len(survivors)),
        counts={verdict.value: counts[verdict] for verdict in Verdict if counts[verdict]},
        controls=len(report.controls),
        controls_refuted=refuted,
        warnings=[text for section in report.sections for text in section.warnings],
    )


def _sentence(counts: Mapping[Verdict, int], code: Exit, survivors: int) -> str:
    said = []
    if survivors:
        said.append(f"Trust nothing below: {_many(survivors, 'wrong claim')} survived.")
    violated = counts.get(Verdict.VIOLATED, 0)
    open_ = counts.get(Verdict.UNDECIDED, 0) + counts.get(Verdict.NOT_RUN, 0)
    if violated:
        said.append(f"{_many(violated, 'claim')} refuted.")
    elif code is Exit.VIOLATED and not survivors:
        said.append("Something beside the claims is refuted: see the sections below.")
    elif code is Exit.OPEN and not open_:
        said.append("No claim refuted; something beside the claims is open, see the sections.")
    if open_:
        said.append(f"{_many(open_, 'claim')} undecided or not run.")
    if code is Exit.HOLDS:
        said.append("Nothing refuted, nothing undecided.")
    return " ".join([*said, *_rest(counts)])


def _rest(counts: Mapping[Verdict, int]) -> list[str]:
    tight, searched = counts.get(Verdict.TIGHT, 0), counts.get(Verdict.NOT_REFUTED, 0)
    holds = counts.get(Verdict.HOLDS, 0) + tight
    said = []
    if holds:
        met = f", {tight} of them with equality somewhere" if tight else ""
        said.append(f"{_many(holds, 'claim')} hold{'s' if holds == 1 else ''} in every case "
                    f"checked{met}.")  # fmt: skip
    if searched:
        said.append(f"{searched} {'was' if searched == 1 else 'were'} only searched.")
    return said


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
