"""The one progress bar: done, total and time left on stderr; silence where that is no terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

__all__ = ["Tell", "progress_bar"]

_SHOWN: ContextVar[bool] = ContextVar("a bar is shown", default=False)


class Tell(Protocol):
    """Says how far the work is; `total` where it was not known before, `text` what it does."""

    def __call__(self, done: int, *, total: int | None = None, text: str = "") -> None: ...


def _silent(done: int, *, total: int | None = None, text: str = "") -> None:
    """Nothing."""


@contextmanager
def progress_bar(
    title: str, total: int | None = None, *, show: bool | None = None
) -> Iterator[Tell]:
    """Yield tell(done). `show` None decides by whether stderr is a terminal.

    A bar within another one is silent: the outer one says how far the whole is.
    """
    visible = sys.stderr.isatty() if show is None else show
    if not visible or _SHOWN.get():
        yield _silent
        return
    outer = _SHOWN.set(True)
    try:
        with _bar(title, total) as tell:
            yield tell
    finally:
        _SHOWN.reset(outer)


@contextmanager
def _bar(title: str, total: int | None) -> Iterator[Tell]:
    columns = (
        TextColumn(title),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.description}", table_column=None),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=total)

        def tell(done: int, *, total: int | None = None, text: str = "") -> None:
            bar.update(task, completed=done, total=total, description=text[:60])

        yield tell
