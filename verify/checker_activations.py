"""The activations that the checker knows, and those that a file brings as a formula.

Loaded by `verify/checker.py` under the name it gives itself; standard library and flint only.
"""

import ast
import functools
import re
from collections.abc import Callable
from typing import Any, NamedTuple

from flint import arb, arb_series
from plumbline_checker import OPERATORS, Rejected, evaluate, expect, record, require


def _logistic(s: Any) -> Any:
    return 1 / (1 + (-s).exp())


def _relu(s: Any) -> Any:
    smooth = s[0] > 0 or s[0] < 0 or (s[1] == 0 and s[2] == 0)
    require(smooth, "relu at its kink, where the derivative is not defined")
    return s if s[0] > 0 else s * 0


#: name -> phi on power series; K >= sup|phi'|, beta >= sup|phi''|, |phi(0)| as text; odd?; and
#: beta2 >= sup|phi'''| as text
ACTIVATIONS: dict[str, tuple[Any, str, str, str, bool, str]] = {
    "tanh": (lambda s: _tanh(s), "1", "4/(3*sqrt(3))", "0", True, "2"),
    "sigmoid": (_logistic, "1/4", "sqrt(3)/18", "1/2", False, "1/8"),
    "softplus": (lambda s: (1 + s.exp()).log(), "1", "1/4", "log(2)", False, "sqrt(3)/18"),
    "arctan": (lambda s: s.atan(), "1", "3*sqrt(3)/8", "0", True, "2"),
    "erf": (lambda s: s.erf(), "2/sqrt(pi)", "sqrt(8/(pi*exp(1)))", "0", True, "4/sqrt(pi)"),
    "sin": (lambda s: s.sin(), "1", "1", "0", True, "1"),
    "cos": (lambda s: s.cos(), "1", "1", "1", False, "1"),
    "silu": (
        lambda s: s * _logistic(s),
        "10998393203/10000000000",
        "1/2",
        "0",
        False,
        "3081815158/10000000000",
    ),
    "gelu": (
        *(lambda s: s * (1 + (s * arb(2).rsqrt()).erf()) / 2, "(1+erf(1))/2+1/(exp(1)*sqrt(pi))"),
        *("sqrt(2/pi)", "0", False),
        "sqrt((7-sqrt(33))/4)*(4-(7-sqrt(33))/2)*exp(-(7-sqrt(33))/4)/sqrt(pi)",
    ),
    "identity": (lambda s: s, "1", "0", "0", True, "0"),
    "relu": (_relu, "1", "", "0", False, ""),
}


class Phi(NamedTuple):
    """An activation: phi on power series, constants as text ("" for none), oddness.

    given: what is taken from the file and not recomputed, in words; "" for the table's own.
    """

    name: str
    at: Callable[[Any], Any]
    K: str
    beta: str
    phi0: str
    odd: bool
    beta2: str = ""
    given: str = ""


def activation(raw: Any) -> Phi:
    """A name of the table, or a record with a formula in t and the constants it comes with."""
    if isinstance(raw, str):
        require(raw in ACTIVATIONS, f"activation {raw[:40]!r} is unknown")
        return Phi(raw, *ACTIVATIONS[raw])
    own = record(raw, "name formula K beta odd", "activation")
    name, text, top, bend = (expect(str, own[key], key) for key in ("name", "formula", "K", "beta"))
    tree, odd = _parsed(text), expect(bool, own["odd"], "odd")
    at = functools.partial(_composed, tree)
    centre = at(arb_series([0]))
    zero = bool(centre.length() == 0 or centre[0] == 0)
    # what is trusted comes first: a long formula is cut off, and must not take it along
    given = f"taken from the file: sup|phi'| <= {top[:60]}"
    given += f", sup|phi''| <= {bend[:60]}" * (bend != "") + ", phi odd" * odd + f", phi = {text}"
    phi0 = "0" if zero else f"abs({_at_zero(text)})"
    return Phi(name, at, top, bend, phi0, odd and zero, given=given)


def _at_zero(text: str) -> str:
    return re.sub(r"\bt\b", "0", text)


def _parsed(text: str) -> ast.expr:
    try:
        return ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise Rejected(f"not an arithmetic expression: {str(error)[:80]}") from error


def _tanh(s: Any) -> Any:
    return 1 - 2 / (1 + (2 * s).exp())


def _composed(node: ast.expr, s: Any) -> Any:
    """The formula on a power series, by the same grammar as `evaluate`, with t for the series."""
    if isinstance(node, ast.Constant) and type(node.value) is int:
        return arb_series([node.value])
    if isinstance(node, ast.Name) and node.id in ("t", "pi"):
        return s if node.id == "t" else arb_series([arb.pi()])
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_composed(node.operand, s)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
        power = evaluate(ast.unparse(node.right), {})
        return _series_power(_composed(node.left, s), power)
    if isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
        return OPERATORS[type(node.op)](_composed(node.left, s), _composed(node.right, s))
    known = ("exp", "log", "sqrt", "tanh", "erf", "atan", "sin", "cos")
    call = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords
    require(call and node.func.id in known and len(node.args) == 1,  # type: ignore[attr-defined]
            f"{ast.unparse(node)[:60]!r} is not arithmetic this checker knows")  # fmt: skip
    name, inner = node.func.id, _composed(node.args[0], s)  # type: ignore[attr-defined]
    return _tanh(inner) if name == "tanh" else getattr(inner, name)()


def _series_power(base: Any, power: arb) -> Any:
    if not (power.is_exact() and power.is_integer()):
        return (base.log() * arb_series([power])).exp()
    require(abs(power) <= 100, "a power beyond 100")
    result = arb_series([1])
    for _ in range(abs(int(float(power)))):
        result = result * base
    return result if power >= 0 else 1 / result
