"""A claim as a property test that pytest collects: Hypothesis draws, `verify.shrink` simplifies."""

from __future__ import annotations

import os
import re
from collections.abc import Callable

from hypothesis import HealthCheck, Phase, given, settings

from verify.case import Case
from verify.check import check
from verify.claim import Claim
from verify.counterexample import Counterexample, describe
from verify.counterexample.make import stated
from verify.errors import VerifyError
from verify.own.words import doubt
from verify.ratios import ratio_text
from verify.shrink import shrink
from verify.strategies import cases_for
from verify.verdict import Verdict

__all__ = ["PROFILES", "PROFILE_VARIABLE", "Refuted", "property_test"]

#: Cases drawn for each property test by profile; "" is what Hypothesis's own settings say.
PROFILES = {"quick": 10, "": 0, "deep": 1000}
PROFILE_VARIABLE = "PLUMBLINE_PROFILE"
#: Hypothesis finds; what it found is shrunk as `investigate` does, which knows networks.
_PHASES = (Phase.explicit, Phase.reuse, Phase.generate, Phase.target)


class Refuted(AssertionError):
    """A property test met a violation; `counterexample` is ready to save."""

    def __init__(self, message: str, counterexample: Counterexample) -> None:
        super().__init__(message)
        self.counterexample = counterexample

    def __reduce__(self) -> tuple[type, tuple[str, Counterexample]]:
        return type(self), (str(self), self.counterexample)


def property_test(
    claim: Claim, *, max_examples: int | None = None, allow_undecided: bool = False
) -> Callable[[], None]:
    """A test function of a claim: assign it to a module-level name that starts with `test_`.

    It draws cases within the claim's assumptions (`verify.strategies.cases_for`), the sharp corners
    among them, and fails with the simplest network or sample that violates the claim: the violation
    that was drawn, simplified by `verify.shrink`. The test carries the marker `plumbline`.

    Parameters
    ----------
    claim : Claim
        What every case drawn has to meet.
    max_examples : int, optional
        Cases drawn; None: what the profile says (`pytest --plumbline-profile quick` or `deep`),
        else Hypothesis's own settings.
    allow_undecided : bool
        Whether a case that nothing decides is let pass; it fails otherwise.

    Returns
    -------
    callable
        A test without arguments.

    Raises
    ------
    AssertionError
        By the test, with the counterexample.

    Examples
    --------
    >>> import sympy, verify
    >>> x = sympy.Symbol("x", real=True)
    >>> claim = verify.Claim.of("square", -x**2, 0, domain={"x": verify.domain.scalar(-9, 9)})
    >>> test_square = verify.property_test(claim, max_examples=2)
    >>> test_square()
    """
    if max_examples is not None and max_examples < 1:
        raise VerifyError("max_examples", str(max_examples), "a whole number from 1 on, or None")
    simplified: list[Counterexample] = []

    @settings(
        deadline=None,
        suppress_health_check=list(HealthCheck),
        max_examples=max_examples or _profiled() or settings().max_examples,
        phases=_PHASES,
        report_multiple_bugs=False,
    )
    @given(cases_for(claim))
    def test(case: Case) -> None:
        result = check(claim, case)
        if result.verdict is Verdict.VIOLATED:
            if not simplified:  # Hypothesis runs what it found once more
                simplified.append(stated(claim, shrink(claim, case)))
            found = simplified[0]
            ratio = ratio_text(float(found.claimed["ratio"]), 9)
            text = f"{claim.name} is violated: truth/bound = {ratio} at\n"
            raise Refuted(text + describe(found.case()), found)
        if result.verdict is Verdict.UNDECIDED and not allow_undecided:
            text = doubt(result, case, claim).strip()
            raise AssertionError(f"{claim.name} is undecided, which is no pass: {text}")

    test.__name__ = test.__qualname__ = "test_" + re.sub(r"\W+", "_", claim.name)
    test.__doc__ = f"{claim.name} is never exceeded."
    test.plumbline_claim = claim  # type: ignore[attr-defined]
    return test


def _profiled() -> int:
    name = os.environ.get(PROFILE_VARIABLE, "")
    if name not in PROFILES:
        raise VerifyError(PROFILE_VARIABLE, repr(name), ", ".join(n for n in PROFILES if n))
    return PROFILES[name]
