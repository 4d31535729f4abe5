"""Scaling laws as a section of the report: tables and log-log pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from verify.report.section import Section, Table
from verify.scaling.fit import Exponent
from verify.scaling.law import Law, ScalingLaw
from verify.scaling.picture import laws_svg
from verify.scaling.terms import Need

__all__ = ["section"]

_INTRO = (
    "How the largest truth that a search finds grows with the size, at one fixed regime, beside "
    "the bound on the same sizes. Searched from below: a rate is attained where the cases found "
    "keep up with the bound; loose is what two searches that agree could not do. Exponents with "
    "95 % intervals."
)


def section(found: Sequence[Sequence[ScalingLaw]], over: Sequence[str]) -> Section:
    """found: laws that share one search each; over: the axes that they were measured over."""
    laws = [law for shared in found for scaling in shared for law in scaling.laws]
    pictures = [
        (f"{'; '.join(law.claim for law in group)}: {group[0].group}, {regime(group[0])}",
         laws_svg(group, axis))
        for shared in found
        for group in _searches(shared)
        for axis in over
        if any(law.axis == axis for law in group[0].axes)
    ]  # fmt: skip
    return Section(
        key="scaling",
        title="Scaling on the worst cases",
        intro=_INTRO,
        tables=(_rates(laws), _terms(laws)),
        pictures=tuple(pictures),
        data=[_data(law) for law in laws],
        verdicts=frozenset(law.verdict for law in laws),
    )


def _searches(shared: Sequence[ScalingLaw]) -> list[list[Law]]:
    """The laws of one search and one group of shapes together."""
    groups: dict[str, list[Law]] = {}
    for scaling in shared:
        for law in scaling.laws:
            groups.setdefault(law.group, []).append(law)
    return list(groups.values())


def regime(law: Law) -> str:
    """The regime in words."""
    return ", ".join(f"{name} = {value:g}" for name, value in law.regime.items())


def _exponent(found: Exponent | None) -> str:
    return "-" if found is None else str(found)


def _rates(laws: Sequence[Law]) -> Table:
    rows = [
        (
            law.claim, law.group, regime(law), axis.axis, _exponent(axis.truth),
            _exponent(axis.bound), axis.rate.value, f"{axis.settled}/{len(axis.sizes)}",
            f"{law.cells[-1].ratio:.3g}",
        )
        for law in laws
        for axis in law.axes
    ]  # fmt: skip
    columns = ("claim", "phi", "regime", "axis", "suprema found", "bound", "rate",
               "agree>", "truth/bound>")  # fmt: skip
    note = (
        "agree: sizes at which two searches came to the same, to 1 %. truth/bound: at the largest "
        "size."
    )
    return Table("Scaling on the worst cases (searched from below)", columns, rows, note)


def _terms(laws: Sequence[Law]) -> Table:
    rows = [
        (law.claim, term.term, str(term.rules), f"{term.best:.3g}", term.axis,
         _exponent(term.ratio), term.need.value)
        for law in laws
        for term in law.terms
        if term.need is not Need.NEVER
    ]  # fmt: skip
    columns = ("claim", "term", "rules at>", "best>", "axis", "truth/term", "says")
    return Table("Term by term (sizes where a term is more than half of the sum)", columns, rows)


def _data(law: Law) -> dict[str, Any]:
    return {
        "claim": law.claim,
        "group": law.group,
        "regime": dict(law.regime),
        "evaluations": law.evaluations,
        "cells": [
            {"sizes": dict(c.sizes), "truth": c.truth, "bound": c.bound, "random": c.random,
             "agreed": c.settled}
            for c in law.cells
        ],
        "axes": [
            {"axis": a.axis, "rate": a.rate.value, "truth": _numbers(a.truth),
             "bound": _numbers(a.bound)}
            for a in law.axes
        ],
        "terms": [
            {"term": t.term, "rules": t.rules, "best": t.best, "says": t.need.value}
            for t in law.terms
        ],
    }  # fmt: skip


def _numbers(found: Exponent | None) -> list[float] | None:
    return None if found is None else [found.value, found.low, found.high]
