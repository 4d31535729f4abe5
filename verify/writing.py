"""Files put in place whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from verify.errors import VerifyError

__all__ = ["write_whole"]


def write_whole(path: str | os.PathLike[str], text: str, argument: str) -> Path:
    """Write a text file by one rename, making its folder if need be.

    argument: what errors call the path.

    Raises:
        VerifyError: the folder cannot be made or written (a full disk, say).
    """
    target = Path(path)
    temporary = target.with_name(f".{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_text(text, encoding="utf-8")
        os.replace(temporary, target)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise VerifyError(argument, f"{target} ({error.strerror})", "a writable place") from error
    return target
