"""Why a statement of this family cannot be asked of some data: one name and one sentence each."""

from __future__ import annotations

from enum import Enum

from numerics.errors import NumericsError


class Refusal(Enum):
    """The value is the sentence shown to readers."""

    ZERO_INPUT = "An input is zero: its row of every kernel is zero."
    EQUAL_INPUTS = "Two inputs have one direction, or cannot be told apart: the kernels degenerate."
    DEPENDENT_ANTIPODES = "The directions of the antipodal pairs of inputs are linearly dependent."
    NOT_UNIT = "The statement is about inputs of norm 1."
    DIMENSION = "The inputs have too few coordinates for the statement."
    ZERO_ROW = "A weight row is zero: it has no direction."
    NEGATIVE_GAIN = "A gain is not positive: the paper's form and the outside form part."
    NOT_GRADIENT_STEP = "The update is not a gradient step: momentum and Adam are not covered."
    VACUOUS = "The statement's right side is not positive, so it says nothing here."
    OUT_OF_RANGE = "A number left the range in which its rounding error is known."


def refuse(reason: Refusal, argument: str, found: str, accepted: str) -> NumericsError:
    """The error that names the refusal, what was found and what is accepted."""
    return NumericsError(
        argument=argument, found=f"{found} ({reason.name.lower()})", accepted=accepted
    )
