"""What the checker verifies of a proof: a tree of steps that covers the whole domain.

Each step shows that a formula g is not negative on a box (docs/proofs.md lists them). Derivatives,
identities and enclosures are the checker's own; a certificate only says what to try where.
"""

import math
from typing import Any, NamedTuple

from plumbline_checker import expect, loaded, record, require

Tree = tuple[Any, ...]
tree = loaded("prove/recheck_tree.py")
ranges = loaded("prove/recheck_range.py")
normal = loaded("prove/recheck_normal.py")

MOST_ORDER, MOST_PARTS = 8, 2000
Condition = tuple[Tree, bool]  # formula >= 0, or > 0 if strict


class Side(NamedTuple):
    """Where one variable lies: exact ends (None: infinite), and which do not belong to it."""

    low: Tree | None
    high: Tree | None
    low_open: bool = False
    high_open: bool = False

    @property
    def range(self) -> Any:
        low = ranges.MINUS if self.low is None else ranges.evaluate(self.low, {}).lo
        high = ranges.INFINITY if self.high is None else ranges.evaluate(self.high, {}).hi
        return ranges.Range(
            low, high, self.low_open or self.low is None, self.high_open or self.high is None
        )


Box = dict[str, Side]


def on(box: Box) -> dict[str, Any]:
    return {name: side.range for name, side in box.items()}


def holds(condition: object, reason: str) -> None:
    require(condition, reason)


def without(box: Box, name: str) -> Box:
    return {n: side for n, side in box.items() if n != name}


def free_of(conditions: list[Condition], name: str) -> list[Condition]:
    return [c for c in conditions if name not in tree.variables(c[0])]


