"""Write what a report consists of, each file whole or not at all."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable
from pathlib import Path

import msgspec

from verify.errors import VerifyError
from verify.report.badge import badge
from verify.report.document import Document
from verify.report.page import page
from verify.report.paper import appendix, table
from verify.writing import write_whole

__all__ = ["check_writable", "write"]


def check_writable(folder: Path) -> None:
    """Make the folder and try it before the work starts, so that no result is lost to it.

    Raises:
        VerifyError: it cannot be made or written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise VerifyError("--out", f"{folder} ({error.strerror})", "a writable folder") from error


def write(
    document: Document, records: Iterable[bytes], folder: Path, *, latex: bool = False
) -> list[Path]:
    """report.json, records.jsonl, index.html and badge.svg, with `latex` also claims.tex and
    appendix.tex; each put in place by one rename. Returns what was written.

    Raises:
        VerifyError: the folder cannot be written (the disk is full, say).
    """
    texts = {
        "report.json": json.dumps(msgspec.to_builtins(document), indent=1, allow_nan=False) + "\n",
        "records.jsonl": b"".join(records).decode(),
        "index.html": page(document),
        "badge.svg": badge(document),
    }
    if latex:
        texts |= {"claims.tex": table(document), "appendix.tex": appendix(document)}
    return [write_whole(folder / name, text, "--out") for name, text in texts.items()]
