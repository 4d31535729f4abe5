"""`verify.prove`: decide a claim in formulas on its whole domain."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp

from numerics.progress import progress_bar
from verify.case import Case
from verify.check import check
from verify.claim import Claim
from verify.errors import VerifyError
from verify.prove.boxes import everywhere
from verify.prove.certificate import Certificate, certificate
from verify.prove.effort import Effort, Out
from verify.prove.enclosing import sample, values
from verify.prove.forms import guards
from verify.prove.memory import Memory
from verify.prove.solve import Search, Step
from verify.prove.statement import Statement, domain_of, statement_of
from verify.verdict import Verdict

__all__ = ["Proof", "prove"]

_SAMPLES = 400


@dataclass(frozen=True)
class Proof:
    """What became of an attempt to decide a claim on its whole domain.

    Attributes:
        proved: whether the independent checker accepted the certificate.
        reason: why not, in words; "" if proved.
        certificate: the proof; None if there is none. line: what the checker said of it.
        boxes, seconds: what the search spent.
        open_boxes: some of the boxes on which nothing was shown, as name -> (low, high).
        best_ratio, point: the largest truth/bound met on the way, and where.
        counterexample: a case that the court calls violated; None if none was met.
        rest: what the search knew when it ended without a proof, for `prove(resume=...)`; its
            open boxes remain. `rest.save` keeps it in a file (`verify.load_unfinished`).
    """

    claim: str
    proved: bool
    reason: str
    certificate: Certificate | None
    line: str
    boxes: int
    seconds: float
    open_boxes: tuple[Mapping[str, tuple[float, float]], ...] = ()
    best_ratio: float = math.nan
    point: Mapping[str, float] = field(default_factory=dict)
    counterexample: Case | None = None
    rest: Memory | None = None

    @property
    def means(self) -> str:
        """By which arithmetic it was shown."""
        if self.certificate is None or '"by": "algebra"' not in self.certificate.text:
            return "in ball arithmetic"
        return "in ball arithmetic and by real algebra (z3)"

    @property
    def verdict(self) -> Verdict:
        """PROVED, VIOLATED where the court confirmed a counterexample, else UNDECIDED."""
        if self.proved:
            return Verdict.PROVED
        return Verdict.VIOLATED if self.counterexample is not None else Verdict.UNDECIDED

    @property
    def sentence(self) -> str:
        """What was shown, or why nothing was."""
        if self.proved:
            return (
                f"on the whole domain, by branch and bound {self.means}: "
                f"{self.boxes} boxes, {self.seconds:.1f} s; certificate re-checked"
            )
        return f"not proved: {self.reason}"

    def __str__(self) -> str:
        if self.proved:
            return f"{self.claim}: proved {self.sentence}"
        lines = [f"{self.claim}: {self.sentence}"]
        if not math.isnan(self.best_ratio):
            where = ", ".join(f"{n} = {x:.6g}" for n, x in self.point.items())
            lines.append(f"  best truth/bound {self.best_ratio:.6g} at {where}")
        for box in self.open_boxes[:3]:
            ends = ", ".join(f"{n} in [{a:.6g}, {b:.6g}]" for n, (a, b) in box.items())
            lines.append(f"  open: {ends}")
        return "\n".join(lines)


def prove(
    claim: Claim,
    *,
    box: Mapping[Any, Sequence[Any]] | None = None,
    seconds: float = 20.0,
    boxes: int = 20_000,
    show: bool | None = None,
    resume: Proof | Memory | None = None,
) -> Proof:
    """Decide a claim whose sides are formulas in numbers, on its whole domain.

    Branch and bound in ball arithmetic. The domain is what the claim declares: conditions
    (`where`), signs and wholeness of its symbols; numbers without any range over the whole line.
    `box` cuts it further.

    Parameters
    ----------
    claim : Claim
        Made by `Claim.of` with a formula on the left and a sampler.
    box : mapping, optional
        Name (or symbol) -> (low, high), exact numbers, expressions or text ("pi/2", "-oo"); both
        ends belong to it unless a condition says otherwise. A float is the binary fraction that it
        is.
    seconds, boxes : float, int
        Limits of the search.
    show : bool, optional
        The progress bar; None: on a terminal.
    resume : Proof or Memory, optional
        An attempt that ran out of time or boxes, or was interrupted, or what it left
        (`Proof.rest`): its decided parts are kept and its remaining boxes gone on with.

    Returns
    -------
    Proof
        `proved` only if the independent checker accepted the certificate.

    Raises
    ------
    VerifyError
        The claim is not of formulas, or the domain is empty or unknown.

    Examples
    --------
    >>> import sympy, verify
    >>> x = sympy.Symbol("x", real=True)
    >>> claim = verify.Claim.of("square", -x**2, 0, domain={"x": verify.domain.scalar(-9, 9)})
    >>> verify.prove(claim).proved
    True
    """
    if not (seconds > 0 and boxes > 0):
        raise VerifyError("seconds, boxes", f"{seconds}, {boxes}", "positive limits")
    statement = statement_of(claim, box)
    with progress_bar(f"proving {claim.name}", boxes, show=show) as tell:
        effort = Effort(seconds, boxes, tell)
        known = (resume.rest if isinstance(resume, Proof) else resume) or Memory()
        reason, made, line = _checked(statement, effort, known)
    proved = made is not None and not reason
    spent = {"boxes": effort.used, "seconds": effort.passed}
    if proved:
        return Proof(claim.name, True, "", made, line, **spent)  # type: ignore[arg-type]
    ratio, point, case = _looked(claim, statement)
    return Proof(
        claim.name, False, reason, None, line, effort.used, effort.passed, tuple(effort.open),
        ratio, point, case, known,
    )  # fmt: skip


def _checked(
    statement: Statement, effort: Effort, known: Memory
) -> tuple[str, Certificate | None, str]:
    """(why not, certificate, what the checker said of it): a proof that the checker does not follow
    is none."""
    reason, made = _search(statement, effort, known)
    if made is None:
        return reason, None, ""
    answer = made.check()
    if answer.confirmed:
        return "", made, answer.line
    return f"the checker says {answer.line}", None, ""


def _search(statement: Statement, effort: Effort, known: Memory) -> tuple[str, Certificate | None]:
    """(why not, certificate)."""
    try:
        return _attempt(statement, effort, known)
    except Out as spent:
        return str(spent), None
    except KeyboardInterrupt:
        return "interrupted", None
    except VerifyError:
        raise
    except (ValueError, ArithmeticError, RecursionError, NotImplementedError) as trouble:
        return f"the search stopped: {type(trouble).__name__}: {str(trouble)[:120]}", None


def _attempt(statement: Statement, effort: Effort, known: Memory) -> tuple[str, Certificate | None]:
    point = _inner_point(statement)
    if point is None:
        return "no point of the domain was found: the conditions may exclude each other", None
    both = (*guards(statement.left, smooth=False), *guards(statement.right, smooth=False))
    defined = everywhere(both, statement.box, statement.where, effort)
    if defined is None:
        return "a side may not be defined on the whole domain", None
    steps: Step | None = None
    if statement.sense != "==":
        steps = Search(effort, known).solve(statement.gap, statement.box, statement.where)
        if steps is None:
            return "no rule shows it", None
    return "", certificate(statement, point, defined, steps)


def _inner_point(statement: Statement) -> dict[sp.Symbol, sp.Rational] | None:
    """A point that meets every condition, as simple as samples give it."""
    for row in _candidates(statement):
        point = {
            v: sp.Rational(Fraction(float(x))) for v, x in zip(statement.box, row, strict=True)
        }
        if all(_inside(point[v], side) for v, side in statement.box.items()) and all(
            _met(c.xreplace(point), strict) for c, strict in statement.where
        ):
            return point
    return None


def _candidates(statement: Statement) -> np.ndarray:
    rows = sample(statement.box, _SAMPLES)
    rounded = np.round(rows * 8) / 8
    return np.concatenate([rounded, rows])


def _inside(x: sp.Rational, side: Any) -> bool:
    low = x > side.low or (x == side.low and not side.low_open)
    return bool(low and (x < side.high or (x == side.high and not side.high_open)))


def _met(value: sp.Expr, strict: bool) -> bool:
    return bool(value > 0) if strict else bool(value >= 0)


def _looked(claim: Claim, statement: Statement) -> tuple[float, dict[str, float], Case | None]:
    """(best ratio, where, a violation that the court confirms) among samples of the domain."""
    rows = _candidates(statement)
    variables = list(statement.box)
    inside = np.ones(len(rows), dtype=bool)
    for v, column in zip(variables, rows.T, strict=True):
        side, (low, high) = statement.box[v], statement.box[v].floats
        inside &= (column > low) | ((column == low) & (not side.low_open))
        inside &= (column < high) | ((column == high) & (not side.high_open))
    for condition, strict in statement.where:
        met = values(condition, variables, rows)
        inside &= (met > 0) if strict else (met >= 0)
    left, right = (values(e, variables, rows) for e in (statement.left, statement.right))
    with np.errstate(all="ignore"):
        gap = (left - right) if statement.sense != ">=" else (right - left)
        relative = gap / np.maximum(np.abs(left) + np.abs(right), 1e-300)
    relative = np.where(inside & np.isfinite(relative), relative, -np.inf)
    best = int(relative.argmax())
    if not np.isfinite(relative[best]):
        return math.nan, {}, None
    return _judged(claim, statement, rows[best])


def _judged(
    claim: Claim, statement: Statement, row: np.ndarray
) -> tuple[float, dict[str, float], Case | None]:
    names = statement.names
    point = {names[v]: float(x) for v, x in zip(statement.box, row, strict=True)}
    place = domain_of(claim)
    if claim.subject.parse is None or any(r.shape for r in getattr(place, "regions", {}).values()):
        return math.nan, point, None  # the box holds more than a set of vectors or matrices
    data = {"values": {n: x.hex() for n, x in point.items()}}
    case = claim.subject.parse(data, "met by the search for a proof")
    result = check(claim, case)
    violated = result.verdict is Verdict.VIOLATED
    return result.best_ratio, point, case if violated else None
