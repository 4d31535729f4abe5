"""Checkpoints on disk: written whole or not at all, read back only when whole and of this run.

A file is a line with the format, a line with the SHA-256 of the rest, and the rest: tensors and
plain values as `torch.save` writes them, read back without running any code from the file.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from numerics.errors import NumericsError

FORMAT = b"plumbline checkpoint 1\n"
PATTERN = "step-*.checkpoint"


@dataclass(frozen=True, slots=True)
class Storage:
    """The checkpoints of one run in one folder.

    identity: what makes this run this run (architecture, settings, data, initial parameters, what
    is tracked); a checkpoint with another identity is refused, naming the first difference.
    """

    folder: Path
    identity: dict[str, str]

    def paths(self) -> list[Path]:
        """The checkpoint files present, in order of step."""
        return sorted(self.folder.glob(PATTERN))

    def discard_partials(self) -> None:
        """Remove what a kill left of a checkpoint it interrupted; such files are never read."""
        for path in self.folder.glob(f"{PATTERN}.*.partial"):
            path.unlink(missing_ok=True)

    def save(self, step: int, content: dict[str, Any]) -> Path:
        """Write the checkpoint of `step`; a kill at any moment leaves no part of it."""
        path = self.folder / f"step-{step:010d}.checkpoint"
        write_whole(path, {"identity": self.identity, "step": step, **content})
        return path

    def read(self, path: Path) -> dict[str, Any]:
        """The content of a checkpoint of this run."""
        content = read_whole(path)
        found = content.get("identity")
        if not isinstance(found, dict):
            raise _refuse(path, "a checkpoint without an identity", "one written by train()")
        for name in sorted(self.identity.keys() | found.keys()):
            if found.get(name) != self.identity.get(name):
                raise _refuse(
                    path,
                    f"a checkpoint of another run: {name} = {found.get(name)}",
                    f"{name} = {self.identity.get(name)}, or another folder",
                )
        return content


def write_whole(path: Path, content: dict[str, Any]) -> None:
    """Write `content` beside `path`, force it to the disk, then rename: whole or not at all."""
    buffer = io.BytesIO()
    torch.save(content, buffer)
    payload = buffer.getvalue()
    temporary = path.with_name(f"{path.name}.{os.getpid()}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("wb") as file:
            file.write(FORMAT + hashlib.sha256(payload).hexdigest().encode() + b"\n")
            file.write(payload)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise NumericsError(
            argument="folder", found=f"{path.parent} ({error})", accepted="a writable folder"
        ) from error


def read_whole(path: Path) -> dict[str, Any]:
    """What `write_whole` wrote, or a NumericsError saying how the file differs from that."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise _refuse(path, f"an unreadable file ({error})", "a readable checkpoint") from error
    if not content.startswith(FORMAT):
        raise _refuse(path, "a file of another kind", f"one that begins with {FORMAT!r}")
    digest, _, payload = content[len(FORMAT) :].partition(b"\n")
    if hashlib.sha256(payload).hexdigest().encode() != digest:
        raise _refuse(
            path,
            "a corrupted or truncated checkpoint (its SHA-256 does not fit)",
            "an intact one; remove this file to resume from the one before",
        )
    try:
        loaded = torch.load(io.BytesIO(payload), weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError, KeyError) as error:
        raise _refuse(path, f"an unreadable checkpoint ({error})", "an intact one") from error
    if not isinstance(loaded, dict):
        raise _refuse(path, f"a {type(loaded).__name__}", "a checkpoint")
    return loaded


def fingerprint(*tensors: Tensor) -> str:
    """SHA-256 of the tensors' shapes, dtypes and bytes."""
    digest = hashlib.sha256()
    for tensor in tensors:
        digest.update(f"{tuple(tensor.shape)} {tensor.dtype}".encode())
        digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()


def _refuse(path: Path, found: str, accepted: str) -> NumericsError:
    return NumericsError(argument="folder", found=f"{path.name}: {found}", accepted=accepted)
