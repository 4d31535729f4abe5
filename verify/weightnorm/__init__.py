"""Deep WeightNorm networks ([CV25]): networks, function classes and steps of training."""

from __future__ import annotations

from functools import cache

import bounds
from bounds.weightnorm import NOTATION
from verify.claim import Claim, claim_about
from verify.families import Control, Family
from verify.weightnorm import controls, laws, proof, saved
from verify.weightnorm.generalization import controls as generalization_controls
from verify.weightnorm.generalization import likelihood
from verify.weightnorm.generalization import section as certificates
from verify.weightnorm.generalization.claims import finite_claims
from verify.weightnorm.generalization.finite import SUBJECTS as FINITE
from verify.weightnorm.networks import CLASSES, NETWORKS
from verify.weightnorm.steps import controls as step_controls
from verify.weightnorm.steps import section as steps_section
from verify.weightnorm.steps.subject import STEPS

__all__ = ["FAMILY"]


@cache
def claims() -> dict[str, Claim]:
    """The bounds of the catalogue about networks, classes and steps."""
    found = {}
    for name, bound in bounds.catalogue().items():
        for subject in (NETWORKS, CLASSES, STEPS):
            if bound.notation is NOTATION and bound.quantity in subject.quantities:
                found[name] = claim_about(subject, bound)
    return found | finite_claims()


@cache
def _controls() -> tuple[Control, ...]:
    return (
        *controls.made(claims()),
        *step_controls.made(claims()),
        *generalization_controls.made(claims()),
        *likelihood.made(),
    )


FAMILY = Family(
    name="weightnorm",
    title="Deep WeightNorm networks",
    notation=NOTATION,
    subjects=(NETWORKS, CLASSES, STEPS, *FINITE),
    claims=claims,
    controls=_controls,
    trials=likelihood.trials,
    sections=(proof.section, laws.section, steps_section.section, certificates.section),
    witnesses="verify.weightnorm",
    saved_run=saved.run_cases,
)
