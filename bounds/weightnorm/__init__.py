"""Deep WeightNorm networks [CV25]: theorems, lemmas, steps of the proofs, published claims."""

from bounds.weightnorm import (
    complexity,
    depth_chain,
    depth_free,
    first_order,
    generalization,
    loss,
    optimization,
    second_order,
    smooth,
    tangent_kernel,
)
from bounds.weightnorm.facts import FACTS as NETWORK_FACTS
from bounds.weightnorm.lemmas import LEMMAS
from bounds.weightnorm.published import PUBLISHED
from bounds.weightnorm.steps import STEPS as NETWORK_STEPS
from bounds.weightnorm.symbols import NOTATION

__all__ = ["BOUNDS", "FACTS", "LEMMAS", "NOTATION", "NOTATIONS", "PUBLISHED", "STEPS"]

#: a certificate speaks of a sample and a confidence, a bound of a network
NOTATIONS = (NOTATION, generalization.NOTATION)
BOUNDS = (
    *first_order.BOUNDS,
    *second_order.BOUNDS,
    *depth_chain.BOUNDS,
    *depth_free.BOUNDS,
    *smooth.BOUNDS,
    *tangent_kernel.BOUNDS,
    *loss.BOUNDS,
    *complexity.BOUNDS,
    *optimization.BOUNDS,
    *generalization.BOUNDS,
)
FACTS = (*NETWORK_FACTS, *generalization.FACTS)
STEPS = (*NETWORK_STEPS, *generalization.STEPS)
