"""A claim as a property test that pytest collects and Hypothesis shrinks."""

from __future__ import annotations

import re
from collections.abc import Callable

from hypothesis import HealthCheck, given, settings

from verify.case import Case
from verify.check import check
from verify.claim import Claim
from verify.counterexample import describe
from verify.own.words import doubt
from verify.ratios import ratio_text
from verify.shrink import shrink
from verify.strategies import cases_for
from verify.verdict import Verdict


def property_test(
    claim: Claim, *, max_examples: int | None = None, allow_undecided: bool = False
) -> Callable[[], None]:
    """A test function: assign it to a module-level name that starts with `test_`.

        test_mine = verify.property_test(my_claim)

    It draws cases within the claim's assumptions (`verify.strategies.cases_for`), the sharp
    corners among them, and fails with the simplest network or sample that violates the claim. A
    case that nothing decides fails too, unless `allow_undecided` says that this is expected.
    """

    count = settings().max_examples if max_examples is None else max_examples

    @settings(deadline=None, suppress_health_check=list(HealthCheck), max_examples=count)
    @given(cases_for(claim))
    def test(case: Case) -> None:
        result = check(claim, case)
        if result.verdict is Verdict.VIOLATED:
            ratio = result.best_ratio
            text = f"{claim.name} is violated: truth/bound = {ratio_text(ratio, 9)} at\n"
            simple = shrink(claim, case, checks=200)
            raise AssertionError(text + describe(simple))
        if result.verdict is Verdict.UNDECIDED and not allow_undecided:
            text = doubt(result, case, claim).strip()
            raise AssertionError(f"{claim.name} is undecided, which is no pass: {text}")

    test.__name__ = test.__qualname__ = "test_" + re.sub(r"\W+", "_", claim.name)
    test.__doc__ = f"{claim.name} is never exceeded."
    return test
