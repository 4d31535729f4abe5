"""Shrink a case that violates a claim to one a reader can hold in mind and that still violates it.

Structure first (fewer inputs, layers, units, coordinates), then numbers (0, 1, powers of two as
near to 1 as they may be, few digits), by turns until nothing changes, both through the case's own
flat view. Every step is kept only if `verify.check` still says
VIOLATED, by at least half of the first violation in the logarithm, so the result is as much a
counterexample as what came in. Where balls cannot be asked, steps are taken on float64's word and
the result is confirmed; if it is not, every step is, one by one.
"""

from __future__ import annotations

import functools
import math
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

import torch
from torch import Tensor

from verify.case import Case
from verify.check import Check, check, in_float64
from verify.claim import Claim
from verify.errors import VerifyError
from verify.settle import covers
from verify.verdict import VIOLATED

_DIGITS = (1, 2, 3, 4, 6, 9, 12)
_NEARER = (0.125, 0.25, 0.5, 0.75)  # of an exponent
_KEPT = 0.5  # of the logarithm of truth/bound
_LARGEST = 1e6  # a ratio beyond this counts as this: what stays is far from 1 however it is cut


@dataclass
class _Judge:
    """Does a case still violate the claim, and by enough? Counts what it was asked."""

    claim: Claim
    left: int
    least: float
    end: float
    clock: Callable[[], float]
    quick: bool = False

    @property
    def over(self) -> bool:
        return self.left <= 0 or self.clock() >= self.end

    def fails(self, case: Case) -> bool:
        if self.over:
            return False
        self.left -= 1
        try:
            quick = self.quick and not covers(self.claim, case)
            return _violation((in_float64 if quick else check)(self.claim, case)) >= self.least
        except (ValueError, ArithmeticError):  # a simpler case may leave the domain: not a failure
            return False


def _violation(result: Check) -> float:
    """log(truth/bound), at most that of `_LARGEST`, where the claim is violated; -inf elsewhere."""
    wrong = result.codes == VIOLATED
    if not bool(wrong.any()):
        return -math.inf
    ratio = float(result.ratios[wrong].nan_to_num(nan=1.0).max())
    return math.log(min(max(ratio, 1.0), _LARGEST))


def violates(claim: Claim, case: Case) -> bool:
    """Whether `check` finds a violation anywhere in the case."""
    return bool((check(claim, case).codes == VIOLATED).any())


def shrink(
    claim: Claim,
    case: Case,
    *,
    checks: int = 2000,
    seconds: float = 20.0,
    clock: Callable[[], float] = time.perf_counter,
) -> Case:
    """The simplest case found within `checks` checks and `seconds` that still violates the claim,
    with at least half of log(truth/bound).

    Parameters
    ----------
    claim : Claim
        What is violated.
    case : Case
        Where.
    checks : int
        At most so many checks are made.
    seconds : float
        At most so long.
    clock : callable
        What tells the time.

    Returns
    -------
    Case
        A single case.

    Raises
    ------
    VerifyError
        The case violates nothing.

    Examples
    --------
    >>> import sympy, torch, verify
    >>> x = sympy.Symbol("x", real=True)
    >>> wrong = verify.Claim.of("wrong", x**2, 2, domain={"x": verify.domain.scalar(-9, 9)})
    >>> case = verify.sample_case({"x": torch.tensor([8.765432], dtype=torch.float64)})
    >>> float(verify.shrink(wrong, case).tensors()["x"]) ** 2 > 2
    True
    """
    one, end = single(claim, case), clock() + seconds
    least = _KEPT * _violation(check(claim, one))
    for quick in (True, False):
        judge = _Judge(claim, checks, least, end, clock, quick)
        found = _simplest(judge, one)
        if violates(claim, found):
            return found
    return one


def single(claim: Claim, case: Case) -> Case:
    """The one thing of a case where truth/bound is largest among those that violate.

    Raises:
        VerifyError: it violates nothing there.
    """
    result = check(claim, case)
    wrong = result.violations
    if not len(wrong):
        found = result.reason or f"a case that is {result.verdict.value}"
        raise VerifyError("case", found, f"one that violates {claim.name}")
    return case.single(int(wrong[result.ratios[wrong].argmax()]), claim.quantity)


