"""What an attack is given and what it hands back, as frozen data others can store."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from verify.case import Case
from verify.errors import VerifyError
from verify.subject import Shape
from verify.verdict import Evidence, Grade, Verdict


@dataclass(frozen=True)
class Budget:
    """How much an attack may spend: networks evaluated, and seconds of wall time.

    The same seed and evaluations give the same result on one machine as long as the time does not
    run out first; a limit on time alone is not reproducible.
    """

    evaluations: int = 20_000
    seconds: float = math.inf

    def __post_init__(self) -> None:
        if self.evaluations < 1:
            raise VerifyError("evaluations", str(self.evaluations), "at least 1")
        if not self.seconds > 0:
            raise VerifyError("seconds", str(self.seconds), "a positive number")


@dataclass(frozen=True)
class Progress:
    """Where a running attack stands: networks evaluated, seconds, best ratio, architecture."""

    claim: str
    evaluations: int
    seconds: float
    best_ratio: float
    architecture: str


Report = Callable[[Progress], None]


@dataclass(frozen=True)
class AttackResult:
    """The best case an attack found, judged by the measured quantity and not by the search.

    Attributes:
        claim: name of the claim attacked.
        case: the best case, a single one of its subject, origin "attack"; its tensors hold
            everything exactly.
        shape: the architecture (or other discrete part) it has.
        ratio: truth/bound at the case, with the truth's lower end.
        verdict: of `verify.check` at the case.
        grade: how strong the evidence behind the ratio is.
        evaluations: candidates evaluated, of all shapes, by gradient or without.
        seconds: wall time.
        history: (evaluations so far, best ratio so far), one pair for each improvement noted.
        found_by: "screen", "ascent", "polish", "neighbours" or "gradient-free": who found the best
            case.
        seed: the seed of the attack.
        passed_over: architectures of which nothing could be searched or judged: 0/0 or refused at
            every start.
    """

    claim: str
    case: Case
    shape: Shape
    ratio: float
    verdict: Verdict
    grade: Grade
    evaluations: int
    seconds: float
    history: tuple[tuple[int, float], ...]
    found_by: str
    seed: int
    passed_over: tuple[str, ...] = ()

    @property
    def refuted(self) -> bool:
        """The claim is wrong: its truth exceeds its bound at `case`, rounding included."""
        return self.verdict is Verdict.VIOLATED

    @property
    def evidence(self) -> Evidence:
        """Graded "searched": an attack that found nothing proves nothing."""
        grade = self.grade if self.refuted else Grade.SEARCHED
        return Evidence(grade, self.evaluations, self.ratio)
