"""True claims in formulas are proved on their whole domain; false variants never are."""

from __future__ import annotations

import pickle

import pytest
import sympy as sp
import torch
from flint import arb

import verify
from benchmarks.claims.table import BENCH
from tests.verify.prove.by_hand import claim
from verify import checker
from verify.counterexample.confirm import Confirmation
from verify.prove.certificate import Certificate

R = ("-oo", "oo")
UP = (0, "oo")
ENTROPY = "-p*log(p) - (1 - p)*log(1 - p)"
PINSKER = "p*log(p/q) + (1 - p)*log((1 - p)/(1 - q))"
HOEFFDING = "log(p*exp((1 - p)*s) + (1 - p)*exp(-p*s))"
TAIL = "sqrt(pi/2)*erfc(x/sqrt(2))"
OPEN = ["p > 0", "p < 1", "q > 0", "q < 1"]

#: left, sense, right, box, conditions
QUICK = {
    "cosine on R": ("1 - cos(x)", "<=", "x**2/2", {"x": R}, ()),
    "log1p": ("log(1 + x)", "<=", "x", {}, ["x > -1"]),
    "tanh": ("tanh(x)", "<=", "x", {"x": UP}, ()),
    "erf": ("erf(x)", "<=", "2*x/sqrt(pi)", {"x": UP}, ()),
    "Mills from above": (TAIL, "<=", "exp(-x**2/2)/x", {}, ["x > 0"]),
    "entropy from above": (ENTROPY, "<=", "log(2)", {}, OPEN[:2]),
    "Pinsker": ("2*(p - q)**2", "<=", PINSKER, {}, OPEN),
    "two sides are one": ("sin(x)**2 + cos(x)**2", "==", "1", {"x": R}, ()),
    "Jordan": ("sin(x)", ">=", "2*x/pi", {"x": (0, "pi/2")}, ()),
    "exponential": ("exp(x)", ">=", "1 + x", {"x": R}, ()),
    "AM-GM": ("sqrt(x*y)", "<=", "(x + y)/2", {"x": (0, 5), "y": (0, 5)}, ()),
    "angle": ("atan(x)", "<=", "pi/2", {"x": R}, ()),
    "error function": ("erf(x)", "<=", "1", {"x": R}, ()),
    "distribution": ("1 - exp(-x)", "<=", "1", {"x": UP}, ()),
    "quotient": ("x/(1 + x)", "<=", "1", {"x": UP}, ()),
}
SLOW = {
    "angle, half line": ("atan(x)", "<=", "pi/2", {"x": UP}, ()),
    "angles": ("atan(x) + atan(1/x)", "<=", "pi/2", {"x": (1, "oo")}, ()),
    "tanh to 1": ("tanh(x)", "<=", "1", {"x": R}, ()),
    "tanh to -1": ("-1", "<=", "tanh(x)", {"x": R}, ()),
    "sigmoid": ("1/(1 + exp(-x))", "<=", "1", {"x": R}, ()),
    "tanh of two": ("tanh(x)*tanh(y)", "<=", "1", {"x": UP, "y": UP}, ()),
    "absolute tanh": ("Abs(tanh(x))", "<=", "Abs(x)", {"x": R}, ()),
    "log from below": ("x/(1 + x)", "<=", "log(1 + x)", {}, ["x > -1"]),
    "Mills from below": ("x*exp(-x**2/2)/(1 + x**2)", "<=", TAIL, {"x": UP}, ()),
    "entropy from below": (ENTROPY, ">=", "4*p*(1 - p)*log(2)", {}, OPEN[:2]),
    "Hoeffding": (HOEFFDING, "<=", "s**2/8", {"p": (0, 1), "s": R}, ()),
    "log-sum-exp": ("log(exp(x) + exp(y))", "<=", "Max(x, y) + log(2)", {"x": R, "y": R}, ()),
    "log-sum-exp, below": ("Max(x, y)", "<=", "log(exp(x) + exp(y))", {"x": R, "y": R}, ()),
    "AM-GM, three": ("(x*y*z)**(1/3)", "<=", "(x + y + z)/3", dict.fromkeys("xyz", UP), ()),
    "Young": ("x*y", "<=", "x**3/3 + 2*y**(3/2)/3", {"x": UP, "y": UP}, ()),
    "cosh on R": ("cosh(x)", "<=", "exp(x**2/2)", {"x": R}, ()),
    "softplus": ("log(1 + exp(x))", "<=", "Max(x, 0) + log(2)", {"x": R}, ()),
    "softplus, below": ("Max(x, 0)", "<=", "log(1 + exp(x))", {"x": R}, ()),
    "normalization": ("sqrt((1 - c**2)*(1 + 3*c**2))", "<=", "2/sqrt(3)", {"c": (-1, 1)}, ()),
}
FALSE = {
    "cosine": ("1 - cos(x)", "<=", "99*x**2/200", {"x": (-10, 10)}, ()),
    "cosine, exponent": ("1 - cos(x)", "<=", "Abs(x)**3/2", {"x": (-1, 1)}, ()),
    "log1p": ("log(1 + x)", "<=", "99*x/100", {"x": UP}, ()),
    "tanh, widened": ("tanh(x)", "<=", "x", {"x": (-1, 1)}, ()),
    "erf": ("erf(x)", "<=", "99*2*x/(100*sqrt(pi))", {"x": UP}, ()),
    "Mills": (TAIL, "<=", "99*exp(-x**2/2)/(100*x)", {}, ["x > 0"]),
    "entropy": (ENTROPY, "<=", "log(199/100)", {}, OPEN[:2]),
    "Pinsker": ("101*(p - q)**2/50", "<=", PINSKER, {"p": ("1/4", "3/4"), "q": ("1/4", "3/4")}, ()),
    "Jordan, widened": ("sin(x)", ">=", "2*x/pi", {"x": (0, "17/10")}, ()),
    "exponential": ("exp(x)", ">=", "1 + 101*x/100", {"x": R}, ()),
    "AM-GM": ("sqrt(x*y)", "<=", "999*(x + y)/2000", {"x": (0, 5), "y": (0, 5)}, ()),
    "an identity": ("sin(x)**2 + cos(x)**2", "==", "1 + x/10**9", {"x": (-1, 1)}, ()),
    "normalization": ("sqrt((1 - c**2)*(1 + 3*c**2))", "<=", "23/20", {"c": (-1, 1)}, ()),
    "softplus": ("log(1 + exp(x))", "<=", "Max(x, 0) + 69/100", {"x": R}, ()),
    "angle": ("atan(x)", "<=", "157/100", {"x": R}, ()),
    "angle, too near": ("atan(x)", "<=", "pi/2 - 1/10**9", {"x": UP}, ()),
    "error function": ("erf(x)", "<=", "1 - 1/10**9", {"x": R}, ()),
    "quotient": ("x/(1 + x)", "<=", "1 - 1/10**9", {"x": UP}, ()),
}

