"""Counterexamples as small files: saved exactly, re-checked from disk, turned into tests."""

from typing import TYPE_CHECKING

from numerics.lazy import lazy_door
from verify.errors import VerifyError

if TYPE_CHECKING:
    from verify.counterexample.confirm import Confirmation, confirm
    from verify.counterexample.files import Counterexample, load
    from verify.counterexample.make import counterexample
    from verify.counterexample.readable import describe
    from verify.counterexample.replay import assert_holds, pytest_source

__all__ = [
    "Confirmation",
    "Counterexample",
    "assert_holds",
    "confirm",
    "counterexample",
    "describe",
    "load",
    "pytest_source",
]

lazy_door(__name__, VerifyError)
