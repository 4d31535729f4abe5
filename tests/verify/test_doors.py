"""False if a lazy door hides what `import` would have shown."""

from __future__ import annotations

import pytest

from tests.afresh import run_afresh

BEHIND = ("activation", "domain", "campaign", "trajectory", "prove")
#: Each name in a process of its own, forked from one that has imported of this room the door alone.
FORKED = f"""
import os, sys, bounds, numerics, verify
bounds.catalogue()
for name in {BEHIND}:
    child = os.fork()
    if child == 0:
        os._exit(not hasattr(verify, name))
    if os.waitpid(child, 0)[1]:
        sys.exit(name)
"""


def test_every_module_behind_the_door_is_there_without_an_import_of_its_own():
    done = run_afresh(FORKED)
    assert done.returncode == 0, done.stderr


def test_what_is_nowhere_is_an_attribute_error():
    import verify

    with pytest.raises(AttributeError, match="nonsense"):
        _ = verify.nonsense
