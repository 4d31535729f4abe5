"""What an unfinished search for a proof knows, so that a later one goes on from there.

Sub-claims that were decided, and trees of cuts that were begun, whose open leaves are the boxes
that remain. Nothing in it is believed: what a later search makes of it is checked like any
certificate.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import sympy as sp

from bounds import BoundsError
from verify.arithmetic import arithmetic
from verify.errors import VerifyError
from verify.prove.statement import Condition, Side
from verify.writing import write_whole

__all__ = ["Memory", "fraction", "load_unfinished"]

FORMAT = "plumbline-unfinished-proof"
_NUMBER = re.compile(r"[()\d/\s-]+")

Step = dict[str, Any]


@dataclass
class Memory:
    """done: sub-claim -> its step, or None where every rule failed; begun: trees with open leaves
    ({}), as text keys that name formula, box and conditions."""

    done: dict[str, Step | None] = field(default_factory=dict)
    begun: dict[str, Step] = field(default_factory=dict)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the file whole or not at all.

        Raises:
            VerifyError: the folder cannot be written.
        """
        document = {"format": FORMAT, "done": self.done, "begun": self.begun}
        return write_whole(path, json.dumps(document, allow_nan=False) + "\n", "path")

    @staticmethod
    def key(
        g: sp.Expr, box: Mapping[sp.Symbol, Side], given: Sequence[Condition], depth: int
    ) -> str:
        """A sub-claim as text; "" for what has none and is not remembered."""
        try:
            where = [[arithmetic(c), strict] for c, strict in given]
            sides = {str(v): side.data() for v, side in box.items()}
            return json.dumps([arithmetic(g), sides, where, depth])
        except BoundsError:
            return ""


def fraction(text: str) -> Fraction:
    """The number that a cut is at: digits, a stroke and brackets, never evaluated.

    Raises:
        VerifyError: anything else.
    """
    if _NUMBER.fullmatch(text):
        try:
            return Fraction(re.sub(r"[()\s]", "", text))
        except (ValueError, ZeroDivisionError):
            pass
    raise VerifyError("resume", f"a cut at {text[:40]!r}", "a whole number or a fraction")


def load_unfinished(path: str | os.PathLike[str]) -> Memory:
    """Read what `Memory.save` wrote.

    Parameters
    ----------
    path : str or path
        The file.

    Returns
    -------
    Memory
        For `verify.prove(claim, resume=...)`.

    Raises
    ------
    VerifyError
        It is missing or something else.

    Examples
    --------
    >>> import verify
    >>> verify.load_unfinished("no such file")
    Traceback (most recent call last):
    verify.errors.VerifyError: ...
    """
    try:
        found = json.loads(Path(path).read_text(encoding="utf-8"))
        if found["format"] == FORMAT:
            return Memory(dict(found["done"]), dict(found["begun"]))
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise VerifyError("path", f"{path} ({error})", "an unfinished proof") from error
    raise VerifyError("path", f"{path}, of another format", "an unfinished proof")
