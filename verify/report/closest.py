"""Where a claim came closest to failing: the case as matrices, and as a file for the checker."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from bounds import BoundsError
from numerics import NumericsError
from verify.case import Case
from verify.check import Check
from verify.claim import Claim
from verify.counterexample.make import stated
from verify.errors import VerifyError
from verify.report import document as parts
from verify.report.run import Record
from verify.report.summary import Row
from verify.report.tightness import TightnessRow
from verify.verdict import Verdict

__all__ = ["witnesses"]

#: What a page shows of a matrix, and the most numbers of a case that is shown at all.
_ROWS, _COLUMNS, _NUMBERS = 6, 8, 400


def witnesses(row: Row, stored: Sequence[TightnessRow]) -> list[parts.Witness]:
    """The stored witness of a claim, and the worst case of this report where that says more."""
    found = [
        _stored(row.claim, t, t.record)
        for t in stored
        if t.record is not None and t.record.claim is row.claim
    ]
    top = row.top
    if top is not None and not any(t.record is top for t in stored):
        found.append(_of_this_report(row.claim, top.check, top.case))
    return found


def _stored(claim: Claim, t: TightnessRow, record: Record) -> parts.Witness:
    case = record.case
    return parts.Witness(
        ratio=t.replayed,
        verdict=t.verdict,
        origin="stored",
        head=_head(case) or t.witness,
        matrices=_matrices(case),
        file=_file(claim, case),
        stored_ratio=t.stored,
        status=t.status.value,
        by_depth={str(k): v for k, v in t.by_depth.items()},
        by_width={str(k): v for k, v in t.by_width.items()},
    )


def _of_this_report(claim: Claim, check: Check, case: Case) -> parts.Witness:
    index = int(check.ratios.nan_to_num(nan=-1.0).argmax())
    single = _single(claim, case, index)
    ratio = check.best_ratio
    refuted = check.verdict is Verdict.VIOLATED
    return parts.Witness(
        ratio=ratio if abs(ratio) < float("inf") else None,
        verdict=check.verdict,
        origin="this report",
        head=_head(single) or case.label,
        matrices=_matrices(single),
        file=_file(claim, single) if refuted else None,
    )


def _single(claim: Claim, case: Case, index: int) -> Case:
    try:
        return case.single(index, claim.quantity)
    except NotImplementedError:
        return case


def _head(case: Case) -> str:
    try:
        return case.head()
    except NotImplementedError:
        return case.label


def _matrices(case: Case) -> list[parts.Matrix]:
    try:
        tensors = case.tensors()
    except NotImplementedError:
        return []
    if sum(values.numel() for values in tensors.values()) > _NUMBERS:
        return []
    return [_matrix(name, values) for name, values in tensors.items()]


def _matrix(name: str, tensor: Tensor) -> parts.Matrix:
    shape = list(tensor.shape)
    flat = tensor.reshape(-1, shape[-1]) if shape else tensor.reshape(1, 1)
    rows = [_row(values) for values in flat[:_ROWS].tolist()]
    if len(flat) > _ROWS:
        rows.append(["..."])
    return parts.Matrix(name=name, shape=shape, rows=rows)


def _row(values: Sequence[float]) -> list[str]:
    return [_number(v) for v in values[:_COLUMNS]] + (["..."] if len(values) > _COLUMNS else [])


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() and abs(value) < 1e6 else f"{value:.6g}"


def _file(claim: Claim, case: Case) -> str | None:
    """The case as a file for the checker; None where its subject writes none."""
    try:
        return stated(claim, case).text()
    except (VerifyError, BoundsError, NumericsError, NotImplementedError):
        return None