def _simplest(judge: _Judge, case: Case) -> Case:
    """Parts and numbers by turns: with simpler numbers more parts can go, and the reverse."""
    before = math.inf
    while (now := _read(case.tensors().values())) < before and not judge.over:
        before, case = now, _simplify(judge, _reduce(judge, case))
    return case


def _reduce(judge: _Judge, case: Case) -> Case:
    """Greedy removal of parts, until nothing can go."""
    progress = True
    while progress and not judge.over:
        progress = False
        for simpler in case.smaller():
            if judge.fails(simpler):
                case, progress = simpler, True
                break
    return case


def _simplify(judge: _Judge, case: Case) -> Case:
    """Whole tensors to simple numbers, then every entry by itself."""
    for name in case.tensors():
        case = _first(judge, case, name, _simpler_tensors(case.tensors()[name]))
    for name, tensor in case.tensors().items():
        for index in range(tensor.numel()):
            if judge.over:
                return case
            now = case.tensors()[name]
            simple = _simpler_numbers(float(now.reshape(-1)[index]))
            entries = (_with_entry(now, index, number) for number in simple)
            case = _first(judge, case, name, entries)
    return case


def _first(judge: _Judge, case: Case, name: str, tensors: Iterator[Tensor]) -> Case:
    """The case with the first of these tensors that makes it simpler and still a violation."""
    now = case.tensors()
    before = _read(now.values())
    for tensor in tensors:
        if judge.over:
            break
        try:
            changed = case.with_tensors(now | {name: tensor})
        except (ValueError, ArithmeticError):
            continue
        if _read(changed.tensors().values()) < before and judge.fails(changed):
            return changed
    return case


def _read(tensors: Iterable[Tensor]) -> float:
    return sum(_complexity(value) for tensor in tensors for value in tensor.reshape(-1).tolist())


def _with_entry(tensor: Tensor, index: int, number: float) -> Tensor:
    changed = tensor.clone().contiguous()
    changed.view(-1)[index] = number
    return changed


def _simpler_tensors(tensor: Tensor) -> Iterator[Tensor]:
    """Ones, powers of two nearer to 1, powers of two, then few digits."""
    yield _each(tensor, lambda value: 0.0 if value == 0 else math.copysign(1.0, value))
    for part in _NEARER:
        yield _each(tensor, functools.partial(_towards_one, part=part))
    yield _each(tensor, lambda value: 0.0 if value == 0 else math.copysign(_power(value), value))
    for digits in _DIGITS:
        yield _each(tensor, functools.partial(_round, digits=digits))


def _each(tensor: Tensor, change: Callable[[float], float]) -> Tensor:
    values = [change(value) for value in tensor.reshape(-1).tolist()]
    return torch.tensor(values, dtype=tensor.dtype).reshape(tensor.shape)


def _simpler_numbers(value: float) -> list[float]:
    sign = math.copysign(1.0, value)
    powers = [sign * _power(value), sign * 2 * _power(value)] if value else []
    nearer = [_towards_one(value, part) for part in _NEARER] if value else []
    options = [0.0, 1.0, sign, *nearer, *powers, *(_round(value, digits) for digits in _DIGITS)]
    known = [o for o in dict.fromkeys(options) if math.isfinite(o)]
    return [o for o in known if _complexity(o) < _complexity(value)]


def _towards_one(value: float, part: float) -> float:
    """The power of two whose exponent is that part of the value's own; 0 stays."""
    if value == 0 or not math.isfinite(value):
        return value
    return math.copysign(math.ldexp(1.0, int(part * (math.frexp(value)[1] - 1))), value)


def _power(value: float) -> float:
    """The largest power of two that is at most |value|."""
    return math.ldexp(1.0, math.frexp(abs(value))[1] - 1)


def _complexity(value: float) -> float:
    """How much there is to read: 0 for 0, 1 for 1, the exponent of a power of two, else the digits
    and the exponent's distance."""
    if value == 0.0:
        return 0
    if abs(value) == 1.0:
        return 1 + (value < 0)
    digits = len(Decimal(repr(abs(value))).normalize().as_tuple().digits)
    decimal = digits + abs(math.floor(math.log10(abs(value)))) + 1
    mantissa, exponent = math.frexp(abs(value))
    binary = 2 + abs(exponent - 1) / 8 if mantissa == 0.5 else math.inf
    return min(decimal, binary) + (value < 0)


def _round(value: float, digits: int) -> float:
    return float(f"{value:.{digits - 1}e}")
