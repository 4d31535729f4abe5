"""Steps of a certificate that enclose a formula, write it otherwise, or take it apart."""

from typing import Any

from plumbline_checker import expect, loaded, record, require

Tree = tuple[Any, ...]
boxes = loaded("prove/recheck_boxes.py")
tree, ranges = boxes.tree, boxes.ranges
Side, on = boxes.Side, boxes.on
Box = dict[str, Any]
Condition = tuple[Tree, bool]


class Forms(boxes.Cover):  # type: ignore[name-defined]
    """Steps without derivatives, but for the mean value form."""

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

    def exponentials(self, g: Tree, box: Box, given: list[Condition], step: Any) -> None:
        """The sum of log large less that of log small by the products, all of them positive."""
        record(step, "by large small positive then", "exponentials")
        total, products = tree.ZERO, []
        for side, sign in (("large", 1), ("small", -1)):
            product = tree.ONE_
            for text in expect(list, step[side], side):
                factor = self.parse(text, box)
                product = tree.mul(product, factor)
                total = tree.add(total, tree.mul(tree.rat(sign), tree.call("log", factor)))
                self.everywhere([factor], box, given, step["positive"], positive=True)
            products.append(product)
        require(self.ring.same(g, total), "a sum of other logarithms")
        self.prove(tree.sub(*products), box, given, step["then"])

    def square(self, g: Tree, box: Box, given: list[Condition], step: Any) -> None:
        """large - small >= 0 by large >= 0 and large^2 - small^2 >= 0."""
        record(step, "by large small sign then", "square")
        large, small = self.parse(step["large"], box), self.parse(step["small"], box)
        require(self.ring.same(g, tree.sub(large, small)), "a difference that is another one")
        self.prove(large, box, given, step["sign"])
        squares = [tree.power(part, tree.TWO) for part in (large, small)]
        self.prove(tree.sub(*squares), box, given, step["then"])

    def arsinh(self, g: Tree, box: Box, given: list[Condition], step: Any) -> None:
        """asinh u = log(u + sqrt(1 + u^2)), wherever u is defined."""
        record(step, "by term then", "arsinh")
        term = self.parse(step["term"], box)
        require(term[:2] == ("call", "asinh"), "an arsinh that is none")
        root = tree.power(tree.add(tree.ONE_, tree.power(term[2], tree.TWO)), tree.HALF)
        new = tree.replaced(g, term, tree.call("log", tree.add(term[2], root)))
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
