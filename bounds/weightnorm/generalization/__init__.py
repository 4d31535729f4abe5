"""From a Rademacher bound to a number one can check: G1 to G9 and their competitors."""

from bounds.weightnorm.generalization import competitors, finite, statements
from bounds.weightnorm.generalization.facts import FACTS
from bounds.weightnorm.generalization.steps import STEPS
from bounds.weightnorm.generalization.symbols import NOTATION

__all__ = ["BOUNDS", "FACTS", "NOTATION", "STEPS"]

BOUNDS = (*finite.BOUNDS, *statements.BOUNDS, *competitors.BOUNDS)