XY = {"x": R, "y": R}
LSE3 = "log(exp(x) + exp(y) + exp(z))"
ERFC = "erfc(x)"
#: Relatives on infinite domains: equality at infinity, tails, roots beside exponentials.
FAMILIES = {
    "softplus of both signs": ("Abs(x)", "<=", "log(1+exp(x))+log(1+exp(-x))", {"x": R}, ()),
    "log-sum-exp of three, below": ("Max(x, y, z)", "<=", LSE3, XY | {"z": R}, ()),
    "log-sum-exp of three": (LSE3, "<=", "Max(x, y, z) + log(3)", XY | {"z": R}, ()),
    "log-sum-exp, Jensen": ("(x + y)/2 + log(2)", "<=", "log(exp(x) + exp(y))", XY, ()),
    "log-sum-exp, Lipschitz": (
        "log(exp(x) + exp(y)) - log(exp(u) + exp(v))",
        "<=",
        "Max(x - u, y - v)",
        XY | {"u": R, "v": R},
        (),
    ),
    "softplus, parabola": ("log(1+exp(x))", "<=", "log(2) + x/2 + x**2/8", {"x": R}, ()),
    "softplus, near": ("log(1+exp(x))", "<=", "Max(x, 0) + exp(-Abs(x))", {"x": R}, ()),
    "logistic, Lipschitz": ("Abs(1/(1+exp(-x)) - 1/2)", "<=", "Abs(x)/4", {"x": R}, ()),
    "Mills, Birnbaum": ("2*exp(-x**2/2)/(x + sqrt(x**2+4))", "<=", TAIL, {"x": UP}, ()),
    "Mills, Komatsu": (TAIL, "<=", "2*exp(-x**2/2)/(x + sqrt(x**2+2))", {"x": UP}, ()),
    "Mills, two terms": ("exp(-x**2/2)*(1/x - 1/x**3)", "<=", TAIL, {}, ["x > 0"]),
    "Gaussian tail": (TAIL, "<=", "sqrt(pi/2)*exp(-x**2/2)", {"x": UP}, ()),
    "erfc": (ERFC, "<=", "exp(-x**2)", {"x": UP}, ()),
    "erfc, quotient": (ERFC, "<=", "exp(-x**2)/(x*sqrt(pi))", {}, ["x > 0"]),
    "erf, square": ("1 - exp(-x**2)", "<=", "erf(x)**2", {"x": UP}, ()),
    "erf, root": ("sqrt(1 - exp(-x**2))", "<=", "erf(x)", {"x": UP}, ()),
    "log(1 + x), Pade": ("log(1 + x)", "<=", "x*(6 + x)/(6 + 4*x)", {"x": UP}, ()),
    "expm1": ("Abs(exp(x) - 1)", "<=", "exp(Abs(x)) - 1", {"x": R}, ()),
    "arsinh, log": ("asinh(x)", "<=", "log(1 + 2*x)", {"x": UP}, ()),
    "arsinh, log1p": ("log(1 + x)", "<=", "asinh(x)", {"x": UP}, ()),
    "log cosh": ("Abs(x) - log(2)", "<=", "log(cosh(x))", {"x": R}, ()),
    "tanh, tail": ("1 - 2*exp(-2*x)", "<=", "tanh(x)", {"x": UP}, ()),
    "GELU": ("-17/100", "<=", "x*(1 + erf(x/sqrt(2)))/2", {"x": R}, ()),
    "swish": ("-279/1000", "<=", "x/(1 + exp(-x))", {"x": R}, ()),
    "quotient and root": ("x/sqrt(1 + x**2)", "<=", "1", {"x": R}, ()),
    "two roots": ("sqrt(x)", "<=", "sqrt(x + 1)", {"x": UP}, ()),
}
SLOW |= FAMILIES
NEIGHBOURS = {
    "softplus of both signs": (
        "101*Abs(x)/100",
        "<=",
        "log(1+exp(x))+log(1+exp(-x))",
        {"x": R},
        (),
    ),
    "log-sum-exp of three, below": ("Max(x, y, z) + 1/10**6", "<=", LSE3, XY | {"z": R}, ()),
    "log-sum-exp of three": (LSE3, "<=", "Max(x, y, z) + 109/100", XY | {"z": R}, ()),
    "softplus at infinity": ("Max(x, 0) + 1/10**9", "<=", "log(1 + exp(x))", {"x": R}, ()),
    "softplus, parabola": ("log(1+exp(x))", "<=", "log(2) + x/2 + 31*x**2/256", {"x": R}, ()),
    "Mills, Birnbaum": ("2*exp(-x**2/2)/(x + sqrt(x**2+39/10))", "<=", TAIL, {"x": UP}, ()),
    "Mills, Komatsu": (TAIL, "<=", "2*exp(-x**2/2)/(x + sqrt(x**2+13/5))", {"x": UP}, ()),
    "Mills from below": ("x*exp(-x**2/2)/(9/10+x**2)", "<=", TAIL, {"x": UP}, ()),
    "Mills, far": (TAIL, "<=", "exp(-x**2/2)*(1/x - 1/x**3 + 29/(10*x**5))", {}, ["x > 0"]),
    "erfc, far": (ERFC, "<=", "exp(-101*x**2/100)", {"x": UP}, ()),
    "erf, square": ("erf(x)**2", "<=", "1 - exp(-5*x**2/4)", {"x": UP}, ()),
    "log(1 + x), Pade": ("log(1 + x)", "<=", "x*(6 + x)/(6 + 41*x/10)", {"x": UP}, ()),
    "root": ("log(1 + x)", "<=", "x**(3/10)", {"x": UP}, ()),
    "arsinh, log": ("asinh(x)", "<=", "log(1 + 19*x/10)", {"x": UP}, ()),
    "log cosh": ("Abs(x) - 69/100", "<=", "log(cosh(x))", {"x": R}, ()),
    "GELU": ("-1699/10000", "<=", "x*(1 + erf(x/sqrt(2)))/2", {"x": R}, ()),
    "swish": ("-278/1000", "<=", "x/(1 + exp(-x))", {"x": R}, ()),
    "quotient and root": ("x/sqrt(1 + x**2)", "<=", "1 - 1/10**9", {"x": R}, ()),
}


