"""The checker: re-reads one counterexample file and says whether it really refutes its claim.

Contract. `python -m verify.checker FILE` (or this file by its path) prints one line and exits with
  0  CONFIRMED: in exact rational and ball arithmetic (python-flint, 256 to 4096 bits) a certified
     lower end of the true quantity exceeds a certified upper end of the right side, at a point
     that meets every assumption the file lists;
  1  NOT CONFIRMED: the file is well formed, but that could not be shown;
  2  REJECTED: wrong usage, a damaged or malformed file, a point outside the claim's domain, or
     anything this file does not know how to recompute.
It uses the standard library and python-flint and nothing else of this project, recomputes truth,
symbols and right side from the stored weights and inputs, and ignores the numbers the file claims.
What it takes on trust is the *statement*: that `claim.right_side` is the claim meant. It refuses to
run with assertions stripped (python -O). The format is described in docs/counterexamples.md.
"""

import ast
import functools
import hashlib
import json
import math
import operator
import sys
from fractions import Fraction
from typing import Any

from flint import acb_mat, arb, arb_mat, arb_series, ctx, fmpq

FORMAT, SCHEMA, PRECISIONS = "plumbline-counterexample", 1, (256, 1024, 4096)
MAX_BYTES, MAX_POWER = 64 * 2**20, 10_000
Matrix = list[list[Fraction]]
Symbols = dict[str, arb]


class Rejected(Exception):
    """The file cannot be believed or understood."""


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
    head = _dict(document, "format schema claim subject claimed checksum", "file")
    known = (head["format"], head["schema"]) == (FORMAT, SCHEMA)
    require(known and type(head["schema"]) is int, f"not a {FORMAT} file of schema {SCHEMA}")
    text = json.dumps(head | {"checksum": ""}, sort_keys=True, separators=(",", ":"))
    digest = "sha256:" + hashlib.sha256(text.encode()).hexdigest()
    require(head["checksum"] == digest, "the checksum does not fit the content")
    return head


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    require(len(dict(pairs)) == len(pairs), "a key occurs twice")
    return dict(pairs)


def _dict(value: Any, keys: str, where: str) -> dict[str, Any]:
    require(set(_is(dict, value, where)) == set(keys.split()), f"{where}: expected the keys {keys}")
    return dict(value)


def _is(kind: Any, value: Any, where: str) -> Any:
    require(isinstance(value, kind), f"{where}: expected a {kind.__name__}")
    return value


def number(value: Any, where: str) -> Fraction:
    """An exact number from "0x1.8p+1" or "3/4"; decimals are refused, they would be rounded."""
    text = _is(str, value, where)
    try:
        require(("0x" in text) is not ("/" in text), "a decimal")
        return Fraction(text) if "/" in text else Fraction(float.fromhex(text))
    except (ValueError, OverflowError, ZeroDivisionError, Rejected) as error:
        raise Rejected(f"{where}: {text[:40]!r} is no finite hex float or fraction") from error


def _vector(value: Any, size: int | None, where: str) -> list[Fraction]:
    vector = [number(entry, where) for entry in _is(list, value, where)]
    require(vector and size in (None, len(vector)), f"{where}: {len(vector)} entries, not {size}")
    return vector


def _matrix(value: Any, columns: int | None, where: str) -> Matrix:
    rows = _is(list, value, where)
    require(rows, f"{where}: empty")
    width = columns or len(_vector(rows[0], None, where))
    return [_vector(row, width, where) for row in rows]


def _layers(raw: Any, inputs: int) -> list[Matrix]:
    """Weights with chained shapes and no zero row."""
    layers: list[Matrix] = []
    for index, matrix in enumerate(_is(list, raw, "weights"), start=1):
        layers.append(_matrix(matrix, inputs, f"weights of layer {index}"))
        inputs = len(layers[-1])
        require(all(map(any, layers[-1])), f"layer {index} has a zero row, which has no direction")
    require(layers, "weights: no hidden layer")
    return layers


