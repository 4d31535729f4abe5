"""The checker's own question to z3: no point of a domain where a polynomial is negative."""

import importlib
from fractions import Fraction
from typing import Any

from plumbline_checker import require

Tree = tuple[Any, ...]
STEPS, SECONDS = 40_000_000, 60


def not_negative(
    g: Tree, box: dict[str, Any], given: list[tuple[Tree, bool]], integers: frozenset[str]
) -> None:
    """Rejected, unless z3 says that g < 0 is impossible on the box under the conditions."""
    z3 = solver_module()
    names = {n: z3.ToReal(z3.Int(n)) if n in integers else z3.Real(n) for n in box}
    facts = [fact for n, side in box.items() for fact in ends(names[n], side, z3)]
    for formula, strict in given:
        term = polynomial(formula, names, z3)
        if term is not None:
            facts.append(term > 0 if strict else term >= 0)
    goal = polynomial(g, names, z3)
    require(goal is not None, "algebra of what is no polynomial")
    relaxed = [(z3.ToReal(z3.Int(n)), z3.Real(n)) for n in box if n in integers]
    terms = [*facts, goal < 0]
    asked = [[z3.substitute(t, *relaxed) for t in terms], terms] if relaxed else [terms]
    require(any(impossible(a, z3) for a in asked), "z3 does not say so")


def solver_module() -> Any:
    try:
        return importlib.import_module("z3")
    except ImportError as missing:
        raise ValueError("z3, which a step asks for, is not installed") from missing


def impossible(terms: list[Any], z3: Any) -> bool:
    solver = z3.Solver()
    solver.set("timeout", 1000 * SECONDS)
    solver.set("rlimit", STEPS)
    solver.add(*terms)
    return bool(solver.check() == z3.unsat)


def ends(name: Any, side: Any, z3: Any) -> list[Any]:
    """The rational ends of a side; others are left out."""
    found = []
    if side.low is not None and side.low[0] == "rat":
        low = number(side.low[1], z3)
        found.append(name > low if side.low_open else name >= low)
    if side.high is not None and side.high[0] == "rat":
        high = number(side.high[1], z3)
        found.append(name < high if side.high_open else name <= high)
    return found


def number(q: Fraction, z3: Any) -> Any:
    return z3.Q(q.numerator, q.denominator)


def polynomial(tree: Tree, names: dict[str, Any], z3: Any) -> Any:
    """The term of a polynomial with rational coefficients; None for any other formula."""
    if tree[0] == "rat":
        return number(tree[1], z3)
    if tree[0] == "var":
        return names.get(tree[1])
    if tree[0] in ("add", "mul"):
        first, second = (polynomial(part, names, z3) for part in tree[1:])
        if first is None or second is None:
            return None
        return first + second if tree[0] == "add" else first * second
    if tree[0] == "pow" and tree[2][0] == "rat":
        base, exponent = polynomial(tree[1], names, z3), tree[2][1]
        if base is None or exponent.denominator != 1 or not 1 <= exponent <= 64:
            return None
        found = base
        for _ in range(int(exponent) - 1):
            found = found * base
        return found
    return None
