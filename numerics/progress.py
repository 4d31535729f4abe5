"""The one progress bar: done, total and time left on stderr; silence where that is no terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

__all__ = ["Tell", "progress_bar"]


class Tell(Protocol):
    """Says how far the work is; `total` where it was not known before, `text` what it does."""

    def __call__(self, done: int, *, total: int | None = None, text: str = "") -> None: ...


def _silent(done: int, *, total: int | None = None, text: str = "") -> None:
    """Nothing."""


@contextmanager
def progress_bar(
    title: str, total: int | None = None, *, show: bool | None = None
) -> Iterator[Tell]:
    """Yield tell(done). `show` None decides by whether stderr is a terminal."""
    visible = sys.stderr.isatty() if show is None else show
    if not visible:
        yield _silent
        return
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
