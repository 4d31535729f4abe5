"""All kept mistakes, area by area."""

from __future__ import annotations

from tests.mutants import (
    area_activation,
    area_algebra,
    area_attack,
    area_campaign,
    area_checker,
    area_eigenvalues,
    area_families,
    area_formulas,
    area_numerics,
    area_prove,
    area_report,
    area_training,
    area_verdicts,
    area_verify,
)
from tests.mutants.mistakes import Mutant

MUTANTS: tuple[Mutant, ...] = (
    *area_formulas.MUTANTS,
    *area_numerics.MUTANTS,
    *area_training.MUTANTS,
    *area_activation.MUTANTS,
    *area_eigenvalues.MUTANTS,
    *area_checker.MUTANTS,
    *area_algebra.MUTANTS,
    *area_verdicts.MUTANTS,
    *area_report.MUTANTS,
    *area_attack.MUTANTS,
    *area_campaign.MUTANTS,
    *area_verify.MUTANTS,
    *area_prove.MUTANTS,
    *area_families.MUTANTS,
)
