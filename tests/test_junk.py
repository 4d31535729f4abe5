"""Junk at any public door is refused in the project's own words, or taken for what it is.

Every argument of every public function is replaced in turn by things that are no input; what comes
out is a value or an error of the room that names an argument, never Python's or torch's own.
"""

from __future__ import annotations

import contextlib
import inspect
import math
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import pytest
import sympy as sp
import torch

import bounds
import numerics
import verify
from bounds import BoundsError
from numerics import NumericsError, WeightNormNetwork
from verify import Claim, VerifyError, domain

OWN = (BoundsError, NumericsError, VerifyError)
_ONE = torch.ones(3, dtype=torch.float64)
#: Nothing takes the first two; the rest is something to some argument, and nothing to most.
JUNK: dict[str, Any] = {
    "an object": object(),
    "a module": math,
    "None": None,
    "text": "zzz",
    "empty text": "",
    "NaN": math.nan,
    "infinity": math.inf,
    "negative": -1,
    "zero": 0,
    "huge": 10**400,
    "a complex number": 1j,
    "empty list": [],
    "empty dict": {},
    "bytes": b"x",
    "a function": len,
    "float32": _ONE.float() / 0.0,
    "integers": torch.ones(3, dtype=torch.int64),
    "a complex tensor": torch.ones(3, dtype=torch.complex128),
    "another shape": torch.ones(2, 7, 1, 5, dtype=torch.float64),
    "empty tensor": torch.ones(0, 3, dtype=torch.float64),
    "no axes": torch.tensor(1.0, dtype=torch.float64),
    "NaN tensor": _ONE * math.nan,
    "a list of None": [None],
}
NEVER = ("an object", "a module")


def line(generator, count):
    return {"x": torch.rand(count, generator=generator, dtype=torch.float64)}


@cache
def things() -> Mapping[str, Any]:
    """What valid calls are made of."""
    x = sp.Symbol("x", nonnegative=True)
    network = WeightNormNetwork.random((3, 2), "tanh", seed=0)
    claim = Claim.of("junk", x**2, x + 1, domain={"x": domain.scalar(0, 1)})
    case = verify.sample_case({"x": torch.ones(1, dtype=torch.float64)})
    return {
        "x": x,
        "network": network,
        "direction": torch.ones(network.parameters, dtype=torch.float64),
        "claim": claim,
        "case": case,
        "bound": bounds.get("gradient"),
        "module": torch.nn.Linear(3, 1).double(),
    }


def network_doors() -> dict[str, tuple[Callable[..., Any], dict[str, Any]]]:
    """The functions of a network, whose arguments have the same name everywhere."""
    given = {"network": things()["network"], "x": _ONE, "y": _ONE[:1], "inputs": _ONE.reshape(1, 3),
             "targets": _ONE[:1], "direction": things()["direction"], "b": 1.0,
             "signs": _ONE[:1], "t": _ONE, "h": _ONE.reshape(1, 3), "scale": 1.0,
             "activation": "tanh", "widths": (3, 2), "nu": 1.0, "seed": 0, "restarts": 1,
             "steps": 1, "chunk": 4, "name": "tanh", "tolerance": 0.1,
             "relative_width": 0.1, "dim": -1}  # fmt: skip
    found = {}
    for name in numerics.__all__:
        door = getattr(numerics, name)
        if inspect.isfunction(door):
            asked = inspect.signature(door).parameters
            found[f"numerics.{name}"] = (door, {k: given[k] for k in asked if k in given})
    many = {"networks": [given["network"]], "inputs": [_ONE], "relative_width": 0.1}
    return found | {"numerics.hessian_norms": (numerics.hessian_norms, many)}


