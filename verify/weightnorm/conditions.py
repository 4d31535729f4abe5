"""Does a case meet an assumption? One condition for each assumption key of the family."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import bounds
from verify.activation import definition_of
from verify.subject import Condition
from verify.weightnorm.generalization.networks import is_cubic

__all__ = ["CONDITIONS", "meets"]


def meets(case: Any) -> str:
    """Met by every network by the way it is made: unit rows, the placements, measured radii."""
    return ""


def _activation(test: Callable[[bounds.Activation], bool], sentence: str) -> Condition:
    """A condition on the activation of a case, which `definition_of` knows by identity."""

    def condition(case: Any) -> str:
        definition = definition_of(case.phi)
        return "" if test(definition) else f"needs {sentence}; {case.phi.name} does not meet it"

    return condition


#: Assumption key -> condition. "second derivative" is what Hessians themselves need.
CONDITIONS: Mapping[str, Condition] = {
    "unit rows": meets,
    "placement": meets,
    "extremes": meets,
    "ball": meets,
    "square loss": meets,
    "Lipschitz": _activation(lambda phi: phi.K is not None, "|phi'| <= K everywhere"),
    "smooth": _activation(lambda phi: phi.beta is not None, "|phi''| <= beta everywhere"),
    "phi(0) = 0": _activation(lambda phi: phi.phi0 == 0, "phi(0) = 0"),
    "odd": _activation(lambda phi: phi.odd, "phi(-t) = -phi(t)"),
    "cubic": is_cubic,
    "second derivative": _activation(
        lambda phi: phi.beta is not None, "a second derivative of the activation"
    ),
}
