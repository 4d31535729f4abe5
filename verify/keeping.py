"""What is done is kept as it is done: a file of lines from which an interrupted command goes on."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import torch
from torch import Tensor

from verify.errors import VerifyError

__all__ = ["Kept", "decode", "encode"]


class _Line(msgspec.Struct):
    """One piece of work: what it is called, and what came out."""

    key: str
    body: msgspec.Raw


class Kept:
    """Finished pieces of one command's work, by key, on disk as soon as they are done.

    Args:
        path: the file. Its first line says what the work is; a file of other work is refused.
        work: everything that decides the results (options, seed, versions), as JSON-ready data.
        resume: go on with what the file holds; else begin anew.

    Raises:
        VerifyError: nothing to go on with, other work, or a file that cannot be written.
    """

    def __init__(self, path: Path, work: dict[str, Any], *, resume: bool) -> None:
        self.path = path
        self._done: dict[str, msgspec.Raw] = {}
        self._stream: Any = None
        self._head = msgspec.json.encode(work)
        if resume:
            self._done = self._read()

    def __len__(self) -> int:
        return len(self._done)

    def get(self, key: str, of: Any) -> Any:
        """What was kept of this piece as an object of the type `of`, None if nothing was."""
        body = self._done.get(key)
        return None if body is None else decode(body, of)

    def put(self, key: str, value: Any) -> None:
        """Keep a piece of work that is done (as it is, or as `encode` made it)."""
        body = value if isinstance(value, bytes) else encode(value)
        self._done[key] = msgspec.Raw(body)
        try:
            if self._stream is None:
                self._stream = self._begun()
            self._stream.write(_line(key, body))
            self._stream.flush()
        except OSError as error:
            raise VerifyError("--out", f"{self.path} ({error.strerror})", "a file") from error

    def remove(self) -> None:
        """All is done and written elsewhere."""
        if self._stream is not None:
            self._stream.close()
        self.path.unlink(missing_ok=True)

    def _begun(self) -> Any:
        """The file with all that is known so far, open for more; a torn last line is gone."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        stream = self.path.open("wb")
        stream.write(self._head + b"\n")
        for key, body in self._done.items():
            stream.write(_line(key, bytes(body)))
        return stream

    def _read(self) -> dict[str, msgspec.Raw]:
        if not self.path.is_file():
            raise VerifyError("--resume", f"no {self.path}", "a run that was interrupted")
        head, *lines = self.path.read_bytes().split(b"\n")
        if head != self._head:
            found = f"{self.path}, which is of another command, commit or version"
            raise VerifyError("--resume", found, "the command that was interrupted")
        found_lines = {}
        for text in lines[:-1]:  # what stands after the last line end was torn off
            line = msgspec.json.decode(text, type=_Line)
            found_lines[line.key] = line.body
        return found_lines


def _line(key: str, body: bytes) -> bytes:
    return msgspec.json.encode(_Line(key, msgspec.Raw(body))) + b"\n"


def encode(value: Any) -> bytes:
    """JSON of dataclasses that hold tensors; every number exactly."""
    return msgspec.json.encode(value, enc_hook=_packed)


def decode(body: bytes | msgspec.Raw, of: Any) -> Any:
    """What `encode` wrote, as an object of the type `of`.

    Raises:
        VerifyError: it is damaged.
    """
    try:
        return msgspec.json.decode(body, type=of, dec_hook=_unpacked)
    except (msgspec.DecodeError, ValueError, TypeError) as error:
        raise VerifyError("--resume", f"a damaged file ({error})", "a whole one") from error


def _packed(value: Any) -> Any:
    if not isinstance(value, Tensor):
        raise NotImplementedError(type(value).__name__)
    array = value.detach().cpu().contiguous().numpy()
    text = base64.b64encode(array.tobytes()).decode()
    return {"dtype": str(array.dtype), "shape": list(array.shape), "bytes": text}


def _unpacked(kind: type, value: Any) -> Any:
    if kind is not Tensor:
        raise NotImplementedError(kind.__name__)
    raw = np.frombuffer(base64.b64decode(value["bytes"]), dtype=value["dtype"])
    return torch.from_numpy(raw.reshape(value["shape"]).copy())
