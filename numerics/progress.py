"""A progress bar on stderr, and silence where stderr is no terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

Advance = Callable[[int], None]


@contextmanager
def progress_bar(total: int, *, show: bool | None) -> Iterator[Advance]:
    """Yield advance(step). `show` None decides by whether stderr is a terminal."""
    visible = sys.stderr.isatty() if show is None else show
    if not visible:
        yield lambda step: None
        return
    columns = (
        TextColumn("training"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("", total=total)
        yield lambda step: bar.update(task, completed=step)
