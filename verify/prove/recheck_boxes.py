"""Boxes of a certificate: sides, cuts, conditions, and where formulas are defined on them."""

import math
from typing import Any, NamedTuple

from plumbline_checker import expect, loaded, record, require

Tree = tuple[Any, ...]
tree = loaded("prove/recheck_tree.py")
ranges = loaded("prove/recheck_range.py")
normal = loaded("prove/recheck_normal.py")

MOST_PARTS = 2000
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


def without(box: Box, name: str) -> Box:
    return {n: side for n, side in box.items() if n != name}


def free_of(conditions: list[Condition], name: str) -> list[Condition]:
    return [c for c in conditions if name not in tree.variables(c[0])]


class Cover:
    """What every step needs: the domain's signs, formulas read once, cuts and conditions."""

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
        """See `recheck.Proof`."""
        raise NotImplementedError

    def leaf(self) -> None:
        self.leaves += 1

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


def shown(side: Side) -> str:
    def text(t: Tree | None, infinite: str) -> str:
        if t is None:
            return infinite
        return str(t[1]) if t[0] == "rat" else str(float(ranges.evaluate(t, {}).lo))

    first = "(" if side.low_open or side.low is None else "["
    last = ")" if side.high_open or side.high is None else "]"
    return f"{first}{text(side.low, '-inf')}, {text(side.high, 'inf')}{last}"
