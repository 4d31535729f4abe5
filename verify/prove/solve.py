"""The search for a proof: which step shows that a formula is not negative on a box.

Nothing here is believed. A step is a dictionary, as docs/proofs.md describes it and the checker
verifies it; what the search got wrong is rejected there.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import sympy as sp

from verify.arithmetic import arithmetic
from verify.prove import boxes
from verify.prove.algebra import not_negative
from verify.prove.contacts import Contact, contacts
from verify.prove.effort import Effort, Late, Out
from verify.prove.enclosing import Boxes, ball_at, ends, sample, values
from verify.prove.forms import cases_in, forms, guards, limit
from verify.prove.memory import Memory
from verify.prove.rewriting import Box, Given, Rewriting, Step, step
from verify.prove.statement import Condition, Side

__all__ = ["Search", "Step"]

_DEEPEST, _MOST_WHOLE, _INNER = 4, 64, 400
_MOST_ASKED = 4  # questions to z3 without an answer


class Search(Rewriting):
    """One search: rules in the order in which they are cheap."""

    def __init__(self, effort: Effort, memory: Memory) -> None:
        self.effort, self.memory = effort, memory
        self.cut = False  # whether something was given up for want of boxes, not of rules
        self.asked = 0

    def solve(self, g: sp.Expr, box: Box, given: Given, depth: int = 0) -> Step | None:
        """A step that shows g >= 0 on the box where the conditions hold, or None."""
        key = self.memory.key(g, box, given, depth)
        if key in self.memory.done:
            return self.memory.done[key]
        before, self.cut = self.cut, False
        found = self.fresh(g, box, given, depth)
        if key and (found is not None or not self.cut):
            self.memory.done[key] = found
        self.cut = before or self.cut
        return found

    def fresh(self, g: sp.Expr, box: Box, given: Given, depth: int) -> Step | None:
        """As `solve`, of a sub-claim not met before."""
        self.effort.spend(1)
        if not g.free_symbols:
            return self.number(g)
        term = cases_in(g)
        if term is not None:
            return self.by_cases(g, term, box, given, depth)
        if self.refuted(g, box, given):
            return None
        rules: list[Callable[[sp.Expr, Box, Given, int], Step | None]] = [
            self.by_form, self.by_root, self.by_each, self.by_slope, self.by_product,
            self.by_square, self.by_contact, self.by_monotone, self.by_quotient, self.by_log,
            self.by_exponentials, self.by_arsinh, self.by_algebra, self.by_tails, self.by_boxes,
        ]  # fmt: skip
        for rule in rules:
            found = rule(g, box, given, depth)
            if found is not None:
                return found
        return None

    # -- looking before leaping ------------------------------------------------------------------
    def number(self, g: sp.Expr) -> Step | None:
        value = ball_at(g, {})
        if value.is_finite() and value.contains(0):
            return step("zero")
        return self.formed(g, g, step("natural")) if value > 0 else None

    def refuted(self, g: sp.Expr, box: Box, given: Given) -> bool:
        """Whether g is clearly negative somewhere: then nothing can prove it here."""
        points = sample(box, 200)
        heights = values(g, list(box), points)
        inside = np.isfinite(heights)
        for condition, strict in given:
            met = values(condition, list(box), points)
            inside &= (met > 0) if strict else (met >= 0)
        if not inside.any():
            return False
        worst = int(np.where(inside, heights, np.inf).argmin())
        if not heights[worst] < 0:
            return False
        point = {v: sp.Rational(float(x)) for v, x in zip(box, points[worst], strict=True)}
        return bool(ball_at(g, point) < 0)

    # -- rules -----------------------------------------------------------------------------------
    def by_form(self, g: sp.Expr, box: Box, given: Given, depth: int) -> Step | None:
        one = Boxes.of(box)
        for form in forms(g):
            if boxes.natural(form, one, box)[0]:
                return self.formed(g, form, step("natural"))
        return None

    def by_cases(
        self, g: sp.Expr, term: sp.Expr, box: Box, given: Given, depth: int
    ) -> Step | None:
        first, second, *more = term.args if len(term.args) > 1 else (term.args[0], -term.args[0])
        above = first if isinstance(term, sp.Abs) else first - second
        above = -above if isinstance(term, sp.Min) else above
        parts = []
        for value, met in ((first, above), (second, -above)):
            kept = term.func(value, *more) if more else value
            part = self.case(g.xreplace({term: kept}), met, box, given, depth)
            if part is None:
                return None
            parts.append(part)
        text = arithmetic(term) if not more else f"{term.func.__name__}({arithmetic(first)}, "
        text += f"{arithmetic(second)})" if more else ""
        return self.formed(g, g, step("cases", term=text, parts=parts))

    def case(self, g: sp.Expr, met: sp.Expr, box: Box, given: Given, depth: int) -> Step | None:
        """g >= 0 where also met >= 0; nothing to show where that is impossible."""
        if ends(met, Boxes.of(box))[1][0] < 0:
            return step("where", condition=len(given))
        halved = self.halved(met, box)
        if halved is not None:
            v, at, upper = halved
            side = box[v]
            part = (
                Side(at, side.high, False, side.high_open, side.integer)
                if upper
                else Side(side.low, at, side.low_open, False, side.integer)
            )
            more = [*given, (met, False)]
            inner = self.solve(g, {**box, v: part}, more, depth)
            out = step("where", condition=len(given))
            parts = [out, inner] if upper else [inner, out]
            return None if inner is None else step(
                "split", variable=str(v), at=arithmetic(at), parts=parts,
                owner="right" if upper else "left",
            )  # fmt: skip
        return self.solve(g, box, [*given, (met, False)], depth)

    @staticmethod
    def halved(met: sp.Expr, box: Box) -> tuple[sp.Symbol, sp.Expr, bool] | None:
        """A condition that only cuts one side of the box, at a number inside it."""
        if len(met.free_symbols) != 1:
            return None
        v = next(iter(met.free_symbols))
        slope = sp.diff(met, v)
        if slope.free_symbols or slope == 0:
            return None
        at = sp.nsimplify(-met.xreplace({v: sp.S.Zero}) / slope)
        low, high = box[v].floats
        return (v, at, bool(slope > 0)) if at.is_Rational and low < at < high else None

    def by_root(self, g: sp.Expr, box: Box, given: Given, depth: int) -> Step | None:
        """x = y^q where x occurs under q-th roots."""
        for v, side in box.items():
            powers = [p for p in g.atoms(sp.Pow) if p.base == v and p.exp.is_Rational]
            q = math.lcm(*(int(p.exp.q) for p in powers))
            if q == 1 or not v.is_nonnegative or side.integer or q > 16:
                continue
            ends = [end if end.is_infinite else end ** sp.Rational(1, q)
                    for end in (side.low, side.high)]  # fmt: skip
            moved = {**box, v: Side(ends[0], ends[1], side.low_open, side.high_open)}
            new = [(c.xreplace({v: v**q}), strict) for c, strict in given]
            found = self.solve(sp.powdenest(g.xreplace({v: v**q})), moved, new, depth)
            if found is None:
                return None
            inner = self.formed(g, sp.powdenest(g.xreplace({v: v**q})), found)
            first = step("root", variable=str(v), power=int(q), then=inner)
            return self.formed(g, g, first)
        return None

    def by_each(self, g: sp.Expr, box: Box, given: Given, depth: int) -> Step | None:
        for v, side in box.items():
            low, high = side.floats
            if not side.integer or not g.has(v) or not high - low < _MOST_WHOLE:
                continue
            whole = range(int(np.ceil(low)), int(np.floor(high)) + 1)
            numbers = [n for n in whole if not (side.low_open and n == side.low)
                       and not (side.high_open and n == side.high)]  # fmt: skip
            rest = {w: s for w, s in box.items() if w != v}
            parts = []
            for n in numbers:
                fixed = [(c.xreplace({v: sp.Integer(n)}), strict) for c, strict in given]
                part = self.solve(g.xreplace({v: sp.Integer(n)}), rest, fixed, depth)
                if part is None:
                    return None
                parts.append(part)
            return self.formed(g, g, step("each", variable=str(v), parts=parts))
        return None

    def by_product(self, g: sp.Expr, box: Box, given: Given, depth: int) -> Step | None:
        """All factors of one sign but one."""
        if depth > _DEEPEST:
            return None
        one = Boxes.of(box)
        for form in forms(g)[1:3]:
            known, open_factors = sp.S.One, []
            for factor in sp.Mul.make_args(form):
                low, high = (float(e[0]) for e in ends(factor, one))
                if low >= 0 or high <= 0:
                    known *= factor if low >= 0 else -factor
                    open_factors += [] if low >= 0 else [sp.S.NegativeOne]
                else:
                    open_factors.append(factor)
            rest = sp.Mul(*open_factors)
            bases = [f for f in open_factors if f != -1]
            if len(bases) != 1 or known.is_number or rest == form:
                continue
            if bases[0].as_base_exp()[1] != 1:
                continue
            found = self.solve(sp.expand(rest), box, given, depth + 1)
            if found is not None:
                texts = [arithmetic(known), arithmetic(sp.expand(rest))]
                return step("product", texts=texts, then=[step("natural"), found])
        return None

    def by_contact(self, g: sp.Expr, box: Box, given: Given, depth: int) -> Step | None:
        if depth >= _DEEPEST:
            return None
        for contact in contacts(g, box, given):
            found = self.at_contact(g, contact, box, given, depth)
            if found is not None:
                return found
        return None

    def at_contact(
        self, g: sp.Expr, contact: Contact, box: Box, given: Given, depth: int
    ) -> Step | None:
        v, e, order = contact.variable, contact.at, contact.order
        region, towards, kept = self.region(box, given, v, e)
        if region is None or (order % 2 and not towards):
            return None
        f = -contact.derivative if order % 2 and towards < 0 else contact.derivative
        whole = {**box, v: region}
        if self.refuted(f, whole, kept):
            return None
        smooth = boxes.everywhere(guards(g, smooth=True), whole, kept, self.effort)
        if smooth is None:
            return None
        then = self.inner(f, whole, kept, depth + 1)
        if then is None:
            return None
        others = {w: s for w, s in box.items() if w != v}
        rest_of = [c for c in given if not c[0].has(v)]
        rest = step("zero") if contact.touches else self.solve(
            g.xreplace({v: e}), others, rest_of, depth + 1
        )  # fmt: skip
        if rest is None:
            return None
        return self.formed(g, g, step(
            "contact", variable=str(v), at=arithmetic(e), order=order, derivative=None,
            smooth=smooth, then=then, rest=rest,
        ))  # fmt: skip

    def inner(self, f: sp.Expr, box: Box, given: Given, depth: int) -> Step | None:
        """A sub-claim with a share of the boxes left, so that one guess cannot spend them all."""
        whole, used = self.effort.boxes, self.effort.used
        if depth <= 1:
            self.effort.boxes = min(whole, used + max(_INNER, (whole - used) // 3))
        else:
            self.effort.boxes = min(whole, used + _INNER)
        try:
            return self.solve(f, box, given, depth)
        except Late:
            raise
        except Out:
            if self.effort.used > whole:
                raise
            self.cut = True
            return None
        finally:
            self.effort.boxes = whole

    @staticmethod
    def region(
        box: Box, given: Given, v: sp.Symbol, e: sp.Expr
    ) -> tuple[Side | None, int, list[Condition]]:
        """As the checker's: where the segments from e to x lie, and on which side of e."""
        side, others = box[v], [c for c in given if not c[0].has(v)]
        if e == side.low:
            return Side(side.low, side.high, False, True), 1, others
        if e == side.high:
            return Side(side.low, side.high, True, False), -1, others
        rest = Boxes.of({w: s for w, s in box.items() if w != v})
        below, above = (float(x[0]) for x in ends(e, rest)) if e.free_symbols else _floats(e)
        low, high = side.floats
        if low < below and above < high:
            hull = Side(side.low, side.high, True, True)
        elif low <= below and above <= high:
            hull = Side(side.low, side.high, side.low_open, side.high_open)
        elif not e.free_symbols:
            return None, 0, others
        else:
            hull = Side(
                side.low if low <= below else _number(below),
                side.high if high >= above else _number(above),
            )
            if v.is_nonnegative and not hull.low >= 0:
                return None, 0, others
        for condition, _ in given:
            for towards in (1, -1):
                if sp.expand(condition - towards * (v - e)) == 0:
                    return hull, towards, [*others, (condition, False)]
        return hull, 0, others

    def by_slope(self, g: sp.Expr, box: Box, given: Given, depth: int) -> Step | None:
        """As `by_monotone`, where a form of the slope shows its sign at once."""
        for v in [v for v in box if g.has(v)] if depth <= _DEEPEST else []:
            open_box = {**box, v: Side(box[v].low, box[v].high, True, True)}
            kept = [c for c in given if not c[0].has(v)]
            for sign in (1, -1):
                shown = self.by_form(sign * sp.diff(g, v), open_box, kept, depth)
                found = shown and self.from_end(g, v, sign, shown, box, given, depth)
                if found:
                    return found
        return None

    def by_monotone(self, g: sp.Expr, box: Box, given: Given, depth: int) -> Step | None:
        if depth > _DEEPEST:
            return None
        for v in [v for v in box if g.has(v)]:
            slope = sp.diff(g, v)
            open_box = {**box, v: Side(box[v].low, box[v].high, True, True)}
            kept = [c for c in given if not c[0].has(v)]
            for sign in (1, -1):
                signed = slope if sign == 1 else -slope
                if self.refuted(signed, open_box, kept):
                    continue
                shown = self.by_form(signed, open_box, kept, depth)
                shown = shown or self.by_product(signed, open_box, kept, _DEEPEST)
                if shown is None and depth < 2 and len(box) == 1:
                    shown = self.inner(signed, open_box, kept, depth + 2)
                if shown is None:
                    continue
                found = self.from_end(g, v, sign, shown, box, given, depth)
                if found is not None:
                    return found
        return None

    def from_end(
        self, g: sp.Expr, v: sp.Symbol, sign: int, shown: Step, box: Box, given: Given, depth: int
    ) -> Step | None:
        side, kept = box[v], [c for c in given if not c[0].has(v)]
        end, is_open = (side.low, side.low_open) if sign == 1 else (side.high, side.high_open)
        others = {w: s for w, s in box.items() if w != v}
        then: Step | str | None = None
        face = g.xreplace({v: end}) if end.is_finite else None
        if face is not None and not face.has(sp.nan, sp.zoo, sp.oo):
            then = self.solve(face, others, kept, depth + 1)
        form: sp.Expr | None = g
        if then is None and (is_open or not end.is_finite):
            then, form = "limit", limit(g, v, end, sign, box)
        if then is None or form is None:
            return None
        region = {**box, v: Side(side.low, side.high, True, True)}
        smooth = boxes.everywhere(guards(form, smooth=True), region, kept, self.effort)
        if smooth is None:
            return None
        slope = self.formed(shown_of := sign * sp.diff(g, v), shown_of, shown)
        return self.formed(g, form, step(
            "monotone", variable=str(v), sign=sign, slope=slope, smooth=smooth, then=then
        ))  # fmt: skip

    def by_log(self, g: sp.Expr, box: Box, given: Given, depth: int) -> Step | None:
        """large - small by their logarithms, where exponentials make both large."""
        if depth or not g.has(sp.exp, sp.Pow) or not isinstance(g, sp.Add):
            return None
        small = sp.Add(*(-t for t in g.args if t.could_extract_minus_sign()))
        large = g + small
        if small == 0 or large == 0:
            return None
        one = Boxes.of(box)
        if not all(ends(part, one)[0][0] >= 0 for part in (large, small)):
            return None
        positive = boxes.everywhere([(large, ">0"), (small, ">0")], box, given, self.effort)
        new = sp.expand_log(sp.log(large), force=True) - sp.expand_log(sp.log(small), force=True)
        if positive is None or self.refuted(new, box, given):
            return None
        then = self.inner(new, box, given, 1)
        if then is None:
            return None
        texts = {"large": arithmetic(large), "small": arithmetic(small)}
        return step("log", **texts, positive=positive, then=self.formed(g, new, then))

    def by_quotient(self, g: sp.Expr, box: Box, given: Given, depth: int) -> Step | None:
        """g/c for the positive coefficient c of a logarithm or an error function."""
        if depth > 1:
            return None
        one = Boxes.of(box)
        for atom in sorted(g.atoms(sp.log, sp.erf, sp.erfc, sp.atan), key=str):
            c = sp.expand(g).coeff(atom)
            if not c.free_symbols or c.has(atom):
                continue
            low, high = (float(e[0]) for e in ends(c, one))
            if not (low > 0 or high < 0):
                continue
            c = c if low > 0 else -c
            rest = sp.expand(g / c)
            found = self.inner(rest, box, given, depth + 1)
            if found is not None:
                texts = [arithmetic(c), arithmetic(rest)]
                return step("product", texts=texts, then=[step("natural"), found])
        return None

    def by_algebra(self, g: sp.Expr, box: Box, given: Given, depth: int) -> Step | None:
        """A polynomial in several numbers, or over an infinite domain, where cuts do not end."""
        if depth > 1 or self.asked >= _MOST_ASKED or not not_negative(g, box, given):
            self.asked += depth <= 1
            return None
        return self.formed(g, sp.expand(g), step("algebra"))

    def by_boxes(self, g: sp.Expr, box: Box, given: Given, depth: int) -> Step | None:
        key = self.memory.key(g, box, given, depth)
        root: Step = self.memory.begun.setdefault(key, {}) if key else {}
        return boxes.branch(g, box, given, self.effort, root, quick=depth > 0)


def _floats(e: sp.Expr) -> tuple[float, float]:
    return Side(e, e).floats


def _number(x: float) -> sp.Expr:
    return sp.Rational(x) if np.isfinite(x) else (sp.oo if x > 0 else -sp.oo)
