"""The subject of G3 to G9: independent draws of a sample, with everything the statements name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import torch
from flint import arb
from torch import Tensor

from bounds.weightnorm.generalization import NOTATION
from numerics import Enclosure, Quality
from verify.errors import VerifyError
from verify.quantity import Quantity
from verify.subject import Condition, Reading, Subject
from verify.weightnorm.generalization.cases import DrawCase

__all__ = ["DRAWS"]

_METHOD = "sum over the population, ties and rounding allowed for"


def _between(value: Tensor, doubt: Tensor) -> Enclosure:
    return Enclosure(value - doubt, value + doubt, Quality.EXACT_TO_ROUNDING, _METHOD)


def _plain(truth: str, case: DrawCase) -> Enclosure:
    return _between(case[truth], case["doubt"])


def _gap(truth: str, sample: str, case: DrawCase) -> Enclosure:
    """Population less sample."""
    return _between(case[truth] - case[sample], case["doubt"])


def _entropy(truth: str, sample: str, case: DrawCase) -> Enclosure:
    """kl+(sample || fair * truth), increasing in the truth."""
    q = case[sample]
    ends = [
        _relative_entropy(q, case["fair"] * (case[truth] + sign * case["doubt"]))
        for sign in (-1.0, 1.0)
    ]
    slack = 1e-12 * (1.0 + ends[1])
    low, high = (ends[0] - slack).clamp_min(0.0), ends[1] + slack
    return Enclosure(low, high, Quality.EXACT_TO_ROUNDING, _METHOD)


def _relative_entropy(q: Tensor, p: Tensor) -> Tensor:
    p = p.clamp(0.0, 1.0)
    first = torch.where(q > 0, q * (q / p).log(), 0.0)
    second = torch.where(q < 1, (1.0 - q) * torch.log1p((p - q) / (1.0 - p)), 0.0)
    return torch.where(p > q, (first + second).clamp_min(0.0), 0.0)


#: The columns of one draw as exact numbers.
View = Mapping[str, arb]


def _view(case: DrawCase, quantity: Quantity, entry: int) -> View:
    return {name: arb(float(column[entry])) for name, column in case.parts.items()}


def _truth_ball(truth: str, found: View) -> arb:
    return found[truth] + arb(0, found["doubt"].upper())


def _gap_ball(truth: str, sample: str, found: View) -> arb:
    return _truth_ball(truth, found) - found[sample]


def _entropy_ball(truth: str, sample: str, found: View) -> arb:
    q, p = found[sample], found["fair"] * _truth_ball(truth, found)
    if p <= q:
        return arb(0)
    if not p < 1:
        return arb("nan")
    first = q * (q / p).log() if q > 0 else arb(0)
    value = first + (1 - q) * ((1 - q) / (1 - p)).log() if q < 1 else first
    return value if p > q else value.union(arb(0))


_BALLS: dict[Callable[..., Enclosure], Callable[..., arb]] = {
    _plain: _truth_ball,
    _gap: _gap_ball,
    _entropy: _entropy_ball,
}


def _quantity(key: str, kind: Callable[..., Enclosure], *columns: str) -> Quantity:
    return Quantity(
        key=key,
        latex=NOTATION.quantities[key],
        over="draw",
        measure=partial(kind, *columns),
        exact=partial(_BALLS[kind], *columns),
    )


QUANTITIES = (
    _quantity("ramp_gap", _gap, "truth", "sample"),
    _quantity("margin_gap", _gap, "error", "sample"),
    _quantity("error_gap", _gap, "error", "sample_error"),
    _quantity("square_gap", _gap, "truth", "sample"),
    _quantity("second_moment_gap", _gap, "truth", "sample"),
    _quantity("class_ramp_gap", _gap, "truth", "sample"),
    _quantity("expected_signed_sum", _plain, "truth"),
    _quantity("population_loss", _plain, "truth"),
    _quantity("held_out_tail", _plain, "tail"),
    _quantity("vote_entropy", _entropy, "truth", "sample"),
    _quantity("linear_entropy", _entropy, "truth", "sample"),
    _quantity("gibbs_entropy", _entropy, "truth", "sample"),
)
_SYMBOLS = tuple(NOTATION.entries)


def _met(case: DrawCase) -> str:
    """Met by the way the draws are made."""
    return ""


_CONDITIONS: dict[str, Condition] = dict.fromkeys(
    ("odd", "Lipschitz", "iid", "fixed", "unit ball"), _met
)


def _depth(case: DrawCase) -> int:
    depths = case["L"].unique().tolist()
    if len(depths) != 1:
        raise VerifyError("L", f"draws of depths {depths}", "one depth")
    return int(depths[0])


def _reading(name: str) -> Reading:
    if name == "L":
        return Reading(_depth, lambda found: int(float(found["L"])))
    return Reading(lambda case: case[name], lambda found: found[name])


DRAWS = Subject(
    kind="certificate_draw",
    noun="draw",
    case_type=DrawCase,
    notation=NOTATION,
    quantities={each.key: each for each in QUANTITIES},
    readings={"draw": {name: _reading(name) for name in _SYMBOLS}},
    conditions=_CONDITIONS,
    in_balls=_view,
)
