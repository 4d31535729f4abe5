"""Limits at infinity, as exact formulas: pi/2 - atan(t) comes down to 0, which no ball shows.

The limit of a sum, a product or a power is that of the limits where none of them fights another
(infinity less infinity, 0 times infinity); a continuous function has the limit of its argument.
What fights is settled by how it grows (recheck_growth). What no rule covers has no limit here.
"""

from typing import Any

from plumbline_checker import loaded

Tree = tuple[Any, ...]
tree = loaded("prove/recheck_tree.py")
ranges = loaded("prove/recheck_range.py")
growth = loaded("prove/recheck_growth.py")

HALF_PI = tree.mul(tree.HALF, ("pi",))
CONTINUOUS = ("exp", "sin", "cos", "sinh", "cosh", "tanh", "erf", "erfc", "atan", "asinh", "Abs")
#: name -> limits at minus infinity and at infinity: a tree, or the sign of an infinity
FAR: dict[str, tuple[Any, Any]] = {
    "exp": (tree.ZERO, 1), "log": (None, 1), "sinh": (-1, 1), "cosh": (1, 1), "asinh": (-1, 1),
    "tanh": (tree.rat(-1), tree.ONE_), "erf": (tree.rat(-1), tree.ONE_),
    "erfc": (tree.TWO, tree.ZERO), "atan": (tree.neg(HALF_PI), HALF_PI), "Abs": (1, 1),
}  # fmt: skip


def at_infinity(t: Tree, name: str, sign: int, box: dict[str, Any], ring: Any) -> Any:
    """The limit of a tree as the variable goes to sign * infinity and the others stay in the box:
    a tree without the variable, +1 or -1 for an infinity, None where no rule finds one."""
    found = plain(t, name, sign, box)
    if found is not None:
        return found
    up = t if sign > 0 else tree.replaced(t, ("var", name), tree.neg(("var", name)))
    return growth.Growths(name, box, ring).limit(up)


def at_number(t: Tree, name: str, at: Tree, sign: int, box: dict[str, Any], ring: Any) -> Any:
    """As `at_infinity`, as the variable comes to a number from above (sign 1) or below (-1)."""
    step = tree.mul(tree.rat(sign), tree.power(("var", name), tree.rat(-1)))
    moved = tree.replaced(t, ("var", name), tree.add(at, step))
    return growth.Growths(name, box, ring).limit(moved)


def plain(t: Tree, name: str, sign: int, box: dict[str, Any]) -> Any:
    """By the rules for limits alone."""
    if name not in tree.variables(t):
        return t
    if t[0] == "var":
        return sign
    if t[0] == "call":
        return _of_call(t, [plain(p, name, sign, box) for p in t[2:]], box)
    parts = [plain(p, name, sign, box) for p in t[1:]]
    if None in parts:
        return None
    if t[0] == "add":
        return _sum(parts[0], parts[1])
    first, second = parts
    return _product(first, second, box) if t[0] == "mul" else _power(first, second, box)


def _sum(a: Any, b: Any) -> Any:
    if isinstance(a, int) and isinstance(b, int):
        return a if a == b else None
    return a if isinstance(a, int) else b if isinstance(b, int) else tree.add(a, b)


def _product(a: Any, b: Any, box: dict[str, Any]) -> Any:
    if not isinstance(a, int) and not isinstance(b, int):
        return tree.mul(a, b)
    signs = [_sign(part, box) for part in (a, b)]
    return signs[0] * signs[1] if all(signs) else None


def _power(base: Any, exponent: Any, box: dict[str, Any]) -> Any:
    if isinstance(exponent, int) or exponent[0] != "rat" or exponent[1] == 0:
        return None
    power = exponent[1]
    if isinstance(base, int):
        if base < 0 and power.denominator != 1:
            return None
        if power < 0:
            return tree.ZERO
        return base if base > 0 or power % 2 else 1
    if power.denominator == 1 and (power > 0 or _sign(base, box)):
        return tree.power(base, exponent)
    return tree.power(base, exponent) if _sign(base, box) > 0 else None


def _of_call(t: Tree, parts: list[Any], box: dict[str, Any]) -> Any:
    name, u = t[1], parts[0]
    if len(parts) != 1 or u is None:
        return None
    if isinstance(u, int):
        return FAR[name][u > 0] if name in FAR else None
    if name in CONTINUOUS or (name == "log" and _sign(u, box) > 0):
        return tree.call(name, u)
    return None


def _sign(part: Any, box: dict[str, Any]) -> int:
    """Of an infinity, or of a formula that keeps its sign on the whole box; 0 if it may not."""
    if isinstance(part, int):
        return part
    try:
        found = ranges.evaluate(part, box)
    except ranges.Undefined:
        return 0
    return 1 if found.positive else -1 if ranges.negative(found).positive else 0
