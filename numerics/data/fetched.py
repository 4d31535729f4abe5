"""Data that scikit-learn brings: the embedded digits, and downloads from OpenML."""

from __future__ import annotations

from http.client import HTTPException

import numpy as np

from numerics.data.files import sha256
from numerics.data.pictures import Pictures
from numerics.errors import NumericsError

# scikit-learn's digits are part of its package: 1797 pictures of 8 x 8, values 0 to 16.
DIGITS_CHECKSUM = "65e5b4619795efb40c1082f4c350c049e4ad552200d369b6ae99e21eef5e72c5"
OPENML = {"mnist": ("mnist_784", 784), "cifar10": ("CIFAR_10", 3072)}


def read_digits() -> Pictures:
    """The digits embedded in scikit-learn; no file and no network needed."""
    from sklearn.datasets import load_digits  # slow to import, so only when asked for

    found = load_digits()
    pixels, labels = found.data.astype(np.uint8), found.target.astype(np.int64)
    checksum = sha256(pixels.tobytes(), labels.astype("<i8").tobytes())
    if checksum != DIGITS_CHECKSUM:
        raise NumericsError(
            argument="name",
            found=f"digits with SHA-256 {checksum}",
            accepted=f"{DIGITS_CHECKSUM}, the digits of scikit-learn 1.4 and later",
        )
    return Pictures("digits", pixels, 16.0, labels, checksum, ("scikit-learn load_digits",))


def fetch(name: str) -> Pictures:
    """Download `name` through scikit-learn's fetch_openml (cached by it); needs a network."""
    from sklearn.datasets import fetch_openml  # slow to import, so only when asked for

    title, size = OPENML[name]
    try:
        found = fetch_openml(title, version=1, as_frame=False, parser="liac-arff")
    except (OSError, HTTPException, ValueError) as error:
        raise NumericsError(
            argument="fetch",
            found=f"no {title} from OpenML ({type(error).__name__}: {error})",
            accepted="a network that reaches openml.org, or a folder with the official files",
        ) from error
    pixels = np.asarray(found.data, dtype=np.float64).astype(np.uint8)
    labels = np.asarray(found.target).astype(np.int64)
    if pixels.ndim != 2 or pixels.shape[1] != size or len(pixels) != len(labels):
        raise NumericsError(
            argument="fetch",
            found=f"{title} of shape {pixels.shape} with {len(labels)} labels",
            accepted=f"(n, {size}) with n labels",
        )
    checksum = sha256(pixels.tobytes(), labels.astype("<i8").tobytes())
    return Pictures(name, pixels, 255.0, labels, checksum, (f"OpenML {title} version 1",))
