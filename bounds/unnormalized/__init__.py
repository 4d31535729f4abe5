"""The un-normalized predecessor [B23] on the recursion of the WeightNorm network (Rem 4.1)."""

from bounds.unnormalized.symbols import NOTATION
from bounds.unnormalized.theorems import BOUNDS

__all__ = ["BOUNDS", "NOTATION"]
