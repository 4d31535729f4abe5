"""Claims in a few numbers: both sides are formulas."""

from __future__ import annotations

import math
from typing import Any

from benchmarks.claims.known import Known
from benchmarks.claims.places import Place, box

__all__ = ["SCALARS"]

_E = math.e
_ENTROPY = "-p*log(p) - (1 - p)*log(1 - p)"
_PINSKER = "p*log(p/q) + (1 - p)*log((1 - p)/(1 - q))"
_HOEFFDING = "log(p*exp((1 - p)*s) + (1 - p)*exp(-p*s))"
_TAIL = "sqrt(pi/2)*erfc(x/sqrt(2))"
_SECOND = "sqrt((1 - c**2)*(1 + 3*c**2))"


def _true(
    name: str, left: str, right: str, place: Place, source: str, *, of: float = 1.0, **more: Any
) -> Known:
    """A true claim, tight unless its supremum `of` is below 1."""
    return _known(name, True, left, right, place, source, of, more)


def _false(
    name: str, left: str, right: str, place: Place, source: str, of: float, **more: Any
) -> Known:
    return _known(name, False, left, right, place, source, of, more)


def _known(
    name: str,
    true: bool,
    left: str,
    right: str,
    place: Place,
    source: str,
    of: float,
    more: dict[str, Any],
) -> Known:
    return Known(
        name=name, kind="scalar", true=true, supremum=of, source=source, left=left, right=right,
        place=place, **more,
    )  # fmt: skip


_ON_R = box(x=("-oo", "oo"))
_HALF = box(x=(0, "oo"))
_PROBABILITY = box(p=(0, 1), open_ends=("p",))
_TWO = box(p=(0, 1), q=(0, 1), open_ends=("p", "q"))
_SIX = box(a=(0, 1), b=(0, 1), c=(0, 1), d=(0, 1), e=(0, 1), f=(0, 1))

_TIGHT = (
    _true("cosine", "1 - cos(x)", "x**2/2", box(x=(-10, 10)), "Taylor", reach="approached"),
    _true("log1p", "log(1 + x)", "x", box(x=(0, 10)), "concavity", reach="approached"),
    _true("log from below", "x/(1 + x)", "log(1 + x)", box(x=(0, 10)), "mean value theorem"),
    _true("tanh", "tanh(x)", "x", box(x=(0, 10)), "tanh' <= 1", reach="approached"),
    _true("tanh, absolute", "Abs(tanh(x))", "Abs(x)", box(x=(-10, 10)), "tanh' <= 1"),
    _true("arctan", "atan(x)", "x", box(x=(0, 100)), "atan' <= 1", reach="approached"),
    _true("erf", "erf(x)", "2*x/sqrt(pi)", box(x=(0, 5)), "erf' <= 2/sqrt(pi)"),
    _true("Mills from above", f"x*{_TAIL}", "exp(-x**2/2)", box(x=("1/100", 30)),
          "Gordon 1941; the ratio rises with x", of=0.99889257217491640),
    _true("Mills from below", "x*exp(-x**2/2)", f"(1 + x**2)*{_TAIL}", box(x=(0, 30)),
          "Gordon 1941", of=0.99999754719534996),
    _true("entropy from above", _ENTROPY, "log(2)", _PROBABILITY, "Jensen, equality at 1/2"),
    _true("entropy from below", _ENTROPY, "4*p*(1 - p)*log(2)", _PROBABILITY,
          "Topsoe 2001, equality at 1/2", sense=">="),
    _true("Pinsker", "2*(p - q)**2", _PINSKER, _TWO, "Pinsker; equality at p = q",
          reach="approached"),
    _true("Hoeffding", _HOEFFDING, "s**2/8", box(p=(0, 1), s=(-5, 5)), "Hoeffding 1963",
          reach="approached"),
    _true("Bernoulli", "1 + n*x", "(1 + x)**n", box(x=(-1, 3), n=(1, 12)), "Bernoulli"),
    _true("log-sum-exp from above", "log(exp(x) + exp(y))", "Max(x, y) + log(2)",
          box(x=(0, 3), y=(0, 3)), "equality on x = y"),
    _true("log-sum-exp from below", "Max(x, y)", "log(exp(x) + exp(y))", box(x=(0, 9), y=(0, 9)),
          "the ratio is x/log(e^x + 1) at (9, 0)", of=9 / math.log(math.exp(9) + 1)),
    _true("AM-GM, two", "sqrt(x*y)", "(x + y)/2", box(x=(0, 5), y=(0, 5)), "equality on x = y"),
    _true("AM-GM, three", "(x*y*z)**(1/3)", "(x + y + z)/3", box(x=(0, 5), y=(0, 5), z=(0, 5)),
          "equality on x = y = z"),
    _true("Young", "x*y", "x**3/3 + 2*y**(3/2)/3", box(x=(0, 3), y=(0, 3)), "equality at y = x^2"),
    _true("Jordan", "2*x/pi", "sin(x)", box(x=(0, "pi/2")), "concavity, both ends"),
    _true("exponential", "1 + x", "exp(x)", _ON_R, "convexity", reach="attained"),
    _true("hyperbolic cosine", "cosh(x)", "exp(x**2/2)", box(x=(-20, 20)), "term by term"),
    _true("softplus from above", "log(1 + exp(x))", "Max(x, 0) + log(2)", box(x=(-20, 20)),
          "equality at 0"),
    _true("softplus from below", "Max(x, 0)", "log(1 + exp(x))", box(x=(-20, 20)),
          "log(1 + e^-x) is positive", of=0.99999999989694232),
    _true("normalization, second derivative", _SECOND, "2/sqrt(3)", box(c=(0, 1)),
          "Lemma normalization_second: equality at c^2 = 1/3"),
    _true("sine, third order", "x - x**3/6", "sin(x)", box(x=(0, 3)), "Taylor"),
    _true("Cusa", "3*sin(x)", "x*(2 + cos(x))", box(x=(0, "pi/2")), "Cusa-Huygens"),
    _true("Huygens", "3*x", "2*sin(x) + tan(x)", box(x=(0, "3/2")), "Huygens"),
    _true("square root", "sqrt(1 + x)", "1 + x/2", box(x=(-1, 10)), "concavity"),
    _true("two sines", "sin(7*x) + sin(11*x)", "2", box(x=(0, "2*pi")), "equality at 3 pi/2"),
    _true("corner of a cube", "a + b + c + d + e + f", "6", _SIX, "equality at the corner"),
    _true("logistic slope", "exp(x)/(1 + exp(x))**2", "1/4", box(x=(-30, 30)), "equality at 0"),
    _true("tanh curvature", "tanh(x)/cosh(x)**2", "2/(3*sqrt(3))", box(x=(0, 20)),
          "T5: tanh^2 = 1/3"),
    _true("compound interest", "(1 + 1/n)**n", "exp(1)", box(n=(1, 1000)), "increasing in n",
          of=(1 + 1e-3) ** 1000 / _E),
    _true("arctan to pi/2", "atan(x)", "pi/2", _HALF, "limit at infinity", reach="at infinity"),
    _true("tanh to 1", "tanh(x)", "1", _ON_R, "limit at infinity", reach="at infinity"),
    _true("erf to 1", "erf(x)", "1", _HALF, "limit at infinity", reach="at infinity"),
    _true("distribution", "1 - exp(-x)", "1", _HALF, "limit at infinity", reach="at infinity"),
    _true("quotient", "x/(1 + x)", "1", _HALF, "limit at infinity", reach="at infinity"),
)  # fmt: skip

