"""Results as tables: rows once, and from them a dictionary, a pandas frame, LaTeX and HTML."""

from __future__ import annotations

import html
import importlib
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from numerics.errors import NumericsError

__all__ = ["Tabular", "html_table", "latex_table", "optional"]

_SHOWN = 12  # rows of a display
_SPECIAL = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_",
    "{": r"\{", "}": r"\}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
}  # fmt: skip


class Tabular:
    """Something that is a table: a subclass says its rows, each a dictionary of one row's cells."""

    def rows(self) -> Sequence[Mapping[str, Any]]:
        """The rows, all with the same keys in the same order."""
        raise NotImplementedError

    def to_dict(self) -> dict[str, list[Any]]:
        """Column name -> its cells."""
        rows = self.rows()
        return {name: [row[name] for row in rows] for name in (rows[0] if rows else ())}

    def to_frame(self) -> Any:
        """A `pandas.DataFrame`.

        Raises:
            NumericsError: pandas is not installed.
        """
        return optional("pandas", "to_frame").DataFrame(self.to_dict())

    def to_latex(self) -> str:
        """A tabular with the rules of the package booktabs."""
        return latex_table(self.rows())

    def _repr_html_(self) -> str:
        return f"<p>{html.escape(repr(self).splitlines()[0])}</p>" + html_table(self.rows())


def optional(package: str, purpose: str) -> Any:
    """A package that is installed or not, imported when it is needed.

    Raises:
        NumericsError: it is not, with the command that installs it.
    """
    try:
        return importlib.import_module(package)
    except ImportError as error:
        name = package.split(".")[0]
        found = f"{name} is not installed"
        raise NumericsError(
            argument=purpose, found=found, accepted=f"{name}: pip install {name}"
        ) from error


def html_table(rows: Sequence[Mapping[str, Any]], most: int = _SHOWN) -> str:
    """The first rows as a table, and how many follow."""
    if not rows:
        return ""
    head = "".join(f"<th>{html.escape(str(name))}</th>" for name in rows[0])
    body = "".join(
        "<tr>" + "".join(f"<td>{html.escape(_cell(v))}</td>" for v in row.values()) + "</tr>"
        for row in rows[:most]
    )
    more = f"<p>and {len(rows) - most:,} more rows</p>" if len(rows) > most else ""
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}"


def latex_table(rows: Sequence[Mapping[str, Any]]) -> str:
    """The rows as a tabular for booktabs; a text in dollars is left as it is."""
    if not rows:
        return ""
    left = [isinstance(value, str) for value in rows[0].values()]
    lines = [
        rf"\begin{{tabular}}{{{''.join('l' if is_text else 'r' for is_text in left)}}}",
        r"\toprule",
        " & ".join(_escaped(str(name)) for name in rows[0]) + r" \\",
        r"\midrule",
        *(" & ".join(_escaped(_cell(value)) for value in row.values()) + r" \\" for row in rows),
        r"\bottomrule",
        r"\end{tabular}",
    ]
    return "\n".join(lines)


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value:.6g}"
    return "" if value is None else str(value)


def _escaped(text: str) -> str:
    if len(text) > 1 and text.startswith("$") and text.endswith("$"):
        return text
    return re.sub(r"[\\&%$#_{}~^]", lambda found: _SPECIAL[found.group()], text)
