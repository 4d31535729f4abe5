"""The checker: re-reads one counterexample file and says whether it really refutes its claim.

Contract. `python -m verify.checker FILE` (or this file by its path) prints one line and exits with
  0  CONFIRMED: in exact rational and ball arithmetic (python-flint, 256 to 4096 bits) the true
     quantity certainly breaks the relation that the claim states between it and the right side, at
     a point that meets every assumption the file lists; the line names claim, quantity, right side;
  1  NOT CONFIRMED: the file is well formed, but that could not be shown;
  4  CRASHED: a fault of this checker, which says nothing of the claim;
  2  REJECTED: wrong usage, a damaged or malformed file, a point outside the claim's domain, or
     anything this file does not know how to recompute.
This file holds format, arithmetic and verdict. What a kind of subject is, one short file of its
family recomputes (its table KINDS says which; standard library and python-flint only, and z3 for a
step of a proof that says so, which is believed). Nothing else of this project is used: truth,
symbols and right side are recomputed from the stored numbers; the numbers it claims are ignored.
What it takes on trust is the *statement*: that `claim.right_side` is the claim meant. It refuses to
run with assertions stripped (python -O). The format is described in docs/counterexamples.md.
"""

import ast
import functools
import hashlib
import importlib.util
import json
import operator
import re
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

from flint import arb, arb_series, ctx, fmpq

FORMAT, SCHEMA, PRECISIONS = "plumbline-counterexample", 2, (256, 1024, 4096)
PROOF, PROOF_PRECISIONS = ("plumbline-proof", 1), (128, 512)
MAX_BYTES, MAX_POWER = 64 * 2**20, 10_000
Matrix = list[list[Fraction]]
Symbols = dict[str, arb]

#: The formulas of a family: `recheck*.py` in a folder beside this file, with a table KINDS.
FORMULAS = ("*/recheck*.py", "*/*/recheck*.py")
CERTIFICATE = "prove/recheck.py"
_HEX = re.compile(r"-?0x[01](\.[0-9a-f]{1,13})?p[+-][0-9]{1,4}", re.ASCII)
_FRACTION = re.compile(r"-?[0-9]{1,5000}/[0-9]{1,5000}", re.ASCII)


class Recomputed(NamedTuple):
    """What a family's formulas say of a subject, at the working precision.

    truth: a ball whose lower end the true quantity certainly reaches; exact: whether the ball holds
    the quantity itself. values: the symbols. meets: whether an assumption is met. given: what was
    taken from the file on trust, in words.
    """

    truth: arb
    values: Symbols
    meets: Callable[[str], bool]
    exact: bool
    given: str = ""


class Rejected(Exception):
    """The file cannot be believed or understood."""


class NotMet(Rejected):
    """An assumption is not certainly met at this precision; at a higher one it may be."""


def require(condition: object, reason: str) -> None:
    if not condition:
        raise Rejected(reason)


def read(path: str) -> dict[str, Any]:
    """The document, if its format, schema and checksum are right and no key is doubled."""
    try:
        with open(path, "rb") as stream:
            text = stream.read(MAX_BYTES).decode("utf-8")
        document = json.loads(text, object_pairs_hook=_object)
    except (OSError, ValueError, RecursionError) as error:
        raise Rejected(f"not readable as JSON: {error}") from error
    proof = isinstance(document, dict) and document.get("format") == PROOF[0]
    keys = "format schema claim proof checksum"
    head = record(
        document, keys if proof else f"{keys} subject claimed".replace("proof ", ""), "file"
    )
    known = (head["format"], head["schema"]) in (PROOF, (FORMAT, SCHEMA))
    require(known and type(head["schema"]) is int, f"not a {FORMAT} file of schema {SCHEMA}")
    text = json.dumps(head | {"checksum": ""}, sort_keys=True, separators=(",", ":"))
    digest = "sha256:" + hashlib.sha256(text.encode()).hexdigest()
    require(head["checksum"] == digest, "the checksum does not fit the content")
    return head


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    require(len(dict(pairs)) == len(pairs), "a key occurs twice")
    return dict(pairs)


def record(value: Any, keys: str, where: str) -> dict[str, Any]:
    require(
        set(expect(dict, value, where)) == set(keys.split()), f"{where}: expected the keys {keys}"
    )
    return dict(value)


def expect(kind: Any, value: Any, where: str) -> Any:
    require(isinstance(value, kind), f"{where}: expected a {kind.__name__}")
    return value


