"""What a user may add to the report: claims of their own, a training run, figures."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from verify.case import Case
from verify.errors import VerifyError
from verify.families import families
from verify.own.investigate import investigate
from verify.own.load import load_claims
from verify.own.section import section
from verify.report.section import Progress


def own_sections(path: Path | None, seed: int, progress: Progress) -> list[dict[str, Any]]:
    """Investigate every claim that a Python file defines; see `verify.section` for the fields.

    Raises:
        VerifyError: the file cannot be read or defines no claim.
    """
    if path is None:
        return []
    found = []
    for name, claim in load_claims(path).items():
        progress(f"your claim {name}")
        found.append(section(investigate(claim, seed=seed)))
    return found


def run_cases(folder: Path | None, data: Path | None) -> Iterator[Case]:
    """The checkpoints of a saved training run, read by the first family that can.

    Raises:
        NumericsError: no run there, a damaged checkpoint, or its data are not found.
    """
    if folder is None:
        return
    for family in families():
        if family.saved_run is not None:
            yield from family.saved_run(folder, data)
            return


def figures(folder: Path | None) -> list[tuple[str, str]]:
    """(name, SVG) of the figures that `python -m verify.weightnorm.figures` saved in a folder.

    Raises:
        VerifyError: no figure there, or one that is not a plain SVG.
    """
    if folder is None:
        return []
    found = [(p.stem, p.read_text(encoding="utf-8")) for p in sorted(folder.glob("figure*.svg"))]
    if not found:
        raise VerifyError("--figures", f"no figure*.svg in {folder}", "a folder with figures")
    for name, svg in found:
        if not svg.lstrip().startswith("<svg") or re.search(r"<script|<image|href=.http", svg):
            raise VerifyError("--figures", f"{name}.svg", "a plain SVG without scripts or links")
    return found
