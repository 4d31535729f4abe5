"""MNIST in its official IDX layout."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from numerics.data.files import find_file, read_bytes, require_file, sha256
from numerics.data.pictures import Pictures
from numerics.errors import NumericsError

PARTS = {"train": "train", "test": "t10k"}
UNSIGNED_BYTE = 0x08
# SHA-256 of the decompressed official files. Fashion-MNIST has the same names, shapes and
# headers, so that only the content tells them apart.
OFFICIAL = {
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}
OFFICIAL_COUNT = 10_000


def parse_idx(content: bytes, dimensions: int, name: str) -> np.ndarray:
    """The array in an IDX file of unsigned bytes with that many `dimensions`.

    The header is 00 00 08 `dimensions`, then one big-endian 32-bit size per dimension.
    Raises NumericsError for another header (a swapped file) or another length (a truncated one).
    """
    magic = bytes((0, 0, UNSIGNED_BYTE, dimensions))
    if content[:4] != magic:
        raise NumericsError(
            argument="folder",
            found=f"{name} beginning with {content[:4].hex() or 'nothing'}",
            accepted=f"an IDX file beginning with {magic.hex()} (are two files swapped?)",
        )
    start = 4 + 4 * dimensions
    shape = tuple(int(size) for size in np.frombuffer(content[4:start], dtype=">u4"))
    expected = start + int(np.prod(shape, dtype=np.int64))
    if len(shape) != dimensions or len(content) != expected:
        raise NumericsError(
            argument="folder",
            found=f"{name} with {len(content)} bytes",
            accepted=f"{expected} bytes, as its header {shape} says (is the file truncated?)",
        )
    return np.frombuffer(content, dtype=np.uint8, offset=start).reshape(shape)


def read(folder: Path, split: str | None) -> Pictures:
    """The pictures and labels of one part; `split` None takes the training part when present."""
    prefix = PARTS[split or _present_part(folder)]
    images_path = require_file(folder, f"{prefix}-images-idx3-ubyte")
    labels_path = require_file(folder, f"{prefix}-labels-idx1-ubyte")
    images, labels = read_bytes(images_path), read_bytes(labels_path)
    pictures = parse_idx(images, 3, images_path.name)
    classes = parse_idx(labels, 1, labels_path.name)
    if len(pictures) != len(classes):
        raise NumericsError(
            argument="folder",
            found=f"{len(pictures)} pictures in {images_path.name} and {len(classes)} labels in "
            f"{labels_path.name}",
            accepted="as many labels as pictures (are files of two parts mixed?)",
        )
    for path, content in ((images_path, images), (labels_path, labels)):
        _check_official(path, content, len(classes))
    return Pictures(
        name="mnist",
        pixels=pictures.reshape(len(pictures), -1),
        full_scale=255.0,
        labels=classes.astype(np.int64),
        checksum=sha256(images, labels),
        files=(images_path.name, labels_path.name),
    )


def _present_part(folder: Path) -> str:
    has_train = find_file(folder, f"{PARTS['train']}-images-idx3-ubyte") is not None
    return "train" if has_train else "test"


def _check_official(path: Path, content: bytes, count: int) -> None:
    """Official content has its own name, and a full-sized file of that name has that content."""
    name, found = path.name.removesuffix(".gz"), sha256(content)
    known = OFFICIAL.get(name)
    if known is not None and count == OFFICIAL_COUNT and found != known:
        raise NumericsError(
            argument="folder",
            found=f"{path.name} with SHA-256 {found}",
            accepted=f"MNIST's own file, SHA-256 {known} (another data set under its name?)",
        )
    for other, official in OFFICIAL.items():
        if found == official and other != name:
            raise NumericsError(
                argument="folder",
                found=f"{path.name} with the content of {other}",
                accepted="each file under its own name",
            )