def number(value: Any, where: str) -> Fraction:
    """An exact number from "0x1.8p+1" or "3/4"; anything that would be rounded is refused."""
    text = expect(str, value, where)
    try:
        if _FRACTION.fullmatch(text):
            return Fraction(text)
        require(_HEX.fullmatch(text), "not of the form")
        digits, power = text.replace("0x", "").split("p")
        after = len(digits.partition(".")[2])
        require(abs(int(power)) <= 1100, "not the exponent of a float")
        value = int(digits.replace(".", ""), 16) * Fraction(2) ** (int(power) - 4 * after)
        exact = (value * 2**1074).denominator == 1 and abs(value) < 2**1024
        require(exact, "no float is this number")
        return value
    except (ValueError, OverflowError, ZeroDivisionError, Rejected) as error:
        raise Rejected(f"{where}: {text[:40]!r} is no finite hex float or fraction") from error


def vector(value: Any, size: int | None, where: str) -> list[Fraction]:
    vector = [number(entry, where) for entry in expect(list, value, where)]
    require(vector and size in (None, len(vector)), f"{where}: {len(vector)} entries, not {size}")
    return vector


def matrix(value: Any, columns: int | None, where: str) -> Matrix:
    rows = expect(list, value, where)
    require(rows, f"{where}: empty")
    width = columns or len(vector(rows[0], None, where))
    return [vector(row, width, where) for row in rows]


def ball(value: Fraction | int) -> arb:
    """The number as a ball at the working precision."""
    return arb(fmpq(value.numerator, value.denominator))


#: Functions of one number that are called after the method of a ball, and those that are not.
_ONE = (
    "sqrt log exp sin cos tan tanh atan erf sinh cosh asin acos asinh log1p expm1 erfc gamma floor"
)
_METHODS = {name: name for name in _ONE.split()}
_METHODS |= {"abs": "__abs__", "Abs": "__abs__", "loggamma": "lgamma", "ceiling": "ceil"}
OPERATORS: dict[type, Any] = {
    **{ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul},
    **{ast.Div: operator.truediv, ast.Pow: lambda base, power: _power(base, power)},
}


#: A condition -> when it is certain, when it is impossible.
_RELATIONS: dict[str, tuple[Any, Any]] = {
    "StrictLessThan": (operator.lt, operator.ge),
    "LessThan": (operator.le, operator.gt),
    "StrictGreaterThan": (operator.gt, operator.le),
    "GreaterThan": (operator.ge, operator.lt),
}


def evaluate(text: Any, values: Symbols) -> arb:
    """A ball that contains the value of an arithmetic expression; nothing else is understood."""
    try:
        return _node(_parsed(text), values)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise Rejected(f"not an arithmetic expression: {str(error)[:80]}") from error


def _parsed(text: Any) -> ast.expr:
    """The tree of plain ASCII arithmetic; Python's other ways to write numbers are refused."""
    plain = expect(str, text, "expression")
    require(plain.isascii() and "#" not in plain, "not an arithmetic expression: ASCII alone")
    odd = [token for token in re.findall(r"\b[0-9]\w*", plain) if not token.isdigit()]
    require(not odd, f"not an arithmetic expression: {odd[0][:40] if odd else ''!r} is no number")
    return ast.parse(plain, mode="eval").body


def _node(node: ast.expr, values: Symbols) -> arb:
    if isinstance(node, ast.Constant) and type(node.value) is int:
        return arb(node.value)
    if isinstance(node, ast.Name):
        require(node.id == "pi" or node.id in values, f"symbol {node.id!r} has no meaning here")
        return arb.pi() if node.id == "pi" else values[node.id]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_node(node.operand, values)
    if isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
        left, right = _node(node.left, values), _node(node.right, values)
        return arb(OPERATORS[type(node.op)](left, right))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
        if node.func.id == "Piecewise":
            return _piecewise(node.args, values)
        return _call(node.func.id, [_node(argument, values) for argument in node.args])
    raise Rejected(f"{ast.unparse(node)[:60]!r} is not arithmetic this checker knows")


def _piecewise(pairs: list[ast.expr], values: Symbols) -> arb:
    """The branch of the first condition that is met; the hull of those that may be."""
    found: list[arb] = []
    for pair in pairs:
        whole = isinstance(pair, ast.Tuple) and len(pair.elts) == 2
        require(whole, "Piecewise takes pairs of a value and a condition")
        met = _condition(pair.elts[1], values)  # type: ignore[attr-defined]
        if met is not False:
            found.append(_node(pair.elts[0], values))  # type: ignore[attr-defined]
        if met:
            return functools.reduce(arb.union, found)
    return arb.nan()


