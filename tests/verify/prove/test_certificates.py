"""A certificate that was tampered with proves nothing: each kind of tampering is rejected."""

from __future__ import annotations

import copy
import json

import pytest

import verify
from tests.verify.prove.by_hand import claim
from verify import checker
from verify.counterexample.files import checksum
from verify.prove.certificate import Certificate


def contact(at, then):
    return {
        "by": "contact", "variable": "x", "at": at, "order": 1, "derivative": None,
        "smooth": {"by": "whole"}, "then": then, "rest": {"by": "zero"},
    }  # fmt: skip


def cut(at, left, right):
    return {"by": "split", "variable": "x", "at": at, "parts": [left, right]}


@pytest.fixture(scope="module")
def jordan():
    """2 x/pi <= sin x by hand: cuts, ranges, and contacts at both ends."""
    end = {"by": "form", "text": "2/pi - cos(x)", "then": {"by": "natural"}}
    middle = cut("7/10", {"by": "natural"}, {"by": "mean"})
    inner = cut("3/5", contact("0", {"by": "natural"}), cut("11/10", middle, contact("pi/2", end)))
    side = {"low": "0", "high": "pi/2", "low_open": False, "high_open": False, "integer": False}
    return {
        "format": "plumbline-proof", "schema": 1,
        "claim": {"name": "Jordan", "left": "2*x/pi", "sense": "<=", "right": "sin(x)"},
        "proof": {"domain": {"x": side}, "where": [], "point": {"x": "1/2"},
                  "defined": {"by": "whole"}, "steps": inner},
        "checksum": "",
    }  # fmt: skip


@pytest.fixture(scope="module")
def cosine():
    """One contact of even order."""
    return verify.prove(claim("1 - cos(x)", "x**2/2"), box={"x": (-2, 2)}).certificate.document


def steps(node, by):
    """Every step of a kind, at any depth."""
    found = []
    if isinstance(node, dict):
        found += [node] if node.get("by") == by else []
        for value in node.values():
            found += steps(value, by)
    elif isinstance(node, list):
        for value in node:
            found += steps(value, by)
    return found


def accepted(document):
    try:
        checker.proved(document)
    except (checker.Rejected, ValueError, ArithmeticError, KeyError, RecursionError):
        return False
    return True


def changed(document, change):
    other = copy.deepcopy(document)
    change(other)
    return other


def test_the_untouched_certificates_are_accepted(jordan, cosine):
    assert accepted(jordan)
    assert accepted(cosine)
    assert steps(jordan, "split")
    assert steps(jordan, "contact")


def _drop_box(d):
    steps(d, "split")[0]["parts"].pop()


def _same_half_twice(d):
    cut = steps(d, "split")[0]
    cut["parts"][1] = cut["parts"][0]


def _cut_outside(d):
    steps(d, "split")[0]["at"] = "7"


def _odd_to_even(d):
    steps(d, "contact")[0]["order"] += 1


def _lower_order(d):
    steps(d, "contact")[0]["order"] -= 1


def _elsewhere(d):
    steps(d, "contact")[0]["at"] = "1/100"


def _flip(d):
    inner = steps(d, "contact")[1]["then"]
    inner["text"] = f"-({inner['text']})"


def _wider(d):
    d["proof"]["domain"]["x"]["high"] = "17/10"


def _leaf_everywhere(d):
    d["proof"]["steps"] = {"by": "natural"}


def _vanishing(d):
    d["proof"]["steps"] = {"by": "zero"}


def _other_claim(d):
    d["claim"]["right"] = "99*sin(x)/100"


def _turned(d):
    d["claim"]["sense"] = ">="


def _equality(d):
    d["claim"]["sense"] = "=="


def _point_outside(d):
    d["proof"]["point"]["x"] = "3"


def _false_condition(d):
    d["proof"]["where"] = [["x - 10", ">="]]
    d["proof"]["steps"] = {"by": "where", "condition": 0}


def _unknown(d):
    d["proof"]["steps"] = {"by": "trust me"}


CHANGES = [
    _drop_box, _same_half_twice, _cut_outside, _odd_to_even, _lower_order, _elsewhere, _flip,
    _wider, _leaf_everywhere, _vanishing, _other_claim, _turned, _equality, _point_outside,
    _false_condition, _unknown,
]  # fmt: skip


@pytest.mark.parametrize("change", CHANGES, ids=lambda f: f.__name__)
def test_a_tampered_certificate_is_rejected(jordan, change):
    assert not accepted(changed(jordan, change))


@pytest.mark.parametrize("order", [0, 1, 3, 4, -2, 99])
def test_a_contact_of_the_wrong_order_is_rejected(cosine, order):
    def change(document):
        for contact in steps(document, "contact"):
            contact["order"] = order

    assert not accepted(changed(cosine, change)) or order == 4


def test_the_file_is_rejected_with_a_checksum_that_does_not_fit_and_with_another_claim(jordan):
    text = json.dumps(changed(jordan, _wider))
    assert verify.Certificate(text).check().rejected
    other = changed(jordan, _other_claim)
    other["checksum"] = checksum(other)
    assert Certificate(json.dumps(other)).check().rejected


#: left, sense, right, domain side, steps: no true statement, or nothing said of all points
BAD = {
    "pole inside": ("0", "<=", "1/x**2", ("-1", "1"), {"by": "natural"}),
    "cancelled pole": ("(x**2 - 1)/(x - 1)", "<=", "x + 1", ("0", "2"), {"by": "zero"}),
    "root of a negative": ("0", "<=", "sqrt(x)", ("-1", "1"), {"by": "natural"}),
    "log at 0": ("-1", "<=", "x*log(x)", ("0", "1"), {"by": "natural"}),
    "odd root": ("-3", "<=", "x**(1/3)", ("-1", "1"), {"by": "natural"}),
    "jump": ("-1", "<=", "floor(x)", ("0", "1"), {"by": "natural"}),
    "kink": (
        "0", "<=", "1 - Abs(x)", ("-1", "2"),
        {"by": "contact", "variable": "x", "at": "0", "order": 2, "derivative": None,
         "smooth": {"by": "whole"}, "then": {"by": "natural"}, "rest": {"by": "natural"}},
    ),
    "empty": ("1", "<=", "0*x", ("2", "1"), {"by": "natural"}),
    "limit of a limit": (
        "0", "<=", "-x*exp(-x)", ("0", None),
        {"by": "monotone", "variable": "x", "sign": -1, "slope": {"by": "natural"},
         "smooth": {"by": "whole"}, "then": "limit"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_what_is_not_defined_or_not_true_is_rejected_whatever_the_steps_say(name):
    left, sense, right, (low, high), tree = BAD[name]
    side = {"low": low, "high": high, "low_open": False, "high_open": False, "integer": False}
    document = {
        "format": "plumbline-proof", "schema": 1,
        "claim": {"name": name, "left": left, "sense": sense, "right": right},
        "proof": {"domain": {"x": side}, "where": [], "point": {"x": "1/2"},
                  "defined": {"by": "whole"}, "steps": tree},
        "checksum": "",
    }  # fmt: skip
    assert not accepted(document)
