"""Diagonal linear networks under weight normalization (after [CRW24])."""

from bounds.diagonal_linear import NOTATION
from verify.diagonal_linear.controls import controls
from verify.diagonal_linear.story import section
from verify.diagonal_linear.subject import NETS, claims
from verify.families import Family

__all__ = ["FAMILY"]

FAMILY = Family(
    name="diagonal_linear",
    title="Diagonal linear networks under weight normalization",
    notation=NOTATION,
    subjects=(NETS,),
    claims=claims,
    controls=controls,
    sections=(section,),
)
