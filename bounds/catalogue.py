"""Every bound and every lemma of every family under its stable name."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping

from bounds.errors import BoundsError
from bounds.families import gather
from bounds.statement import Bound

__all__ = ["Catalogue", "catalogue", "get", "lemmas"]


class Catalogue(Mapping[str, Bound]):
    """Bounds by name, read only; displays as a table, and completes names in a notebook."""

    def __init__(self, known: Mapping[str, Bound]) -> None:
        self._known = known

    def __getitem__(self, name: str) -> Bound:
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)

    def _ipython_key_completions_(self) -> list[str]:
        return list(self._known)

    def __repr__(self) -> str:
        pad = max(map(len, self._known), default=0)
        lines = [f"  {n:<{pad}}  {b.source}" for n, b in self._known.items()]
        return "\n".join([f"{len(self)} statements", *lines])

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{html.escape(name)}</td>"
            f"<td>$\\displaystyle {html.escape(bound.latex())}$</td>"
            f"<td>{html.escape(str(bound.source))}</td></tr>"
            for name, bound in self._known.items()
        )
        head = "<tr><th>name</th><th>statement</th><th>source</th></tr>"
        return f"<table><thead>{head}</thead><tbody>{rows}</tbody></table>"


def catalogue() -> Catalogue:
    """All bounds, name to bound, family by family, first order before second; read only.

    Returns
    -------
    Catalogue
        A read-only mapping that displays as a table.

    Examples
    --------
    >>> import bounds
    >>> "hessian.closed" in bounds.catalogue()
    True
    """
    return Catalogue(gather("BOUNDS"))


def lemmas() -> Catalogue:
    """All lemmas, name to lemma, from the elementary to the last; read only.

    Returns
    -------
    Catalogue
        A read-only mapping that displays as a table.

    Examples
    --------
    >>> import bounds
    >>> len(bounds.lemmas()) > 10
    True
    """
    return Catalogue(gather("LEMMAS"))


def get(name: str) -> Bound:
    """The bound of this name; BoundsError names the ones there are.

    Parameters
    ----------
    name : str
        A key of `catalogue()`.

    Returns
    -------
    Bound

    Raises
    ------
    BoundsError
        An unknown name; the message lists the known ones.

    Examples
    --------
    >>> import bounds
    >>> print(bounds.get("gradient").source)
    sharper than [CV25] Lem 4.1 (arXiv 2409.08935v2)
    """
    known = catalogue()
    if name not in known:
        raise BoundsError(argument="name", found=repr(name), accepted="one of " + ", ".join(known))
    return known[name]
