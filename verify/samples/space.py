"""The space of samples of a claim, in coordinates where every scale is within reach."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from numerics import Enclosure
from verify.claim import Claim
from verify.samples.cases import SampleCase
from verify.samples.domain import Domain
from verify.samples.quantity import smooth
from verify.subject import Point, Shape

__all__ = ["SampleSpace"]

#: Numbers of any sign are searched as _KNEE sinh(u): linear below it, logarithmic above.
_KNEE = 1e-3
_BISECTIONS = 12


@dataclass(frozen=True, eq=False)
class SampleSpace:
    """Candidates are samples. Coordinates: log of what is positive, asinh of the rest."""

    claim: Claim
    shape: Shape
    domain: Domain
    device: str = "cpu"

    def draw(self, count: int, generator: torch.Generator) -> Point:
        """Samples of the user's own sampler."""
        return self._encode(self.domain.draw(generator, count))

    def values(self, point: Point) -> dict[str, Tensor]:
        """The samples themselves; differentiable in the coordinates."""
        return {
            name: u.exp() if self._positive(name) else _KNEE * torch.sinh(u)
            for name, u in point.items()
        }

    def margin(self, point: Point) -> Tensor:
        """(truth - bound)/(|truth| + |bound|), which grows with truth/bound and has a sense at any
        sign. For formulas the value is what intervals leave of it, so that no rounding error looks
        like a violation; the gradient is that of plain float64."""
        values = self.values(point)
        case = self._case(values)
        formula, measure = self.claim.quantity.formula, self.claim.quantity.measure
        truth = smooth(formula, values) if formula is not None else measure(case).lower
        gap = _gap(truth, torch.as_tensor(self.claim.smooth_right(case), dtype=torch.float64))
        gap = self._signed(gap)
        if formula is None:
            return gap
        return gap + (self.measured(point) - gap.detach())

    def measured(self, point: Point) -> Tensor:
        with torch.no_grad():
            values = {name: v.detach() for name, v in self.values(point).items()}
            case = self._case(values)
            truth, right = case.truth(self.claim.quantity), self.claim.right(case)
            return self._certain(truth, right)

    def _certain(self, truth: Enclosure, right: Enclosure) -> Tensor:
        """The smallest gap that the two enclosures allow."""
        if self.claim.bound.sense == ">=":
            return _gap(right.lower, truth.upper)
        forward = _gap(truth.lower, right.upper)
        if self.claim.bound.sense == "<=":
            return forward
        return torch.maximum(forward, _gap(right.lower, truth.upper)).clamp_min(0.0)

    def _signed(self, gap: Tensor) -> Tensor:
        sense = self.claim.bound.sense
        return gap.abs() if sense == "==" else -gap if sense == ">=" else gap

    def retract(self, point: Point, before: Point) -> Point:
        """Inside the box by clamping, whole where whole numbers are wanted; what is still outside
        goes back along the step until it is inside, or does not move at all."""
        new = self._clamped(self.values(point))
        old = self.values(before)
        inside = self.domain.contains(new)
        for _ in range(_BISECTIONS):
            if bool(inside.all()):
                break
            halfway = {k: 0.5 * (new[k] + old[k]) for k in new}
            new = _merged(inside, new, self._clamped(halfway))
            inside = self.domain.contains(new)
        return self._encode(_merged(inside, new, old))

    def _clamped(self, values: dict[str, Tensor]) -> dict[str, Tensor]:
        box = self.domain.box
        clamped = {k: v.clamp(*box[k]) if k in box else v for k, v in values.items()}
        return {k: v.round() if k in self.domain.integers else v for k, v in clamped.items()}

    def rates(self, name: str) -> float:
        return 1.0

    @cached_property
    def differentiable(self) -> bool:
        """Whether the gap has a gradient in the sample's tensors."""
        point = self.draw(1, torch.Generator().manual_seed(0))
        with torch.enable_grad():
            moving = {name: u.requires_grad_() for name, u in point.items()}
            try:
                return self.margin(moving).requires_grad
            except RuntimeError:  # torch: an operation without a gradient
                return False

    def case(self, point: Point, index: int) -> SampleCase:
        one = {k: v[index : index + 1].detach().cpu() for k, v in self.values(point).items()}
        exact = self._clamped(one)
        if not bool(self.domain.contains(exact).all()):
            exact = one
        return self._case(exact, f"attack on {self.claim.name}")

    def _case(self, values: dict[str, Tensor], label: str = "") -> SampleCase:
        return SampleCase(values=values, domain=self.domain, origin="attack", label=label)

    def _encode(self, values: dict[str, Tensor]) -> Point:
        return {
            name: v.log() if self._positive(name) else torch.asinh(v / _KNEE)
            for name, v in values.items()
        }

    def _positive(self, name: str) -> bool:
        return name in self._logarithmic

    @cached_property
    def _logarithmic(self) -> frozenset[str]:
        """Numbers that a strict condition keeps above 0."""
        strict = {
            str(c.gts)
            for c in self.domain.conditions
            if c.gts.is_Symbol and c.lts.is_zero and "Strict" in type(c).__name__
        }
        return frozenset(strict - set(self.domain.integers))


def _gap(truth: Tensor, bound: Tensor) -> Tensor:
    scale, difference = truth.abs() + bound.abs(), truth - bound
    gap = difference / torch.where(scale > 0, scale, torch.ones_like(scale))
    return torch.where(difference.isinf(), difference.sign(), gap)


def _merged(mask: Tensor, new: dict[str, Tensor], old: dict[str, Tensor]) -> dict[str, Tensor]:
    return {
        k: torch.where(mask.reshape(-1, *[1] * (v.ndim - 1)), v, old[k]) for k, v in new.items()
    }