def _condition(node: ast.expr, values: Symbols) -> bool | None:
    """Certainly, certainly not, or None: the balls overlap."""
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        return node.value
    known = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and len(node.args) == 2
    name = node.func.id if known else ""  # type: ignore[attr-defined]
    require(name in _RELATIONS, "a condition that this checker does not know")
    yes, no = _RELATIONS[name]
    left, right = (_node(argument, values) for argument in node.args)  # type: ignore[attr-defined]
    return True if yes(left, right) else False if no(left, right) else None


def greatest(values: list[arb]) -> arb:
    return functools.reduce(arb.max, values)


def least(values: list[arb]) -> arb:
    return functools.reduce(arb.min, values)


def _call(name: str, arguments: list[arb]) -> arb:
    if name in _METHODS and len(arguments) == 1:
        return arb(getattr(arguments[0], _METHODS[name])())
    if name == "TopEigenvalue":
        return arb(loaded("checker_eigenvalue.py").top_eigenvalue(arguments))
    many = {"Max": greatest, "Min": least}
    require(name in many and arguments, f"{name[:40]!r} is not arithmetic this checker knows")
    return many[name](arguments)


def _power(base: arb, power: arb) -> arb:
    if not (power.is_exact() and power.is_integer()):
        return base**power
    require(abs(power) <= MAX_POWER, f"a power beyond {MAX_POWER}")
    return base ** int(float(power))


def line(point: list[Fraction], direction: list[Fraction] | None = None) -> list[Any]:
    """The point as power series in t, moving along the direction."""
    step = direction or [Fraction(0)] * len(point)
    return [arb_series([ball(a), ball(b)]) for a, b in zip(point, step, strict=True)]


def dot(left: list[Any], right: list[Any]) -> Any:
    """sum_i left_i right_i, of power series."""
    return sum((a * b for a, b in zip(left, right, strict=True)), arb_series([0]))


def norm(vector: list[Fraction]) -> arb:
    """Euclidean norm of exact numbers."""
    return ball(sum((entry * entry for entry in vector), Fraction(0))).sqrt()


def numbers(raw: Any, quantity: str) -> Recomputed:
    """A left side written as arithmetic in named numbers, for claims that are not of networks."""
    subject = record(raw, "kind left_side values conditions", "subject")
    named = expect(dict, subject["values"], "values").items()
    values = {name: ball(number(value, name)) for name, value in named}
    require("pi" not in values, "a number called pi, which means 3.14159... in a formula")
    for text, relation in expect(dict, subject["conditions"], "conditions").items():
        value = evaluate(text, values)
        met = value > 0 if relation == ">" else relation == ">=" and value >= 0
        require(met, f"the point does not provably meet {text[:60]} {str(relation)[:2]} 0")
    return Recomputed(evaluate(subject["left_side"], values), values, lambda key: False, True)


def loaded(file: str) -> Any:
    """The module of a file beside this one, which may `import plumbline_checker`; loaded once."""
    if sys.modules.get("plumbline_checker") is not sys.modules[__name__]:
        for old in [name for name in sys.modules if name.startswith("plumbline_")]:
            del sys.modules[old]
        sys.modules["plumbline_checker"] = sys.modules[__name__]
    name = "plumbline_" + file.removesuffix(".py").replace("/", "_")
    if name not in sys.modules:
        path = Path(__file__).resolve().parent / file
        spec = importlib.util.spec_from_file_location(name, path)
        require(spec is not None and spec.loader is not None, f"no formulas at {path}")
        module = importlib.util.module_from_spec(spec)  # type: ignore[arg-type]
        sys.modules[name] = module
        spec.loader.exec_module(module)  # type: ignore[union-attr]
    return sys.modules[name]


def formulas(kind: str) -> Callable[[Any, str], Recomputed]:
    """The function that recomputes a subject of this kind, from its family's file."""
    if kind == "values":
        return numbers
    loaded("checker_activations.py")
    for file in files():
        table: dict[str, Callable[[Any, str], Recomputed]] = getattr(loaded(file), "KINDS", {})
        if kind in table:
            return table[kind]
    raise Rejected(f"subject of kind {kind[:40]!r} is unknown")


def files() -> list[str]:
    """The files of formulas, as paths from the folder of this file."""
    here = Path(__file__).resolve().parent
    return sorted(path.relative_to(here).as_posix() for way in FORMULAS for path in here.glob(way))


