"""G3 to G9 and their competitors on independent draws, judged by exact binomial intervals."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from numerics.weightnorm.generalization.controls import CONTROLS, OPEN, Control
from numerics.weightnorm.generalization.trials import Trials
from verify.probability import Draws, binomial_interval, check_draws, judge
from verify.verdict import Verdict
from verify.weightnorm.generalization.claims import likely
from verify.weightnorm.generalization.sources import Setting, settings

__all__ = ["Fallen", "Found", "controls", "judged", "unrefuted"]

_BATCH = 250
#: Enough for "holds" at delta = 0.05 without a failure: 0.95^300 < 5e-7.
FEWEST = 300


@dataclass(frozen=True)
class Found:
    """One statement on one kind of draws."""

    setting: Setting
    draws: Draws


@dataclass(frozen=True)
class Fallen:
    """A wrong statement on the draws of its adversary."""

    control: Control
    trials: Trials
    verdict: Verdict

    @property
    def least(self) -> float:
        """The lower end of the exact interval of the failure rate."""
        return binomial_interval(self.trials.failures, self.trials.draws)[0]


def judged(
    draws: int = FEWEST,
    *,
    seed: int = 0,
    quick: bool = True,
    tell: Callable[[str], None] = lambda words: None,
    chosen: Sequence[Setting] | None = None,
) -> Iterator[Found]:
    """Every statement on its draws; `quick` keeps to the cheap settings."""
    for setting in settings() if chosen is None else chosen:
        if quick and not setting.quick:
            continue
        tell(setting.words)
        for name in setting.claims:
            claim = likely()[f"generalization.{name}"]
            count = max(FEWEST, int(draws * setting.share))
            yield Found(
                setting, check_draws(claim, setting.draw, draws=count, seed=seed, batch=_BATCH)
            )


def controls(seed: int = 0) -> list[Fallen]:
    """The negative controls with the adversaries that refute them."""
    return [_fallen(control, seed) for control in CONTROLS]


def unrefuted(seed: int = 0) -> list[Fallen]:
    """Simpler statements that nothing here refutes: neither theorems nor controls."""
    return [_fallen(control, seed) for control in OPEN]


def _fallen(control: Control, seed: int) -> Fallen:
    found = control.run(seed)
    return Fallen(control, found, judge(found.failures, 0, found.draws, found.delta))
