"""From a claim and a case that violates it to a counterexample."""

from __future__ import annotations

from verify.case import Case
from verify.check import check
from verify.claim import Claim
from verify.counterexample.files import Counterexample
from verify.counterexample.statement import quantity_name, right_side
from verify.counterexample.subject import stored_subject
from verify.shrink import shrink, single


def counterexample(claim: Claim, case: Case, *, simplify: bool = True) -> Counterexample:
    """The worst network (or sample) and input of a case that violates a claim, ready to be saved.

    Parameters
    ----------
    claim : Claim
        What is violated.
    case : Case
        Where.
    simplify : bool
        Whether it is shrunk first (`shrink`).

    Returns
    -------
    Counterexample

    Raises
    ------
    VerifyError
        The case does not violate the claim.

    Examples
    --------
    >>> import sympy, torch, verify
    >>> x = sympy.Symbol("x", real=True)
    >>> wrong = verify.Claim.of("wrong", x**2, 2, domain={"x": verify.domain.scalar(-9, 9)})
    >>> case = verify.sample_case({"x": torch.tensor([2.0], dtype=torch.float64)})
    >>> float(verify.counterexample(wrong, case).claimed["ratio"])
    2.0
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
            "ratio": _ratio(float(result.ratios[index])),
        },
    )


def _ratio(value: float) -> str:
    """Six digits, and all of them where six would say 1."""
    short = f"{value:.6g}"
    return repr(value) if short == "1" else short
