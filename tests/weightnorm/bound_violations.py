"""What the four groups of property tests share: which claims, which checks."""

from __future__ import annotations

from tests import faulty
from verify import Case, Claim, check
from verify.weightnorm import FAMILY
from verify.weightnorm.steps.subject import STEPS

GROUPS = {
    "gradient": ("gradient", "input_gradient", "output"),
    "hessian": ("hessian.",),
    "loss": ("loss",),
    "rademacher": ("rademacher",),
}


def group(name: str) -> list[Claim]:
    """The shipped claims of a group; never empty, so that no test passes by checking nothing."""
    known = {n: c for n, c in FAMILY.claims().items() if c.subject is not STEPS}
    chosen = [c for n, c in known.items() if n.startswith(GROUPS[name])]
    assert chosen, f"no claim in group {name}"
    return chosen


def faults(name: str, case: Case) -> list[str]:
    """Readable lines for every claim of the group that this case violates or leaves open."""
    return faulty.faults(_about(name, case), case)


def checked(name: str, case: Case) -> int:
    """How many networks the group's claims were really checked on."""
    return sum(check(claim, case).cases for claim in _about(name, case))


def _about(name: str, case: Case) -> list[Claim]:
    """The claims of the group that speak of such a case at all."""
    return [claim for claim in group(name) if isinstance(case, claim.subject.case_type)]
