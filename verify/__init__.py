"""Attack claims about bounds on real cases and say, on what evidence, what survived."""

from typing import TYPE_CHECKING

from numerics.lazy import lazy_door
from verify.errors import VerifyError

if TYPE_CHECKING:
    from verify import domain
    from verify.case import Case
    from verify.check import Check, check
    from verify.claim import Claim, claim_about
    from verify.counterexample import Counterexample, confirm, counterexample
    from verify.families import Control, Family, families
    from verify.families import all_claims as claims
    from verify.own.investigate import Findings, investigate
    from verify.own.load import load_claims
    from verify.own.matrices import norm, spectral_norm
    from verify.own.property import property_test
    from verify.own.section import section
    from verify.prove.api import Proof, prove
    from verify.prove.certificate import Certificate, load_certificate
    from verify.prove.memory import load_unfinished
    from verify.quantity import Quantity
    from verify.samples.subject import sample_case
    from verify.scaling import ScalingLaw, scaling_law
    from verify.shrink import shrink
    from verify.subject import Reading, Shape, Subject
    from verify.tally import Tally, tally
    from verify.verdict import Evidence, Grade, Verdict
    from verify.weightnorm.cases import FunctionClassCase, NetworkCase, network_case

__all__ = [
    "Case",
    "Certificate",
    "Check",
    "Claim",
    "Control",
    "Counterexample",
    "Evidence",
    "Family",
    "Findings",
    "FunctionClassCase",
    "Grade",
    "NetworkCase",
    "Proof",
    "Quantity",
    "Reading",
    "ScalingLaw",
    "Shape",
    "Subject",
    "Tally",
    "Verdict",
    "VerifyError",
    "check",
    "claim_about",
    "claims",
    "confirm",
    "counterexample",
    "domain",
    "families",
    "investigate",
    "load_certificate",
    "load_claims",
    "load_unfinished",
    "network_case",
    "norm",
    "property_test",
    "prove",
    "sample_case",
    "scaling_law",
    "section",
    "shrink",
    "spectral_norm",
    "tally",
]

lazy_door(__name__, VerifyError)
