"""Stored witnesses of tightness: exact networks at which bounds are (nearly) met, for replay.

One JSON file for each claim, with the best ratio at each depth and width and the witness itself in
the exact form of counterexample files. Those shipped were found by
`python -m verify.attack tightness --store FOLDER`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from verify.case import Case
from verify.check import Check, check
from verify.claim import Claim
from verify.counterexample.subject import case_of, stored_subject
from verify.errors import VerifyError
from verify.families import families
from verify.tightness import Axes, Tight, Tightness, status_of
from verify.writing import write_whole

_FORMAT = "plumbline-witness"


@dataclass(frozen=True)
class Record:
    """What is stored of one claim's tightness.

    Attributes:
        claim: its name. ratio: the largest truth/bound found.
        cells: sizes -> best ratio there.
        case: the witness. found_on: its architecture in words.
    """

    claim: str
    ratio: float
    cells: Mapping[Axes, float]
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
        "found_on": witness.shape.name,
        "cells": [{"axes": dict(cell.axes), "ratio": cell.ratio} for cell in tightness.cells],
        "subject": stored_subject(claim, witness.case),
    }
    text = json.dumps(document, indent=1) + "\n"
    return write_whole(folder / f"{tightness.claim}.json", text, "folder")


def read(text: str, name: str = "text") -> Record:
    """The record that `store` wrote.

    Raises:
        VerifyError: it is damaged, or something else.
    """
    try:
        document = json.loads(text)
        if document["format"] != _FORMAT:
            raise VerifyError(name, repr(document["format"]), _FORMAT)
        cells = {tuple(cell["axes"].items()): cell["ratio"] for cell in document["cells"]}
        claim, found_on = document["claim"], document["found_on"]
        case = case_of(document["subject"], f"witness of {claim}: {found_on}")
        return Record(claim, float.fromhex(document["ratio"]), cells, case, found_on)
    except (KeyError, TypeError, json.JSONDecodeError) as error:
        raise VerifyError(name, f"damaged: {error!r}", "a witness file") from error


def shipped() -> dict[str, Record]:
    """All witnesses that come with the families, by claim."""
    found = []
    for family in families():
        if family.witnesses:
            found += [
                read(entry.read_text(encoding="utf-8"), entry.name)
                for entry in files(family.witnesses).joinpath("witnesses").iterdir()
                if entry.name.endswith(".json")
            ]
    return {record.claim: record for record in sorted(found, key=lambda record: record.claim)}
