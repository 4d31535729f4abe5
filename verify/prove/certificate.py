"""Certificates of proofs: frozen text, which an independent checker verifies in a fresh process."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sympy as sp

from verify.arithmetic import arithmetic
from verify.counterexample.confirm import Confirmation, confirm
from verify.counterexample.files import checksum
from verify.errors import VerifyError
from verify.prove.statement import Statement
from verify.writing import write_whole

__all__ = ["Certificate", "certificate", "load_certificate"]

FORMAT, SCHEMA = "plumbline-proof", 1


@dataclass(frozen=True)
class Certificate:
    """A claim, its domain, and a tree of steps that covers it (docs/proofs.md), as JSON text."""

    text: str

    @property
    def document(self) -> dict[str, Any]:
        """The content."""
        found: dict[str, Any] = json.loads(self.text)
        return found

    @property
    def statement(self) -> str:
        """The claim in one line."""
        claim = self.document["claim"]
        return f"{claim['left']} {claim['sense']} {claim['right']}"

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the file, whole or not at all.

        Parameters
        ----------
        path : path-like
            The file.

        Returns
        -------
        Path
            The same.

        Raises
        ------
        VerifyError
            The folder cannot be written.

        Examples
        --------
        >>> import tempfile, sympy, verify
        >>> from pathlib import Path
        >>> x = sympy.Symbol("x", real=True)
        >>> claim = verify.Claim.of("square", -x**2, 0, domain={"x": verify.domain.scalar(-9, 9)})
        >>> certificate = verify.prove(claim).certificate
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     certificate.save(Path(folder) / "square.json").name
        'square.json'
        """
        return write_whole(path, self.text, "path")

    def check(self, *, seconds: float = 120.0) -> Confirmation:
        """Have it verified by `verify/checker.py` in a process of its own.

        Parameters
        ----------
        seconds : float
            Time limit.

        Returns
        -------
        Confirmation

        Raises
        ------
        VerifyError
            No answer within `seconds`.

        Examples
        --------
        >>> import tempfile, sympy, verify
        >>> from pathlib import Path
        >>> x = sympy.Symbol("x", real=True)
        >>> claim = verify.Claim.of("square", -x**2, 0, domain={"x": verify.domain.scalar(-9, 9)})
        >>> certificate = verify.prove(claim).certificate
        >>> certificate.check().confirmed
        True
        """
        with tempfile.TemporaryDirectory() as folder:
            return confirm(self.save(Path(folder) / "certificate.json"), seconds=seconds)


def certificate(
    statement: Statement,
    point: Mapping[sp.Symbol, sp.Rational],
    defined: dict[str, Any],
    steps: dict[str, Any] | None,
) -> Certificate:
    """A proof as a file's content; equal proofs give equal bytes."""
    document: dict[str, Any] = {
        "format": FORMAT,
        "schema": SCHEMA,
        "claim": {
            "name": statement.name,
            "left": arithmetic(statement.left),
            "sense": statement.sense,
            "right": arithmetic(statement.right),
        },
        "proof": {
            "domain": {str(v): side.data() for v, side in statement.box.items()},
            "where": [[arithmetic(c), ">" if strict else ">="] for c, strict in statement.where],
            "point": {str(v): arithmetic(x) for v, x in point.items()},
            "defined": defined,
            "steps": steps,
        },
        "checksum": "",
    }
    document["checksum"] = checksum(document)
    return Certificate(json.dumps(document, allow_nan=False) + "\n")


def load_certificate(path: str | os.PathLike[str]) -> Certificate:
    """Read a file that `Certificate.save` wrote; whether it proves anything is up to its `check`.

    Parameters
    ----------
    path : path-like
        The file.

    Returns
    -------
    Certificate

    Raises
    ------
    VerifyError
        It is missing or no certificate.

    Examples
    --------
    >>> import tempfile, sympy, verify
    >>> from pathlib import Path
    >>> x = sympy.Symbol("x", real=True)
    >>> claim = verify.Claim.of("square", -x**2, 0, domain={"x": verify.domain.scalar(-9, 9)})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = verify.prove(claim).certificate.save(Path(folder) / "square.json")
    ...     verify.load_certificate(path).check().confirmed
    True
    """
    try:
        found = Certificate(Path(path).read_text(encoding="utf-8"))
        good = found.document["format"] == FORMAT
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise VerifyError("path", f"{path} ({error})", "a certificate file") from error
    if not good:
        raise VerifyError("path", f"{path}, of another format", "a certificate file")
    return found
