"""The family's section of the report: runs, envelope, widths, and whether it is faster."""

from __future__ import annotations

from typing import Any

from numerics.relu_two_layer import Descent
from verify.relu_two_layer import findings, pictures, trained, widths
from verify.relu_two_layer.cases import MoveCase, StepCase
from verify.relu_two_layer.subjects import SUBJECTS, claims
from verify.report.section import Context, Section, Table, number, of_runs, ratio
from verify.subject import Subject
from verify.trajectory import Along, along

__all__ = ["section"]

_AT = (1, 2, 5, 10, 20, 40, 60)


def section(context: Context) -> Section | None:
    """None where the report is about other families."""
    if not any(name in claims() for name in context.chosen):
        return None
    tell = context.progress
    tell("two-layer ReLU: trajectories")
    runs = _trajectories()
    tell("two-layer ReLU: certificates")
    envelope = findings.envelope()
    deep = context.effort.name == "deep"
    firing = findings.firing_widths(2**14, (10, 100, 1.0)) if deep else findings.firing_widths()
    starting, moved = widths.starts(), widths.moving()
    tell("two-layer ReLU: against the plain network")
    faster = findings.comparisons(m=3000 if deep else 600)
    verdicts = {found.verdict for _, found in runs}
    return Section(
        key="relu_two_layer",
        title="Two-layer ReLU networks with weight normalization",
        intro=(
            "After Dukler, Gu and Montufar (arXiv 2006.06878). Statements about moves and steps "
            "along real runs on scikit-learn's digits; then what a certificate of convergence says."
        ),
        tables=(
            of_runs("Along runs on digits (up to step 60)", runs),
            widths.of_starts(starting),
            widths.of_moving(moved),
            _of_envelope(envelope),
            _of_widths(firing),
            _of_speed(faster),
        ),
        pictures=(
            ("kernels at infinite width against the angle", pictures.kernels_svg()),
            ("spectrum of V and G by spherical degree, d = 3", pictures.spectrum_svg()),
            ("a run against its certificate", pictures.envelope_svg(envelope)),
            ("smallest width certified at the start", pictures.widths_svg(firing)),
        ),
        data=_data(runs, envelope, firing, faster),
        verdicts=frozenset(verdicts),
    )


def _subject(kind: type[Any]) -> Subject:
    return next(subject for subject in SUBJECTS if subject.case_type is kind)


def _trajectories() -> list[tuple[str, Along]]:
    """S1 to S4, M2, E1 and E2 along one run each."""
    found = []
    for kind, row in ((MoveCase, ("digits", 6, 12, 1.0, 0)), (StepCase, ("digits", 6, 16, 1.0, 0))):
        made = trained.made(*row)
        if made is None:
            continue
        states = list(trained.trajectory(kind, made, _AT))
        for name, claim in claims().items():
            if claim.subject is _subject(kind):
                found.append((name, along(claim, states)))
    return found


def _of_envelope(found: findings.Envelope) -> Table:
    fired = "never" if found.fired is None else str(found.fired)
    share = (
        "-" if found.fired is None else number(found.residuals[found.fired] / found.residuals[0])
    )
    rows = [
        ("first certified step (asked every 5)", fired),
        ("residual left at that step", share),
        ("certified rate, and floor of lam(Lambda)", f"{found.rate:.4g}, {found.floor:.4g}"),
        ("least lam(Lambda) seen later", number(min(found.least[found.fired or 0 :]))),
        ("worst residual/envelope later", ratio(found.worst)),
    ]
    return Table("A certificate of convergence", ("quantity", "value>"), rows, found.words)


def _of_widths(found: tuple[findings.Widths, ...]) -> Table:
    rows = []
    for row in found:
        known = zip(row.sizes, row.widths, row.scale, strict=True)
        for size, width, scale in known:
            constant = "-" if width is None else number(width / scale)
            wide = "beyond the grid" if width is None else str(width)
            rows.append((f"{row.axis} = {size:g}", wide, constant, ""))
        rows[-1] = (*rows[-1][:3], number(row.slope))
    columns = ("axis", "m*>", "m*/law>", "exponent>")
    note = (
        "Smallest width on a grid of sqrt 2 at which gradient flow is certified at the start "
        "(pairs, |y| = 1); law: chi^2 ||r(0)||^2/lam(V_inf)^2."
    )
    return Table("How wide is wide enough", columns, rows, note)


def _of_speed(found: list[tuple[float, Any]]) -> Table:
    def condition(each: Descent) -> str:
        return number(0.5 * (each.condition[0] + each.condition[1]))

    rows = [
        (f"{alpha:g}", condition(c.normalized), str(c.normalized.steps or "> 500"),
         condition(c.plain), str(c.plain.steps or "> 500"))
        for alpha, c in found
    ]  # fmt: skip
    columns = ("alpha>", "condition>", "steps>", "condition without>", "steps without>")
    note = (
        "Each with step 1/(largest eigenvalue), until 1 % of the residual is left: small alpha "
        "raises eigenvalues and lowers the admissible step alike; long rows are worse conditioned."
    )
    return Table("Is weight normalization faster?", columns, rows, note)


def _data(
    runs: list[tuple[str, Along]],
    envelope: findings.Envelope,
    widths: tuple[findings.Widths, ...],
    faster: list[tuple[float, Any]],
) -> dict[str, Any]:
    return {
        "runs": [
            {"claim": name, "verdict": found.verdict.value, "worst": found.whole.worst}
            for name, found in runs
        ],
        "envelope": {
            "fired": envelope.fired,
            "rate": envelope.rate,
            "floor": envelope.floor,
            "worst": None if envelope.fired is None else envelope.worst,
        },
        "widths": [
            {"axis": row.axis, "sizes": list(row.sizes), "widths": list(row.widths)}
            for row in widths
        ],
        "steps": [
            {"alpha": alpha, "normalized": c.normalized.steps, "plain": c.plain.steps}
            for alpha, c in faster
        ],
    }
