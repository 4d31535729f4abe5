"""The network without normalization that [CV25] Rem 4.1 compares with ([B23])."""

from bounds.unnormalized import NOTATION
from verify.families import Family
from verify.unnormalized import picture

__all__ = ["FAMILY"]

FAMILY = Family(
    name="unnormalized",
    title="Networks without normalization",
    notation=NOTATION,
    subjects=(),
    claims=dict,
    sections=(picture.section,),
)
