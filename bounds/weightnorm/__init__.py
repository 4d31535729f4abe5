"""Deep WeightNorm networks [CV25]: theorems, lemmas, steps of the proofs, published claims."""

from bounds.weightnorm import (
    complexity,
    depth_chain,
    depth_free,
    first_order,
    loss,
    optimization,
    second_order,
    smooth,
)
from bounds.weightnorm.facts import FACTS
from bounds.weightnorm.lemmas import LEMMAS
from bounds.weightnorm.published import PUBLISHED
from bounds.weightnorm.steps import STEPS
from bounds.weightnorm.symbols import NOTATION

__all__ = ["BOUNDS", "FACTS", "LEMMAS", "NOTATION", "PUBLISHED", "STEPS"]

BOUNDS = (
    *first_order.BOUNDS,
    *second_order.BOUNDS,
    *depth_chain.BOUNDS,
    *depth_free.BOUNDS,
    *smooth.BOUNDS,
    *loss.BOUNDS,
    *complexity.BOUNDS,
    *optimization.BOUNDS,
)
