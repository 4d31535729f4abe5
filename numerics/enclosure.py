"""What a measured quantity returns: both ends, and a sentence on how each was obtained."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum
from typing import Any

import torch
from torch import Tensor

from numerics.errors import ContradictionError, NumericsError
from numerics.rounding import TINY, UNIT
from numerics.scaling import Shift, shifted_down, shifted_up
from numerics.tabular import Tabular, optional


class Quality(Enum):
    """How much an `Enclosure` claims; the value is the sentence shown to readers."""

    EXACT_TO_ROUNDING = "Computed by a direct formula or dense eigenvalues, up to rounding."
    PERTURBED = "Computed in float64; how far rounding moves it was measured by perturbation."
    LOWER_ESTIMATE = (
        "A search found this value, so the truth is at least this large; nothing is known above it."
    )
    ENCLOSURE = "Both ends are certified: rounding errors of every step are bounded and included."


@dataclass(frozen=True, eq=False)
class Enclosure(Tabular):
    """lower <= truth <= upper, entry by entry; float64 tensors of one shape.

    For `LOWER_ESTIMATE` upper is infinite. `method` says in a sentence how the ends were obtained.
    An entry for which nothing can be certified (NaN, infinity or a zero row in its tensors, numbers
    that leave the range of float64) is [0, inf] and marked in `refused`; the others stand.
    Raises `NumericsError` for ends that contradict each other: that is a fault of `numerics`.
    """

    lower: Tensor
    upper: Tensor
    quality: Quality
    method: str

    def __post_init__(self) -> None:
        if self.lower.shape != self.upper.shape:
            raise NumericsError(
                argument="lower, upper",
                found=f"shapes {tuple(self.lower.shape)}, {tuple(self.upper.shape)}",
                accepted="equal shapes",
            )
        require_ordered(self.lower, self.upper)

    @property
    def refused(self) -> Tensor:
        """Where nothing is certified: [0, inf], or [-inf, 0] for what is never positive."""
        open_ = (torch.isinf(self.upper) & (self.lower <= 0)) | torch.isinf(self.lower)
        return open_ & (self.quality is Quality.ENCLOSURE)

    def __getitem__(self, index: object) -> Enclosure:
        """These entries, as a tensor is indexed."""
        return Enclosure(self.lower[index], self.upper[index], self.quality, self.method)  # type: ignore[index]

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


    def __repr__(self) -> str:
        """The ends, the first few of many, and how they are known."""
        if not self.lower.ndim:
            return f"Enclosure {_ends(self.lower, self.upper)}. {self.quality.value}"
        low, high = self.lower.reshape(-1), self.upper.reshape(-1)
        shown = ", ".join(_ends(low[i], high[i]) for i in range(min(_SHOWN, len(low))))
        more = f", and {len(low) - _SHOWN:,} more" if len(low) > _SHOWN else ""
        return f"Enclosure of shape {tuple(self.lower.shape)}: {shown}{more}. {self.quality.value}"

    def rows(self) -> list[dict[str, Any]]:
        """One row for each entry: its index along each axis, and the two ends."""
        places = self.lower.new_ones(self.lower.shape).nonzero().tolist()
        ends = zip(self.lower.reshape(-1).tolist(), self.upper.reshape(-1).tolist(), strict=True)
        return [
            {f"axis {k}": i for k, i in enumerate(place)} | {"lower": low, "upper": high}
            for place, (low, high) in zip(places, ends, strict=True)
        ]

    def plot(self, ax: Any = None) -> Any:
        """Both ends of every entry over its flat index.

        Parameters
        ----------
        ax : matplotlib axes, optional
            The current ones if None.

        Returns
        -------
        matplotlib axes

        Raises
        ------
        NumericsError
            matplotlib is not installed.

        Examples
        --------
        >>> import matplotlib
        >>> matplotlib.use("Agg")
        >>> import torch, numerics
        >>> network = numerics.WeightNormNetwork.random((3, 4), "tanh", seed=0)
        >>> axes = numerics.gradient_norm(network, torch.ones(2, 3, dtype=torch.float64)).plot()
        >>> type(axes).__name__
        'Axes'
        """
        axes = optional("matplotlib.pyplot", "plot").gca() if ax is None else ax
        low = self.lower.detach().cpu().reshape(-1)
        high = self.upper.detach().cpu().reshape(-1)
        top = torch.where(high.isfinite(), high, low)
        axes.vlines(range(len(low)), low.tolist(), top.tolist(), linewidth=2)
        axes.plot(range(len(low)), low.tolist(), "_", label="lower end")
        axes.plot(range(len(low)), top.tolist(), "_", label="upper end, where there is one")
        axes.set_xlabel("entry")
        axes.set_ylabel("enclosed value")
        axes.legend()
        return axes


#: Entries that a display of an enclosure shows.
_SHOWN = 4


def _ends(low: Tensor, high: Tensor) -> str:
    return f"[{float(low):.9g}, {float(high):.9g}]"


def require_ordered(lower: Tensor, upper: Tensor) -> None:
    """Both ends are meant to be proved: the truth cannot be above the one and below the other."""
    if bool((lower <= upper).all()):
        return
    where = (~(lower <= upper)).nonzero()[0].tolist()
    low, high = float(lower[tuple(where)]), float(upper[tuple(where)])
    kind = NumericsError if math.isnan(low) or math.isnan(high) else ContradictionError
    raise kind(
        argument="lower, upper",
        found=f"internal inconsistency at index {tuple(where)}: {low!r} below, {high!r} above",
        accepted="lower <= upper everywhere; please report what was measured",
    )


def enclose(
    value: Tensor,
    radius: Tensor,
    method: str,
    *,
    shift: Shift = None,
    sound: Tensor | None = None,
) -> Enclosure:
    """[value - radius, value + radius] 2^shift cut at 0, the radius rounded up.

    Entries that are not `sound`, and ends that are not numbers, become [0, inf].
    """
    radius = 1.01 * radius + 4.0 * UNIT * value.abs() + TINY
    lower, upper = (value - radius).clamp_min(0.0), value + radius
    known = torch.isfinite(upper)
    lower, upper = torch.where(known, lower, 0.0), torch.where(known, upper, torch.inf)
    return from_ends(
        lower, upper, f"{method}, with a forward error analysis", shift=shift, sound=sound
    )


def from_ends(
    lower: Tensor,
    upper: Tensor,
    method: str,
    *,
    shift: Shift = None,
    sound: Tensor | None = None,
) -> Enclosure:
    """Certified ends >= 0, times 2^shift rounded outwards; entries not `sound` become [0, inf]."""
    lower, upper = shifted_down(lower, shift), shifted_up(upper, shift)
    if sound is not None and not bool(sound.all()):
        lower, upper = torch.where(sound, lower, 0.0), torch.where(sound, upper, torch.inf)
        method = with_refusals(method, sound)
    return Enclosure(lower, upper, Quality.ENCLOSURE, method)


def with_refusals(method: str, sound: Tensor) -> str:
    """The method, and how many entries are not sound and why that can be."""
    count = int((~sound).sum())
    if not count:
        return method
    return (
        f"{method}; {count} of {sound.numel()} entries refused (nothing certified): NaN, infinity, "
        "a zero row, or numbers that leave the range of float64"
    )
