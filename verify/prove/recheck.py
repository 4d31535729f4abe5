"""What the checker verifies of a proof: a tree of steps that covers the whole domain.

Each step shows that a formula g is not negative on a box (docs/proofs.md lists them). Derivatives,
identities and enclosures are the checker's own; a certificate only says what to try where.
"""

from typing import Any

from plumbline_checker import expect, loaded, record, require

Tree = tuple[Any, ...]
forms = loaded("prove/recheck_forms.py")
boxes = forms.boxes
tree, ranges = boxes.tree, boxes.ranges
algebra = loaded("prove/recheck_algebra.py")
limits = loaded("prove/recheck_limit.py")
Side, on, without, free_of = boxes.Side, boxes.on, boxes.without, boxes.free_of

MOST_ORDER = 8
Box = dict[str, Any]
Condition = tuple[Tree, bool]


class Proof(forms.Forms):  # type: ignore[name-defined]
    """The check of one certificate."""

    def prove(self, g: Tree, box: Box, given: list[Condition], node: Any) -> None:
        """Rejected, unless the node shows g >= 0 on the box where the conditions hold."""
        step = expect(dict, node, "a step of the proof")
        by = step.get("by")
        known = {
            "split": self.split, "natural": self.natural, "zero": self.zero, "form": self.form,
            "slopes": self.given_slopes, "mean": self.mean, "monotone": self.monotone,
            "contact": self.contact, "product": self.combined, "sum": self.combined,
            "where": self.where, "cases": self.cases, "each": self.each, "log": self.logarithm,
            "root": self.root, "hessian": self.hessian, "algebra": self.algebra,
            "square": self.square, "exponentials": self.exponentials, "arsinh": self.arsinh,
        }  # fmt: skip
        require(isinstance(by, str) and by in known, f"a step by {str(by)[:40]!r} is unknown")
        self.kinds.add(str(by))
        known[str(by)](g, box, given, step)

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
        if not self.exact_limit(g, box, name, end, sign):
            require(ranges.evaluate(g, near).nonnegative, "a limit that may be negative")
        self.leaf()

    def exact_limit(self, g: Tree, box: Box, name: str, end: Tree | None, sign: int) -> bool:
        """Whether the limit at an end has an exact formula that is not negative."""
        others = on(without(box, name))
        if end is None:
            found = limits.at_infinity(g, name, -sign, others, self.ring)
        else:
            found = limits.at_number(g, name, end, sign, others, self.ring)
        if found is None or isinstance(found, int):
            return bool(found == 1)
        return bool(self.ring.is_zero(found) or ranges.evaluate(found, others).nonnegative)

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
    ) -> tuple[Any, int, list[Condition]]:
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
    def hull(side: Any, here: Any, there: Any) -> Any:
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

    def algebra(self, g: Tree, box: Box, given: list[Condition], step: Any) -> None:
        """A polynomial: asked again of z3, which is believed."""
        record(step, "by", "algebra")
        algebra.not_negative(g, box, given, self.integers)
        self.leaf()

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


def certificate(document: dict[str, Any]) -> str:
    """What a certificate proves, in words; Rejected if it proves nothing."""
    claim = record(document["claim"], "name left sense right", "claim")
    proof = record(document["proof"], "domain where point defined steps", "proof")
    box, integers = boxes.domain_of(proof["domain"])
    require(box, "a claim without variables")
    given: list[Condition] = []
    for pair in expect(list, proof["where"], "where"):
        require(isinstance(pair, list) and len(pair) == 2, "where: pairs")
        require(pair[1] in (">", ">="), "where: > or >=")
        given.append((tree.parse(pair[0], box), pair[1] == ">"))
    boxes.inhabited(box, integers, given, proof["point"])
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
    where = ", ".join(f"{name} in {boxes.shown(side)}" for name, side in box.items())
    conditions = "".join(f", {pair[0]} {pair[1]} 0" for pair in proof["where"])
    whole = f" ({', '.join(sorted(integers))} whole)" if integers else ""
    return f"{said} for {where}{conditions}{whole}: {work.leaves} boxes ({words})"
