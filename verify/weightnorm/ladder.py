"""The Hessian's ladder on a network: truth <= local <= recursive <= sharp <= closed <= asymptotic.

Each rung is a step of the proof, so the factor between two rungs is what that step loses on this
network. The local rung (T7) is the recursion with the network's own measured coefficients in place
of their bounds; it is a number for one network, not a formula, and so no bound of the catalogue.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from torch import Tensor

import bounds
import numerics
from verify.check import Check, compare, in_float64
from verify.claim import claim_about
from verify.errors import VerifyError
from verify.perturbation import roundings
from verify.repeat import Sides, again
from verify.weightnorm.cases import NetworkCase
from verify.weightnorm.lemma_checks import exact
from verify.weightnorm.networks import NETWORKS
from verify.weightnorm.quantities import QUANTITIES

#: Rungs from below; the words say what is given up on the way up to each.
RUNGS = {
    "truth": "the spectral norm itself",
    "local": "the network's own coefficients, worst direction in each layer",
    "recursive": "coefficients replaced by their bounds K, beta, omega_l, m_l",
    "sharp": "recursion summed in closed form, keeping the max norm of g-dot",
    "closed": "max norm of g-dot replaced by its 2-norm (T5)",
    "asymptotic": "the O(.) shape of the paper with one leading constant (T6)",
}


@dataclass(frozen=True)
class Ladder:
    """The rungs on every network and input of a case: name -> (B, n); truth is a lower end."""

    case: NetworkCase
    values: dict[str, Tensor]

    def factors(self) -> dict[str, Tensor]:
        """How many times each rung is larger than the one below it, (B, n)."""
        pairs = itertools.pairwise(RUNGS)
        return {high: self.values[high] / self.values[low] for low, high in pairs}


def local_rung(case: NetworkCase) -> Tensor:
    """The local rung (T7), (B, n).

    Raises:
        NumericsError: an activation without a second derivative.
    """
    coefficients = numerics.local_coefficients(case.network, case.x)
    output = coefficients.pop("output")
    value: Tensor = bounds.comparison_eigenvalue(output=output, **coefficients)
    return value


def ladder(case: NetworkCase) -> Ladder:
    """All rungs on one case.

    Raises:
        VerifyError: the case does not meet the assumptions of the Hessian bounds.
    """
    norm = QUANTITIES["hessian_norm"]
    shape = case.x.shape[:2]
    values = {
        "truth": case.truth(norm).lower.cpu(),
        "local": local_rung(case).cpu(),
    }
    for rung in list(RUNGS)[2:]:
        result = in_float64(claim_about(NETWORKS, bounds.get(f"hessian.{rung}")), case)
        if not result.cases:
            raise VerifyError("case", result.reason, "a network with a smooth activation")
        values[rung] = result.bound.reshape(shape)
    return Ladder(case, values)


def check_rungs(case: NetworkCase) -> dict[str, Check]:
    """Every rung against the next, as a claim of its own: low -> Check of low <= high.

    What one measurement calls violated or tight stands only if it is still true when both rungs are
    measured with other roundings.
    """
    fresh = _Measured(case)
    first = fresh.sides()
    return {
        low: again(compare(f"{low} <= {high}", *first[low], case.size), fresh.of(low))
        for low, high in itertools.pairwise(RUNGS)
    }


@dataclass(frozen=True, eq=False)
class _Measured:
    """The rungs of a case, measured once for every arithmetic that is asked."""

    case: NetworkCase
    known: dict[int | None, dict[str, Sides]] = field(default_factory=dict)

    def sides(self) -> dict[str, Sides]:
        """Of each rung but the last, it and the next."""
        if roundings() not in self.known:
            self.known[roundings()] = self._sides(replace(self.case))
        return self.known[roundings()]

    @staticmethod
    def _sides(case: NetworkCase) -> dict[str, Sides]:
        found = ladder(case).values
        rungs = {name: exact(value) for name, value in found.items()}
        rungs["truth"] = case.truth(QUANTITIES["hessian_norm"])
        return {low: (rungs[low], rungs[high]) for low, high in itertools.pairwise(RUNGS)}

    def of(self, low: str) -> Callable[[], Sides]:
        """Measures anew in the arithmetic that is running."""
        return lambda: self.sides()[low]
