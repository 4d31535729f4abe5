"""What a measured quantity returns: both ends, and a sentence on how each was obtained."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import torch
from torch import Tensor

from numerics.errors import NumericsError


class Quality(Enum):
    """How much an `Enclosure` claims; the value is the sentence shown to readers."""

    EXACT_TO_ROUNDING = "Computed by a direct formula or dense eigenvalues, up to rounding."
    LOWER_ESTIMATE = (
        "A search found this value, so the truth is at least this large; nothing is known above it."
    )
    ENCLOSURE = "Both ends are certified: rounding errors of every step are bounded and included."


@dataclass(frozen=True, eq=False)
class Enclosure:
    """lower <= truth <= upper, entry by entry; float64 tensors of one shape.

    For `LOWER_ESTIMATE` upper is infinite. `method` says in a sentence how the ends were obtained.
    """

    lower: Tensor
    upper: Tensor
    quality: Quality
    method: str

    def __post_init__(self) -> None:
        if self.lower.shape != self.upper.shape or not bool((self.lower <= self.upper).all()):
            raise NumericsError(
                argument="lower, upper",
                found=f"shapes {tuple(self.lower.shape)}, {tuple(self.upper.shape)} "
                "or ends that are NaN or in the wrong order",
                accepted="equal shapes and lower <= upper everywhere",
            )

    @property
    def value(self) -> Tensor:
        """The midpoint; for a lower estimate, the lower end."""
        if self.quality is Quality.LOWER_ESTIMATE:
            return self.lower
        return self.lower + 0.5 * (self.upper - self.lower)

    @property
    def width(self) -> Tensor:
        """upper - lower."""
        return self.upper - self.lower

    @property
    def relative_width(self) -> Tensor:
        """(upper - lower) / max(|lower|, |upper|), and 0 where both ends are 0."""
        scale = torch.maximum(self.lower.abs(), self.upper.abs())
        return torch.where(scale > 0, self.width / torch.where(scale > 0, scale, 1.0), self.width)