def tried(entry, seconds=20.0):
    left, sense, right, box, where = entry
    return verify.prove(claim(left, right, sense, where), box=box, seconds=seconds)


@pytest.mark.parametrize("name", QUICK)
def test_a_true_claim_is_proved_and_its_certificate_is_accepted_by_the_checker(name):
    found = tried(QUICK[name])
    assert found.proved, str(found)
    assert found.verdict is verify.Verdict.PROVED
    assert "on the whole domain, by branch and bound in ball arithmetic" in found.sentence


@pytest.mark.slow
@pytest.mark.parametrize("name", SLOW)
def test_a_harder_true_claim_is_proved_too(name):
    found = tried(SLOW[name], 120.0)
    assert found.proved, str(found)


@pytest.mark.parametrize("name", FALSE)
def test_a_false_variant_is_not_proved(name):
    found = tried(FALSE[name], 1.0)
    assert not found.proved
    assert found.certificate is None
    assert found.reason


@pytest.mark.slow
@pytest.mark.parametrize("name", NEIGHBOURS)
def test_a_false_neighbour_on_an_infinite_domain_is_not_proved(name):
    found = tried(NEIGHBOURS[name], 5.0)
    assert not found.proved
    assert found.certificate is None


@pytest.mark.slow
@pytest.mark.parametrize("known", [k for k in BENCH if k.is_formula], ids=lambda k: k.name)
def test_no_false_claim_of_the_bench_is_proved_and_no_true_one_refuted(known):
    found = verify.prove(known.claim(), seconds=10.0)
    assert not (found.proved and not known.true)
    assert not (found.verdict is verify.Verdict.VIOLATED and known.true)


