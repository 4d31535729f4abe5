"""Rules that show a formula not to be negative by another one: squares for roots, exponentials for
logarithms, logarithms for arsinh, and an infinite domain in two parts.

As everything of the search they are guesses, which the checker verifies.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sympy as sp

from verify.arithmetic import arithmetic
from verify.prove import boxes
from verify.prove.effort import Effort
from verify.prove.enclosing import Boxes, ends
from verify.prove.forms import POSITIVE, attempt
from verify.prove.statement import Condition, Side

__all__ = ["Rewriting", "Step", "step"]

Step = dict[str, Any]
Box = Mapping[sp.Symbol, Side]
Given = Sequence[Condition]
_TAILS = (1, 4, 16)


def step(by: str, **more: Any) -> Step:
    return {"by": by, **more}


class Rewriting:
    """Rules of a search (`solve.Search`, which has the rest of them)."""

    effort: Effort

    def solve(self, g: sp.Expr, box: Box, given: Given, depth: int = 0) -> Step | None:
        """See `Search`."""
        raise NotImplementedError

    def inner(self, f: sp.Expr, box: Box, given: Given, depth: int) -> Step | None:
        """See `Search`."""
        raise NotImplementedError

    def refuted(self, g: sp.Expr, box: Box, given: Given) -> bool:
        """See `Search`."""
        raise NotImplementedError

    @staticmethod
    def formed(g: sp.Expr, form: sp.Expr, then: Step) -> Step:
        return step("form", text=arithmetic(form), then=then)

    def by_square(self, g: sp.Expr, box: Box, given: Given, depth: int) -> Step | None:
        """large - small by their squares, where these have fewer roots."""
        if depth > 3 or not isinstance(g, sp.Add) or not _roots(g):
            return None
        one = Boxes.of(box)
        small = sp.Add(*(-t for t in g.args if ends(t, one)[0][0] < 0))
        large = g + small
        if small == 0 or large == 0:
            return None
        new = sp.expand(sp.expand(large**2) - sp.expand(small**2))
        if _roots(new) >= _roots(g) or self.refuted(new, box, given):
            return None
        then = self.inner(new, box, given, depth + 1)
        if then is None:
            return None
        texts = {"large": arithmetic(large), "small": arithmetic(small)}
        return step("square", **texts, sign=self.formed(large, large, step("natural")),
                    then=self.formed(new, new, then))  # fmt: skip

    def by_exponentials(self, g: sp.Expr, box: Box, given: Given, depth: int) -> Step | None:
        """A sum of logarithms and other terms by its exponential: log P - log Q from P - Q."""
        if depth > 1 or not isinstance(g, sp.Add) or not g.has(sp.log):
            return None
        large, small, rest = list[sp.Expr](), list[sp.Expr](), sp.S.Zero
        for term in g.args:
            c, atom = term.as_coeff_Mul()
            if isinstance(atom, sp.log) and c.is_Integer and abs(c) <= 4:
                (large if c > 0 else small).extend([atom.args[0]] * abs(int(c)))
            else:
                rest += term
        if rest.has(sp.log) or not (large or small):
            return None
        for up, down in (([*large, sp.exp(rest)], small), (large, [*small, sp.exp(-rest)])):
            found = self.multiplied(g, up, down, box, given, depth)
            if found is not None or rest == 0:
                return found
        return None

    def multiplied(
        self, g: sp.Expr, up: Sequence[sp.Expr], down: Sequence[sp.Expr], box: Box, given: Given,
        depth: int,
    ) -> Step | None:  # fmt: skip
        """The product of `up` less that of `down`."""
        new = _as_one(sp.Mul(*up)) - _as_one(sp.Mul(*down))
        if self.refuted(new, box, given):
            return None
        found = [(factor, POSITIVE) for factor in (*up, *down)]
        positive = boxes.everywhere(found, box, given, self.effort)
        then = None if positive is None else self.inner(new, box, given, depth + 1)
        if then is None:
            return None
        sides = {"large": [arithmetic(f) for f in up], "small": [arithmetic(f) for f in down]}
        return step("exponentials", **sides, positive=positive, then=self.formed(new, new, then))

    def by_arsinh(self, g: sp.Expr, box: Box, given: Given, depth: int) -> Step | None:
        """asinh u = log(u + sqrt(1 + u^2))."""
        terms = sorted(g.atoms(sp.asinh), key=str)
        if depth > 1 or not terms or not g.has(sp.log):
            return None
        u = terms[0].args[0]
        new = g.xreplace({terms[0]: sp.log(u + sp.sqrt(1 + u**2))})
        then = self.inner(new, box, given, depth)
        if then is None:
            return None
        return self.formed(g, g, step(
            "arsinh", term=arithmetic(terms[0]), then=self.formed(new, new, then)))  # fmt: skip

    def by_tails(self, g: sp.Expr, box: Box, given: Given, depth: int) -> Step | None:
        """Infinite sides cut off: far out other rules hold than near by."""
        if depth or len(box) != 1:
            return None
        ((v, side),) = box.items()
        cuts: list[tuple[sp.Expr, Step, int]] = []
        for sign in (1, -1):
            if not (side.high if sign > 0 else side.low).is_finite:
                found = self.far(g, v, side, given, sign)
                if found is None:
                    return None
                side = _before(side, found[0], sign)
                cuts.append((*found, sign))
        near = self.inner(g, {v: side}, given, 1) if cuts else None
        if near is None:
            return None
        for at, shown, sign in reversed(cuts):
            parts = [near, shown] if sign > 0 else [shown, near]
            near = step("split", variable=str(v), at=arithmetic(at), parts=parts)
        return self.formed(g, g, near)

    def far(
        self, g: sp.Expr, v: sp.Symbol, side: Side, given: Given, sign: int
    ) -> tuple[sp.Expr, Step] | None:
        """Where to cut, and what shows the part beyond."""
        for at in (sp.Integer(sign * a) for a in _TAILS):
            low, high = side.floats
            if low < float(at) < high:
                shown = self.inner(g, {v: _before(side, at, -sign)}, given, 1)
                if shown is not None:
                    return at, shown
        return None


def _before(side: Side, at: sp.Expr, sign: int) -> Side:
    """The part of a side below (sign 1) or above (-1) a number."""
    if sign > 0:
        return Side(side.low, at, side.low_open, False, side.integer)
    return Side(at, side.high, False, side.high_open, side.integer)


def _roots(g: sp.Expr) -> int:
    """How many square roots of formulas there are."""
    return len({p.base for p in g.atoms(sp.Pow) if p.exp.is_Rational and p.exp.q == 2
                and p.base.free_symbols})  # fmt: skip


def _as_one(g: sp.Expr) -> sp.Expr:
    """Products of exponentials as one, in a sum."""
    found = attempt(lambda: sp.powsimp(sp.expand(g, power_exp=False), combine="exp"))
    return g if found is None else found
