"""A condition a statement needs, and where a statement is from."""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp

__all__ = ["Assumption", "Source"]


@dataclass(frozen=True, slots=True)
class Source:
    """Where a bound is from: paper, version, theorem, a short tag, and whose constant it has.

    relation: "after" the theorem, or "sharper than" it.
    """

    paper: str
    version: str
    theorem: str
    tag: str
    constant: str = "ours"
    relation: str = "after"

    def __str__(self) -> str:
        version = f"({self.version})" if self.version else ""
        return " ".join(p for p in (self.relation, self.paper, self.theorem, version) if p)


@dataclass(frozen=True, slots=True)
class Assumption:
    """A condition a bound needs: a key, a sentence, LaTeX, and the relation if it is algebraic.

    `relation` is None for what no formula can check (a smooth activation, unit rows).
    """

    key: str
    sentence: str
    latex: str
    relation: sp.Basic | None = None