@pytest.mark.parametrize("left, right", [
    ("x/sqrt(1 + x**2)", "1"), ("x", "log(1 + exp(x))"), ("sqrt(x)", "sqrt(x + 1)"),
])  # fmt: skip
def test_a_limit_that_the_checker_does_not_follow_is_no_certificate(left, right):
    found = verify.prove(claim(left, right), box={"x": UP}, seconds=2.0)
    assert found.proved or ("checker" not in found.reason and found.certificate is None)


@pytest.mark.parametrize("text, sign, found", [
    ("x - x", 1, "0"), ("x/x", 1, "1"), ("exp(-x)*x", 1, "0"), ("sin(x)", 1, None),
    ("x**2 - 1/x", -1, 1), ("x**3 + 7", -1, -1), ("-x**3", 1, -1), ("(1 + x**2)**(-1/2)", -1, "0"),
    ("3 - atan(x)/pi", 1, "5/2"), ("tanh(x)", -1, "-1"), ("y/(1 + 1/x)", 1, "y"),
    ("(y - 2)*x", 1, None), ("(y - 2)/x", 1, "0"), ("(y + 1)*x", 1, 1),
    ("log(1 + 1/x)", 1, "log(1)"), ("log(1/x)", 1, -1), ("exp(-x)**y", 1, None),
    ("(1/x)**(-1)", 1, 1), ("(-x)**(1/2)", 1, None),
    ("x*sin(x)", 1, None), ("sin(x)/x", 1, None), ("exp(y*x)", 1, None),
    ("exp(x + 1/x)/exp(x)", 1, "1"),
    ("x*exp(-x**2/2)/(1 + x**2)", 1, "0"), ("x*sqrt(x + 1)/exp(x)", 1, "0"), ("x/log(x)", 1, 1),
    ("x*(1/x - 1/(x + 1))", 1, None), ("x - sqrt(x**2 + 1)", 1, None), ("log(log(x))/x", 1, None),
    ("x*erfc(x)", 1, "0"), ("exp(x**2)*erfc(x)", 1, "0"), ("x*exp(x**2)*erfc(x)", 1, "1/sqrt(pi)"),
    ("x*erfc(x)", -1, -1), ("exp(x**2)*erfc(x)", -1, 1), ("exp(9*x - x**2)", 1, "0"),
    ("x*log(1 + 2/x)", 1, "2"),
    ("x*tanh(1/x)", 1, "1"), ("x*erf(1/x)", -1, "2/sqrt(pi)"), ("x*cos(1/x)", -1, -1),
    ("x/asinh(x)", -1, 1), ("cosh(x)*exp(-x)", 1, "1/2"), ("sinh(x)*exp(x)", -1, "-1/2"),
    ("log(x)**5/sqrt(x)", 1, "0"), ("log(1 + exp(x))/x", 1, "1"), ("log(1 + exp(x))/x", -1, "0"),
    ("exp((y + 1)*x)/x**9", 1, 1), ("exp(x*y - x*y)*x/(x + y)", 1, "1"), ("Max(x, 1)/x", 1, None),
    ("exp(x*log(x))/exp(x**2)", 1, None), ("(x + y)**2 - x**2", 1, None), ("x**y", 1, None),
    ("(x + y + 1)**2 - x**2", 1, 1), ("atan(x)*x", -1, 1), ("Abs(1 - x)/x", 1, "1"),
])  # fmt: skip
def test_the_checkers_limits_at_infinity_are_right_or_none(text, sign, found):
    """y lies in [0, 3], so y - 2 has no sign and y + 1 has one."""
    tree, limits = (checker.loaded(f"prove/recheck_{n}.py") for n in ("tree", "limit"))
    y = limits.ranges.made(arb(0), arb(3))
    ring = checker.loaded("prove/recheck_normal.py").Ring(frozenset())
    limit = limits.at_infinity(tree.parse(text, ("x", "y")), "x", sign, {"y": y}, ring)
    if not isinstance(found, str):
        assert limit == found
    else:
        assert ring.same(limit, tree.parse(found, ("y",)))


