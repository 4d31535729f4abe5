"""False if a lazy door hides what `import` would have shown."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize("name", ["activation", "domain", "campaign", "trajectory", "prove"])
def test_a_module_behind_the_door_is_there_without_an_import_of_its_own(name):
    script = f"import verify; print(verify.{name})"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_what_is_nowhere_is_an_attribute_error():
    import verify

    with pytest.raises(AttributeError, match="nonsense"):
        _ = verify.nonsense
