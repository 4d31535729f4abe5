"""False if the engine knows a model, a family another one, or two modules import each other."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import bounds
from bounds.families import FAMILIES

ROOM = Path(bounds.__file__).parent


def _modules(root: Path) -> dict[str, Path]:
    names = {
        p: ".".join(p.relative_to(root.parent).with_suffix("").parts) for p in root.rglob("*.py")
    }
    return {name.removesuffix(".__init__"): path for path, name in names.items()}


def _imports(path: Path) -> set[str]:
    """Every module a file imports, at its top, in a function or for type checking alike."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, path
            found |= {str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def graph(root: Path) -> dict[str, set[str]]:
    """Module -> modules of the room it imports, the door (the room itself) left out."""
    modules = _modules(root)
    door = root.name
    return {name: (_imports(p) & set(modules)) - {name, door} for name, p in modules.items()}


def circles(edges: dict[str, set[str]]) -> list[str]:
    """The modules that can reach themselves."""

    def reached(start: str) -> set[str]:
        seen: set[str] = set()
        todo = list(edges[start])
        while todo:
            name = todo.pop()
            if name not in seen:
                seen.add(name)
                todo += edges[name]
        return seen

    return sorted(name for name in edges if name in reached(name))


def test_no_two_modules_import_each_other_however_indirectly():
    assert circles(graph(ROOM)) == ["bounds.activation.enclosure", "bounds.activation.tail"]


def test_a_circle_through_a_method_would_be_noticed(tmp_path):
    room = tmp_path / "room"
    room.mkdir()
    (room / "a.py").write_text("from room.b import f\n")
    (room / "b.py").write_text("def f():\n    from room import a\n    return a\n")
    assert circles(graph(room)) == ["room.a", "room.b"]


def test_the_engine_imports_no_family_and_a_family_no_other():
    for name, imported in graph(ROOM).items():
        home = name.split(".")[1] if "." in name else ""
        families = {i.split(".")[1] for i in imported} & set(FAMILIES)
        if home in FAMILIES:
            assert families <= {home}, name
        elif name != "bounds":  # the door shows the first family's names
            assert not families, name


def test_this_room_never_imports_torch():
    code = "import sys, bounds; bounds.catalogue(); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
