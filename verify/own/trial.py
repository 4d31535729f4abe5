"""One small case before a claim is handed out: what cannot work is said now, by its argument."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import torch
from torch import Tensor

import bounds
import numerics
from numerics import Enclosure
from verify.case import Case
from verify.claim import Claim
from verify.counterexample.readable import describe
from verify.errors import FAULTS, VerifyError
from verify.own.matrices import entry

__all__ = ["trial"]

_CASES, _SEED = 3, 0


def trial(claim: Claim, shapes: Mapping[str, tuple[int, ...]]) -> None:
    """Measure every function of the user's on a few drawn cases.

    shapes: of the matrices that its formulas speak of, by name.

    Raises:
        VerifyError: a sampler that returns nothing or differs with one seed, a symbol that nobody
            measures, a value of a wrong shape or type, arithmetic in less than float64, two values
            of one case, a value that depends on its neighbours, or one that is no number (with the
            case).
    """
    case = _drawn(claim)
    if case is None:
        return
    tensors = case.tensors()
    for name, shape in shapes.items():
        found = tuple(tensors[name].shape) if name in tensors else None
        if found not in (shape, (*shape, 1)):
            said = f"no {name}" if found is None else f"{name} of shape {found}"
            raise VerifyError("sampler", said, f"{name} of shape {shape}, as in the formula")
        _require_other_names(name, tensors)
    function = claim.quantity.function
    if function is not None:
        argument = f"quantity {claim.name}"
        truth = _ran(argument, partial(claim.quantity.measure, case))
        _same_twice(argument, function, case)
        _numbers(claim, argument, _value(function(case)), case)
        _alone(claim, argument, truth, case)
    shape = claim.subject.expected(case, claim.quantity.over)
    for name, reading in claim.readings.items():
        argument = f"measures: {name}"
        found = _ran(argument, partial(reading.measure, case))
        if reading.own:
            _same_twice(argument, reading.own, case)
            _numbers(claim, argument, _value(reading.own(case)), case)
            _broadcasts(argument, _value(found), shape)
    _right(claim, case)


def _require_other_names(matrix: str, tensors: Mapping[str, Tensor]) -> None:
    """No number is called what an entry of this matrix is called in formulas."""
    alone = {matrix: tensors[matrix].unsqueeze(0)}
    for name in tensors:
        if name != matrix and entry(alone, name) is not None:
            found = f"a number {name}, which is also an entry of {matrix}"
            raise VerifyError("sampler", found, "two names")


def _drawn(claim: Claim) -> Case | None:
    """A few cases of the first shape that the claim speaks of, drawn twice alike."""
    subject = claim.subject
    shapes = subject.shapes(claim)
    if subject.drawn is None or not shapes:
        return None
    first, second = (subject.drawn(shapes[0], _CASES, _SEED, claim) for _ in range(2))
    if any(condition(first) for condition in claim.conditions):
        return None
    for name, values in first.tensors().items():
        if not torch.equal(values, second.tensors()[name]):
            found = f"two different draws of {name} from one seed"
            raise VerifyError("sampler", found, "one that takes all its chance from its generator")
    return first


def _ran(argument: str, work: Callable[[], Any]) -> Any:
    try:
        return work()
    except (VerifyError, numerics.NumericsError, bounds.BoundsError):
        raise
    except FAULTS as error:
        found = f"{type(error).__name__}: {str(error)[:200]}"
        raise VerifyError(argument, found, "a function that runs on a drawn case") from error


def _value(found: Any) -> Any:
    return found.lower if isinstance(found, Enclosure) else found


def _same_twice(argument: str, function: Callable[[Any], Any], case: Case) -> None:
    first, second = (torch.as_tensor(_value(function(case))).reshape(-1).tolist() for _ in range(2))
    apart = [
        (a, b)
        for a, b in zip(first, second, strict=True)
        if a != b and not (math.isnan(a) and math.isnan(b))
    ]
    if apart:
        found = f"two values of one case: {apart[0][0]!r}, then {apart[0][1]!r}"
        raise VerifyError(argument, found, "a function of the case and nothing else")


def _numbers(claim: Claim, argument: str, value: Any, case: Case) -> None:
    flat = torch.as_tensor(value).reshape(-1)
    wrong = flat.isnan().nonzero().flatten().tolist()
    if wrong:
        shown = describe(case.single(wrong[0], claim.quantity)).replace("\n", "; ")
        raise VerifyError(argument, f"NaN at entry {wrong[0]}: {shown}", "numbers on the domain")


def _alone(claim: Claim, argument: str, truth: Enclosure, case: Case) -> None:
    """The last entry measured by itself, which has to meet what it was among the others."""
    last = truth.lower.numel() - 1
    single = claim.quantity.measure(case.single(last, claim.quantity))
    low, high = float(truth.lower.reshape(-1)[last]), float(truth.upper.reshape(-1)[last])
    alone = float(single.lower.reshape(-1)[-1]), float(single.upper.reshape(-1)[-1])
    if alone[0] > high or alone[1] < low:
        found = f"{low!r} in a batch and {alone[0]!r} alone"
        raise VerifyError(argument, found, "entries that do not depend on their neighbours")


def _broadcasts(argument: str, value: Any, shape: tuple[int, ...]) -> None:
    if not isinstance(value, Tensor):
        return
    try:
        good = torch.broadcast_shapes(value.shape, shape) == torch.Size(shape)
    except RuntimeError:
        good = False
    if not good:
        found = f"shape {tuple(value.shape)}"
        raise VerifyError(argument, found, f"a number, or what broadcasts to {shape}")


def _right(claim: Claim, case: Case) -> None:
    try:
        claim.right(case)
    except bounds.BoundsError as error:
        raise VerifyError(error.argument, error.found, error.accepted) from error
    except RuntimeError as error:
        raise VerifyError("right_side", str(error)[:200], "values that broadcast") from error
