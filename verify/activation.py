"""One activation, two rooms: the torch functions of `numerics` and the formula of `bounds`."""

from __future__ import annotations

import bounds
import numerics
from verify.errors import VerifyError


def definition_of(activation: numerics.Activation) -> bounds.Activation:
    """The formula and proved constants behind an activation, by identity and never by name.

    Raises:
        VerifyError: an activation of somebody's own that brings none.
    """
    definition = getattr(activation, "definition", None)
    if isinstance(definition, bounds.Activation):
        return definition
    if numerics.ACTIVATIONS.get(activation.name) is activation:
        return bounds.activation(activation.name)
    raise VerifyError(
        "activation",
        f"{activation.name!r}, made by hand: nothing is proved of it",
        "a shipped one, or one from verify.activation.from_formula",
    )
