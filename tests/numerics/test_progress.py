"""One bar at a time: false if a call within a command prints lines of its own."""

from __future__ import annotations

import os
import pty
import subprocess
import sys

from numerics.progress import progress_bar

NESTED = """
from numerics.progress import progress_bar
with progress_bar("outer", 3) as outer:
    for k in range(3):
        outer(k, text="a long piece of work")
        with progress_bar("inner", 50) as inner:
            for j in range(50):
                inner(j)
with progress_bar("after", 1) as after:
    after(1)
"""


def in_a_terminal(code: str) -> str:
    """What a program shows in a terminal of its own."""
    master, slave = pty.openpty()
    child = subprocess.Popen(
        [sys.executable, "-c", code], stdin=slave, stdout=slave, stderr=slave, close_fds=True
    )
    os.close(slave)
    shown = b""
    while True:
        try:
            part = os.read(master, 65536)
        except OSError:
            break
        if not part:
            break
        shown += part
    assert child.wait() == 0, shown.decode()
    os.close(master)
    return shown.decode()


def test_in_a_terminal_the_outer_bar_is_shown_and_the_inner_one_is_silent():
    shown = in_a_terminal(NESTED)
    assert "outer" in shown
    assert "0/3" in shown
    assert "inner" not in shown
    assert "after" in shown, "the next bar is an outer one again"
    assert shown.count("\n") < 12, "a bar is redrawn in its line, and taken away"


def test_without_a_terminal_nothing_is_shown(capsys):
    with progress_bar("outer", 3) as tell:
        tell(1, text="one")
    assert capsys.readouterr() == ("", "")
