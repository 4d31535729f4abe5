"""False if the numerical engine knows a model, a family another one, or imports run in circles."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numerics
from bounds.families import FAMILIES
from tests.import_graph import circles, graph, strangers, without

ROOM = Path(numerics.__file__).parent

#: Imports that close a circle, made when a method is called, and why.
CIRCLES = (
    # WeightNormNetwork.from_module is a door: it loads the reader of modules, which makes networks
    ("numerics.weightnorm.network", "numerics.weightnorm.modules"),
)


def test_no_two_modules_load_each_other_however_indirectly():
    assert circles(without(graph(ROOM, typing=False), CIRCLES)) == []


def test_the_engine_imports_no_family_and_a_family_no_other():
    found = strangers(graph(ROOM), set(FAMILIES))
    assert set(found) == {"numerics"}, found  # the door shows the first family's names


def test_this_room_never_imports_sympy_nor_another_room():
    code = (
        "import sys, pkgutil, importlib, numerics\n"
        "for m in pkgutil.walk_packages(numerics.__path__, 'numerics.'):\n"
        "    if not m.name.endswith('__main__'): importlib.import_module(m.name)\n"
        "sys.exit(', '.join({'sympy', 'bounds', 'verify', 'z3'} & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
