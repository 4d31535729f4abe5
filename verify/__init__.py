"""Attack claims `quantity <= bound` on real networks and say, on what evidence, what survived."""

from verify.case import Case, FunctionClassCase, NetworkCase, SampleCase, network_case
from verify.claim import Check, Claim, check, claim_for, claims
from verify.counterexample import Counterexample, confirm, counterexample
from verify.errors import VerifyError
from verify.own.investigate import Findings, investigate
from verify.own.load import load_claims
from verify.own.property import property_test
from verify.own.section import section
from verify.quantities import QUANTITIES, Quantity
from verify.shrink import shrink
from verify.verdict import Evidence, Grade, Verdict

__all__ = [
    "QUANTITIES",
    "Case",
    "Check",
    "Claim",
    "Counterexample",
    "Evidence",
    "Findings",
    "FunctionClassCase",
    "Grade",
    "NetworkCase",
    "Quantity",
    "SampleCase",
    "Verdict",
    "VerifyError",
    "check",
    "claim_for",
    "claims",
    "confirm",
    "counterexample",
    "investigate",
    "load_claims",
    "network_case",
    "property_test",
    "section",
    "shrink",
]
