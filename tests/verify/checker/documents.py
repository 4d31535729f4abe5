"""What the checker's tests share: files made from shipped claims, and ways to spoil them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import verify
from verify.checker import Rejected, check
from verify.counterexample.files import checksum
from verify.counterexample.make import stated


def halved(name: str) -> verify.Claim:
    """A shipped claim with half its right side, which is wrong wherever the bound is sharp."""
    right = verify.claims()[name]
    return verify.Claim.of(
        f"half {name}",
        right.quantity,
        right.bound.expression / 2,
        assumptions=[a.key for a in right.bound.assumptions],
        subject=right.subject,
    )


def document(claim: verify.Claim, case: verify.Case) -> dict[str, Any]:
    """The file's content as data."""
    found: dict[str, Any] = json.loads(stated(claim, case).text())
    return found


def written(path: Path, data: dict[str, Any], *, sign: bool = True) -> str:
    """Write the data, with a checksum that fits unless told otherwise."""
    if sign:
        data = data | {"checksum": checksum(data)}
    path.write_text(json.dumps(data))
    return str(path)


def rejection(path: str) -> str:
    """The reason the checker gives for rejecting the file; empty if it does not."""
    try:
        check(path)
    except Rejected as error:
        return str(error)
    return ""
