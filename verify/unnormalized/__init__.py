"""Networks without normalization, which [CV25] Rem 4.1 compares with ([B23])."""

from bounds.unnormalized import NOTATION
from verify.families import Family
from verify.unnormalized import picture
from verify.unnormalized.subject import PLAIN, claims, controls

__all__ = ["FAMILY"]

FAMILY = Family(
    name="unnormalized",
    title="Networks without normalization",
    notation=NOTATION,
    subjects=(PLAIN,),
    claims=claims,
    controls=controls,
    sections=(picture.section,),
    witnesses="verify.unnormalized",
)