def ball(value: Fraction | int) -> arb:
    """The number as a ball at the working precision."""
    return arb(fmpq(value.numerator, value.denominator))


def _logistic(s: Any) -> Any:
    return 1 / (1 + (-s).exp())


def _relu(s: Any) -> Any:
    smooth = s[0] > 0 or s[0] < 0 or (s[1] == 0 and s[2] == 0)
    require(smooth, "relu at its kink, where the derivative is not defined")
    return s if s[0] > 0 else s * 0


#: name -> phi on power series, then K >= sup|phi'|, beta >= sup|phi''|, |phi(0)| as text, odd?
ACTIVATIONS: dict[str, tuple[Any, str, str, str, bool]] = {
    "tanh": (lambda s: 1 - 2 / (1 + (2 * s).exp()), "1", "4/(3*sqrt(3))", "0", True),
    "sigmoid": (_logistic, "1/4", "sqrt(3)/18", "1/2", False),
    "softplus": (lambda s: (1 + s.exp()).log(), "1", "1/4", "log(2)", False),
    "arctan": (lambda s: s.atan(), "1", "3*sqrt(3)/8", "0", True),
    "erf": (lambda s: s.erf(), "2/sqrt(pi)", "sqrt(8/(pi*exp(1)))", "0", True),
    "sin": (lambda s: s.sin(), "1", "1", "0", True),
    "cos": (lambda s: s.cos(), "1", "1", "1", False),
    "silu": (lambda s: s * _logistic(s), "10998393203/10000000000", "1/2", "0", False),
    "gelu": (
        *(lambda s: s * (1 + (s * arb(2).rsqrt()).erf()) / 2, "(1+erf(1))/2+1/(exp(1)*sqrt(pi))"),
        *("sqrt(2/pi)", "0", False),
    ),
    "identity": (lambda s: s, "1", "0", "0", True),
    "relu": (_relu, "1", "", "0", False),
}

_ONE = ("sqrt", "log", "exp", "sin", "cos", "tan", "tanh", "atan", "erf", "abs")
_OPERATORS: dict[type, Any] = {
    **{ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul},
    **{ast.Div: operator.truediv, ast.Pow: lambda base, power: _power(base, power)},
}


def evaluate(text: Any, values: Symbols) -> arb:
    """A ball that contains the value of an arithmetic expression; nothing else is understood."""
    try:
        return _node(ast.parse(_is(str, text, "expression"), mode="eval").body, values)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise Rejected(f"not an arithmetic expression: {str(error)[:80]}") from error


def _node(node: ast.expr, values: Symbols) -> arb:
    if isinstance(node, ast.Constant) and type(node.value) is int:
        return arb(node.value)
    if isinstance(node, ast.Name):
        require(node.id == "pi" or node.id in values, f"symbol {node.id!r} has no meaning here")
        return arb.pi() if node.id == "pi" else values[node.id]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_node(node.operand, values)
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        left, right = _node(node.left, values), _node(node.right, values)
        return arb(_OPERATORS[type(node.op)](left, right))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
        return _call(node.func.id, [_node(argument, values) for argument in node.args])
    raise Rejected(f"{ast.unparse(node)[:60]!r} is not arithmetic this checker knows")


def _greatest(values: list[arb]) -> arb:
    return functools.reduce(arb.max, values)


def _least(values: list[arb]) -> arb:
    return functools.reduce(arb.min, values)


def _call(name: str, arguments: list[arb]) -> arb:
    if name in _ONE and len(arguments) == 1:
        return arb(getattr(arguments[0], "__abs__" if name == "abs" else name)())
    many = {"Max": _greatest, "Min": _least, "TopEigenvalue": top_eigenvalue}
    require(name in many and arguments, f"{name[:40]!r} is not arithmetic this checker knows")
    return many[name](arguments)


def _power(base: arb, power: arb) -> arb:
    if not (power.is_exact() and power.is_integer()):
        return base**power
    require(abs(power) <= MAX_POWER, f"a power beyond {MAX_POWER}")
    return base ** int(float(power))


