"""Attack claims `quantity <= bound` on real networks and say, on what evidence, what survived."""

from verify.case import Case, FunctionClassCase, NetworkCase, network_case
from verify.claim import Check, Claim, check, claim_for, claims
from verify.errors import VerifyError
from verify.quantities import QUANTITIES, Quantity
from verify.verdict import Evidence, Grade, Verdict

__all__ = [
    "QUANTITIES",
    "Case",
    "Check",
    "Claim",
    "Evidence",
    "FunctionClassCase",
    "Grade",
    "NetworkCase",
    "Quantity",
    "Verdict",
    "VerifyError",
    "check",
    "claim_for",
    "claims",
    "network_case",
]
