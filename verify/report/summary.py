"""From records to the rows of the report: verdict, evidence, ratios, exponents."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np
from torch import Tensor

import bounds
from verify.claim import Claim
from verify.effort import REFERENCE_DEPTH, REFERENCE_WIDTH, Effort
from verify.probability import Draws, Trial
from verify.report.run import Record
from verify.tally import Tally, tally
from verify.verdict import EQUALITY, Evidence, Grade, Verdict, worst

ORIGINS = ("random", "structured", "trained", "witness")


@dataclass(frozen=True)
class Exponent:
    """Growth in one symbol: predicted from the formula, fitted to the bound and to the truth.

    `predicted` is the limit exponent at the activation of the grid; `bound` and `truth` are
    least-squares slopes of log median against log symbol over the same grid, which is where the two
    can be compared: far from the limit a formula grows at another rate. None where undefined.
    """

    symbol: str
    predicted: str
    bound: float | None
    truth: float | None
    grid: tuple[float, ...] = ()


@dataclass(frozen=True)
class Part:
    """Counts and ratios of one origin (random, structured, trained)."""

    networks: int
    worst_ratio: float | None
    median_ratio: float | None


@dataclass(frozen=True)
class Series:
    """One curve of a plot: truth and bound (medians over the networks) against x."""

    axis: str
    x: tuple[float, ...]
    truth: tuple[float, ...]
    bound: tuple[float, ...]
    label: str


@dataclass(frozen=True)
class Row:
    """One claim in the report; top: the record of its worst ratio."""

    claim: Claim
    verdict: Verdict
    evidence: Evidence
    networks: int
    comparisons: int
    undecided: int
    worst_ratio: float | None
    median_ratio: float | None
    worst_label: str
    parts: dict[str, Part]
    exponents: tuple[Exponent, ...]
    not_run: str
    top: Record | None = None
    curves: tuple[Series, ...] = ()


def summarize(claim: Claim, records: Sequence[Record], effort: Effort) -> Row:
    """The report's row for one claim from all its records."""
    own = [r for r in records if r.claim is claim]
    run = [r for r in own if r.check.cases]
    whole = tally([r.check for r in own], claim.subject.noun)
    top = max(run, key=lambda r: _rank(r.check.best_ratio), default=None)
    curves = {axis: series(claim, run, effort, axis) for axis in ("m", "L", "step")}
    return Row(
        claim=claim,
        verdict=_met(claim, whole),
        evidence=whole.evidence,
        networks=whole.cases,
        comparisons=whole.comparisons,
        undecided=whole.undecided,
        worst_ratio=whole.worst,
        median_ratio=whole.median,
        worst_label=top.case.label if top else "",
        parts={origin: _part(run, origin) for origin in ORIGINS},
        exponents=tuple(_exponent(claim, curves[s], s) for s in ("m", "L")),
        not_run=whole.reason,
        top=top,
        curves=tuple(curve for curve in curves.values() if curve is not None),
    )


def _met(claim: Claim, whole: Tally) -> Verdict:
    """A claim that holds and is met to within 1e-9 somewhere is tight, also where the order of the
    two sides is certain there: the row must not say less than the witness beside it."""
    met = whole.worst is not None and 1 - EQUALITY <= whole.worst <= 1
    if whole.verdict is Verdict.HOLDS and claim.bound.sense != "==" and met:
        return Verdict.TIGHT
    return whole.verdict


def of_draws(found: Sequence[tuple[Trial, Draws]]) -> Row:
    """The report's row for a claim with a probability: its networks are independent draws.

    found: the claim's draws from each distribution that it was tried on; what is worst of any is
    the row's verdict.
    """
    claim, counted = found[0][0].claim, [draws for _, draws in found]
    total, worst_ratio = sum(d.draws for d in counted), max(d.worst for d in counted)
    telling, told = max(found, key=lambda pair: _telling(pair[1]))
    return Row(
        claim=claim,
        verdict=worst({draws.verdict for draws in counted}),
        evidence=Evidence(Grade.STATISTICAL, total, worst_ratio, "draw"),
        networks=total,
        comparisons=total,
        undecided=sum(draws.open for draws in counted),
        worst_ratio=worst_ratio,
        median_ratio=None,
        worst_label=f"{telling.words}: {told.sentence}",
        parts={o: Part(total if o == "random" else 0, None, None) for o in ORIGINS},
        exponents=tuple(
            Exponent(s, predicted_exponent(claim, s, "tanh"), None, None) for s in ("m", "L")
        ),
        not_run="",
    )


