"""Stored witnesses of tightness: exact networks at which bounds are (nearly) met, for replay.

One JSON file for each claim, with the best ratio at each depth and width and the witness itself in
the exact form of counterexample files. Those shipped were found by
`python -m verify.attack tightness --store verify/witnesses`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from verify.case import Case
from verify.claim import Check, Claim, check
from verify.counterexample.subject import case_of, subject
from verify.errors import VerifyError
from verify.tightness import Tight, Tightness, status_of

_FORMAT = "plumbline-witness"


@dataclass(frozen=True)
class Record:
    """What is stored of one claim's tightness.

    Attributes:
        claim: its name. ratio: the largest truth/bound found.
        cells: (depth, width) -> best ratio there.
        case: the witness. found_on: its architecture in words.
    """

    claim: str
    ratio: float
    cells: Mapping[tuple[int, int], float]
    case: Case
    found_on: str

    @property
    def slack(self) -> float:
        """The largest factor by which the bound could still shrink."""
        return 1 / self.ratio

    @property
    def status(self) -> Tight:
        """What the ratio says."""
        return status_of(self.ratio)

    def replay(self, claim: Claim) -> Check:
        """Check the claim at the witness again."""
        return check(claim, self.case)


def store(tightness: Tightness, claim: Claim, folder: Path) -> Path:
    """Write the witness of a claim into a folder.

    Raises:
        VerifyError: the folder cannot be written.
    """
    witness = tightness.witness
    document = {
        "format": _FORMAT,
        "claim": tightness.claim,
        "ratio": witness.ratio.hex(),
        "found_on": witness.case.label.rpartition(": ")[2],
        "cells": [[cell.depth, cell.width, cell.ratio] for cell in tightness.cells],
        "subject": subject(claim, witness.case),
    }
    path = folder / f"{tightness.claim}.json"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise VerifyError("folder", f"{folder} ({error.strerror})", "a writable folder") from error
    return path


def read(text: str, name: str = "text") -> Record:
    """The record that `store` wrote.

    Raises:
        VerifyError: it is damaged, or something else.
    """
    try:
        document = json.loads(text)
        if document["format"] != _FORMAT:
            raise VerifyError(name, repr(document["format"]), _FORMAT)
        cells = {(depth, width): ratio for depth, width, ratio in document["cells"]}
        claim, found_on = document["claim"], document["found_on"]
        case = case_of(document["subject"], f"witness of {claim}: {found_on}")
        return Record(claim, float.fromhex(document["ratio"]), cells, case, found_on)
    except (KeyError, TypeError, json.JSONDecodeError) as error:
        raise VerifyError(name, f"damaged: {error!r}", "a witness file") from error


def shipped() -> dict[str, Record]:
    """All witnesses that come with the package, by claim."""
    folder = files("verify") / "witnesses"
    found = [
        read(entry.read_text(encoding="utf-8"), entry.name)
        for entry in folder.iterdir()
        if entry.name.endswith(".json")
    ]
    return {record.claim: record for record in sorted(found, key=lambda record: record.claim)}
