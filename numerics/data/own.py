"""A user's own data: a file of numpy with arrays x (n, d) and y (n,)."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from numerics.data.dataset import SCALES, Dataset
from numerics.data.files import sha256
from numerics.errors import NumericsError

__all__ = ["SUFFIX", "checksum_of", "read_own", "write_own"]

SUFFIX = ".npz"
_WANTED = "a .npz file with real, finite arrays x of shape (n, d) and y of shape (n,)"


def read_own(
    name: str, folder: str | os.PathLike[str] | None, *, scale: str, n: int | None, seed: int
) -> Dataset:
    """The arrays x and y as they are (scale "raw"), or with each row of x of norm 1 ("unit").

    A path that is not there is looked for by its last part in `folder`. Labels, of which own data
    have none, are -1.

    Raises:
        NumericsError: no such file, other arrays, numbers that are not finite or lose digits in
            float64, constant data.
    """
    path = Path(name)
    if not path.is_file() and folder is not None:
        path = Path(folder) / path.name
    arrays = _arrays(path)
    x, y = (_real(path, key, arrays.get(key)) for key in ("x", "y"))
    if x.ndim != 2 or y.ndim != 1 or len(x) != len(y):
        raise _wrong(f"{path}: x of shape {tuple(x.shape)}, y of shape {tuple(y.shape)}")
    if scale not in SCALES:
        raise NumericsError(argument="scale", found=repr(scale), accepted=", ".join(SCALES))
    whole = Dataset(
        name=str(name),
        x=SCALES[scale](x),
        y=y,
        labels=torch.full((len(y),), -1, dtype=torch.int64),
        target="own",
        scale=scale,
        checksum=checksum_of(x, y),
        files=(path.name,),
    )
    return whole if n is None else whole.sample(n, seed=seed)


def write_own(path: Path, x: Tensor, y: Tensor) -> None:
    """Write a data set as `read_own` reads it, whole or not at all."""
    temporary = path.with_name(f"{path.stem}.{os.getpid()}.partial{SUFFIX}")
    np.savez(temporary, x=x.detach().cpu().double().numpy(), y=y.detach().cpu().double().numpy())
    temporary.replace(path)


def checksum_of(x: Tensor, y: Tensor) -> str:
    """SHA-256 of shapes and numbers, whatever the file around them looks like."""
    parts = [str(tuple(x.shape)).encode()]
    parts += [
        t.detach().cpu().double().contiguous().numpy().astype("<f8").tobytes() for t in (x, y)
    ]
    return sha256(*parts)


def _arrays(path: Path) -> dict[str, np.ndarray]:
    try:
        with np.load(path, allow_pickle=False) as found:
            return {key: found[key] for key in found.files}
    except (OSError, ValueError, AttributeError, zipfile.BadZipFile) as error:
        raise _wrong(f"{path} ({type(error).__name__}: {str(error)[:120]})") from error


def _real(path: Path, key: str, array: np.ndarray | None) -> Tensor:
    if array is None:
        raise _wrong(f"{path} without an array {key}")
    if array.dtype.kind not in "iufb":
        raise _wrong(f"{path}: {key} of type {array.dtype}")
    with np.errstate(invalid="ignore", over="ignore"):
        found = array.astype(np.float64)
        kept = (found.astype(array.dtype) == array).all()
    if not np.isfinite(found).all() or not kept:
        raise _wrong(f"{path}: {key} with numbers that are not finite, or no float64")
    return torch.from_numpy(found)


def _wrong(found: str) -> NumericsError:
    return NumericsError(argument="data", found=found, accepted=_WANTED)
