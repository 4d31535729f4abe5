"""The Hessian's ladders on a network, from the truth up to the published shape.

    RUNGS   truth <= local (T32) <= chain <= sharp <= closed (T28) <= asymptotic (T6)
    SUMMED  truth <= measured (T7) <= recursive (T4) <= sharp.summed <= closed.summed (T5) <= ..

Each rung is a step of the proof, so the factor between two rungs is what that step loses on this
network. The two rungs next to the truth take the network's own numbers in place of their bounds;
they are numbers for one network, not formulas, and so no bounds of the catalogue.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

import bounds
import numerics
from numerics import Enclosure, Quality
from numerics.weightnorm.local_rung import hessian_norm_upper
from verify.check import Check, compare, in_float64
from verify.claim import claim_about
from verify.errors import VerifyError
from verify.perturbation import roundings
from verify.repeat import Sides, again
from verify.weightnorm.cases import NetworkCase
from verify.weightnorm.lemma_checks import exact
from verify.weightnorm.networks import NETWORKS
from verify.weightnorm.quantities import QUANTITIES

__all__ = ["RUNGS", "SUMMED", "Ladder", "check_rungs", "ladder"]

#: Rungs from below; the words say what is given up on the way up to each.
RUNGS = {
    "truth": "the spectral norm itself",
    "local": "layer by layer with the network's own matrices, turn, bend and output apart (T32)",
    "chain": "the same with bounds in place of what was measured (T28)",
    "sharp": "the chain in closed form",
    "closed": "first and second order added (T28)",
    "asymptotic": "the O(.) shape of the paper with one leading constant (T6)",
}
#: The same for the layers bounded alone and summed, as in the paper.
SUMMED = {
    "truth": RUNGS["truth"],
    "measured": "the network's own coefficients, worst direction in each layer (T7)",
    "recursive": "coefficients replaced by their bounds K, beta, omega_l, m_l",
    "sharp.summed": "recursion summed in closed form, keeping the max norm of g-dot",
    "closed.summed": "max norm of g-dot replaced by its 2-norm (T5)",
    "asymptotic": RUNGS["asymptotic"],
}
#: What the certificate of the local rung may add to it beyond rounding of the float64 numbers.
_CERTIFIED = 1e-9


@dataclass(frozen=True)
class Ladder:
    """The rungs on every network and input of a case: name -> (B, n); truth is a lower end."""

    case: NetworkCase
    values: dict[str, Tensor]

    def factors(self) -> dict[str, Tensor]:
        """How many times each rung is larger than the one below it, (B, n)."""
        pairs = itertools.pairwise(self.values)
        return {high: self.values[high] / self.values[low] for low, high in pairs}


def _truth(case: NetworkCase) -> Tensor:
    return case.truth(QUANTITIES["hessian_norm"]).lower.cpu()


def _local(case: NetworkCase) -> Tensor:
    """T32, (B, n), or the chain where that is smaller (it has other ways to join the terms)."""
    upper = hessian_norm_upper(case.network, case.x).upper.cpu()
    return torch.minimum(upper, _rung(case, "chain"))


def _measured(case: NetworkCase) -> Tensor:
    """T7, (B, n)."""
    coefficients = numerics.local_coefficients(case.network, case.x)
    output = coefficients.pop("output")
    value: Tensor = bounds.comparison_eigenvalue(output=output, **coefficients)
    return value.cpu()


_NUMBERS: Mapping[str, Callable[[NetworkCase], Tensor]] = {
    "truth": _truth,
    "local": _local,
    "measured": _measured,
}


def ladder(case: NetworkCase, rungs: Mapping[str, str] = RUNGS) -> Ladder:
    """All rungs of one ladder on one case.

    Raises:
        VerifyError: the case does not meet the assumptions of the Hessian bounds.
    """
    return Ladder(case, {rung: _rung(case, rung) for rung in rungs})


def _rung(case: NetworkCase, rung: str) -> Tensor:
    if rung in _NUMBERS:
        return _NUMBERS[rung](case)
    result = in_float64(claim_about(NETWORKS, bounds.get(f"hessian.{rung}")), case)
    if not result.cases:
        raise VerifyError("case", result.reason, "a network with a smooth activation")
    return result.bound.reshape(case.x.shape[:2])


def check_rungs(case: NetworkCase, rungs: Mapping[str, str] = RUNGS) -> dict[str, Check]:
    """Every rung against the next, as a claim of its own: low -> Check of low <= high.

    What one measurement calls violated or tight stands only if it is still true when both rungs are
    measured with other roundings.
    """
    fresh = _Measured(case, rungs)
    first = fresh.sides()
    return {
        low: again(compare(f"{low} <= {high}", *first[low], case.size), fresh.of(low))
        for low, high in itertools.pairwise(rungs)
    }


@dataclass(frozen=True, eq=False)
class _Measured:
    """The rungs of a case, measured once for every arithmetic that is asked."""

    case: NetworkCase
    rungs: Mapping[str, str]
    known: dict[int | None, dict[str, Sides]] = field(default_factory=dict)

    def sides(self) -> dict[str, Sides]:
        """Of each rung but the last, it and the next."""
        if roundings() not in self.known:
            self.known[roundings()] = self._sides(replace(self.case))
        return self.known[roundings()]

    def _sides(self, case: NetworkCase) -> dict[str, Sides]:
        found = ladder(case, self.rungs).values
        sides = {rung: _side(rung, value) for rung, value in found.items()}
        sides["truth"] = case.truth(QUANTITIES["hessian_norm"])
        return {low: (sides[low], sides[high]) for low, high in itertools.pairwise(self.rungs)}

    def of(self, low: str) -> Callable[[], Sides]:
        """Measures anew in the arithmetic that is running."""
        return lambda: self.sides()[low]


def _side(rung: str, value: Tensor) -> Enclosure:
    """A rung with what its float64 number may be off; a certified one is above the exact rung."""
    if rung != "local":
        return exact(value)
    lower = torch.where(value.isfinite(), value * (1.0 - _CERTIFIED), 0.0)
    return Enclosure(lower, value, Quality.ENCLOSURE, "the local rung, rounding included")