def top_eigenvalue(packed: list[arb]) -> arb:
    """A ball around the largest eigenvalue of a non-negative symmetric matrix (upper triangle).

    Lower end: a Rayleigh quotient. Upper end: max_i (M x)_i / x_i for a positive x (Collatz).
    """
    size = (math.isqrt(8 * len(packed) + 1) - 1) // 2
    require(size * (size + 1) == 2 * len(packed), "TopEigenvalue without a full triangle")
    matrix, entries = arb_mat(size, size), iter(packed)
    for j in range(size):
        for k in range(j, size):
            matrix[j, k] = matrix[k, j] = next(entries)
    found, vectors = acb_mat(matrix.mid()).eig(right=True, algorithm="approx")
    best = max(range(size), key=lambda j: float(found[j].real))
    column = [abs(vectors[j, best].real).mid() for j in range(size)]
    # any positive x gives an upper end; zeros of a reducible matrix are lifted a little
    x = arb_mat(size, 1, [entry.max(arb(2) ** (-ctx.prec // 2)).mid() for entry in column])
    image, across = matrix * x, x.transpose()
    low = (across * image)[0, 0] / (across * x)[0, 0]
    high = _greatest([image[j, 0] / x[j, 0] for j in range(size)])
    return low.union(high) if all(entry >= 0 for entry in packed) else arb.nan()


def _line(point: list[Fraction], direction: list[Fraction] | None = None) -> list[Any]:
    step = direction or [Fraction(0)] * len(point)
    return [arb_series([ball(a), ball(b)]) for a, b in zip(point, step, strict=True)]


def _dot(left: list[Any], right: list[Any]) -> Any:
    return sum((a * b for a, b in zip(left, right, strict=True)), arb_series([0]))


def _norm(vector: list[Fraction]) -> arb:
    return ball(sum((entry * entry for entry in vector), Fraction(0))).sqrt()


def features(layers: list[list[Any]], x: list[Any], activation: str, placement: str) -> list[Any]:
    """alpha^L as power series, by the definition of the network (theory, section 0)."""
    alpha = x
    for rows in layers:
        shrink = arb(len(rows)).rsqrt()
        inner, outer = (shrink, arb(1)) if placement == "inner" else (arb(1), shrink)
        g = [inner * (_dot(row, alpha) / _dot(row, row).sqrt()) for row in rows]
        alpha = [outer * ACTIVATIONS[activation][0](entry) for entry in g]
    return alpha


def _model(subject: dict[str, Any]) -> tuple[str, str, Matrix]:
    activation, placement = (_is(str, subject[key], key) for key in ("activation", "placement"))
    known = activation in ACTIVATIONS and placement in ("inner", "outer")
    require(known, f"activation {activation[:40]!r} or placement {placement[:40]!r} is unknown")
    return activation, placement, _matrix(subject["inputs"], None, "inputs")


def _symbols(phi: str, placement: str, layers: list[Matrix], inputs: Matrix, nu: arb) -> Symbols:
    """What the architecture, the weights and the inputs fix; `m` only where widths are equal."""
    widths = [len(rows) for rows in layers]
    omegas = [_least([_norm(row) for row in rows]) for rows in layers]
    values = {
        **{f"m_{l}": arb(m) for l, m in enumerate(widths, start=1)},
        **{f"omega_{l}": omega for l, omega in enumerate(omegas, start=1)},
        "omega": _least(omegas),
        **{"m_min": arb(min(widths)), "m_max": arb(max(widths)), "L": arb(len(widths))},
        **{"d": arb(len(inputs[0])), "n": arb(len(inputs)), "nu": nu, "rho_1": (nu - 1).max(0)},
        "p": arb(1) / 2 if placement == "inner" else arb(0),
        "xi": _greatest([_norm(x) for x in inputs]),
        "X": _norm([entry for x in inputs for entry in x]),
    }
    for name, text in zip(("K", "beta", "phi0"), ACTIVATIONS[phi][1:4], strict=True):
        values |= {name: evaluate(text, {})} if text else {}
    return values | ({"m": arb(widths[0])} if len(set(widths)) == 1 else {})


#: quantity -> (order of the derivative, what it is taken in, of a data set rather than an input)
QUANTITIES = {
    **{"output_magnitude": (0, "", False), "input_gradient_norm": (1, "x", False)},
    **{"gradient_norm": (1, "theta", False), "hessian_norm": (2, "theta", False)},
    **{"loss": (0, "", True), "loss_gradient_norm": (1, "theta", True)},
}
_NETWORK_KEYS = "kind activation placement weights v inputs targets direction"


def network(raw: Any, quantity: str) -> tuple[arb, Symbols, str]:
    """Lower ball of a quantity of one network, its symbols, and its activation."""
    subject = _dict(raw, _NETWORK_KEYS, "subject")
    require(quantity in QUANTITIES, f"this checker cannot compute {quantity!r} of a network")
    order, variable, of_data = QUANTITIES[quantity]
    activation, placement, inputs = _model(subject)
    layers = _layers(subject["weights"], len(inputs[0]))
    v = _vector(subject["v"], len(layers[-1]), "v")
    targets = _vector(subject["targets"], len(inputs), "targets")
    require(of_data or len(inputs) == 1, f"{quantity} is of one input, not {len(inputs)}")
    require(order < 2 or ACTIVATIONS[activation][2], f"{activation} has no second derivative")
    flat = [entry for rows in layers for row in rows for entry in row] + v
    size = {"": 0, "theta": len(flat), "x": len(inputs[0])}[variable]
    direction = _vector(subject["direction"], size, "direction") if size else [Fraction(0)]
    require(any(direction) if size else subject["direction"] == [], "direction: zero or not needed")
    theta = iter(_line(flat, direction if variable == "theta" else None))
    moved = [[[next(theta) for _ in row] for row in rows] for rows in layers]
    last = list(theta)
    lines = [_line(x, direction if variable == "x" else None) for x in inputs]
    outputs = [_dot(last, features(moved, x, activation, placement)) for x in lines]
    errors = [f - ball(y) for f, y in zip(outputs, targets, strict=True)]
    loss = _dot(errors, errors) / len(inputs)
    truth = abs((loss if of_data else outputs[0])[order]) * math.factorial(order)
    values = _symbols(activation, placement, layers, inputs, _norm(v)) | {
        "ell": loss[0],
        "y_1": ball(sum(map(abs, targets), Fraction(0)) / len(inputs)),
        "y_2": ball(sum((y * y for y in targets), Fraction(0)) / len(inputs)),
    }
    return truth / _norm(direction) ** order if order else truth, values, activation


def function_class(raw: Any, quantity: str) -> tuple[arb, Symbols, str]:
    """Lower ball of the Rademacher complexity of a class, its symbols, and its activation."""
    subject = _dict(raw, "kind activation placement nu inputs families search", "subject")
    require(quantity == "rademacher_complexity", f"{quantity!r} is no quantity of a class")
    activation, placement, inputs = _model(subject)
    nu, n = number(subject["nu"], "nu"), len(inputs)
    require(nu >= 0 and n <= 20, "nu: negative, or more than 20 inputs")
    suprema: dict[Any, arb] = {}
    layers: list[Matrix] = []
    for entry in _is(list, subject["families"], "families"):
        family = _dict(entry, "signs weights", "families")
        signs = tuple(_vector(family["signs"], n, "signs"))
        regular = signs[0] == 1 and set(signs) <= {1, -1} and signs not in suprema
        require(regular, "signs: each vector of +1 and -1 once, the first entry +1")
        shapes = [len(rows) for rows in layers]
        layers = _layers(family["weights"], len(inputs[0]))
        require(shapes in ([], [len(rows) for rows in layers]), "families of several architectures")
        lines = [[_line(row) for row in rows] for rows in layers]
        found = [features(lines, _line(x), activation, placement) for x in inputs]
        sums = [_dot(_line(list(signs)), list(unit))[0] for unit in zip(*found, strict=True)]
        suprema[signs] = sum((value * value for value in sums), arb(0)).sqrt()
    require(suprema, "families: none")
    truth = ball(nu) * sum(suprema.values(), arb(0)) / (n * 2 ** (n - 1))
    values = _symbols(activation, placement, layers, inputs, ball(nu))
    single = ("omega", "xi", "rho_1")  # symbols of one network or input have no value here
    return truth, {k: v for k, v in values.items() if not k.startswith(single)}, activation


def numbers(raw: Any, quantity: str) -> tuple[arb, Symbols, str]:
    """A left side written as arithmetic in named numbers, for claims that are not of networks."""
    subject = _dict(raw, "kind left_side values conditions", "subject")
    named = _is(dict, subject["values"], "values").items()
    values = {name: ball(number(value, name)) for name, value in named}
    for text, relation in _is(dict, subject["conditions"], "conditions").items():
        value = evaluate(text, values)
        met = value > 0 if relation == ">" else relation == ">=" and value >= 0
        require(met, f"the point does not provably meet {text[:60]} {str(relation)[:2]} 0")
    return evaluate(subject["left_side"], values), values, ""


def meets(activation: str, key: str) -> bool:
    """Does a network with this activation meet the assumption? Unknown ones count as not met."""
    _, _, beta, phi0, odd = ACTIVATIONS[activation]
    known = {"smooth": beta != "", "phi(0) = 0": phi0 == "0", "odd": odd}
    by_construction = ("unit rows", "placement", "extremes", "ball", "square loss", "Lipschitz")
    return key in by_construction or known.get(key, False)


def sides(document: dict[str, Any]) -> tuple[arb, arb]:
    """(truth's lower ball, right side's ball) at the working precision."""
    claim = _dict(document["claim"], "name quantity assumptions definitions right_side", "claim")
    raw, quantity = document["subject"], _is(str, claim["quantity"], "quantity")
    kinds = {"network": network, "class": function_class, "values": numbers}
    kind = str(_is(dict, raw, "subject").get("kind"))
    require(kind in kinds, f"subject of kind {kind[:40]!r} is unknown")
    truth, values, activation = kinds[kind](raw, quantity)
    for key in _is(list, claim["assumptions"], "assumptions"):
        met = activation and meets(activation, _is(str, key, "assumptions"))
        require(met, f"assumption {key!r} is unknown, or {activation} does not meet it")
    for name, text in _is(dict, claim["definitions"], "definitions").items():
        require(name not in values, f"symbol {name!r} is defined twice")
        values[name] = evaluate(text, values)
    return truth, evaluate(claim["right_side"], values)


def check(path: str) -> tuple[bool, str]:
    """(confirmed?, one line for a reader); raises Rejected, see the contract."""
    require(__debug__, "assertions are stripped (python -O); run without -O")
    document = read(path)
    for ctx.prec in PRECISIONS:
        ctx.cap = 3  # power series a + b t + c t^2
        truth, right = sides(document)
        low, high = (end.str(15, radius=False) for end in (truth.lower(), right.upper()))
        line = f"truth >= {low}, right side <= {high}, {ctx.prec} bits"
        if truth.is_finite() and right.is_finite() and (truth > right or truth < right):
            return bool(truth > right), line
    return False, line


def main(arguments: list[str]) -> int:
    try:
        require(len(arguments) == 1, "usage: python -m verify.checker FILE")
        confirmed, line = check(arguments[0])
    except (Rejected, ZeroDivisionError, OverflowError, ValueError, RecursionError) as error:
        sys.stdout.write(f"REJECTED: {error}\n")
        return 2
    sys.stdout.write(f"{'CONFIRMED' if confirmed else 'NOT CONFIRMED'}: {line}\n")
    return 0 if confirmed else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
