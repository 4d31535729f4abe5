"""The machinery that must refute negative controls: it walks the sharp cases of their subject."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from verify.check import check
from verify.families import Control, all_controls
from verify.probability import Trial, tried
from verify.verdict import Verdict

__all__ = ["Refutation", "chosen_controls", "refute", "refute_all"]


@dataclass(frozen=True)
class Refutation:
    """How a control fared: refuted or not, after how many cases, by which one, by how much."""

    control: Control
    refuted: bool
    tried: int
    ratio: float
    witness: str


def refute(control: Control, seed: int = 0) -> Refutation:
    """Walk the corners of the control's subject until it is violated, or they end; one with a
    probability is judged on the draws of its adversary."""
    if control.trial is not None:
        return _on_draws(control, control.trial, seed)
    claim, tried, best, witness = control.claim, 0, 0.0, ""
    for case in claim.subject.corners(claim, seed):
        result = check(claim, case)
        if not result.cases:
            continue
        tried += result.cases
        ratio = result.best_ratio
        if ratio > best:
            best, witness = ratio, case.label
        if result.violations.numel():
            return Refutation(control, True, tried, ratio, case.label)
    return Refutation(control, False, tried, best, witness)


def _on_draws(control: Control, trial: Trial, seed: int) -> Refutation:
    found = tried(trial, seed)
    fell = found.verdict is Verdict.VIOLATED
    return Refutation(control, fell, found.draws, found.worst, f"{trial.words}: {found.sentence}")


def chosen_controls(
    bases: Collection[str] | None = None, controls: Iterable[Control] | None = None
) -> list[Control]:
    """The controls (all shipped ones), or of them those made from the claims of these names."""
    known = all_controls() if controls is None else controls
    return [c for c in known if bases is None or c.base in bases]


def refute_all(
    bases: Collection[str] | None = None, seed: int = 0, controls: Iterable[Control] | None = None
) -> list[Refutation]:
    """Those controls, each refuted or not."""
    return [refute(control, seed) for control in chosen_controls(bases, controls)]
