"""Data files as bytes: found by their official names, plain or gzip, read whole or refused."""

from __future__ import annotations

import gzip
import hashlib
import os
import zlib
from pathlib import Path

from numerics.errors import NumericsError

FOLDER_VARIABLE = "PLUMBLINE_DATA"


def data_folder(folder: str | os.PathLike[str] | None, name: str) -> Path:
    """The folder that holds the files of data set `name`: `folder`/`name` if there, else `folder`.

    Without `folder` the environment variable PLUMBLINE_DATA is used.
    """
    found = folder if folder is not None else os.environ.get(FOLDER_VARIABLE)
    if not found:
        raise NumericsError(
            argument="folder",
            found=f"none given for {name!r} and {FOLDER_VARIABLE} is not set",
            accepted="the folder with the official files, or fetch=True to download them",
        )
    root = Path(found)
    if not root.is_dir():
        raise NumericsError(
            argument="folder", found=f"{root}, which is no folder", accepted="an existing folder"
        )
    return root / name if (root / name).is_dir() else root


def find_file(folder: Path, name: str) -> Path | None:
    """`name` or `name`.gz in `folder`, the plain file first; None when neither is there."""
    for candidate in (folder / name, folder / f"{name}.gz"):
        if candidate.is_file():
            return candidate
    return None


def require_file(folder: Path, name: str) -> Path:
    """As `find_file`, but a missing file is an error that names the file."""
    path = find_file(folder, name)
    if path is None:
        raise NumericsError(
            argument="folder",
            found=f"{folder} without {name} or {name}.gz",
            accepted="a folder with that file in its official layout",
        )
    return path


def read_bytes(path: Path) -> bytes:
    """The content of `path`, decompressed when it begins with gzip's magic number."""
    try:
        content = path.read_bytes()
        return gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise NumericsError(
            argument="folder",
            found=f"{path.name}, a truncated or damaged gzip file ({error})",
            accepted="the complete file; copy or download it again",
        ) from error
    except OSError as error:
        raise NumericsError(
            argument="folder", found=f"{path}, unreadable ({error})", accepted="a readable file"
        ) from error


def sha256(*parts: bytes) -> str:
    """Hexadecimal SHA-256 of the parts, one after the other."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return digest.hexdigest()
