"""From what a run found to the document that `report.json` holds."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bounds.latex import expression_latex, where
from verify.campaign.read import Summary
from verify.case import Case
from verify.claim import Claim
from verify.controls import Refutation
from verify.families import families
from verify.mutation import Fate, Score
from verify.report import document as parts
from verify.report import section as sections
from verify.report.closest import witnesses
from verify.report.made import made
from verify.report.model import Report
from verify.report.overall import overall
from verify.report.run import Record
from verify.report.summary import Row, Series

__all__ = ["document", "lines"]


def document(report: Report) -> parts.Document:
    """The report as data; no NaN or infinity, null where there is no number."""
    ids = _ids(report)
    homes = {id(claim): f.name for f in families() for claim in f.claims().values()}
    homes |= {id(trial.claim): f.name for f in families() for trial in f.trials()}
    return parts.Document(
        schema_version=parts.SCHEMA_VERSION,
        title=_title(report),
        made=made(report),
        overall=overall(report),
        families=_families(report, homes),
        claims=[_claim(row, report, homes, ids) for row in report.rows],
        controls=[_control(result) for result in report.controls],
        sections=[_section(s) for s in report.sections],
        own=[finite(found) for found in report.own],
        mutation=[_mutation(score) for score in report.mutation],
        campaign=[_campaign(row) for row in report.campaign],
        figures=[parts.Picture(caption=name, svg=svg) for name, svg in report.figures],
        networks=[_network(ids[id(case)], r.claim, case) for r, case in _cases(report)],
    )


def lines(report: Report) -> Iterator[bytes]:
    """The lines of `records.jsonl`: one for each claim and case that it speaks of."""
    ids = _ids(report)
    for record in report.records:
        if record.check.cases:
            yield parts.encoded(_record(record, ids)) + b"\n"


def _cases(report: Report) -> list[tuple[Record, Case]]:
    """Every case once, in the order of the records, with the first record it stands in."""
    found: dict[int, tuple[Record, Case]] = {}
    for record in report.records:
        found.setdefault(id(record.case), (record, record.case))
    return list(found.values())


def _ids(report: Report) -> dict[int, int]:
    return {id(case): k for k, (_, case) in enumerate(_cases(report))}


def finite(data: Any) -> Any:
    """The same data with null for every number that JSON does not have."""
    if isinstance(data, dict):
        return {str(key): finite(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [finite(value) for value in data]
    return number(data) if isinstance(data, float) else data


def number(value: float | None) -> float | None:
    """None for what JSON does not have."""
    return value if value is not None and math.isfinite(value) else None


def _papers(claims: Sequence[Claim]) -> list[str]:
    named = dict.fromkeys(claim.bound.source.paper for claim in claims)
    versions = {c.bound.source.paper: c.bound.source.version for c in claims}
    return [f"{paper} ({versions[paper]})" if versions[paper] else paper for paper in named]


def _title(report: Report) -> str:
    claims = [row.claim for row in report.rows]
    papers = [paper for paper in _papers(claims) if paper.startswith("[")]
    about = sorted({claim.subject.noun for claim in claims})
    many = f"{len(claims)} claim{'' if len(claims) == 1 else 's'}"
    if len(papers) > 1:
        papers = [paper.split(" (")[0] for paper in papers]
    return f"{many} after {', '.join(papers)}" if papers else f"{many} about {', '.join(about)}"


def _families(report: Report, homes: Mapping[int, str]) -> list[parts.Family]:
    found = []
    for family in families():
        own = [row.claim for row in report.rows if homes.get(id(row.claim)) == family.name]
        if own:
            found.append(parts.Family(name=family.name, title=family.title, papers=_papers(own)))
    return found


def _claim(
    row: Row, report: Report, homes: Mapping[int, str], ids: Mapping[int, int]
) -> parts.Claim:
    bound = row.claim.bound
    return parts.Claim(
        name=bound.name,
        family=homes.get(id(row.claim), ""),
        source=str(bound.source),
        theorem=bound.source.theorem,
        tag=bound.source.tag,
        quantity=bound.quantity,
        sense=bound.sense,
        latex=bound.latex(),
        left=row.claim.quantity.latex,
        formula=expression_latex(bound.expression, bound.notation),
        definitions=list(where(bound.expression, bound.notation)),
        probability=(
            "" if bound.failure is None else expression_latex(1 - bound.failure, bound.notation)
        ),
        assumptions=[
            parts.Assumption(sentence=a.sentence, latex=a.latex) for a in bound.assumptions
        ],
        verdict=row.verdict,
        sentence=row.verdict.sentence(bound.sense),
        evidence=row.evidence.sentence,
        grade=row.evidence.grade.value,
        noun=row.claim.subject.noun,
        cases=row.networks,
        undecided=row.undecided,
        worst_ratio=number(row.worst_ratio),
        median_ratio=number(row.median_ratio),
        by_origin={
            name: parts.Share(
                cases=part.networks,
                worst_ratio=number(part.worst_ratio),
                median_ratio=number(part.median_ratio),
            )
            for name, part in row.parts.items()
            if part.networks
        },
        exponents=[
            parts.Exponent(
                symbol=e.symbol, grid=list(e.grid), formula=number(e.bound),
                truth=number(e.truth), limit=e.predicted,
            )
            for e in row.exponents
        ],
        curves=[_curve(curve) for curve in row.curves],
        worst_network=ids.get(id(row.top.case)) if row.top else None,
        witnesses=witnesses(row, report.tightness),
        not_run_reason=row.not_run,
    )  # fmt: skip


def _curve(curve: Series) -> parts.Curve:
    values = (list(map(float, v)) for v in (curve.x, curve.truth, curve.bound))
    x, truth, bound = values
    return parts.Curve(axis=curve.axis, group=curve.label, x=x, truth=truth, bound=bound)


def _control(result: Refutation) -> parts.Control:
    return parts.Control(
        name=result.control.name,
        base=result.control.base,
        mistake=result.control.mistake,
        refuted=result.refuted,
        tried=result.tried,
        ratio=number(result.ratio),
        witness=result.witness,
    )


def _section(found: sections.Section) -> parts.Section:
    return parts.Section(
        key=found.key,
        title=found.title,
        intro=found.intro,
        tables=[_table(table) for table in found.tables],
        pictures=[parts.Picture(caption=text, svg=svg) for text, svg in found.pictures],
        warnings=list(found.warnings),
        card=list(found.card),
        data=finite(found.data),
    )


def _table(table: sections.Table) -> parts.Table:
    columns = [name.removeprefix("page:") for name in table.columns]
    rows = [[_cell(entry) for entry in row] for row in table.rows]
    return parts.Table(title=table.title, columns=columns, rows=rows, note=table.note)


def _cell(entry: str | sections.Cell) -> parts.Cell:
    if isinstance(entry, str):
        return parts.Cell(text=entry)
    return parts.Cell(text=entry.text, latex=entry.latex, verdict=entry.verdict)


def _mutation(score: Score) -> parts.Mutation:
    return parts.Mutation(
        claim=score.claim,
        mutants=len(score.outcomes),
        looser=score.count(Fate.LOOSER),
        mistakes=score.mistakes,
        killed=score.killed,
        score=score.score,
        survivors=[
            parts.Survivor(mutant=o.mutant.name, fate=o.fate.value, reason=o.reason)
            for o in score.survivors
        ],
    )


def _campaign(row: Summary) -> parts.Campaign:
    return parts.Campaign(
        claim=row.claim,
        source=row.source,
        verdict=row.verdict,
        done=row.done,
        total=row.total,
        networks=row.networks,
        evaluations=row.evaluations,
        best_ratio=number(row.best_ratio),
        median_ratio=number(row.median_ratio),
        best_at=row.best_at,
        violations=row.violations,
    )


def _network(key: int, claim: Claim, case: Case) -> parts.Network:
    return parts.Network(
        id=key,
        noun=claim.subject.noun,
        origin=case.origin,
        label=case.label,
        group=case.family,
        axes={name: float(size) for name, size in case.axes.items()},
        step=case.step,
        size=case.size,
    )


def _record(r: Record, ids: Mapping[int, int]) -> parts.Record:
    check = r.check
    return parts.Record(
        claim=check.claim,
        network=ids[id(r.case)],
        cases=check.cases,
        verdict=check.verdict,
        grade=check.grade.value,
        violations=len(check.violations),
        worst_ratio=number(check.best_ratio),
        median_ratio=number(float(check.ratios.median())),
        median_truth=number(float(check.lower.median())),
        median_bound=number(float(check.bound.median())),
    )
