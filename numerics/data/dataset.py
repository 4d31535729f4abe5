"""A data set as the theory wants it: inputs (n, d), scalar targets (n,), both float64."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, TypeVar

import numpy as np
import torch
from torch import Tensor

from numerics.data.pictures import Pictures
from numerics.errors import NumericsError

Target = Literal["parity", "one-vs-rest", "value"]
Scale = Literal["unit", "raw"]
CLASSES = 10
T = TypeVar("T")


@dataclass(frozen=True, eq=False, slots=True)
class Dataset:
    """Inputs and scalar targets, with their origin.

    x: (n, d) float64; y: (n,) float64; labels: (n,) int64 in 0..9, from which y was made.
    checksum: SHA-256 of the files' decompressed content (of all of it, not of the chosen n).
    Raises NumericsError when there is no example, when two or more are all the same input, or
    when two or more all have the same target: nothing can be learned from such data.
    """

    name: str
    x: Tensor
    y: Tensor
    labels: Tensor
    target: str
    scale: str
    checksum: str
    files: tuple[str, ...]

    def __post_init__(self) -> None:
        if not len(self.x):
            raise _constant("no example", self.name)
        if len(self.x) > 1 and bool((self.x == self.x[0]).all()):
            raise _constant(f"{len(self.x)} times the same input", self.name)
        if len(self.x) > 1 and bool((self.y == self.y[0]).all()):
            raise _constant(f"the target {float(self.y[0])} for all {len(self.x)}", self.name)

    def __len__(self) -> int:
        return len(self.x)

    def sample(self, n: int, *, seed: int) -> Dataset:
        """`n` examples drawn without replacement, in drawn order; the same seed, the same ones."""
        if isinstance(n, bool) or not isinstance(n, int) or not 1 <= n <= len(self):
            raise NumericsError(
                argument="n", found=repr(n), accepted=f"1 to {len(self)}, all that {self.name} has"
            )
        order = torch.randperm(len(self), generator=torch.Generator().manual_seed(seed))[:n]
        return replace(self, x=self.x[order], y=self.y[order], labels=self.labels[order])


def build(
    pictures: Pictures, *, target: str, scale: str, positive: int, n: int | None, seed: int
) -> Dataset:
    """Scale the pictures and make the targets; see `numerics.data.load` for the choices."""
    _check_labels(pictures)
    labels = torch.from_numpy(pictures.labels)
    chosen = _choose(TARGETS, target, "target")
    scaled = _choose(SCALES, scale, "scale")
    if isinstance(positive, bool) or positive not in range(CLASSES):
        raise NumericsError(argument="positive", found=repr(positive), accepted="a class, 0 to 9")
    whole = Dataset(
        name=pictures.name,
        x=scaled(torch.from_numpy(pictures.pixels.astype(np.float64) / pictures.full_scale)),
        y=chosen(labels, positive),
        labels=labels,
        target=f"{target} {positive}" if target == "one-vs-rest" else target,
        scale=scale,
        checksum=pictures.checksum,
        files=pictures.files,
    )
    return whole if n is None else whole.sample(n, seed=seed)


def _parity(labels: Tensor, positive: int) -> Tensor:
    return 1.0 - 2.0 * (labels % 2).double()


def _one_vs_rest(labels: Tensor, positive: int) -> Tensor:
    return 2.0 * (labels == positive).double() - 1.0


def _value(labels: Tensor, positive: int) -> Tensor:
    return labels.double() / (CLASSES - 1)


def _unit(x: Tensor) -> Tensor:
    norms = torch.linalg.vector_norm(x, dim=1, keepdim=True)
    if not bool((norms > 0).all()):
        raise NumericsError(
            argument="scale",
            found=f"an all-zero picture at index {int(norms.argmin())}, which has no direction",
            accepted='pictures with a nonzero pixel, or scale="raw"',
        )
    return x / norms


TARGETS: dict[str, Callable[[Tensor, int], Tensor]] = {
    "parity": _parity,
    "one-vs-rest": _one_vs_rest,
    "value": _value,
}
SCALES: dict[str, Callable[[Tensor], Tensor]] = {"unit": _unit, "raw": torch.clone}


def _choose(table: dict[str, T], key: str, argument: str) -> T:
    if key not in table:
        raise NumericsError(argument=argument, found=repr(key), accepted=", ".join(table))
    return table[key]


def _check_labels(pictures: Pictures) -> None:
    wrong = (pictures.labels < 0) | (pictures.labels >= CLASSES)
    if wrong.any():
        first = int(wrong.argmax())
        raise NumericsError(
            argument="folder",
            found=f"label {pictures.labels[first]} at index {first} of {pictures.name}",
            accepted="labels 0 to 9",
        )


def _constant(what: str, name: str) -> NumericsError:
    return NumericsError(
        argument="n", found=f"{name} with {what}", accepted="data in which something varies"
    )
