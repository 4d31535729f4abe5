"""False if the engine knows a model, a family another one, or two modules import each other."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import bounds
from bounds.families import FAMILIES
from tests.import_graph import circles, graph, strangers

ROOM = Path(bounds.__file__).parent


def test_no_two_modules_import_each_other_however_indirectly():
    assert circles(graph(ROOM)) == []


def test_a_circle_through_a_method_would_be_noticed(tmp_path):
    room = tmp_path / "room"
    room.mkdir()
    (room / "a.py").write_text("from room.b import f\n")
    (room / "b.py").write_text("def f():\n    from room import a\n    return a\n")
    assert circles(graph(room)) == ["room.a", "room.b"]


def test_the_engine_imports_no_family_and_a_family_no_other():
    found = strangers(graph(ROOM), set(FAMILIES))
    assert set(found) == {"bounds"}, found  # the door shows the first family's names


def test_this_room_never_imports_torch():
    code = "import sys, bounds; bounds.catalogue(); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
