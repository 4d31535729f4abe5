"""Formulas of a certificate as trees: read, differentiated and rewritten (standard library only).

A tree is a nested tuple: ("rat", q), ("pi",), ("var", name), ("add", a, b), ("mul", a, b),
("pow", base, exponent) or ("call", name, argument, ..).
"""

import ast
from fractions import Fraction
from typing import Any

from plumbline_checker import require

Tree = tuple[Any, ...]

#: functions of one argument that trees may contain
ONE = ("exp", "log", "sin", "cos", "tan", "sinh", "cosh", "tanh", "erf", "erfc", "atan", "asinh",
       "asin", "acos", "Abs")  # fmt: skip
MOST_NODES = 20_000


def rat(p: int | Fraction, q: int = 1) -> Tree:
    return ("rat", Fraction(p) / q)


ZERO, ONE_, TWO, HALF = rat(0), rat(1), rat(2), rat(1, 2)


def add(a: Tree, b: Tree) -> Tree:
    if a[0] == b[0] == "rat":
        return rat(a[1] + b[1])
    return b if a == ZERO else a if b == ZERO else ("add", a, b)


def mul(a: Tree, b: Tree) -> Tree:
    if a[0] == b[0] == "rat":
        return rat(a[1] * b[1])
    if ZERO in (a, b):
        return ZERO
    return b if a == ONE_ else a if b == ONE_ else ("mul", a, b)


def neg(a: Tree) -> Tree:
    return mul(rat(-1), a)


def sub(a: Tree, b: Tree) -> Tree:
    return add(a, neg(b))


def power(a: Tree, b: Tree) -> Tree:
    if b == ONE_:
        return a
    if a[0] == b[0] == "rat" and b[1].denominator == 1 and abs(b[1]) <= 1000:
        require(a[1] != 0 or b[1] > 0, "0 to a power that is not positive")
        return rat(a[1] ** int(b[1]))
    return ("pow", a, b)


def divide(a: Tree, b: Tree) -> Tree:
    return mul(a, power(b, rat(-1)))


def call(name: str, *arguments: Tree) -> Tree:
    return ("call", name, *arguments)


def parse(text: Any, names: Any) -> Tree:
    """The tree of arithmetic text in these variables; anything else is rejected."""
    require(isinstance(text, str) and len(text) < 200_000, "a formula is no text, or too long")
    try:
        root = ast.parse(text, mode="eval").body
        require(sum(1 for _ in ast.walk(root)) <= MOST_NODES, "a formula of too many parts")
        return _read(root, frozenset(names))
    except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError) as error:
        raise ValueError(f"not a formula: {str(error)[:80]}") from error


def _read(node: ast.expr, names: frozenset[str]) -> Tree:
    if isinstance(node, ast.Constant) and type(node.value) is int:
        return rat(node.value)
    if isinstance(node, ast.Name):
        require(node.id in names or node.id == "pi", f"no variable {node.id[:40]!r} here")
        return ("var", node.id) if node.id in names else ("pi",)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return neg(_read(node.operand, names))
    if isinstance(node, ast.BinOp):
        known = {ast.Add: add, ast.Sub: sub, ast.Mult: mul, ast.Div: divide, ast.Pow: power}
        require(type(node.op) in known, "an operator that is no arithmetic")
        return known[type(node.op)](_read(node.left, names), _read(node.right, names))
    require(isinstance(node, ast.Call) and isinstance(node.func, ast.Name), "no arithmetic")
    require(not node.keywords, "no arithmetic")  # type: ignore[attr-defined]
    arguments = [_read(a, names) for a in node.args]  # type: ignore[attr-defined]
    return _called(node.func.id, arguments)  # type: ignore[attr-defined]


def _called(name: str, arguments: list[Tree]) -> Tree:
    if name in ("Max", "Min") and arguments:
        folded = arguments[0]
        for other in arguments[1:]:
            folded = call(name, folded, other)
        return folded
    require(len(arguments) == 1, f"{name[:40]!r} is not arithmetic this checker knows")
    u = arguments[0]
    known = {
        "sqrt": lambda: power(u, HALF),
        "log1p": lambda: call("log", add(ONE_, u)),
        "expm1": lambda: sub(call("exp", u), ONE_),
    }
    if name in known:
        return known[name]()
    require(name in ONE, f"{name[:40]!r} is not arithmetic this checker knows")
    return call(name, u)


def variables(tree: Tree) -> set[str]:
    if tree[0] == "var":
        return {tree[1]}
    return set().union(*(variables(p) for p in tree[1:] if isinstance(p, tuple)), set())


def replaced(tree: Tree, old: Tree, new: Tree) -> Tree:
    """The tree with every subtree equal to `old` changed into `new`."""
    if tree == old:
        return new
    kind = tree[0]
    if kind in ("rat", "pi", "var"):
        return tree
    if kind == "call":
        return call(tree[1], *(replaced(p, old, new) for p in tree[2:]))
    make = {"add": add, "mul": mul, "pow": power}[kind]
    return make(replaced(tree[1], old, new), replaced(tree[2], old, new))


def diff(tree: Tree, x: str) -> Tree:
    """The derivative, defined wherever every operation of the tree is smooth."""
    kind = tree[0]
    if kind in ("rat", "pi"):
        return ZERO
    if kind == "var":
        return ONE_ if tree[1] == x else ZERO
    if kind == "add":
        return add(diff(tree[1], x), diff(tree[2], x))
    if kind == "mul":
        return add(mul(diff(tree[1], x), tree[2]), mul(tree[1], diff(tree[2], x)))
    if kind == "pow":
        return _power_rule(tree, x)
    require(tree[1] not in ("Abs", "Max", "Min"), f"{tree[1]} has no derivative everywhere")
    inner = diff(tree[2], x)
    return ZERO if inner == ZERO else mul(_slope(tree[1], tree[2]), inner)


def _power_rule(tree: Tree, x: str) -> Tree:
    base, exponent = tree[1], tree[2]
    if exponent[0] == "rat":
        outer = mul(exponent, power(base, rat(exponent[1] - 1)))
        return mul(outer, diff(base, x))
    inner = mul(exponent, call("log", base))
    return mul(tree, diff(inner, x))


def _slope(name: str, u: Tree) -> Tree:
    square = power(u, TWO)
    if name in ("erf", "erfc"):
        bell = mul(mul(TWO, power(("pi",), rat(-1, 2))), call("exp", neg(square)))
        return bell if name == "erf" else neg(bell)
    return {
        "exp": lambda: call("exp", u),
        "log": lambda: power(u, rat(-1)),
        "sin": lambda: call("cos", u),
        "cos": lambda: neg(call("sin", u)),
        "tan": lambda: power(call("cos", u), rat(-2)),
        "sinh": lambda: call("cosh", u),
        "cosh": lambda: call("sinh", u),
        "tanh": lambda: power(call("cosh", u), rat(-2)),
        "atan": lambda: power(add(ONE_, square), rat(-1)),
        "asinh": lambda: power(add(ONE_, square), rat(-1, 2)),
        "asin": lambda: power(sub(ONE_, square), rat(-1, 2)),
        "acos": lambda: neg(power(sub(ONE_, square), rat(-1, 2))),
    }[name]()
