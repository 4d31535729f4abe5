"""Two-layer ReLU networks with weight normalization, after [DGM20]."""

from bounds.relu_two_layer import NOTATION
from verify.families import Family
from verify.relu_two_layer.controls import controls
from verify.relu_two_layer.likelihood import trials
from verify.relu_two_layer.section import section
from verify.relu_two_layer.subjects import SUBJECTS, claims

__all__ = ["FAMILY"]

FAMILY = Family(
    name="relu_two_layer",
    title="Two-layer ReLU networks with weight normalization",
    notation=NOTATION,
    subjects=SUBJECTS,
    claims=claims,
    controls=controls,
    trials=trials,
    sections=(section,),
    witnesses="verify.relu_two_layer",
)
