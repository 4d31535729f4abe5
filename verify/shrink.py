"""Shrink a case that violates a claim to one a reader can hold in mind and that still violates it.

Structure first (fewer inputs, layers, units, coordinates), then numbers (0, 1, few digits). Every
step is kept only if `verify.check` still says VIOLATED, so the result is as much a counterexample
as what came in.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import torch
from torch import Tensor

from numerics import NumericsError, WeightNormNetwork
from verify.case import Case, FunctionClassCase, NetworkCase, SampleCase, network_case
from verify.claim import Claim, check
from verify.errors import VerifyError
from verify.verdict import CODES, Verdict

_VIOLATED = CODES.index(Verdict.VIOLATED)
_Reducible = TypeVar("_Reducible", NetworkCase, FunctionClassCase)
_Steps = Callable[[_Reducible], Iterator[_Reducible]]
_DIGITS = (1, 2, 3, 4, 6, 9, 12)


@dataclass
class _Judge:
    """Does a case still violate the claim? Counts what it was asked."""

    claim: Claim
    left: int

    def fails(self, case: Case | None) -> bool:
        if case is None or self.left <= 0:
            return False
        self.left -= 1
        try:
            return violates(self.claim, case)
        except (ValueError, ArithmeticError):  # a simpler case may leave the domain: not a failure
            return False


def violates(claim: Claim, case: Case) -> bool:
    """Whether `check` finds a violation anywhere in the case."""
    return bool((check(claim, case).codes == _VIOLATED).any())


def shrink(claim: Claim, case: Case, *, checks: int = 2000) -> Case:
    """The simplest case found within `checks` checks that still violates the claim.

    Raises:
        VerifyError: the case does not violate the claim to begin with.
    """
    best = single(claim, case)
    judge = _Judge(claim, checks)
    if isinstance(best, FunctionClassCase):
        return _reduce(judge, best, _smaller_classes)
    if isinstance(best, NetworkCase):
        best = _reduce(judge, best, _smaller)
        parts = [*best.network.weights, best.network.v, best.x, best.y]
        rebuild = _network_rebuilder(best)
    else:
        names, inside = list(best.values), claim.domain
        parts = [best.values[name] for name in names]

        def rebuild(tensors: Sequence[Tensor]) -> Case | None:
            values = dict(zip(names, tensors, strict=True))
            admitted = inside is None or bool(inside.contains(values).all())
            return SampleCase(values, "shrunk") if admitted else None

    simpler = rebuild(_simplify(judge, parts, rebuild))
    return simpler if simpler is not None else best


def single(claim: Claim, case: Case) -> Case:
    """The one network and input (or sample) of a case where truth/bound is largest.

    Raises:
        VerifyError: it violates nothing there.
    """
    result = check(claim, case)
    wrong = (result.codes == _VIOLATED).nonzero().reshape(-1)
    if not len(wrong):
        raise VerifyError("case", result.reason or f"a case that is {result.verdict.value}",
                          f"one that violates {claim.name}")  # fmt: skip
    worst = int(wrong[result.ratios[wrong].argmax()])
    if isinstance(case, FunctionClassCase):
        return case
    if isinstance(case, SampleCase):
        return case.select(worst)
    if claim.quantity.level == "data":
        return _one(case, worst, slice(None))
    inputs = case.x.shape[1]
    return _one(case, worst // inputs, slice(worst % inputs, worst % inputs + 1))


def _one(case: NetworkCase, network: int, inputs: slice) -> NetworkCase:
    return network_case(
        case.network.select(network),
        case.x[network : network + 1, inputs],
        case.y[network : network + 1, inputs],
        origin=case.origin,
        label=case.label,
        step=case.step,
    )


def _reduce(judge: _Judge, case: _Reducible, smaller: _Steps[_Reducible]) -> _Reducible:
    """Greedy removal of inputs, layers, units and coordinates, until nothing can go."""
    progress = True
    while progress:
        progress = False
        for simpler in smaller(case):
            if judge.fails(simpler):
                case, progress = simpler, True
                break
    return case


def _smaller(case: NetworkCase) -> Iterator[NetworkCase]:
    weights, v = [w[0] for w in case.network.weights], case.network.v[0]
    x, y = case.x[0], case.y[0]
    for i in range(len(x) if len(x) > 1 else 0):
        rest = torch.arange(len(x)) != i
        yield from _made(case, weights, v, x[rest], y[rest])
    for l in range(len(weights) - 1):  # without layer l the next one reads the layer below
        size = weights[l].shape[1]
        if size <= weights[l].shape[0]:
            shorter = [*weights[:l], weights[l + 1][:, :size], *weights[l + 2 :]]
            yield from _made(case, shorter, v, x, y)
    if len(weights) > 1:
        below = weights[-2].shape[0]
        yield from _made(case, weights[:-1], v[:below], x, y) if below <= len(v) else ()
    for l, weight in enumerate(weights):
        for i in range(len(weight) if len(weight) > 1 else 0):
            rest = torch.arange(len(weight)) != i
            fewer = [*weights[:l], weight[rest], *weights[l + 1 :]]
            if l + 1 < len(weights):
                fewer[l + 1] = fewer[l + 1][:, rest]
                yield from _made(case, fewer, v, x, y)
            else:
                yield from _made(case, fewer, v[rest], x, y)
    for j in range(x.shape[1] if x.shape[1] > 1 else 0):
        rest = torch.arange(x.shape[1]) != j
        yield from _made(case, [weights[0][:, rest], *weights[1:]], v, x[:, rest], y)


def _smaller_classes(case: FunctionClassCase) -> Iterator[FunctionClassCase]:
    """Fewer inputs, layers, units and coordinates; each is searched anew, so few are tried."""
    x, (d, *hidden) = case.x, case.widths
    shapes = [(x[1:], d, hidden), (x[:-1], d, hidden)] if len(x) > 1 else []
    if len(hidden) > 1:
        shapes.append((x, d, hidden[:-1]))
    shapes += [(x, d, [*hidden[:l], 1, *hidden[l + 1 :]]) for l, m in enumerate(hidden) if m > 1]
    if d > 1:
        shapes += [(x[:, 1:], d - 1, hidden), (x[:, :-1], d - 1, hidden)]
    for inputs, size, widths in shapes:
        # a copy must not keep the old one's truth
        yield replace(case, x=inputs, widths=(size, *widths), origin="shrunk", _truths={})


def _made(
    case: NetworkCase, weights: list[Tensor], v: Tensor, x: Tensor, y: Tensor
) -> Iterator[NetworkCase]:
    """The case with these parts; nothing where they make no network (a zero row, say)."""
    old = case.network
    try:
        network = WeightNormNetwork.from_tensors(
            weights, v, activation=old.activation, placement=old.placement
        )
    except NumericsError:
        return
    yield network_case(network, x, y, origin="shrunk")


def _network_rebuilder(case: NetworkCase) -> Callable[[Sequence[Tensor]], Case | None]:
    def rebuild(parts: Sequence[Tensor]) -> Case | None:
        *weights, v, x, y = parts
        made = _made(case, [w[0] for w in weights], v[0], x[0], y[0])
        return next(made, None)

    return rebuild


def _simplify(
    judge: _Judge, parts: Sequence[Tensor], rebuild: Callable[[Sequence[Tensor]], Case | None]
) -> list[Tensor]:
    """Whole tensors to few digits, then every entry to 0, to 1 or to fewer digits."""
    parts = list(parts)

    def try_part(k: int, tensor: Tensor) -> bool:
        trial = [*parts[:k], tensor, *parts[k + 1 :]]
        if not torch.equal(tensor, parts[k]) and judge.fails(rebuild(trial)):
            parts[k] = tensor
            return True
        return False

    for k in range(len(parts)):
        any(try_part(k, _rounded(parts[k], digits)) for digits in _DIGITS)
    for k in range(len(parts)):
        for index in range(parts[k].numel()):
            value = float(parts[k].reshape(-1)[index])
            for simple in _simpler_numbers(value):
                changed = parts[k].clone()
                changed.view(-1)[index] = simple
                if try_part(k, changed):
                    break
    return parts


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
