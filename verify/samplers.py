"""A user's sampler asked for samples: what it raises is said in the project's words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from verify.errors import FAULTS, VerifyError

__all__ = ["drawn_by"]


def drawn_by(
    argument: str,
    sampler: Callable[[torch.Generator, int], Any],
    generator: torch.Generator,
    count: int,
) -> Any:
    """What a user's sampler returns.

    Raises:
        VerifyError: it raises something of its own.
    """
    try:
        return sampler(generator, count)
    except FAULTS as error:
        found = f"{type(error).__name__}: {str(error)[:200]}"
        accepted = "a function of (torch.Generator, count) that runs"
        raise VerifyError(argument, found, accepted) from error
