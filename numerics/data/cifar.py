"""CIFAR-10 in its official binary layout."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from numerics.data.files import find_file, read_bytes, sha256
from numerics.data.pictures import Pictures
from numerics.errors import NumericsError

PARTS = {
    "train": tuple(f"data_batch_{i}.bin" for i in range(1, 6)),
    "test": ("test_batch.bin",),
}
PIXELS = 3 * 32 * 32
RECORD = 1 + PIXELS


def parse_batch(content: bytes, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Pixels (n, 3072) and labels (n,), both uint8, of one binary batch file.

    A record is one label byte in 0..9 and 3072 pixel bytes: 1024 red, 1024 green, 1024 blue.
    Raises NumericsError for a length that is no multiple of a record and for labels above 9.
    """
    count, rest = divmod(len(content), RECORD)
    if rest or not count:
        raise NumericsError(
            argument="folder",
            found=f"{name} with {len(content)} bytes",
            accepted=f"a positive multiple of {RECORD} bytes (is the file truncated?)",
        )
    records = np.frombuffer(content, dtype=np.uint8).reshape(count, RECORD)
    labels = records[:, 0]
    if labels.max() > 9:
        raise NumericsError(
            argument="folder",
            found=f"{name} with label {labels.max()} in record {int(labels.argmax())}",
            accepted="labels 0 to 9 (is this another file under CIFAR-10's name?)",
        )
    return records[:, 1:], labels


def read(folder: Path, split: str | None) -> Pictures:
    """All batch files of a part that are present, in order; `split` None prefers training."""
    paths = _present(folder, split)
    if not paths:
        wanted = PARTS[split] if split else PARTS["train"] + PARTS["test"]
        raise NumericsError(
            argument="folder",
            found=f"{folder} without CIFAR-10 batches",
            accepted=f"at least one of {', '.join(wanted)}, plain or .gz",
        )
    contents = [read_bytes(path) for path in paths]
    _check_distinct(paths, contents)
    batches = [
        parse_batch(content, path.name) for content, path in zip(contents, paths, strict=True)
    ]
    return Pictures(
        name="cifar10",
        pixels=np.concatenate([pixels for pixels, _ in batches]),
        full_scale=255.0,
        labels=np.concatenate([labels for _, labels in batches]).astype(np.int64),
        checksum=sha256(*contents),
        files=tuple(path.name for path in paths),
    )


def _check_distinct(paths: list[Path], contents: list[bytes]) -> None:
    """No batch may be a copy of another under a second name."""
    seen: dict[str, Path] = {}
    for path, content in zip(paths, contents, strict=True):
        first = seen.setdefault(sha256(content), path)
        if first is not path:
            raise NumericsError(
                argument="folder",
                found=f"the same content in {first.name} and {path.name}",
                accepted="each batch under its own name",
            )


def _present(folder: Path, split: str | None) -> list[Path]:
    for part in (split,) if split else ("train", "test"):
        found = [path for name in PARTS[part] if (path := find_file(folder, name)) is not None]
        if found:
            return found
    return []