class Proof:
    """The check of one certificate."""

    def __init__(self, domain: Box, integers: frozenset[str]) -> None:
        self.integers, self.leaves, self.kinds = integers, 0, set[str]()
        self.nonnegative = frozenset(n for n, side in domain.items() if side.range.nonnegative)
        self.ring = normal.Ring(self.nonnegative)
        self.slopes: dict[tuple[Tree, str], Tree] = {}
        self.read: dict[tuple[str, frozenset[str]], Tree] = {}

    def parse(self, text: Any, box: Box) -> Tree:
        key = (expect(str, text, "formula"), frozenset(box))
        if key not in self.read:
            self.read[key] = tree.parse(text, box)
        return self.read[key]

    def slope(self, g: Tree, name: str) -> Tree:
        key = (g, name)
        if key not in self.slopes:
            self.slopes[key] = tree.diff(g, name)
        return self.slopes[key]

    def prove(self, g: Tree, box: Box, given: list[Condition], node: Any) -> None:
        """Rejected, unless the node shows g >= 0 on the box where the conditions hold."""
        step = expect(dict, node, "a step of the proof")
        by = step.get("by")
        known = {
            "split": self.split, "natural": self.natural, "zero": self.zero, "form": self.form,
            "slopes": self.given_slopes, "mean": self.mean, "monotone": self.monotone,
            "contact": self.contact, "product": self.combined, "sum": self.combined,
            "where": self.where, "cases": self.cases, "each": self.each, "log": self.logarithm,
            "root": self.root, "hessian": self.hessian,
        }  # fmt: skip
        require(isinstance(by, str) and by in known, f"a step by {str(by)[:40]!r} is unknown")
        self.kinds.add(str(by))
        known[str(by)](g, box, given, step)

    def leaf(self) -> None:
        self.leaves += 1

    # -- boxes ---------------------------------------------------------------------------------
    def halves(self, box: Box, step: Any) -> tuple[Box, Box]:
        """Two boxes that make up the box, cut at a number inside."""
        name = step["variable"]
        require(name in box, "a split of no variable")
        side, at = box[name], self.parse(step["at"], {})
        cut, whole = ranges.evaluate(at, {}), side.range
        require(whole.lo < cut.lo and cut.hi < whole.hi, "a split outside its box")
        owner = step.get("owner")  # which half the number itself belongs to; both if not named
        require(owner in (None, "left", "right"), "a split with an unknown owner")
        left = Side(side.low, at, side.low_open, owner == "right")
        right = Side(at, side.high, owner == "left", side.high_open)
        return {**box, name: left}, {**box, name: right}

    def split(self, g: Tree, box: Box, given: list[Condition], step: Any) -> None:
        record({k: v for k, v in step.items() if k != "owner"}, "by variable at parts", "split")
        parts = expect(list, step["parts"], "parts")
        require(len(parts) == 2, "a split with a part missing")
        for half, part in zip(self.halves(box, step), parts, strict=True):
            self.prove(g, half, given, part)

    def where(self, g: Tree, box: Box, given: list[Condition], step: Any) -> None:
        record(step, "by condition", "where")
        self.excluded(box, given, step)

    def excluded(self, box: Box, given: list[Condition], step: Any) -> None:
        index = expect(int, step["condition"], "condition")
        require(0 <= index < len(given), "no condition of that number")
        formula, strict = given[index]
        found = ranges.evaluate(formula, on(box))
        never = found.hi < 0 or ((strict or found.hi_open) and found.hi <= 0)
        require(never, "a box left out that may meet the conditions")
        self.leaf()

    def whole(self, name: str, box: Box) -> list[int]:
        """Every value of a variable that is a whole number."""
        require(name in self.integers and name in box, "the values of what is no whole number")
        side = box[name].range
        require(side.lo.is_finite() and side.hi.is_finite(), "infinitely many whole numbers")
        low, high = ranges.fraction(side.lo), ranges.fraction(side.hi)
        first, last = math.ceil(low), math.floor(high)
        first += side.lo_open and first == low
        last -= side.hi_open and last == high
        require(last - first < MOST_PARTS, "too many whole numbers")
        return list(range(first, last + 1))

    def each(self, g: Tree, box: Box, given: list[Condition], step: Any) -> None:
        record(step, "by variable parts", "each")
        name, parts = step["variable"], expect(list, step["parts"], "parts")
        values = self.whole(name, box)
        require(len(parts) == len(values), "not a part for every whole number")
        for value, part in zip(values, parts, strict=True):
            self.prove(*self.fixed(g, box, given, name, tree.rat(value)), part)

    @staticmethod
    def fixed(
        g: Tree, box: Box, given: list[Condition], name: str, value: Tree
    ) -> tuple[Tree, Box, list[Condition]]:
        old = ("var", name)
        kept = [(tree.replaced(c, old, value), strict) for c, strict in given]
        return tree.replaced(g, old, value), without(box, name), kept

    # -- enclosures ----------------------------------------------------------------------------
    def natural(self, g: Tree, box: Box, given: list[Condition], step: Any) -> None:
        record(step, "by", "natural")
        require(ranges.evaluate(g, on(box)).nonnegative, "a range that reaches below 0")
        self.leaf()

    def zero(self, g: Tree, box: Box, given: list[Condition], step: Any) -> None:
        record(step, "by", "zero")
        require(self.ring.is_zero(g), "not shown to vanish")
        self.leaf()

    def mean(self, g: Tree, box: Box, given: list[Condition], step: Any) -> None:
        """g(middle) + sum of the slopes on the box times the distances."""
        record(step, "by", "mean")
        values = on(box)
        require(all(r.lo.is_finite() and r.hi.is_finite() for r in values.values()), "unbounded")
        ranges.evaluate(g, values, smooth=True)
        middle = {n: self.middle(r) for n, r in values.items()}
        total = ranges.evaluate(g, middle)
        for name, r in values.items():
            apart = ranges.plus(r, ranges.negative(middle[name]))
            slope = ranges.evaluate(self.slope(g, name), values)
            total = ranges.plus(total, ranges.times(slope, apart))
        require(total.nonnegative, "a mean value form that reaches below 0")
        self.leaf()

    @staticmethod
    def middle(r: Any) -> Any:
        m = ((r.lo + r.hi) / 2).mid()
        return ranges.Range(m, m)

    # -- other formulas for the same -----------------------------------------------------------
    def form(self, g: Tree, box: Box, given: list[Condition], step: Any) -> None:
        record(step, "by text then", "form")
        other = self.parse(step["text"], box)
        require(self.ring.same(g, other), "a form not shown to be the same")
        self.prove(other, box, given, step["then"])

    def given_slopes(self, g: Tree, box: Box, given: list[Condition], step: Any) -> None:
        record(step, "by texts then", "slopes")
        for name, text in expect(dict, step["texts"], "texts").items():
            require(name in box, "a slope in no variable")
            own, other = tree.diff(g, name), self.parse(text, box)
            require(self.ring.same(own, other), "a slope not shown to be the derivative")
            self.slopes[g, name] = other
        self.prove(g, box, given, step["then"])

    def combined(self, g: Tree, box: Box, given: list[Condition], step: Any) -> None:
        """A product or a sum of formulas none of which is negative."""
        record(step, "by texts then", "product or sum")
        texts, nodes = expect(list, step["texts"], "texts"), expect(list, step["then"], "then")
        require(texts and len(texts) == len(nodes), "not a step for every part")
        parts = [self.parse(text, box) for text in texts]
        whole, join = parts[0], tree.mul if step["by"] == "product" else tree.add
        for part in parts[1:]:
            whole = join(whole, part)
        require(self.ring.same(g, whole), f"a {step['by']} not shown to be the same")
        for part, node in zip(parts, nodes, strict=True):
            self.prove(part, box, given, node)

    def logarithm(self, g: Tree, box: Box, given: list[Condition], step: Any) -> None:
        """large - small >= 0 by log large - log small >= 0, where both are positive."""
        record(step, "by large small positive then", "log")
        large, small = self.parse(step["large"], box), self.parse(step["small"], box)
        require(self.ring.same(g, tree.sub(large, small)), "a difference that is another one")
        self.everywhere([large, small], box, given, step["positive"], positive=True)
        new = tree.sub(tree.call("log", large), tree.call("log", small))
        self.prove(new, box, given, step["then"])

    def root(self, g: Tree, box: Box, given: list[Condition], step: Any) -> None:
        """x = (new x)^q for x >= 0."""
        record(step, "by variable power then", "root")
        name, q = step["variable"], expect(int, step["power"], "power")
        require(name in self.nonnegative and name in box, "a root of what may be negative")
        require(name not in self.integers and 2 <= q <= 64, "a root of no use")
        old, new = ("var", name), tree.power(("var", name), tree.rat(q))
        side = box[name]
        low, high = (
            None if e is None else tree.power(e, tree.rat(1, q)) for e in (side.low, side.high)
        )
        kept = [(tree.replaced(c, old, new), strict) for c, strict in given]
        moved = {**box, name: Side(low, high, side.low_open, side.high_open)}
        self.prove(tree.replaced(g, old, new), moved, kept, step["then"])

    def cases(self, g: Tree, box: Box, given: list[Condition], step: Any) -> None:
        record(step, "by term parts", "cases")
        term, parts = self.parse(step["term"], box), expect(list, step["parts"], "parts")
        require(term[0] == "call" and len(parts) == 2, "cases of nothing")
        if term[1] == "Abs":
            first, second = term[2], tree.neg(term[2])
        else:
            require(term[1] in ("Max", "Min"), "cases of what is no Max, Min or Abs")
            first, second = term[2], term[3]
        above = tree.sub(first, second) if term[1] != "Abs" else first
        if term[1] == "Min":
            above = tree.neg(above)
        for value, met, part in (
            (first, above, parts[0]),
            (second, tree.neg(above), parts[1]),
        ):
            more = [*given, (met, False)]
            self.prove(tree.replaced(g, term, value), box, more, part)

    # -- everywhere defined --------------------------------------------------------------------
    def everywhere(
        self,
        formulas: list[Tree],
        box: Box,
        given: list[Condition],
        node: Any,
        *,
        smooth: bool = False,
        positive: bool = False,
    ) -> None:
        """The formulas are defined (smooth, positive) on the box where the conditions hold."""
        by = expect(dict, node, "where it is defined").get("by")
        if by == "split":
            parts = expect(list, node["parts"], "parts")
            require(len(parts) == 2, "a split with a part missing")
            for half, part in zip(self.halves(box, node), parts, strict=True):
                self.everywhere(formulas, half, given, part, smooth=smooth, positive=positive)
        elif by == "each":
            name, parts = node["variable"], expect(list, node["parts"], "parts")
            values = self.whole(name, box)
            require(len(parts) == len(values), "not a part for every whole number")
            for value, part in zip(values, parts, strict=True):
                fixed = [self.fixed(f, box, given, name, tree.rat(value)) for f in formulas]
                kept = fixed[0][2] if fixed else given
                self.everywhere(
                    [f[0] for f in fixed], without(box, name), kept, part,
                    smooth=smooth, positive=positive,
                )  # fmt: skip
        elif by == "where":
            self.excluded(box, given, node)
        else:
            require(by == "whole", "where it is defined: unknown step")
            for formula in formulas:
                found = ranges.evaluate(formula, on(box), smooth)
                require(found.positive or not positive, "what may not be positive")

    # -- derivatives ---------------------------------------------------------------------------
    def monotone(self, g: Tree, box: Box, given: list[Condition], step: Any) -> None:
        """g rises (sign 1) or falls (-1) in one variable: its least value is at one end."""
        record(step, "by variable sign slope smooth then", "monotone")
        name, sign = step["variable"], step["sign"]
        require(name in box and sign in (1, -1), "monotone in nothing")
        side = box[name]
        inner = {**box, name: side._replace(low_open=True, high_open=True)}
        others = free_of(given, name)
        self.everywhere([g], inner, others, step["smooth"], smooth=True)
        slope = self.slope(g, name)
        self.prove(slope if sign == 1 else tree.neg(slope), inner, others, step["slope"])
        end = side.low if sign == 1 else side.high
        if step["then"] == "limit":
            self.everywhere([g], box, others, step["smooth"])
            self.limit(g, box, name, end, sign)
            return
        require(end is not None, "an end at infinity")
        reach = side._replace(low_open=False) if sign == 1 else side._replace(high_open=False)
        self.everywhere([g], {**box, name: reach}, others, step["smooth"])
        face = tree.replaced(g, ("var", name), end)
        self.prove(face, without(box, name), others, step["then"])

    def limit(self, g: Tree, box: Box, name: str, end: Tree | None, sign: int) -> None:
        """The limit of g at an end that does not belong to the box is not negative."""
        if end is None:
            at = ranges.MINUS if sign == 1 else ranges.INFINITY
        else:
            value = ranges.evaluate(end, {})
            require(value.lo == value.hi, "a limit at no exact number")
            at = value.lo
        near = {**on(box), name: ranges.Range(at, at, True, True)}
        require(ranges.evaluate(g, near).nonnegative, "a limit that may be negative")
        self.leaf()

    def contact(self, g: Tree, box: Box, given: list[Condition], step: Any) -> None:
        """Taylor's formula in one variable x around x = e(other variables).

        All derivatives up to order - 1 vanish at e, the next has the right sign between e and x,
        and g itself is not negative at e.
        """
        record(step, "by variable at order derivative smooth then rest", "contact")
        name, order = step["variable"], expect(int, step["order"], "order")
        require(name in box and 1 <= order <= MOST_ORDER, "contact in nothing, or of no order")
        others = without(box, name)
        e = self.parse(step["at"], others)
        region, towards, kept = self.region(box, given, name, e)
        require(order % 2 == 0 or towards, "an odd order on both sides of the contact")
        self.everywhere([g], {**box, name: region}, kept, step["smooth"], smooth=True)
        self.everywhere([g], box, given, step["smooth"])
        f = g
        for k in range(order):
            if k:
                gone = self.ring.is_zero(tree.replaced(f, ("var", name), e))
                require(gone, f"derivative {k} not shown to vanish at the contact")
            f = tree.diff(f, name)
        if step["derivative"] is not None:
            given_form = self.parse(step["derivative"], box)
            require(self.ring.same(f, given_form), "a derivative not shown to be the right one")
            f = given_form
        f = tree.neg(f) if order % 2 and towards < 0 else f
        self.prove(f, {**box, name: region}, kept, step["then"])
        rest = tree.replaced(g, ("var", name), e)
        self.prove(rest, others, free_of(given, name), step["rest"])

    def region(
        self, box: Box, given: list[Condition], name: str, e: Tree
    ) -> tuple[Side, int, list[Condition]]:
        """Where x and the segments from e to x lie; on which side of e; conditions kept there."""
        side, others = box[name], free_of(given, name)
        if side.low is not None and self.ring.same(side.low, e):
            return Side(side.low, side.high, False, True), 1, others
        if side.high is not None and self.ring.same(side.high, e):
            return Side(side.low, side.high, True, False), -1, others
        here, there = side.range, ranges.evaluate(e, on(without(box, name)))
        if here.lo < there.lo and there.hi < here.hi:
            hull = side._replace(low_open=True, high_open=True)
        else:
            hull = self.hull(side, here, there)
        require(name not in self.nonnegative or hull.range.nonnegative, "beyond the domain")
        u = tree.sub(("var", name), e)
        for condition in given:
            for towards in (1, -1):
                if self.ring.same(condition[0], u if towards > 0 else tree.neg(u)):
                    return hull, towards, [*others, (condition[0], False)]
        return hull, 0, others

    @staticmethod
    def hull(side: Side, here: Any, there: Any) -> Side:
        """Around both ranges; an end is open only if it is for whatever reaches it."""
        low_open = (here.lo_open or here.lo > there.lo) and (there.lo_open or there.lo > here.lo)
        high_open = (here.hi_open or here.hi < there.hi) and (there.hi_open or there.hi < here.hi)
        low = side.low if here.lo <= there.lo else ranges.exact(there.lo)
        high = side.high if here.hi >= there.hi else ranges.exact(there.hi)
        return Side(low, high, low_open, high_open)

    def hessian(self, g: Tree, box: Box, given: list[Condition], step: Any) -> None:
        """Contact at a point: the slopes vanish and the second derivatives are positive."""
        record(step, "by at smooth rest", "hessian")
        at = expect(dict, step["at"], "at")
        require(set(at) == set(box), "a point in other variables")
        point = {n: self.parse(text, {}) for n, text in at.items()}
        values = on(box)
        for n, t in point.items():
            r = ranges.evaluate(t, {})
            inside = values[n].lo <= r.lo and r.hi <= values[n].hi
            own = t in (box[n].low, box[n].high)
            require(inside or own, "a contact outside its box")
        closed = {n: s._replace(low_open=False, high_open=False) for n, s in box.items()}
        self.everywhere([g], closed, [], step["smooth"], smooth=True)
        names = sorted(box)
        slopes = [tree.diff(g, n) for n in names]
        require(all(self.ring.is_zero(self.at_point(s, point)) for s in slopes), "no contact")
        where = on(closed)
        second = [[ranges.evaluate(tree.diff(s, n), where) for n in names] for s in slopes]
        require(positive_definite(second), "second derivatives that may not be positive")
        self.leaf()
        self.prove(self.at_point(g, point), {}, [], step["rest"])

    @staticmethod
    def at_point(g: Tree, point: dict[str, Tree]) -> Tree:
        for name, value in point.items():
            g = tree.replaced(g, ("var", name), value)
        return g


