"""G3 to G9, their competitors and their negative controls, each on independent draws."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache

from numerics.weightnorm.generalization.controls import CONTROLS, OPEN
from numerics.weightnorm.generalization.controls import Control as Spoilt
from verify.claim import Claim
from verify.families import Control
from verify.probability import Trial
from verify.weightnorm.generalization.cases import DrawCase
from verify.weightnorm.generalization.claims import likely
from verify.weightnorm.generalization.sources import of_outcomes, settings

__all__ = ["made", "trials", "unrefuted"]

#: Enough for "holds" at delta = 0.05 without a failure: 0.95^300 < 5e-7.
FEWEST = 300


@cache
def trials() -> tuple[Trial, ...]:
    """Every statement on each kind of its draws."""
    return tuple(
        Trial(
            likely()[f"generalization.{name}"], setting.draw, setting.words,
            int(FEWEST * setting.share), dear=not setting.quick,
        )
        for setting in settings()
        for name in setting.claims
    )  # fmt: skip


@cache
def made() -> tuple[Control, ...]:
    """The negative controls, each with the adversary that refutes it."""
    return tuple(_control(spoilt) for spoilt in CONTROLS)


def unrefuted() -> Mapping[str, Trial]:
    """Simpler statements, by what is simpler, that nothing here refutes: neither theorems nor
    controls."""
    return {spoilt.mistake: _trial(spoilt) for spoilt in OPEN}


def _control(spoilt: Spoilt) -> Control:
    trial = _trial(spoilt)
    base = f"generalization.{spoilt.of}"
    return Control(trial.claim.name, base, spoilt.mistake, trial.claim, trial)


def _trial(spoilt: Spoilt) -> Trial:
    return Trial(_wrong(spoilt.name), _draw(spoilt), spoilt.adversary, spoilt.draws)


def _wrong(name: str) -> Claim:
    """That the population loss is at most U, U being what the spoilt statement says."""
    right = likely()["generalization.certificate"]
    return replace(right, bound=replace(right.bound, name=f"generalization_bound.{name}"))


def _draw(spoilt: Spoilt) -> Callable[[int, int], DrawCase]:
    return lambda seed, count: of_outcomes(spoilt.outcomes(seed, count), spoilt.adversary)
