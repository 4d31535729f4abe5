"""Write report.json and index.html, whole or not at all."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from verify.errors import VerifyError
from verify.report.model import Report
from verify.report.page import page
from verify.report.schema import document
from verify.writing import write_whole


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


def write(report: Report, folder: Path) -> None:
    """Both files, each put in place by one rename.

    Raises:
        VerifyError: the folder cannot be written (the disk is full, say).
    """
    texts = {
        "report.json": json.dumps(document(report), indent=1, allow_nan=False) + "\n",
        "index.html": page(report),
    }
    for name, text in texts.items():
        write_whole(folder / name, text, "--out")
