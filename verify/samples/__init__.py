"""Samples of named tensors: claims of a user's own about anything that is no network."""

from verify.families import Family
from verify.samples.subject import NOTATION, SAMPLES, sample_subject

__all__ = ["FAMILY"]

FAMILY = Family(
    name="samples",
    title="Samples",
    notation=NOTATION,
    subjects=(SAMPLES,),
    claims=dict,
    own_subject=sample_subject,
)
