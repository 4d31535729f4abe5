"""Does a case meet an assumption? One condition for each assumption key of the family."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import sympy as sp

import bounds
from bounds.activation.core import t as variable
from verify.activation import definition_of
from verify.subject import Condition
from verify.weightnorm.generalization.networks import is_cubic

__all__ = ["CONDITIONS", "meets"]


def meets(case: Any) -> str:
    """Met by every network by the way it is made: unit rows, the placements, measured radii."""
    return ""


@cache
def odd_about_zero(definition: bounds.Activation) -> bool:
    """phi(t) + phi(-t) = 2 phi(0), where sympy can tell."""
    phi = definition.expression
    both = phi + phi.subs(variable, -variable) - 2 * phi.subs(variable, 0)
    return definition.odd or bool(sp.simplify(both.rewrite(sp.exp)) == 0)


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
    "third": _activation(lambda phi: phi.beta2 is not None, "|phi'''| <= beta2 everywhere"),
    "odd about phi(0)": _activation(odd_about_zero, "phi - phi(0) to be odd"),
    "cubic": is_cubic,
    "second derivative": _activation(
        lambda phi: phi.beta is not None, "a second derivative of the activation"
    ),
}
