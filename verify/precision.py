"""When float64 cannot decide: truth and bound in balls, at rising precision.

A float64 comparison ends undecided when the enclosure of the truth is wider than its distance to
the bound. For small networks both sides are then enclosed by `verify.balls` with 128, 256 and 512
bits, taking every weight and input as the exact number that the float is. What is still open at
the end is equal to within the last enclosure's width: TIGHT, or UNDECIDED if even that is wide.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import flint
from flint import arb
from torch import Tensor

import bounds
from verify.balls import BallNetwork, ball_network, constant, first_order, hessian, symmetric_norm
from verify.balls.network import norm
from verify.case import Case, NetworkCase
from verify.errors import VerifyError
from verify.measures import MEASURES
from verify.verdict import CODES, EQUALITY, Verdict

PRECISIONS = (128, 256, 512)

#: What cancels to less than this in 512 bits is taken to cancel.
_ZERO = 1e-100

#: Largest networks, in parameters, that are worth the work: with and without a Hessian.
_LARGEST, _LARGEST_HESSIAN = 2000, 80


@dataclass(frozen=True)
class Settlement:
    """A verdict at one network and input from rigorous enclosures of both sides.

    truth and bound are decimal strings "[midpoint +/- radius]"; gap is an upper limit of
    |truth/bound - 1|, infinite where the bound is not positive; bits is the precision used last.
    """

    verdict: Verdict
    truth: str
    bound: str
    gap: float
    bits: int


def covers(claim: Any, case: Case) -> bool:
    """Whether the claim can be settled at this case in balls: shipped quantity and measures."""
    if not isinstance(case, NetworkCase) or claim.quantity.key not in _TRUTHS:
        return False
    standard = MEASURES[claim.quantity.level]
    names = claim.bound.symbols
    if any(n not in _MEASURES or claim.measures[n] is not standard.get(n) for n in names):
        return False
    limit = _LARGEST_HESSIAN if claim.quantity.key == "hessian_norm" else _LARGEST
    return case.network.parameters <= limit


def settle(
    claim: Any,
    case: NetworkCase,
    network: int = 0,
    at: int = 0,
    precisions: Sequence[int] = PRECISIONS,
) -> Settlement:
    """Decide one network and input (or data set, for which `at` must be 0) in balls.

    Raises:
        VerifyError: the claim or the network is not covered (see `covers`).
    """
    if not covers(claim, case):
        raise VerifyError(
            "case",
            f"{claim.name} on {case.widths}",
            f"shipped quantities and measures, at most {_LARGEST} parameters "
            f"({_LARGEST_HESSIAN} for Hessians)",
        )
    outcome = Settlement(Verdict.UNDECIDED, "", "", float("inf"), 0)
    for bits in precisions:
        with _working_precision(bits):
            net = ball_network(case, network)
            per_input = claim.quantity.level == "input"
            inputs = [net.x[at]] if per_input else net.x
            truth = _TRUTHS[claim.quantity.key](net, inputs)
            bound = arb(claim.bound.evaluate(**_values(claim, net, inputs)))
            outcome = _compare(truth, bound, bits)
        if outcome.verdict in (Verdict.HOLDS, Verdict.VIOLATED):
            return outcome
    return outcome


def settled_codes(claim: Any, case: Case, codes: Tensor) -> Tensor:
    """The codes of a check, (k,), with what float64 left UNDECIDED settled where balls can.

    codes: indices into `verify.verdict.CODES`, one for each network and input in that order, or
    one for each network if the quantity has one value for a data set.
    """
    undecided = (codes == CODES.index(Verdict.UNDECIDED)).nonzero().flatten().tolist()
    if not undecided or not isinstance(case, NetworkCase) or not covers(claim, case):
        return codes
    settled = codes.clone()
    for flat in undecided:
        network, at = divmod(flat, codes.numel() // case.size)
        settled[flat] = CODES.index(settle(claim, case, network, at).verdict)
    return settled


@contextmanager
def _working_precision(bits: int) -> Iterator[None]:
    before = flint.ctx.prec
    flint.ctx.prec = bits
    try:
        yield
    finally:
        flint.ctx.prec = before


def _compare(truth: arb, bound: arb, bits: int) -> Settlement:
    if truth > bound:
        verdict = Verdict.VIOLATED
    elif truth <= bound:
        verdict = Verdict.HOLDS
    else:
        verdict = Verdict.UNDECIDED
    apart = abs(truth / bound - 1) if bound > 0 else arb.pos_inf()
    gap = float(apart.upper()) if apart.is_finite() else float("inf")
    if verdict is Verdict.UNDECIDED and (gap < EQUALITY or _both_vanish(truth, bound)):
        verdict = Verdict.TIGHT
    return Settlement(verdict, truth.str(25), bound.str(25), gap, bits)


def _both_vanish(truth: arb, bound: arb) -> bool:
    """Both sides contain zero and nothing above 1e-100: an exact cancellation, seen in balls."""
    small = abs(truth) < _ZERO and abs(bound) < _ZERO
    return bool(small and truth.contains(0) and bound.contains(0))


def _gradient_norm(net: BallNetwork, inputs: list[list[arb]]) -> arb:
    return norm(first_order(net, inputs[0]).theta)


def _input_gradient_norm(net: BallNetwork, inputs: list[list[arb]]) -> arb:
    return norm(first_order(net, inputs[0]).x)


def _output(net: BallNetwork, inputs: list[list[arb]]) -> arb:
    return abs(first_order(net, inputs[0]).output)


def _hessian_norm(net: BallNetwork, inputs: list[list[arb]]) -> arb:
    return symmetric_norm(hessian(net, inputs[0]))


def _loss(net: BallNetwork, inputs: list[list[arb]]) -> arb:
    residuals = [first_order(net, x).output - y for x, y in zip(inputs, net.y, strict=True)]
    return (sum((r * r for r in residuals), arb(0)) / len(inputs)).nonnegative_part()


def _loss_gradient_norm(net: BallNetwork, inputs: list[list[arb]]) -> arb:
    swept = [first_order(net, x) for x in inputs]
    scaled = [
        [2 * (d.output - y) / len(inputs) * entry for entry in d.theta]
        for d, y in zip(swept, net.y, strict=True)
    ]
    return norm([sum(column, arb(0)) for column in zip(*scaled, strict=True)])


_TRUTHS: dict[str, Callable[[BallNetwork, list[list[arb]]], arb]] = {
    "gradient_norm": _gradient_norm,
    "input_gradient_norm": _input_gradient_norm,
    "output_magnitude": _output,
    "hessian_norm": _hessian_norm,
    "loss": _loss,
    "loss_gradient_norm": _loss_gradient_norm,
}


def _smallest(values: list[arb]) -> arb:
    least = values[0]
    for value in values[1:]:
        least = least.min(value)
    return least


def _largest(values: list[arb]) -> arb:
    return -_smallest([-value for value in values])


def _omega(net: BallNetwork, inputs: list[list[arb]]) -> list[arb]:
    return [_smallest([norm(row) for row in rows]) for rows in net.weights]


def _mean(values: list[arb]) -> arb:
    return sum(values, arb(0)) / len(values)


def _activation(which: str) -> Callable[[BallNetwork, list[list[arb]]], arb]:
    return lambda net, inputs: constant(getattr(bounds.activation(net.activation), which))


#: The measures of `verify.measures` once more, in balls, under the same names.
_MEASURES: dict[str, Callable[[BallNetwork, list[list[arb]]], Any]] = {
    "L": lambda net, inputs: len(net.weights),
    "d": lambda net, inputs: len(inputs[0]),
    "m": lambda net, inputs: [arb(len(rows)) for rows in net.weights],
    "m_min": lambda net, inputs: arb(min(map(len, net.weights))),
    "m_max": lambda net, inputs: arb(max(map(len, net.weights))),
    "K": _activation("K"),
    "beta": _activation("beta"),
    "phi0": _activation("phi0"),
    "p": lambda net, inputs: arb(1) / 2 if net.inner else arb(0),
    "omega": _omega,
    "nu": lambda net, inputs: norm(net.v),
    "rho_1": lambda net, inputs: (norm(net.v) - 1).max(arb(0)),
    "xi": lambda net, inputs: _largest([norm(x) for x in inputs]),
    "n": lambda net, inputs: arb(len(net.x)),
    "y_1": lambda net, inputs: _mean([abs(y) for y in net.y]),
    "y_2": lambda net, inputs: _mean([y * y for y in net.y]),
    "ell": _loss,
}


def _values(claim: Any, net: BallNetwork, inputs: list[list[arb]]) -> dict[str, Any]:
    """The bound's symbols in balls; one number where the bound wants one for all layers."""
    layered = claim.bound.per_layer
    values = {name: _MEASURES[name](net, inputs) for name in claim.bound.symbols}
    return {
        name: _smallest(value) if isinstance(value, list) and name not in layered else value
        for name, value in values.items()
    }
