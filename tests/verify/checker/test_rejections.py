"""The checker rejects damaged, malformed and out-of-domain files, and says why."""

from __future__ import annotations

import copy
import json
import random

import pytest

import verify
from tests.verify.checker.documents import document, halved, rejection, written
from verify import checker
from verify.counterexample.make import stated
from verify.weightnorm.specs import LayerSpec, NetworkSpec
from verify.weightnorm.strategies import case_of

CASE = case_of(NetworkSpec(layers=(LayerSpec(2), LayerSpec(3)), input_dim=2))
HESSIAN, LOSS = halved("hessian.closed"), halved("loss")


@pytest.fixture(scope="module")
def hessian():
    return document(HESSIAN, CASE)


def spoilt(original, place, value):
    """A copy with one entry replaced; `place` is a path of keys."""
    data = copy.deepcopy(original)
    target = data
    for key in place[:-1]:
        target = target[key]
    target[place[-1]] = value
    return data


SUBJECT, CLAIM = "subject", "claim"
SPOILERS = {
    "a zero row": ((SUBJECT, "weights", 0, 1), ["0x0p+0", "0x0p+0"], "zero row"),
    "a minus zero row": ((SUBJECT, "weights", 1, 0), ["-0x0p+0"] * 2, "zero row"),
    "a row too long": ((SUBJECT, "weights", 0, 0), ["0x1p+0"] * 3, "entries"),
    "a row too short": ((SUBJECT, "weights", 1, 2), ["0x1p+0"], "entries"),
    "layers that do not chain": ((SUBJECT, "weights", 1), [["0x1p+0"] * 3], "entries"),
    "no layer": ((SUBJECT, "weights"), [], "no hidden layer"),
    "an empty layer": ((SUBJECT, "weights", 0), [], "empty"),
    "weights that are no list": ((SUBJECT, "weights"), "0x1p+0", "list"),
    "v too short": ((SUBJECT, "v"), ["0x1p+0"], "entries"),
    "NaN": ((SUBJECT, "v", 0), "nan", "finite"),
    "infinity": ((SUBJECT, "weights", 0, 0, 0), "inf", "finite"),
    "a decimal": ((SUBJECT, "v", 0), "1.5", "hex float"),
    "a number that is no text": ((SUBJECT, "v", 0), 1.5, "str"),
    "a fraction over zero": ((SUBJECT, "v", 0), "1/0", "fraction"),
    "an overflowing float": ((SUBJECT, "v", 0), "0x1p+5000", "finite"),
    "two inputs": ((SUBJECT, "inputs"), [["0x1p+0"] * 2] * 2, "entries"),
    "no input": ((SUBJECT, "inputs"), [], "empty"),
    "a missing target": ((SUBJECT, "targets"), [], "entries"),
    "an unknown activation": ((SUBJECT, "activation"), "swish", "unknown"),
    "an unknown placement": ((SUBJECT, "placement"), "middle", "unknown"),
    "relu, which has no second derivative": ((SUBJECT, "activation"), "relu", "second"),
    "a zero direction": ((SUBJECT, "direction"), ["0x0p+0"] * 13, "direction"),
    "a short direction": ((SUBJECT, "direction"), ["0x1p+0"], "direction"),
    "an unknown kind": ((SUBJECT, "kind"), "transformer", "unknown"),
    "a subject that is no object": ((SUBJECT,), [], "dict"),
    "an extra key": ((SUBJECT, "note"), "trust me", "keys"),
    "an unknown quantity": ((CLAIM, "quantity"), "sharpness", "cannot compute"),
    "a quantity of a class": ((CLAIM, "quantity"), "rademacher_complexity", "cannot compute"),
    "an unknown sense": ((CLAIM, "sense"), "<", "sense"),
    "a sense that is no text": ((CLAIM, "sense"), None, "str"),
    "an unknown assumption": ((CLAIM, "assumptions"), ["wide"], "assumption"),
    "an assumption not met": ((CLAIM, "assumptions"), ["odd", "Lipschitz", 3], "str"),
    "a symbol without meaning": ((CLAIM, "right_side"), "luck*nu", "luck"),
    "an attribute": ((CLAIM, "right_side"), "nu.__class__", "arithmetic"),
    "an import": ((CLAIM, "right_side"), "__import__('os').system('true')", "arithmetic"),
    "a call by keyword": ((CLAIM, "right_side"), "sqrt(x=nu)", "arithmetic"),
    "a lambda": ((CLAIM, "right_side"), "(lambda: nu)()", "arithmetic"),
    "a subscript": ((CLAIM, "right_side"), "nu[0]", "arithmetic"),
    "a comparison": ((CLAIM, "right_side"), "nu < 1", "arithmetic"),
    "a float literal": ((CLAIM, "right_side"), "0.5*nu", "arithmetic"),
    "a truth value": ((CLAIM, "right_side"), "True", "arithmetic"),
    "two statements": ((CLAIM, "right_side"), "nu; nu", "arithmetic"),
    "nothing": ((CLAIM, "right_side"), "", "arithmetic"),
    "a huge power": ((CLAIM, "right_side"), "9**9**9", "power"),
    "deep nesting": ((CLAIM, "right_side"), "(" * 5000 + "nu" + ")" * 5000, "arithmetic"),
    "deep negation": ((CLAIM, "right_side"), "-" * 100_000 + "nu", "arithmetic"),
    "a triangle that is none": ((CLAIM, "right_side"), "TopEigenvalue(nu, nu)", "triangle"),
    "a definition of a known symbol": ((CLAIM, "definitions"), {"nu": "0"}, "twice"),
    "a definition that is no text": ((CLAIM, "definitions"), {"t": 3}, "str"),
    "a right side that is no text": ((CLAIM, "right_side"), None, "str"),
    "another format": (("format",), "poem", "not a plumbline"),
    "another schema": (("schema",), 1, "schema"),
    "a schema that only looks right": (("schema",), True, "schema"),
    "a missing claim": (("claim",), {}, "keys"),
}


