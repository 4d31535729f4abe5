"""What the four families of property tests share: which claims, which checks."""

from __future__ import annotations

from verify import Case, Verdict, check, claims
from verify.claim import Claim
from verify.report.run import fits

FAMILIES = {
    "gradient": ("gradient", "input_gradient", "output"),
    "hessian": ("hessian.",),
    "loss": ("loss",),
    "rademacher": ("rademacher",),
}


def family(name: str) -> list[Claim]:
    """The shipped claims of a family; never empty, so that no test passes by checking nothing."""
    chosen = [c for n, c in claims().items() if n.startswith(FAMILIES[name])]
    assert chosen, f"no claim in family {name}"
    return chosen


def violations(name: str, case: Case) -> list[str]:
    """Readable lines for every claim of the family that this case violates."""
    found = []
    for claim in family(name):
        if not fits(claim, case):
            continue
        result = check(claim, case)
        if result.networks and result.verdict is Verdict.VIOLATED:
            found.append(
                f"{claim.name}: truth/bound = {float(result.ratios.max()):.6g} {case.label}"
            )
    return found


def checked(name: str, case: Case) -> int:
    """How many networks the family's claims were really checked on."""
    return sum(check(claim, case).networks for claim in family(name) if fits(claim, case))
