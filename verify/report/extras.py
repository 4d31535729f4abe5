"""What a user may add to the report: claims of their own, a training run, figures."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from numerics.weightnorm.training import load_run
from verify.case import NetworkCase, network_case
from verify.errors import VerifyError
from verify.own.investigate import investigate
from verify.own.load import load_claims
from verify.own.section import section
from verify.populations import TRAINED_INPUTS
from verify.report.run import Progress

#: At most so many checkpoints of a run are checked, evenly spaced, the last among them.
CHECKPOINTS = 12


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


def run_cases(folder: Path | None, data: Path | None) -> Iterator[NetworkCase]:
    """The checkpoints of a run saved by `numerics.weightnorm.training`, as trained networks.

    Raises:
        NumericsError: no run there, a damaged checkpoint, or its data are not found.
    """
    if folder is None:
        return
    saved = load_run(folder)
    pictures = saved.data(data)
    kept = saved.trajectory.checkpoints
    for checkpoint in _spread(kept, CHECKPOINTS):
        yield network_case(
            checkpoint.network.to(dtype=pictures.x.dtype),
            pictures.x[:TRAINED_INPUTS],
            pictures.y[:TRAINED_INPUTS],
            origin="trained",
            label=f"run {folder.name}, step {checkpoint.step}",
            step=checkpoint.step,
        )


def _spread(items: Sequence[Any], count: int) -> list[Any]:
    if len(items) <= count:
        return list(items)
    return [items[round(k * (len(items) - 1) / (count - 1))] for k in range(count)]


def figures(folder: Path | None) -> list[tuple[str, str]]:
    """(name, SVG) of the figures that `python -m verify.figures` saved in a folder.

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