def positive_definite(rows: list[list[Any]]) -> bool:
    """Every symmetric matrix in the ranges has positive pivots (L D L^T)."""
    work = [list(row) for row in rows]
    for k in range(len(work)):
        pivot = work[k][k]
        if not (pivot.lo > 0 and pivot.hi.is_finite()):
            return False
        for i in range(k + 1, len(work)):
            factor = ranges.times(work[i][k], ranges.reciprocal(pivot))
            for j in range(k + 1, len(work)):
                less = ranges.times(factor, work[k][j])
                work[i][j] = ranges.plus(work[i][j], ranges.negative(less))
    return True


def end(text: Any) -> Tree | None:
    return None if text is None else tree.parse(text, ())


def domain_of(raw: Any) -> tuple[Box, frozenset[str]]:
    """The sides of the domain, and which variables are whole; an empty one is rejected."""
    box, integers = {}, set()
    for name, value in expect(dict, raw, "domain").items():
        side = record(value, "low high low_open high_open integer", name)
        require(name.isidentifier() and name != "pi", f"{name[:40]!r} is no name of a variable")
        for key in ("low_open", "high_open", "integer"):
            expect(bool, side[key], key)
        box[name] = Side(end(side["low"]), end(side["high"]), side["low_open"], side["high_open"])
        r = box[name].range
        require(r.lo < r.hi, f"{name}: an empty range, or a single point")
        integers |= {name} if side["integer"] else set()
    return box, frozenset(integers)


