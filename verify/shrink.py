"""Shrink a case that violates a claim to one a reader can hold in mind and that still violates it.

Structure first (fewer inputs, layers, units, coordinates), then numbers (0, 1, few digits), both
through the case's own flat view. Every step is kept only if `verify.check` still says VIOLATED, so
the result is as much a counterexample as what came in. Where balls cannot be asked, steps are taken
on float64's word and the result is confirmed; if it is not, every step is, one by one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from verify.case import Case
from verify.check import check, in_float64
from verify.claim import Claim
from verify.errors import VerifyError
from verify.settle import covers
from verify.verdict import VIOLATED

_DIGITS = (1, 2, 3, 4, 6, 9, 12)


@dataclass
class _Judge:
    """Does a case still violate the claim? Counts what it was asked."""

    claim: Claim
    left: int
    quick: bool = False

    def fails(self, case: Case) -> bool:
        if self.left <= 0:
            return False
        self.left -= 1
        try:
            if self.quick and not covers(self.claim, case):
                return bool((in_float64(self.claim, case).codes == VIOLATED).any())
            return violates(self.claim, case)
        except (ValueError, ArithmeticError):  # a simpler case may leave the domain: not a failure
            return False


def violates(claim: Claim, case: Case) -> bool:
    """Whether `check` finds a violation anywhere in the case."""
    return bool((check(claim, case).codes == VIOLATED).any())


def shrink(claim: Claim, case: Case, *, checks: int = 2000) -> Case:
    """The simplest case found within `checks` checks that still violates the claim.

    Raises:
        VerifyError: the case does not violate the claim to begin with.
    """
    first = single(claim, case)
    for quick in (True, False):
        judge = _Judge(claim, checks, quick)
        found = _simplify(judge, _reduce(judge, first))
        if violates(claim, found):
            break
    return found


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


def _reduce(judge: _Judge, case: Case) -> Case:
    """Greedy removal of parts, until nothing can go."""
    progress = True
    while progress:
        progress = False
        for simpler in case.smaller():
            if judge.fails(simpler):
                case, progress = simpler, True
                break
    return case


def _simplify(judge: _Judge, case: Case) -> Case:
    """Whole tensors to few digits, then every entry to 0, to 1 or to fewer digits."""

    def with_part(name: str, tensor: Tensor) -> Case | None:
        """The case with one tensor changed, if it is one and still violates."""
        tensors = case.tensors()
        if torch.equal(tensor, tensors[name]):
            return None
        try:
            changed = case.with_tensors(tensors | {name: tensor})
        except (ValueError, ArithmeticError):
            return None
        return changed if judge.fails(changed) else None

    for name in case.tensors():
        for digits in _DIGITS:
            rounded = with_part(name, _rounded(case.tensors()[name], digits))
            if rounded is not None:
                case = rounded
                break
    for name, tensor in case.tensors().items():
        for index in range(tensor.numel()):
            for simple in _simpler_numbers(float(case.tensors()[name].reshape(-1)[index])):
                entry = case.tensors()[name].clone().contiguous()
                entry.view(-1)[index] = simple
                simpler = with_part(name, entry)
                if simpler is not None:
                    case = simpler
                    break
    return case


def _simpler_numbers(value: float) -> list[float]:
    sign = math.copysign(1.0, value)
    options = [0.0, 1.0, sign, *(_round(value, digits) for digits in _DIGITS)]
    return [o for o in options if _complexity(o) < _complexity(value)]


def _complexity(value: float) -> int:
    """How much there is to read: 0 for 0, 1 for 1, else the digits and the exponent's distance."""
    if value == 0.0:
        return 0
    if value == 1.0:
        return 1
    digits = len(f"{abs(value):.16e}".split("e")[0].replace(".", "").rstrip("0"))
    return digits + (value < 0) + abs(math.floor(math.log10(abs(value)))) + 1


def _round(value: float, digits: int) -> float:
    return float(f"{value:.{digits - 1}e}")


def _rounded(tensor: Tensor, digits: int) -> Tensor:
    values = [_round(value, digits) for value in tensor.reshape(-1).tolist()]
    return torch.tensor(values, dtype=tensor.dtype).reshape(tensor.shape)
