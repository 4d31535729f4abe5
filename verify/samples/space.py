"""The space of samples of a claim, in coordinates where every scale is within reach."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import torch
from torch import Tensor

from bounds import BoundsError
from numerics import Enclosure
from verify.claim import Claim
from verify.errors import VerifyError
from verify.samples.cases import SampleCase
from verify.samples.coordinates import Coordinates
from verify.samples.domain import Domain
from verify.samples.equations import onto
from verify.samples.quantity import smooth
from verify.samples.starts import structured
from verify.subject import Point, Shape

__all__ = ["SampleSpace"]

_BISECTIONS = 12
_NEWTON = 6  # corrections towards an equation
_CHANGES = (1.0, -1.0, 2.0, -2.0, 3.0, -3.0, 4.0, -4.0, 6.0, -6.0, 8.0, -8.0, 16.0, -16.0, 64.0)


@dataclass(frozen=True, eq=False)
class SampleSpace:
    """Candidates are samples, in the coordinates of `verify.samples.coordinates`."""

    claim: Claim
    shape: Shape
    domain: Domain
    device: str = "cpu"

    @cached_property
    def _coordinates(self) -> Coordinates:
        return Coordinates(self.domain)

    def draw(self, count: int, generator: torch.Generator) -> Point:
        """Samples of the user's own sampler or sets, and structured ones."""
        drawn = structured(self.domain, self.domain.draw(generator, count), generator, self._usable)
        return self._coordinates.encoded(drawn)

    def _usable(self, values: Mapping[str, Tensor]) -> bool:
        try:
            case = self._case(dict(values))
            ends = case.truth(self.claim.quantity), self.claim.right(case)
        except (ValueError, ArithmeticError, RuntimeError):  # torch: LinAlgError
            return False
        return not any(bool((e.lower.isnan() | e.upper.isnan()).any()) for e in ends)

    def values(self, point: Point) -> dict[str, Tensor]:
        """The samples themselves; differentiable in the coordinates."""
        return self._coordinates.values(point)

    def batch(self, point: Point) -> SampleCase:
        """All candidates as one case, differentiable in the coordinates."""
        return self._case(self.values(point))

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
            try:
                return self._measured(values)
            except (RuntimeError, BoundsError):  # no eigenvalues, a symbol out of its range: where?
                count = len(next(iter(values.values())))
                return torch.cat([self._measured_alone(values, i) for i in range(count)])

    def _measured(self, values: dict[str, Tensor]) -> Tensor:
        case = self._case(values)
        truth, right = case.truth(self.claim.quantity), self.claim.right(case)
        return self._certain(truth, right)

    def _measured_alone(self, values: dict[str, Tensor], index: int) -> Tensor:
        try:
            return self._measured({name: v[index : index + 1] for name, v in values.items()})
        except (RuntimeError, BoundsError):
            return torch.full((1,), torch.nan, dtype=torch.float64)

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
        """Projected onto sets, clamped to ends, whole where whole numbers are wanted, moved onto
        equations; what is still outside goes back along the step until it is inside, or does not
        move at all."""
        place = self._coordinates
        new = self._onto_equations(place.clamped(self.values(point)))
        if not self.domain.conditions and not self.domain.equations:
            return place.encoded(new)
        old, relations = self.values(before), replace(self.domain, regions={})
        inside = relations.contains(new)
        for _ in range(_BISECTIONS):
            if bool(inside.all()):
                break
            halfway = {k: 0.5 * (new[k] + old[k]) for k in new}
            new = _merged(inside, new, self._onto_equations(place.clamped(halfway)))
            inside = relations.contains(new)
        return place.encoded(_merged(inside, new, old))

    def neighbours(self, point: Point, generator: torch.Generator, most: int) -> Point | None:
        """One whole number changed: to its neighbours, by powers of two, to the other sign."""
        found: list[Point] = []
        for name in self.domain.integers:
            for index in range(point[name][0].numel()):
                for change in _CHANGES:
                    one = {n: u[:1].clone() for n, u in point.items()}
                    one[name].view(-1)[index] += change
                    found.append(one)
        if not found:
            return None
        order = torch.randperm(len(found), generator=generator)[:most].tolist()
        moved = {n: torch.cat([found[k][n] for k in order]) for n in point}
        return self.retract(moved, {n: u[:1].expand_as(moved[n]) for n, u in point.items()})

    def _onto_equations(self, values: dict[str, Tensor]) -> dict[str, Tensor]:
        """Newton steps along the gradient of each equation's difference of sides."""
        for _ in range(_NEWTON if self.domain.equations else 0):
            for equation in self.domain.equations:
                values = self._coordinates.clamped(onto(equation, values))
        return values

    def rates(self, name: str) -> float:
        return 1.0

    @cached_property
    def differentiable(self) -> bool:
        """Whether the gap has a gradient in the sample's tensors."""
        point = self.draw(1, torch.Generator().manual_seed(0))
        with torch.enable_grad():
            moving = {name: u.requires_grad_() for name, u in point.items()}
            try:
                margin = self.margin(moving)
                if margin.requires_grad:
                    margin.sum().backward()
                return margin.requires_grad
            except RuntimeError:  # torch: an operation without a gradient
                return False

    def case(self, point: Point, index: int) -> SampleCase:
        """One candidate.

        Raises:
            VerifyError: it is outside the domain by a rounding error that cannot be mended.
        """
        one = {k: v[index : index + 1].detach().cpu() for k, v in self.values(point).items()}
        settled = self._coordinates.settled(one)
        for values in (settled, self._coordinates.settled(self._onto_equations(settled)), one):
            if bool(self.domain.contains(values).all()):
                return self._case(values, f"attack on {self.claim.name}")
        raise VerifyError("values", "a point outside the domain", "one inside")

    def _case(self, values: dict[str, Tensor], label: str = "") -> SampleCase:
        return SampleCase(values=values, domain=self.domain, origin="attack", label=label)


def _gap(truth: Tensor, bound: Tensor) -> Tensor:
    """(truth - bound)/(|truth| + |bound|); the worst, -1, where both are 0 and nothing is said."""
    scale, difference = truth.abs() + bound.abs(), truth - bound
    gap = difference / torch.where(scale > 0, scale, torch.ones_like(scale))
    gap = torch.where(scale > 0, gap, -1.0)
    return torch.where(difference.isinf(), difference.sign(), gap)


def _merged(mask: Tensor, new: dict[str, Tensor], old: dict[str, Tensor]) -> dict[str, Tensor]:
    return {
        k: torch.where(mask.reshape(-1, *[1] * (v.ndim - 1)), v, old[k]) for k, v in new.items()
    }