def inhabited(box: Box, integers: frozenset[str], given: list[Condition], raw: Any) -> None:
    """A point of the domain is named, so that nothing is proved of nothing."""
    point = expect(dict, raw, "point")
    require(set(point) == set(box), "point: other variables than the domain's")
    values = {}
    for name, text in point.items():
        value = tree.parse(text, ())
        require(value[0] == "rat", "point: no exact number")
        require(name not in integers or value[1].denominator == 1, "point: no whole number")
        values[name] = ranges.number(value[1])
        side = box[name].range
        low = values[name].lo > side.lo or (not side.lo_open and values[name].lo >= side.lo)
        high = values[name].hi < side.hi or (not side.hi_open and values[name].hi <= side.hi)
        require(low and high, "point: outside the domain")
    for formula, strict in given:
        found = ranges.evaluate(formula, values)
        require(found.lo > 0 or (not strict and found.lo >= 0), "point: conditions not met")


def certificate(document: dict[str, Any]) -> str:
    """What a certificate proves, in words; Rejected if it proves nothing."""
    claim = record(document["claim"], "name left sense right", "claim")
    proof = record(document["proof"], "domain where point defined steps", "proof")
    box, integers = domain_of(proof["domain"])
    require(box, "a claim without variables")
    given: list[Condition] = []
    for pair in expect(list, proof["where"], "where"):
        require(isinstance(pair, list) and len(pair) == 2, "where: pairs")
        require(pair[1] in (">", ">="), "where: > or >=")
        given.append((tree.parse(pair[0], box), pair[1] == ">"))
    inhabited(box, integers, given, proof["point"])
    work = Proof(box, integers)
    left, right = work.parse(claim["left"], box), work.parse(claim["right"], box)
    work.everywhere([left, right], box, given, proof["defined"])
    require(claim["sense"] in ("<=", ">=", "=="), "an unknown sense")
    large, small = (left, right) if claim["sense"] == ">=" else (right, left)
    gap = tree.sub(large, small)
    if claim["sense"] == "==":
        require(work.ring.is_zero(gap), "a difference not shown to vanish")
        work.leaves += 1
    else:
        work.prove(gap, box, given, proof["steps"])
    words = ", ".join(sorted(work.kinds)) or "an identity"
    said = f"{claim['name']!r}: {claim['left']} {claim['sense']} {claim['right']}"
    where = ", ".join(f"{name} in {shown(side)}" for name, side in box.items())
    conditions = "".join(f", {pair[0]} {pair[1]} 0" for pair in proof["where"])
    whole = f" ({', '.join(sorted(integers))} whole)" if integers else ""
    return f"{said} for {where}{conditions}{whole}: {work.leaves} boxes ({words})"


def shown(side: Side) -> str:
    def text(t: Tree | None, infinite: str) -> str:
        if t is None:
            return infinite
        return str(t[1]) if t[0] == "rat" else str(float(ranges.evaluate(t, {}).lo))

    first = "(" if side.low_open or side.low is None else "["
    last = ")" if side.high_open or side.high is None else "]"
    return f"{first}{text(side.low, '-inf')}, {text(side.high, 'inf')}{last}"
