"""Least squares under weight normalization (after [WU20])."""

from bounds.least_squares import NOTATION
from verify.families import Family
from verify.least_squares.controls import controls
from verify.least_squares.story import section
from verify.least_squares.subject import FITS, claims

__all__ = ["FAMILY"]

FAMILY = Family(
    name="least_squares",
    title="Least squares under weight normalization",
    notation=NOTATION,
    subjects=(FITS,),
    claims=claims,
    controls=controls,
    sections=(section,),
)