def test_a_counterexample_met_on_the_way_is_one_for_the_court():
    found = tried(FALSE["entropy"])
    assert found.verdict is verify.Verdict.VIOLATED
    assert found.best_ratio > 1
    assert 0 < found.point["p"] < 1


def test_the_result_travels_and_says_what_it_is(tmp_path):
    found = tried(QUICK["tanh"])
    again = pickle.loads(pickle.dumps(found))
    assert (again.certificate, again.proved) == (found.certificate, True)
    path = found.certificate.save(tmp_path / "tanh.json")
    assert verify.load_certificate(path) == found.certificate
    assert verify.confirm(path).confirmed


def test_whole_numbers_are_taken_one_by_one():
    left, right, box = "1 + n*x", "(1 + x)**n", {"x": (-1, 3), "n": (1, 4)}
    assert verify.prove(claim(left, right, n={"integer": True}), box=box).proved
    wider = {"x": (-5, 3), "n": (1, 4)}
    assert not verify.prove(claim(left, right, n={"integer": True}), box=wider, seconds=1).proved
    half = {"x": (-1, 3), "n": ("1/2", 4)}
    assert verify.prove(claim(left, right, n={"integer": True}), box=half).proved
    assert not verify.prove(claim(left, right), box=half, seconds=2).proved, "n = 1/2 is in it"


