"""The file: versioned JSON with a checksum; docs/counterexamples.md describes every field."""

from __future__ import annotations

import hashlib
import html
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from verify.case import Case
from verify.counterexample.readable import describe
from verify.counterexample.subject import case_of
from verify.errors import VerifyError
from verify.writing import write_whole

FORMAT, SCHEMA = "plumbline-counterexample", 2
_SHOWN = 120  # characters of a statement


@dataclass(frozen=True)
class Counterexample:
    """A claim's statement at one architecture and the exact case it fails on.

    name: the claim's name. quantity: key of its left side. sense: the
    relation it states. assumptions: their keys.
    definitions, right_side: the right side as arithmetic. subject: the case, exact.
    claimed: truth, right side and ratio as the search saw them; no checker believes them.
    """

    name: str
    quantity: str
    sense: str
    assumptions: tuple[str, ...]
    definitions: dict[str, str]
    right_side: str
    subject: dict[str, Any]
    claimed: dict[str, str]

    def __repr__(self) -> str:
        """The statement, the ratio, and the case to type in again."""
        sides = f"{self.quantity} {self.sense} {self.right_side}"
        sides = sides if len(sides) <= _SHOWN else sides[:_SHOWN] + " ..."
        text = describe(self.case(), 6).replace("\n", "\n    ")
        return f"{self.name}: truth/bound {self.claimed['ratio']} refutes {sides} at\n    {text}"

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(repr(self))}</pre>"

    def case(self) -> Case:
        """The case, ready for `verify.check`."""
        return case_of(self.subject, f"counterexample to {self.name}")

    def text(self) -> str:
        """The file's content; equal counterexamples give equal bytes."""
        document: dict[str, Any] = {
            "format": FORMAT,
            "schema": SCHEMA,
            "claim": {
                "name": self.name,
                "quantity": self.quantity,
                "sense": self.sense,
                "assumptions": list(self.assumptions),
                "definitions": self.definitions,
                "right_side": self.right_side,
            },
            "subject": self.subject,
            "claimed": self.claimed,
            "checksum": "",
        }
        document["checksum"] = checksum(document)
        return json.dumps(document, indent=1, allow_nan=False) + "\n"

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
            The folder cannot be written (a full disk, say).

        Examples
        --------
        >>> import sympy, torch, verify
        >>> x = sympy.Symbol("x", real=True)
        >>> wrong = verify.Claim.of("wrong", x**2, 2, domain={"x": verify.domain.scalar(-9, 9)})
        >>> case = verify.sample_case({"x": torch.tensor([2.0], dtype=torch.float64)})
        >>> import tempfile
        >>> from pathlib import Path
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     verify.counterexample(wrong, case).save(Path(folder) / "wrong.json").name
        'wrong.json'
        """
        return write_whole(path, self.text(), "path")


def checksum(document: dict[str, Any]) -> str:
    """sha256 over the sorted, compact JSON with an empty checksum."""
    body = json.dumps(document | {"checksum": ""}, sort_keys=True, separators=(",", ":"))
    return "sha256:" + hashlib.sha256(body.encode()).hexdigest()


def load(path: str | os.PathLike[str]) -> Counterexample:
    """Read a file that `Counterexample.save` wrote.

    Raises:
        VerifyError: it is missing, damaged, or of another schema.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise VerifyError("path", f"{path} ({error})", "a counterexample file") from error
    return parse(text, str(path))


def parse(text: str, name: str = "text") -> Counterexample:
    """As `load`, from the content."""
    accepted = f"a whole {FORMAT} file of schema {SCHEMA}"
    try:
        document = json.loads(text)
        if (document["format"], document["schema"]) != (FORMAT, SCHEMA):
            raise VerifyError(name, f"schema {document['schema']!r}", accepted)
        if document["checksum"] != checksum(document):
            raise VerifyError(name, "a checksum that does not fit the content", accepted)
        claim = document["claim"]
        return Counterexample(
            name=claim["name"],
            quantity=claim["quantity"],
            sense=claim["sense"],
            assumptions=tuple(claim["assumptions"]),
            definitions=claim["definitions"],
            right_side=claim["right_side"],
            subject=document["subject"],
            claimed=document["claimed"],
        )
    except (json.JSONDecodeError, KeyError, TypeError, RecursionError) as error:
        found = f"{type(error).__name__} {str(error)[:80]}"
        raise VerifyError(name, f"a damaged file ({found})", accepted) from error
