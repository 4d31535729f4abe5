"""From a claim and a case that violates it to a counterexample."""

from __future__ import annotations

from verify.case import Case
from verify.check import check
from verify.claim import Claim
from verify.counterexample.files import Counterexample
from verify.counterexample.statement import quantity_name, right_side
from verify.counterexample.subject import stored_subject
from verify.ratios import ratio_text
from verify.shrink import shrink, single


def counterexample(claim: Claim, case: Case, *, simplify: bool = True) -> Counterexample:
    """The worst network and input of the case, shrunk unless told otherwise, ready to be saved.

    Raises:
        VerifyError: the case does not violate the claim.
    """
    return stated(claim, shrink(claim, case) if simplify else single(claim, case))


def stated(claim: Claim, case: Case) -> Counterexample:
    """A claim and a single case as a file's content, whether it refutes the claim or not."""
    result = check(claim, case)
    index = int(result.ratios.nan_to_num(nan=-1.0).argmax())
    truth, bound = float(result.lower[index]), float(result.bound[index])
    definitions, text = right_side(claim, case)
    return Counterexample(
        name=claim.name,
        quantity=quantity_name(claim),
        sense=claim.bound.sense,
        assumptions=tuple(a.key for a in claim.bound.assumptions),
        definitions=definitions,
        right_side=text,
        subject=stored_subject(claim, case),
        claimed={
            "truth": truth.hex(),
            "right_side": bound.hex(),
            "ratio": ratio_text(float(result.ratios[index]), 6),
        },
    )
