"""One door to every data set."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from numerics.data import cifar, fetched, mnist
from numerics.data.dataset import Dataset, Scale, Target, build
from numerics.data.files import data_folder
from numerics.data.own import SUFFIX, read_own
from numerics.data.pictures import Pictures
from numerics.errors import NumericsError

READERS: dict[str, Callable[[Path, str | None], Pictures]] = {
    "mnist": mnist.read,
    "cifar10": cifar.read,
}
DATASETS = ("digits", *READERS)


def load(
    name: str,
    *,
    folder: str | os.PathLike[str] | None = None,
    target: Target = "parity",
    scale: Scale = "unit",
    positive: int = 0,
    n: int | None = None,
    seed: int = 0,
    split: Literal["train", "test"] | None = None,
    fetch: bool = False,
    checksum: str | None = None,
) -> Dataset:
    """The data set `name` ("digits", "mnist" or "cifar10") as x (n, d) and y (n,), float64.

    name: or the path of one's own file, ending in .npz, with arrays x (n, d) and y (n,), which has
        neither targets to choose nor parts.
    folder: where the official files are (plain or gzip), or a folder with a sub-folder of that
        name; without it the environment variable PLUMBLINE_DATA. "digits" needs none.
    target: "parity" (+1 for even labels, -1 for odd), "one-vs-rest" (+1 for the class `positive`,
        -1 for the others), "value" (label / 9, for regression).
    scale: "unit" divides every picture by its own norm, so that ||x|| = 1 as the theory assumes;
        "raw" keeps intensities in [0, 1].
    n: that many examples drawn by `seed`; None keeps all, in file order.
    split: a part; None takes the training files where present, else the test files.
    fetch: download through scikit-learn's fetch_openml instead of reading a folder.
    checksum: the SHA-256 that the content must have (see Dataset.checksum).
    Raises NumericsError for missing, truncated, damaged or swapped files, labels out of range,
    constant data, and unknown choices.
    """
    if str(name).endswith(SUFFIX):
        own = read_own(str(name), folder, scale=scale, n=n, seed=seed)
        _require_checksum(name, own.checksum, checksum)
        return own
    pictures = _read(name, folder, split, fetch)
    _require_checksum(name, pictures.checksum, checksum)
    return build(pictures, target=target, scale=scale, positive=positive, n=n, seed=seed)


def _require_checksum(name: str, found: str, wanted: str | None) -> None:
    if wanted is not None and wanted != found:
        raise NumericsError(
            argument="checksum", found=f"{name} with SHA-256 {found}", accepted=wanted
        )


def _read(
    name: str, folder: str | os.PathLike[str] | None, split: str | None, fetch: bool
) -> Pictures:
    if name not in DATASETS:
        known = ", ".join(DATASETS)
        raise NumericsError(
            argument="name", found=repr(name), accepted=f"{known}, or the path of a .npz file"
        )
    if split not in (None, "train", "test"):
        raise NumericsError(argument="split", found=repr(split), accepted='"train" or "test"')
    if name == "digits":
        return fetched.read_digits()
    return fetched.fetch(name) if fetch else READERS[name](data_folder(folder, name), split)