def _telling(draws: Draws) -> tuple[bool, bool, float]:
    """Refuted before open, open before held; among equals the nearest to refutation."""
    refuted, held = (draws.verdict is v for v in (Verdict.VIOLATED, Verdict.HOLDS))
    return refuted, not held, draws.worst


def _rank(ratio: float) -> float:
    return -math.inf if math.isnan(ratio) else ratio


def _part(records: Sequence[Record], origin: str) -> Part:
    whole = tally([r.check for r in records if r.case.origin == origin])
    return Part(whole.cases, whole.worst, whole.median)


def series(claim: Claim, records: Sequence[Record], effort: Effort, axis: str) -> Series | None:
    """Truth and bound over "m" (width), "L" (depth) or "step" (training), for one activation."""
    own = [r for r in records if r.claim is claim and r.check.cases]
    own = [r for r in own if r.case.origin == ("trained" if axis == "step" else "random")]
    name = own[0].case.family if own else ""
    own = [r for r in own if r.case.family == name and _on_axis(r, axis, effort)]
    points: dict[float, list[Record]] = {}
    for r in own:
        points.setdefault(_coordinate(r, axis), []).append(r)
    if len(points) < 2:
        return None
    x = sorted(points)
    truth = [_median([r.check.lower for r in points[k]]) for k in x]
    bound = [_median([r.check.bound for r in points[k]]) for k in x]
    return Series(axis, tuple(x), tuple(truth), tuple(bound), name)


def _on_axis(r: Record, axis: str, effort: Effort) -> bool:
    axes = r.case.axes
    if axis == "step":
        return r.case.step is not None
    if axis not in axes:
        return False
    if axis == "m":
        return axes.get("L") == REFERENCE_DEPTH
    return axes.get("m") == min(REFERENCE_WIDTH, effort.widths[-1])


def _coordinate(r: Record, axis: str) -> float:
    return float(r.case.step or 0) if axis == "step" else float(r.case.axes[axis])


def _median(tensors: Sequence[Tensor]) -> float:
    return float(median(value for t in tensors for value in t.tolist()))


def _exponent(claim: Claim, curve: Series | None, symbol: str) -> Exponent:
    predicted = predicted_exponent(claim, symbol, curve.label if curve else "tanh")
    if curve is None:
        return Exponent(symbol, predicted, None, None)
    slopes = (_slope(curve.x, curve.bound), _slope(curve.x, curve.truth))
    return Exponent(symbol, predicted, *slopes, curve.x)


def _slope(x: Sequence[float], y: Sequence[float]) -> float | None:
    if min(y) <= 0 or not math.isfinite(max(y)):
        return None
    return float(np.polyfit(np.log(x), np.log(y), 1)[0])


def predicted_exponent(claim: Claim, symbol: str, activation: str) -> str:
    """The limit exponent of the bound in `symbol` at the constants of an activation, as text.

    The depth is the grid's reference depth, unless it is the symbol; "n/a" where there is no
    closed form (an eigenvalue of a matrix of symbolic size).
    """
    constants = bounds.ACTIVATIONS.get(activation, bounds.activation("tanh"))
    known = {"phi0": constants.phi0, "K": constants.K, "beta": constants.beta}
    known |= {"beta2": constants.beta2}
    present = {k: v for k, v in known.items() if k in claim.bound.symbols}
    depth = {"L": REFERENCE_DEPTH} if symbol != "L" and "L" in claim.bound.symbols else {}
    try:
        return str(claim.bound.substitute(**present).scaling(symbol, **depth))
    except bounds.BoundsError:
        return "n/a"
