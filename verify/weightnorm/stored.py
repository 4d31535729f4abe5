"""What files hold of a network or a class, every number exact; the checker reads it back."""

from __future__ import annotations

from typing import Any

import numerics
from verify.activation_text import stored as stored_activation
from verify.claim import Claim
from verify.hexadecimal import to_hex
from verify.weightnorm.cases import FunctionClassCase, NetworkCase

__all__ = ["function_class", "network"]


def network(claim: Claim, case: NetworkCase) -> dict[str, Any]:
    """Activation, placement, weights, v, inputs, targets, and the quantity's own direction."""
    direction = claim.quantity.direction
    return {
        **case.meta(),
        "weights": [to_hex(w[0]) for w in case.network.weights],
        "v": to_hex(case.network.v[0]),
        "inputs": to_hex(case.x[0]),
        "targets": to_hex(case.y[0]),
        "direction": to_hex(direction(case)) if direction is not None else [],
    }


def function_class(claim: Claim, case: FunctionClassCase) -> dict[str, Any]:
    """The class, and for each sign vector the weights that a search found for it."""
    signs, weights = numerics.rademacher_witness(
        case.widths,
        case.x,
        activation=case.phi,
        placement=case.placement,
        seed=case.seed,
        restarts=case.restarts,
        steps=case.steps,
    )
    families = [
        {"signs": to_hex(signs[k]), "weights": [to_hex(w[k]) for w in weights]}
        for k in range(len(signs))
    ]
    return {
        "activation": stored_activation(case.phi),
        "placement": case.placement,
        "nu": float(case.nu).hex(),
        "inputs": to_hex(case.x),
        "families": families,
        "search": {"seed": case.seed, "restarts": case.restarts, "steps": case.steps},
    }