_SLACK = (
    _true("sine times cosine", "sin(x)*cos(x)", "3/5", box(x=(0, 10)), "at pi/4", of=5 / 6),
    _true("x exp(-x)", "x*exp(-x)", "2/5", _HALF, "at x = 1", of=2.5 / _E),
    _true("x^2 exp(-x)", "x**2*exp(-x)", "3/5", box(x=(0, 50)), "at x = 2", of=4 / _E**2 / 0.6),
    _true("logarithm", "log(x)", "x/2", box(x=(1, 1000)), "at e", of=2 / _E),
    _true("parabola", "x*(1 - x)", "3/10", box(x=(0, 1)), "at 1/2", of=5 / 6),
    _true("four sines", "sin(5*a)*sin(7*b)*sin(3*c)*sin(9*d)", "11/10",
          box(a=(0, 1), b=(0, 1), c=(0, 1), d=(0, 1)), "each factor reaches 1", of=10 / 11),
)  # fmt: skip

_WRONG = (
    _false("cosine x 0.99", "1 - cos(x)", "99*x**2/200", box(x=(-10, 10)), "Taylor", 100 / 99,
           witness={"x": 0.01}, reach="approached"),
    _false("log1p x 0.99", "log(1 + x)", "99*x/100", box(x=(0, 10)), "slope 1 at 0", 100 / 99,
           witness={"x": 0.001}),
    _false("tanh, cubic", "tanh(x)", "x - x**3/3 + 2*x**5/15 - 17*x**7/315", box(x=(0, 1)),
           "an alternating series cut after a negative term; at x = 1",
           math.tanh(1) / (1 - 1 / 3 + 2 / 15 - 17 / 315), witness={"x": 1.0}),
    _false("erf x 0.99", "erf(x)", "99*2*x/(100*sqrt(pi))", box(x=(0, 5)), "slope at 0", 100 / 99,
           witness={"x": 0.01}),
    _false("Mills, wrong power", f"x**2*{_TAIL}", "exp(-x**2/2)", box(x=("1/100", 30)),
           "x times the Mills ratio tends to 1", 30 * 0.99889257217491640, witness={"x": 2.0}),
    _false("entropy, log 1.99", _ENTROPY, "log(199/100)", _PROBABILITY, "at 1/2",
           math.log(2) / math.log(1.99), witness={"p": 0.5}),
    _false("entropy from below x 1.01", _ENTROPY, "101*p*(1 - p)*log(2)/25", _PROBABILITY,
           "at 1/2", 1.01, sense=">=", witness={"p": 0.5}),
    _false("Pinsker, 2.02", "101*(p - q)**2/50", _PINSKER, _TWO, "near p = q = 1/2", 1.01,
           witness={"p": 0.5, "q": 0.515625}, reach="approached"),
    _false("Hoeffding, 8.08", _HOEFFDING, "25*s**2/202", box(p=(0, 1), s=(-5, 5)),
           "near s = 0, p = 1/2", 1.01, witness={"p": 0.5, "s": 0.125}, reach="approached"),
    _false("Bernoulli, widened", "1 + n*x", "(1 + x)**n", box(x=(-5, 3), n=(1, 12)),
           "(1 + x)^3 = -27 < -11 at x = -4", math.inf, witness={"x": -4.0, "n": 3.0}),
    _false("log-sum-exp, 0.69", "log(exp(x) + exp(y))", "Max(x, y) + 69/100",
           box(x=(0, 3), y=(0, 3)), "at 0", math.log(2) / 0.69, witness={"x": 0.0, "y": 0.0}),
    _false("AM-GM x 0.999", "sqrt(x*y)", "999*(x + y)/2000", box(x=(0, 5), y=(0, 5)), "x = y",
           1000 / 999, witness={"x": 1.0, "y": 1.0}),
    _false("AM-GM, three x 0.99", "(x*y*z)**(1/3)", "33*(x + y + z)/100",
           box(x=(0, 5), y=(0, 5), z=(0, 5)), "x = y = z", 100 / 99,
           witness={"x": 1.0, "y": 1.0, "z": 1.0}),
    _false("Young, wrong exponent", "x*y", "x**3/3 + 2*y**2/3", box(x=(0, 3), y=(0, 3)),
           "for fixed y the ratio is largest at x^3 = y^2: y^(2/3) y/y^2, unbounded at 0", math.inf,
           witness={"x": 0.1, "y": 0.05}),
    _false("Jordan, widened", "2*x/pi", "sin(x)", box(x=(0, "17/10")), "at 1.7",
           3.4 / math.pi / math.sin(1.7), witness={"x": 1.7}),
    _false("exponential, 1 + 1.01 x", "1 + 101*x/100", "exp(x)", _ON_R, "at log 1.01",
           (1 + 1.01 * math.log(1.01)) / 1.01, witness={"x": 0.01}),
    _false("hyperbolic cosine, 0.49", "cosh(x)", "exp(49*x**2/100)", box(x=(-20, 20)),
           "1 + x^2/2 against 1 + 0.49 x^2; the largest ratio on a grid of 1/2000, in balls",
           1.0003049334207, witness={"x": 0.25}),
    _false("softplus, 0.69", "log(1 + exp(x))", "Max(x, 0) + 69/100", box(x=(-20, 20)), "at 0",
           math.log(2) / 0.69, witness={"x": 0.0}),
    _false("normalization with 1.15", _SECOND, "23/20", box(c=(0, 1)), "2/sqrt(3) > 1.15",
           2 / math.sqrt(3) / 1.15, witness={"c": 0.578125}),
    _false("two sines, 1.99", "sin(7*x) + sin(11*x)", "199/100", box(x=(0, "2*pi")),
           "2 at 3 pi/2", 200 / 199, witness={"x": 4.712388980384690}),
    _false("corner of a cube, 5.99", "a + b + c + d + e + f", "599/100", _SIX, "the corner",
           600 / 599, witness=dict.fromkeys("abcdef", 1.0)),
    _false("needle", "exp(-10**6*(x - 37/100)**2)", "9/10", box(x=(0, 1)), "1 at 0.37", 10 / 9,
           witness={"x": 0.37}),
    _false("four sines, 0.999", "sin(5*a)*sin(7*b)*sin(3*c)*sin(9*d)", "999/1000",
           box(a=(0, 1), b=(0, 1), c=(0, 1), d=(0, 1)), "each factor reaches 1", 1000 / 999,
           witness={"a": 0.31415926535897931, "b": 0.22439947525641379,
                    "c": 0.52359877559829882, "d": 0.17453292519943295}),
    _false("compound interest, 2.716", "(1 + 1/n)**n", "2716/1000", box(n=(1, 1000)), "n = 1000",
           (1 + 1e-3) ** 1000 / 2.716, witness={"n": 1000.0}),
)  # fmt: skip

SCALARS: tuple[Known, ...] = (*_TIGHT, *_SLACK, *_WRONG)
