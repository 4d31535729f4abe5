"""A time limit that also ends long calls into sympy."""

from __future__ import annotations

import contextlib
import inspect
import sys
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from bounds.errors import BoundsError

__all__ = ["Deadline"]

#: Here nobody would catch it: the frames that open and close the block, and weak references.
_DEAF = (__file__, contextlib.__file__, weakref.__file__)


class _Late(BaseException):
    """Raised inside a foreign call; not an `Exception`, so that no handler there swallows it."""


def _lost(frame: FrameType) -> bool:
    """Whether an error raised in this frame might go nowhere."""
    code = frame.f_code
    generator = bool(code.co_flags & inspect.CO_GENERATOR)
    return generator or code.co_name == "__del__" or code.co_filename in _DEAF


def _put_back(hook: Any) -> None:
    """`cProfile` leaves itself where a function is expected (before Python 3.12)."""
    if hook is None or callable(hook):
        sys.setprofile(hook)
    else:
        hook.enable()


class Deadline:
    """A limit in seconds from now; `check` raises a BoundsError that names it once it is over."""

    def __init__(self, seconds: float, purpose: str) -> None:
        if not 0 < seconds < float("inf"):
            raise BoundsError(argument="seconds", found=seconds, accepted="a positive number")
        self.seconds, self.purpose = seconds, purpose
        self._end = time.monotonic() + seconds

    def check(self) -> None:
        """Nothing before the limit, BoundsError after it."""
        if time.monotonic() > self._end:
            raise self._error()

    def _error(self) -> BoundsError:
        return BoundsError(
            argument="seconds",
            found=f"no proof within {self.seconds:g} seconds ({self.purpose})",
            accepted="a larger limit, or a simpler formula",
        )

    @contextmanager
    def interrupting(self) -> Iterator[None]:
        """Ends a call that never looks at the clock: every Python call inside checks it.

        The profile hook of the thread is used and put back, so the block needs no signal and no
        process of its own. Python drops a hook that raised: it must not raise where the error is
        lost, in a generator that is thrown away, a `__del__` or the callback of a weak reference.
        """
        before = sys.getprofile()

        def hook(frame: FrameType, event: str, argument: Any) -> None:
            if time.monotonic() > self._end and not _lost(frame):
                raise _Late

        sys.setprofile(hook)
        try:
            yield
        except _Late:
            raise self._error() from None
        finally:
            _put_back(before)
