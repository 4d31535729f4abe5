"""False if this room's engine knows a model, a family another one, or imports run in circles."""

from __future__ import annotations

import ast
import importlib
import inspect
from pathlib import Path

import pytest

import bounds
import numerics
import plumbnn
import verify
from bounds.families import FAMILIES
from tests.import_graph import circles, graph, imports, modules, strangers, without

ROOMS = {room.__name__: Path(room.__file__).parent for room in (bounds, numerics, verify)}
ROOM = ROOMS["verify"]

#: Imports that close a circle, made when a function is called, and why.
CIRCLES = (
    # Claim.of is the public door for a claim of one's own: it loads the builder, which makes claims
    ("verify.claim", "verify.own.build"),
    ("verify.claim", "verify.own.module"),
)


def home(module: str) -> str:
    """The folder of a module in its room."""
    return module.split(".")[1] if "." in module else ""


def test_no_two_modules_load_each_other_however_indirectly():
    assert circles(without(graph(ROOM, typing=False), CIRCLES)) == []


def test_the_engine_imports_no_family_and_a_family_no_other():
    found = strangers(graph(ROOM), set(FAMILIES))
    assert set(found) == {"verify"}, found  # the door shows the first families' cases


@pytest.mark.parametrize("room", ["bounds", "numerics"])
def test_the_engine_imports_no_family_of_the_other_rooms_and_a_family_its_own_alone(room):
    known = modules(ROOMS[room])
    for name, path in modules(ROOM).items():
        foreign = {home(i) for i in imports(path, known)} & set(FAMILIES)
        assert foreign <= {home(name)}, name


def from_the_door(path: Path, room: str) -> set[str]:
    """The names that a file takes through the door of a room: `from room import x`, `room.x`."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == room:
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            found |= {node.attr} if node.value.id == room else set()
    return found


def defined_in(public: object) -> str:
    """The module behind the door, where a function is defined."""
    return str(getattr(inspect.unwrap(public) if callable(public) else public, "__module__", ""))


@pytest.mark.parametrize("room", ["bounds", "numerics", "verify"])
def test_no_family_comes_into_the_engine_through_the_door_of_a_room(room):
    """`numerics.hessian_norm` is as much of a family as `numerics.weightnorm.hessian_norm`."""
    door, found = importlib.import_module(room), {}
    for name, path in modules(ROOM).items():
        if home(name) in FAMILIES or name == "verify":
            continue
        for taken in from_the_door(path, room):
            origin = defined_in(getattr(door, taken, None))
            if origin.startswith(f"{room}.") and home(origin) in FAMILIES:
                found.setdefault(name, set()).add(taken)
    assert found == {}


def test_a_family_that_comes_in_through_a_door_would_be_noticed(tmp_path):
    file = tmp_path / "engine.py"
    file.write_text("import numerics\nfrom bounds import symbol\nx = numerics.hessian_norm\n")
    assert from_the_door(file, "numerics") == {"hessian_norm"}
    assert from_the_door(file, "bounds") == {"symbol"}
    assert defined_in(numerics.hessian_norm).startswith("numerics.weightnorm")


def test_a_stranger_would_be_noticed():
    edges = {"verify.check": {"verify.weightnorm.cases"}, "verify.samples.space": {"verify.claim"}}
    assert strangers(edges, set(FAMILIES)) == {"verify.check": {"weightnorm"}}


def test_every_family_of_the_table_is_a_folder_of_this_room():
    assert all((ROOM / name / "__init__.py").is_file() for name in FAMILIES)


def test_the_rooms_take_from_the_distributions_own_package_only_what_knows_no_room():
    package = Path(plumbnn.__file__).parent
    known = modules(package)
    taken = {
        name: found
        for root in ROOMS.values()
        for name, path in modules(root).items()
        if (found := imports(path, known) - {"plumbnn"})
    }
    assert set().union(*taken.values()) == {"plumbnn.arguments"}, taken
    rooms = {name for root in ROOMS.values() for name in modules(root)}
    assert not imports(known["plumbnn.arguments"], rooms)