def sides(document: dict[str, Any]) -> tuple[Recomputed, arb, str]:
    """(what is recomputed, right side, sense) at the working precision."""
    keys = "name quantity sense assumptions definitions right_side"
    claim = record(document["claim"], keys, "claim")
    raw, quantity = document["subject"], expect(str, claim["quantity"], "quantity")
    sense = expect(str, claim["sense"], "sense")
    require(sense in ("<=", ">=", "=="), f"sense {sense[:10]!r} is unknown")
    found = formulas(str(expect(dict, raw, "subject").get("kind")))(raw, quantity)
    for key in expect(list, claim["assumptions"], "assumptions"):
        if not found.meets(expect(str, key, "assumptions")):
            raise NotMet(f"assumption {key[:40]!r} is unknown, or the subject does not meet it")
    values = dict(found.values)
    for name, text in expect(dict, claim["definitions"], "definitions").items():
        require(name not in values, f"symbol {name!r} is defined twice")
        values[name] = evaluate(text, values)
    return found, evaluate(claim["right_side"], values), sense


def broken(truth: arb, right: arb, sense: str, exact: bool) -> bool | None:
    """Whether the relation is certainly broken, certainly not, or open; a truth that is only a
    lower end breaks "<=" and "==" from above and decides nothing else."""
    if not (truth.is_finite() and right.is_finite()):
        return None
    above, below = bool(truth > right), exact and bool(truth < right)
    if sense == "<=":
        return True if above else (False if bool(truth < right) else None)
    if sense == ">=":
        return True if below else (False if above else None)
    return True if above or below else None


def check(path: str) -> tuple[bool, str]:
    """(confirmed?, one line for a reader); raises Rejected, see the contract."""
    require(__debug__, "assertions are stripped (python -O); run without -O")
    document = read(path)
    if document["format"] == PROOF[0]:
        return True, _plain(proved(document))
    for ctx.prec in PRECISIONS:
        ctx.cap = 3  # power series a + b t + c t^2
        try:
            found, right, sense = sides(document)
        except NotMet:
            if ctx.prec == PRECISIONS[-1]:
                raise
            continue
        answer = broken(found.truth, right, sense, found.exact)
        if answer is not None:
            break
    claim = document["claim"]
    ends = tuple(end.str(15, radius=False) for end in (found.truth.lower(), right.upper()))
    defined = ", ".join(f"{k} = {v}" for k, v in claim["definitions"].items())
    left = document["subject"].get("left_side", "")
    left = f"{claim['quantity']!r} = {left}" if left else claim["quantity"]
    said = f"{claim['name']!r}: {left} {sense} {claim['right_side']}"
    said += f" where {defined}" if defined else ""
    line = f"{_plain(said)}; truth >= {ends[0]}, right side <= {ends[1]}, {ctx.prec} bits"
    return bool(answer), line + ("; " + _plain(found.given) if found.given else "")


def proved(document: dict[str, Any]) -> str:
    """What a certificate proves, in words; raises Rejected or ValueError if it does not."""
    sys.modules["plumbline_checker"] = sys.modules[__name__]
    *lower, last = PROOF_PRECISIONS
    for ctx.prec in lower:
        try:
            return str(loaded(CERTIFICATE).certificate(document))
        except (Rejected, ValueError, ArithmeticError):
            continue  # a range may be too wide at this precision only
    ctx.prec = last
    return str(loaded(CERTIFICATE).certificate(document))


def _plain(text: str) -> str:
    """One printable line of at most 300 characters, so that no file writes its own verdict."""
    kept = "".join(c if c.isprintable() else " " for c in text)
    return kept if len(kept) <= 300 else kept[:297] + "..."


def main(arguments: list[str]) -> int:
    try:
        require(len(arguments) == 1, "usage: python -m verify.checker FILE")
        confirmed, line = check(arguments[0])
    except (Rejected, ZeroDivisionError, OverflowError, ValueError, RecursionError) as error:
        sys.stdout.write(f"REJECTED: {_plain(str(error))}\n")
        return 2
    except Exception as error:  # noqa: BLE001  # Python's own code for it would say NOT CONFIRMED
        sys.stdout.write(f"CRASHED: {type(error).__name__} {_plain(str(error))}\n")
        return 4
    sys.stdout.write(f"{'CONFIRMED' if confirmed else 'NOT CONFIRMED'}: {line}\n")
    return 0 if confirmed else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