def doors() -> dict[str, tuple[Callable[..., Any], dict[str, Any]]]:
    t = things()
    claim, case, x, bound = t["claim"], t["case"], t["x"], t["bound"]
    network = {"widths": (3, 2), "activation": "tanh", "seed": 0}
    of = {"name": "junk", "quantity": x**2, "right_side": x + 1, "sampler": line, "where": [],
          "sense": "<=", "measures": None, "assumptions": (), "level": "input", "latex": "x",
          "source": "me", "tolerance": 0.0, "rounding": 1e-12}  # fmt: skip
    within = {"name": "junk", "quantity": x**2, "right_side": x + 1,
              "domain": {"x": domain.scalar(0, 1)}, "dimensions": ()}  # fmt: skip
    about = {"name": "junk", "module": t["module"], "quantity": "output", "right_side": 99,
             "inputs": {"x": domain.sphere(3)}, "parameters": None, "output": 0, "loss": None,
             "measures": None, "rounding": 1e-12, "tolerance": 0.0}  # fmt: skip
    return network_doors() | {
        "random": (WeightNormNetwork.random, {**network, "batch": 2, "dtype": torch.float64,
                                              "device": "cpu", "v_norm": 1.0}),
        "from_module": (WeightNormNetwork.from_module, {"module": t["module"]}),
        "Claim.of": (Claim.of, of),
        "Claim.of within": (Claim.of, within),
        "Claim.about_module": (Claim.about_module, about),
        "check": (verify.check, {"claim": claim, "case": case}),
        "claim_about": (verify.claim_about, {"subject": claim.subject, "bound": bound}),
        "investigate": (verify.investigate, {"claim": claim, "seed": 0, "evaluations": 0,
                                             "candidates": None}),
        "load_claims": (verify.load_claims, {"path": "nowhere.py"}),
        "load_certificate": (verify.load_certificate, {"path": "nowhere.json"}),
        "load_unfinished": (verify.load_unfinished, {"path": "nowhere.json"}),
        "norm": (verify.norm, {"matrix": sp.MatrixSymbol("A", 2, 2)}),
        "spectral_norm": (verify.spectral_norm, {"matrix": sp.MatrixSymbol("A", 2, 2)}),
        "property_test": (verify.property_test, {"claim": claim, "max_examples": 1,
                                                 "allow_undecided": False}),
        "section": (verify.section, {"findings": None}),
        "prove": (verify.prove, {"claim": claim, "box": None, "seconds": 0.01, "boxes": 1,
                                 "show": False, "resume": None}),
        "sample_case": (verify.sample_case, {"values": {"x": _ONE}}),
        "shrink": (verify.shrink, {"claim": claim, "case": case, "checks": 1, "seconds": 0.01}),
        "scaling_law": (verify.scaling_law, {"claim": claim, "over": ("L",), "regime": None,
                                             "sizes": None, "reference": None, "effort": None,
                                             "groups": None, "starts": (), "seed": 0}),
        "tally": (verify.tally, {"checks": [verify.check(claim, case)], "noun": "network"}),
        "network_case": (verify.network_case, {"network": t["network"], "x": _ONE, "y": None}),
        "confirm": (verify.confirm, {"path": "nowhere.json"}),
        "counterexample": (verify.counterexample, {"claim": claim, "case": case}),
        "scalar": (domain.scalar, {"low": 0, "high": 1}),
        "integers": (domain.integers, {"low": 0, "high": 1, "shape": ()}),
        "box": (domain.box, {"low": 0, "high": 1, "shape": (2,)}),
        "sphere": (domain.sphere, {"n": 2, "radius": 1.0}),
        "ball": (domain.ball, {"n": 2, "radius": 1.0}),
        "simplex": (domain.simplex, {"n": 2}),
        "signs": (domain.signs, {"n": 2}),
        "symmetric": (domain.symmetric, {"n": 2}),
        "positive_semidefinite": (domain.positive_semidefinite, {"n": 2}),
        "orthogonal": (domain.orthogonal, {"n": 2}),
        "stochastic": (domain.stochastic, {"rows": 2, "columns": 2}),
        "product": (domain.product, {"domain": {"x": domain.scalar(0, 1)}, "dimensions": ()}),
        "get": (bounds.get, {"name": "gradient"}),
        "activation of bounds": (bounds.activation, {"name": "tanh"}),
        "evaluate": (bound.evaluate, {"L": 2}),
        "substitute": (bound.substitute, {"L": 2}),
        "scaling": (bound.scaling, {"name": "L"}),
        "limit": (bound.limit, {"name": "nu", "K": 1, "phi0": 0}),
        "compare": (bounds.compare, {"first": bound, "second": bound}),
        "crossing": (bounds.crossing, {"first": bound, "second": bound, "name": "L", "low": 1.0,
                                       "high": 2.0}),
        "ratio": (bounds.ratio, {"first": bound, "second": bound}),
        "local_exponent": (bounds.local_exponent, {"bound": bound, "name": "L"}),
        "exponent_along": (bounds.exponent_along, {"bound": bound, "name": "L", "path": {}}),
        "regimes": (bounds.regimes, {"bound": bound, "name": "nu", "low": 1.0, "high": 2.0}),
        "smallest_width": (bounds.smallest_width, {"bound": bound, "target": 1.0, "width": "m"}),
        "enclose": (bounds.enclose, {"expression": x, "values": {"x": bounds.Interval(0.0, 1.0)}}),
        "constant_interval": (bounds.constant_interval, {"expression": 1}),
        "gains": (bounds.gains, {"depths": (2,)}),
        "check_claim": (bounds.check_claim, {"claim": None}),
        "symbol": (bounds.symbol, {"name": "nu"}),
        "layer_symbol": (bounds.layer_symbol, {"name": "nu"}),
    }  # fmt: skip


#: What takes anything, or would work for seconds on what is no junk to it.
FREE = {("prove", "show"), ("tally", "noun"), ("Claim.of", "source"), ("Claim.of", "latex")}
#: As much work as was asked for is no junk.
BUDGETS = {"restarts", "steps", "evaluations"}


#: Doors that work for a second on what they take.
HEAVY = {"Claim.about_module", "limit", "gains", "prove", "substitute"}
SPREAD = [
    pytest.param(name, marks=pytest.mark.slow if name in HEAVY else ()) for name in sorted(doors())
]


@pytest.mark.parametrize("name", SPREAD)
def test_junk_is_refused_by_its_argument_or_taken(name):
    door, given = doors()[name]
    faults = []
    for argument in given:
        for word, junk in JUNK.items():
            if argument in BUDGETS and word == "huge":
                continue
            fault = outcome(door, given | {argument: junk})
            never = word in NEVER and (name, argument) not in FREE
            if fault or (fault is None and never):
                faults.append(f"{argument} = {word}: {fault or 'taken'}")
    assert not faults, "\n".join([f"{name}:", *faults])


def outcome(door: Callable[..., Any], given: Mapping[str, Any]) -> str | None:
    """ "" for an error of the house, None for a value, else what came out."""
    try:
        door(**given)
    except OWN as error:
        return "" if error.argument or "" in given.values() else f"{error!r} names no argument"
    except Exception as error:  # noqa: BLE001 - what else comes out is what is looked for
        return f"{type(error).__name__}: {str(error)[:100]}"
    return None


def test_the_sweep_sees_a_bare_error():
    """The control: Python's own error is a fault, and so is junk that is taken."""
    assert outcome(len, {"obj": 3}).startswith("TypeError")
    with contextlib.suppress(OWN):
        assert outcome(lambda x: x, {"x": object()}) is None
