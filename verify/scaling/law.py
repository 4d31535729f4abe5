"""Scaling laws on the worst cases: how the suprema found grow, beside the bound on the same grid.

At a fixed regime (nu = omega = xi = 1, say) the search of `verify.scaling.search` looks for the
largest truth at each size. Evidence is searched from below: a larger truth may exist, so a rate
that is *attained* is what the found cases show, and *loose* is what the search could not do.

The rules of the fit, fixed once for every law; they know nothing of the claim:

1. The smallest third of the sizes is left out where three remain: a sum's largest term does not
   rule there yet.
2. Exponents are least squares of logarithms, with 95 % intervals by Student's t.
3. Attained: the interval of the exponent of truth/bound is above -TOLERANCE, or the ratio falls by
   less than size^-TOLERANCE in each of the last two steps.
4. Loose: the whole interval is below -TOLERANCE, and at more than half of the sizes two searches
   agree. Everything else is undecided.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

import torch

from numerics.tabular import Tabular, optional
from verify.attack.ascent import NowhereError
from verify.case import Case
from verify.check import Check, check, in_float64
from verify.claim import Claim
from verify.errors import VerifyError
from verify.scaling.fit import Exponent, fitted
from verify.scaling.search import Effort, Key, Place, climbed, grid, sizes_of
from verify.scaling.terms import TermLaw, term_laws
from verify.subject import Shape
from verify.verdict import Grade, Verdict

__all__ = ["AxisLaw", "Cell", "Law", "Rate", "ScalingLaw", "scaling_law", "scaling_laws"]

#: A ratio truth/bound that changes by less than size^(+-TOLERANCE) keeps the bound's exponent.
TOLERANCE = 0.05


class Rate(Enum):
    """What a law says of one axis; the value is a word for tables."""

    ATTAINED = "attained"
    LOOSE = "loose"
    UNDECIDED = "undecided"


@dataclass(frozen=True, eq=False)
class Cell:
    """One size: the supremum found, the bound there, what random draws do (median), and how sure.

    settled: two searches came to the same, see `Place`. verdict: of the case found.
    """

    sizes: Mapping[str, int]
    truth: float
    bound: float
    random: float
    settled: bool
    verdict: Verdict
    case: Case

    @property
    def ratio(self) -> float:
        """truth/bound at the best case found."""
        return self.truth / self.bound


@dataclass(frozen=True)
class AxisLaw:
    """One axis: exponents of the suprema, of the bound and of their ratio on the same sizes."""

    axis: str
    sizes: tuple[int, ...]
    truth: Exponent | None
    bound: Exponent | None
    ratio: Exponent | None
    steps: tuple[float, ...]  # exponents of the ratio from each size to the next
    settled: int
    largest: float  # the largest truth / size^exponent: the constant of a bound of that rate

    @property
    def rate(self) -> Rate:
        """Attained where the ratio does not fall, or not from the third largest size on; loose
        where it falls and the search agrees."""
        if self.ratio is None:
            return Rate.UNDECIDED
        if self.ratio.low > -TOLERANCE or min(self.steps[-2:]) > -TOLERANCE:
            return Rate.ATTAINED
        sure = 2 * self.settled > len(self.sizes)
        return Rate.LOOSE if self.ratio.high < -TOLERANCE and sure else Rate.UNDECIDED

    @property
    def sentence(self) -> str:
        """The law in words."""
        if self.truth is None or self.bound is None:
            return f"{self.axis}: no exponent (fewer than three sizes, or a truth of 0)"
        text = (
            f"{self.axis}: suprema found grow as {self.axis}^({self.truth}), the bound as "
            f"{self.axis}^({self.bound}): {self.rate.value}; two searches agree at {self.settled} "
            f"of {len(self.sizes)} sizes"
        )
        if self.rate is Rate.LOOSE:
            power = round(self.truth.value, 2) + 0.0  # no minus before a zero
            text += f"; {self.largest:.4g} {self.axis}^{power:.2f} would do here"
        return text


@dataclass(frozen=True, eq=False)
class Law:
    """One claim for one group of shapes (an activation), at one regime."""

    claim: str
    group: str
    regime: Mapping[str, float]
    cells: tuple[Cell, ...]
    axes: tuple[AxisLaw, ...]
    terms: tuple[TermLaw, ...]
    evaluations: int

    @property
    def verdict(self) -> Verdict:
        """Violated if the bound is at one of the cases found."""
        broken = any(cell.verdict is Verdict.VIOLATED for cell in self.cells)
        return Verdict.VIOLATED if broken else Verdict.NOT_REFUTED


@dataclass(frozen=True, eq=False)
class ScalingLaw(Tabular):
    """All groups of one claim. grade: what the evidence is worth."""

    claim: str
    laws: tuple[Law, ...]
    grade: Grade = Grade.SEARCHED

    def rate(self, axis: str) -> Rate:
        """Whether the largest truth grows as the bound does: attained if a group attains the
        bound's rate, loose if all are loose.

        Parameters
        ----------
        axis : str
            One that the law was measured over.

        Returns
        -------
        Rate

        Raises
        ------
        VerifyError
            Another axis.

        Examples
        --------
        >>> import verify
        >>> from verify.scaling import Effort
        >>> law = verify.scaling_law(
        ...     verify.claims()["output"], sizes={"L": (1, 2, 4)}, groups=("tanh",),
        ...     effort=Effort(starts=1, steps=1, random=1),
        ... )
        >>> law.rate("L").value in ("attained", "loose", "undecided")
        True
        """
        rates = [law.rate for group in self.laws for law in group.axes if law.axis == axis]
        if not rates:
            raise VerifyError("axis", repr(axis), "one the law was measured over")
        if Rate.ATTAINED in rates:
            return Rate.ATTAINED
        return Rate.LOOSE if set(rates) == {Rate.LOOSE} else Rate.UNDECIDED

    def lines(self) -> list[str]:
        """The law in words, group by group."""
        found = []
        for law in self.laws:
            held = ", ".join(f"{name} = {value:g}" for name, value in law.regime.items())
            found.append(f"{law.claim}, {law.group}, {held} (searched from below)")
            found += [f"  {axis.sentence}" for axis in law.axes]
            found += [f"  {term.sentence}" for term in law.terms]
        return found

    def __repr__(self) -> str:
        return "\n".join(self.lines())

    def rows(self) -> list[dict[str, Any]]:
        """One row for each size: where, the supremum found, the bound, the median of draws."""
        return [
            {"claim": law.claim, "group": law.group, **cell.sizes, "truth": cell.truth,
             "bound": cell.bound, "random": cell.random, "settled": cell.settled,
             "verdict": cell.verdict.value}
            for law in self.laws
            for cell in law.cells
        ]  # fmt: skip

    def plot(self, ax: Any = None) -> Any:
        """Suprema found and bounds over the first axis, on log axes, a pair of curves per group.

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
        >>> import verify
        >>> from verify.scaling import Effort
        >>> law = verify.scaling_law(
        ...     verify.claims()["output"], sizes={"L": (1, 2)}, groups=("tanh",),
        ...     effort=Effort(starts=1, steps=1, random=1),
        ... )
        >>> law.plot().get_xlabel()
        'L'
        """
        axes = optional("matplotlib.pyplot", "plot").gca() if ax is None else ax
        for law in self.laws:
            name = law.axes[0].axis
            rest = {
                other: Counter(c.sizes[other] for c in law.cells).most_common(1)[0][0]
                for other in law.cells[0].sizes
            }
            on = [c for c in law.cells if _on(c, name, rest)]
            on.sort(key=lambda cell: cell.sizes[name])
            at = [cell.sizes[name] for cell in on]
            (curve,) = axes.loglog(at, [c.truth for c in on], "o-", label=f"{law.group}: found")
            axes.loglog(at, [c.bound for c in on], "--", color=curve.get_color(),
                        label=f"{law.group}: bound")  # fmt: skip
            axes.set_xlabel(name)
            axes.set_title(law.claim)
        axes.legend()
        return axes


def scaling_law(
    claim: Claim,
    over: Sequence[str] = ("L",),
    *,
    regime: Mapping[str, float] | None = None,
    sizes: Mapping[str, Sequence[int]] | None = None,
    reference: Mapping[str, int] | None = None,
    effort: Effort | None = None,
    groups: Sequence[Any] | None = None,
    starts: Sequence[str] = (),
    seed: int = 0,
) -> ScalingLaw:
    """How the largest truth grows with the sizes `over`, beside the claim's bound.

    Parameters
    ----------
    claim : Claim
        About a subject that says how its cases grow (`Subject.sizes`).
    over : sequence of str
        Axes ("L", "m", ..).
    regime : mapping, optional
        Symbols held at a value; default: the subject's normal regime.
    sizes : mapping, optional
        Sizes by axis.
    reference : mapping, optional
        Sizes of the axes while another one grows.
    effort : Effort, optional
        Starts, steps and random draws at each size.
    groups : sequence, optional
        What laws are told apart by (activations, by name or as objects); default: the subject's
        own, as far as the claim speaks of them.
    starts : sequence of str
        Kinds of starts of the search; default all of them.
    seed : int
        Same seed, same law.

    Returns
    -------
    ScalingLaw
        One law per group: cells, fitted exponents, the bound's, and a verdict.

    Raises
    ------
    VerifyError
        No way to grow, an unknown axis or symbol, no shape the claim speaks of.

    Examples
    --------
    >>> import verify
    >>> from verify.scaling import Effort
    >>> found = verify.scaling_law(
    ...     verify.claims()["output"], sizes={"L": (1, 2, 4)}, groups=("tanh",),
    ...     effort=Effort(starts=1, steps=1, random=1),
    ... )
    >>> [law.group for law in found.laws]
    ['tanh']
    """
    (found,) = scaling_laws(
        [claim], over, regime=regime, sizes=sizes, reference=reference, effort=effort,
        groups=groups, starts=starts, seed=seed,
    )  # fmt: skip
    return found


def scaling_laws(
    claims: Sequence[Claim],
    over: Sequence[str] = ("L",),
    *,
    regime: Mapping[str, float] | None = None,
    sizes: Mapping[str, Sequence[int]] | None = None,
    reference: Mapping[str, int] | None = None,
    effort: Effort | None = None,
    groups: Sequence[Any] | None = None,
    starts: Sequence[str] = (),
    seed: int = 0,
) -> list[ScalingLaw]:
    """As `scaling_law`, for several bounds on one quantity: the search is made once.

    The first claim is climbed; at a regime that fixes its right side that is the truth itself.
    """
    first = claims[0]
    if any(c.quantity is not first.quantity or c.subject is not first.subject for c in claims):
        raise VerifyError("claims", "different quantities", "claims about one quantity")
    own = sizes_of(first)
    held = dict(own.regime if regime is None else regime)
    for name in (*over, *(sizes or {}), *(reference or {})):
        if name not in own.grids:
            raise VerifyError("over", repr(name), "some of " + ", ".join(own.grids))
    for name in held:
        if name not in own.regime:
            raise VerifyError("regime", repr(name), "some of " + ", ".join(own.regime))
    rest = {**own.reference, **(reference or {})}
    keys = grid(over, {**own.grids, **(sizes or {})}, rest)
    found: dict[int, list[Law]] = {k: [] for k in range(len(claims))}
    nowhere: list[NowhereError] = []
    for shapes in _groups(first, keys, own.groups if groups is None else groups):
        try:
            places = list(climbed(first, shapes, held, effort or Effort(), starts, seed))
        except NowhereError as error:  # 0/0 in this group; the others stand
            nowhere.append(error)
            continue
        for k, claim in enumerate(claims):
            law = _law(claim, held, places, over, rest)
            if law is not None:
                found[k].append(law)
    if nowhere and not any(found.values()):
        raise nowhere[0]
    return [ScalingLaw(claim.name, tuple(found[k])) for k, claim in enumerate(claims)]


def _groups(claim: Claim, keys: Sequence[Key], groups: Sequence[Any]) -> list[dict[Key, Shape]]:
    """For each group the shapes of all sizes, where the claim speaks of them."""
    found = []
    for group in groups:
        shapes = {key: sizes_of(claim).shape(claim, dict(key), group) for key in keys}
        if all(shape is not None for shape in shapes.values()):
            found.append({key: shape for key, shape in shapes.items() if shape is not None})
    if not found:
        raise VerifyError("groups", f"none that {claim.name} speaks of", "one that it does")
    return found


def _law(
    claim: Claim,
    regime: Mapping[str, float],
    places: Sequence[Place],
    over: Sequence[str],
    rest: Mapping[str, int],
) -> Law | None:
    cells = []
    for place in places:
        result = _judged(claim, place.case)
        if not result.cases:
            return None  # the claim does not speak of this group
        cells.append(_cell(place, result))
    axes = tuple(_axis(axis, [c for c in cells if _on(c, axis, rest)]) for axis in over)
    terms = term_laws(claim, cells, over)
    spent = sum(place.evaluations for place in places)
    return Law(claim.name, places[0].shape.group, regime, tuple(cells), axes, terms, spent)


def _judged(claim: Claim, case: Case) -> Check:
    """In float64; a violation is believed only from the second arithmetic."""
    found = in_float64(claim, case)
    return check(claim, case) if found.opinion is Verdict.VIOLATED else found


def _cell(place: Place, result: Check) -> Cell:
    truth, bound = float(result.lower.flatten()[0]), float(result.bound.flatten()[0])
    searched = in_float64(place.space.claim, place.case)
    scale = float(searched.bound.flatten()[0])
    random = float(torch.quantile(place.random, 0.5)) * scale
    return Cell(place.sizes, truth, bound, random, place.settled, result.verdict, place.case)


def _on(cell: Cell, axis: str, rest: Mapping[str, int]) -> bool:
    return all(cell.sizes[other] == value for other, value in rest.items() if other != axis)


def _axis(axis: str, cells: Sequence[Cell]) -> AxisLaw:
    """Exponents of the larger two thirds of the sizes (three at least): small ones are not yet
    where a sum's largest term rules."""
    cells = sorted(cells, key=lambda cell: cell.sizes[axis])
    cells = cells[min(len(cells) // 3, max(0, len(cells) - 3)) :]
    sizes = tuple(cell.sizes[axis] for cell in cells)
    truth = fitted(sizes, [c.truth for c in cells])
    power = truth.value if truth is not None else 0.0
    return AxisLaw(
        axis=axis,
        sizes=sizes,
        truth=truth,
        bound=fitted(sizes, [c.bound for c in cells]),
        ratio=fitted(sizes, [c.ratio for c in cells]),
        steps=tuple(
            math.log(b.ratio / a.ratio) / math.log(b.sizes[axis] / a.sizes[axis])
            for a, b in itertools.pairwise(cells)
            if a.ratio > 0 and b.ratio > 0
        ),
        settled=sum(c.settled for c in cells),
        largest=max((c.truth / c.sizes[axis] ** power for c in cells), default=0.0),
    )