def test_conditions_leave_boxes_out():
    box = {"x": (0, 2), "y": (0, 2)}
    assert verify.prove(claim("x*y", "1", where=["x + y <= 19/10"]), box=box).proved
    assert not verify.prove(claim("x*y", "1", where=["x + y <= 21/10"]), box=box, seconds=1).proved


def test_investigate_says_whether_it_is_proved():
    right = claim("tanh(x)", "x", where=["x >= 0"])
    found = verify.investigate(right, evaluations=300)
    assert found.proof is not None
    assert found.proof.proved
    assert "made: proved (on the whole domain" in str(found)
    open_claim = claim("sin(1/x)*x", "x", where=["x >= 0"])
    found = verify.investigate(open_claim, evaluations=300)
    assert "not proved" in str(found)


@pytest.mark.parametrize("sense, left, right", [
    ("<=", "x", "9*x/10"), (">=", "9*x/10", "x"),  # violated everywhere
    ("<=", "x", "19/10"), (">=", "x", "11/10"),  # at one end of the interval alone
])  # fmt: skip
def test_the_counterexample_of_either_sense_is_met(sense, left, right):
    found = verify.prove(claim(left, right, sense), box={"x": (1, 2)}, seconds=1.0)
    assert not found.proved
    assert found.counterexample is not None
    assert found.best_ratio > 1


def test_what_the_checker_refuses_is_not_proved(monkeypatch):
    """The search believes in its certificate; the word is the checker's."""
    refused = Confirmation(False, False, "NOT CONFIRMED: no")
    monkeypatch.setattr(Certificate, "check", lambda self, **_: refused)
    found = tried(QUICK["exponential"])
    assert not found.proved
    assert "NOT CONFIRMED" in found.reason


@pytest.mark.parametrize("text", ["0.99999999999999999999", "1e-400"])
def test_a_number_of_more_digits_than_a_float_is_proved_as_it_is(text):
    """0.99999999999999999999 is no float; rounded to 1, x <= it was proved on [0, 1]."""
    x = sp.Symbol("x", real=True)
    top = 0 if text == "1e-400" else 1
    limit = sp.Float(text, 30) if top else -sp.Float(text, 30)
    at = verify.domain.scalar(0, 1)
    wrong = verify.Claim.of("digits", x - 1 + top, limit, domain={"x": at}, where=[x <= 1])
    assert not verify.prove(wrong, seconds=5).proved


def test_a_point_off_the_set_or_the_equation_is_no_violation():
    """The box of a proof is larger than a sphere or a line: what fails outside refutes nothing."""
    a, b = sp.symbols("a b", nonnegative=True)
    A = sp.MatrixSymbol("A", 2, 1)
    numbers = {"a": verify.domain.scalar(0, 1), "b": verify.domain.scalar(0, 1)}

    def on_line(generator, count):
        share = torch.randint(0, 257, (count,), generator=generator).double() / 256
        return {"a": share, "b": 1 - share}

    line = verify.Claim.of("line", a * b, sp.Rational(1, 4), sampler=on_line,
                           where=[sp.Eq(a + b, 1)])  # fmt: skip
    sphere = {"A": verify.domain.sphere(2)}
    circle = verify.Claim.of("circle", A[0, 0] + A[1, 0], sp.Rational(3, 2), domain=sphere)
    for true in (line, circle):
        proof = verify.prove(true, seconds=2, boxes=50)
        assert proof.verdict is verify.Verdict.UNDECIDED
    wrong = verify.Claim.of("box", a * b, sp.Rational(1, 4), domain=numbers)
    assert verify.prove(wrong, seconds=2, boxes=50).verdict is verify.Verdict.VIOLATED