@pytest.mark.parametrize("name", SPOILERS)
def test_a_spoilt_file_is_rejected_with_its_reason(name, hessian, tmp_path):
    place, value, reason = SPOILERS[name]
    path = written(tmp_path / "spoilt.json", spoilt(hessian, place, value))
    assert reason in rejection(path)


def test_the_whole_file_is_understood_before_it_is_spoilt(hessian, tmp_path):
    assert rejection(written(tmp_path / "good.json", hessian)) == ""


def test_an_activation_outside_the_assumptions_is_rejected(tmp_path):
    data = document(halved("gradient.phi0_zero"), CASE)
    data["subject"]["activation"] = "cos"
    assert "phi(0) = 0" in rejection(written(tmp_path / "cos.json", data))


def test_one_width_for_unequal_widths_is_rejected(hessian, tmp_path):
    data = spoilt(hessian, (CLAIM, "right_side"), "m*nu")
    assert "'m'" in rejection(written(tmp_path / "m.json", data))


def test_every_single_flipped_character_is_noticed(tmp_path):
    """Whatever one changed byte turns the file into, it is never confirmed as it stood."""
    text = stated(LOSS, CASE).text().encode()
    path = tmp_path / "flipped.json"
    draw = random.Random(0)
    for _ in range(300):
        at = draw.randrange(len(text))
        changed = bytes([draw.choice([b for b in range(256) if b != text[at]])])
        path.write_bytes(text[:at] + changed + text[at + 1 :])
        try:
            same = json.loads(path.read_bytes()) == json.loads(text)
        except ValueError:
            same = False
        assert same or rejection(str(path)), f"byte {at}"


@pytest.mark.parametrize("keep", [0, 1, 17, 300])
def test_a_truncated_file_is_rejected(keep, tmp_path):
    path = tmp_path / "cut.json"
    path.write_bytes(stated(LOSS, CASE).text().encode()[:keep])
    assert "JSON" in rejection(str(path))


@pytest.mark.parametrize(
    "content", [b"\x00\xff\xfe", b"[]", b"null", b"3", b'{"a": 1, "a": 2}', b"[" * 100_000]
)
def test_what_is_no_counterexample_is_rejected(content, tmp_path):
    path = tmp_path / "other.json"
    path.write_bytes(content)
    assert rejection(str(path))


def test_a_doubled_key_is_rejected(tmp_path):
    once = f'"schema": {checker.SCHEMA},'
    text = stated(LOSS, CASE).text().replace(once, f"{once} {once}")
    path = tmp_path / "double.json"
    path.write_text(text)
    assert "twice" in rejection(str(path))


def test_a_missing_file_and_wrong_usage_exit_with_2(tmp_path, capsys):
    assert checker.main([str(tmp_path / "none.json")]) == 2
    assert checker.main([]) == 2
    assert capsys.readouterr().out.count("REJECTED") == 2


def test_a_wrong_checksum_is_rejected(hessian, tmp_path):
    data = spoilt(hessian, ("checksum",), "sha256:" + "0" * 64)
    assert "checksum" in rejection(written(tmp_path / "sum.json", data, sign=False))


def test_a_class_with_a_doubled_sign_vector_is_rejected(tmp_path):
    import torch

    case = verify.FunctionClassCase(
        widths=(2, 2), x=torch.eye(2, dtype=torch.float64), restarts=2, steps=20
    )
    data = document(verify.claims()["rademacher.odd"], case)
    assert rejection(written(tmp_path / "class.json", data)) == ""
    data["subject"]["families"] *= 2
    assert "signs" in rejection(written(tmp_path / "class.json", data))
    data["subject"]["families"] = []
    assert "none" in rejection(written(tmp_path / "class.json", data))
