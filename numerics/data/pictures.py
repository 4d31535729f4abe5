"""What every reader of picture files hands over: pixels and labels, not yet scaled."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Pictures:
    """Pixels (n, d) between 0 and `full_scale`, integer labels (n,), and where they came from.

    checksum: SHA-256 of the decompressed content of all files, in order.
    """

    name: str
    pixels: np.ndarray
    full_scale: float
    labels: np.ndarray
    checksum: str
    files: tuple[str, ...]
