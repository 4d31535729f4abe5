"""Who imports whom, read from the sources: at the top, in functions, for type checking alike."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from pathlib import Path


def modules(root: Path) -> dict[str, Path]:
    """Name -> file of every module of a room."""
    names = {
        p: ".".join(p.relative_to(root.parent).with_suffix("").parts) for p in root.rglob("*.py")
    }
    return {name.removesuffix(".__init__"): path for path, name in names.items()}


def _loaded(tree: ast.AST) -> Iterator[ast.AST]:
    """Every node but what stands under `if TYPE_CHECKING`."""
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, ast.If) and ast.unparse(child.test).endswith("TYPE_CHECKING"):
            continue
        yield child
        yield from _loaded(child)


def imports(path: Path, known: Collection[str], *, typing: bool = True) -> set[str]:
    """The known modules that a file imports: by name, as names of a package, or by
    `importlib.import_module("...")`. A submodule taken from its package counts for itself alone.

    typing: also what is imported for the type checker only.
    """
    found: set[str] = set()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree) if typing else _loaded(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, path
            taken = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= taken if taken <= set(known) else {str(node.module), *taken}
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
            found |= {str(a.value) for a in node.args if isinstance(a, ast.Constant)}
    return found & set(known)


def graph(root: Path, *, typing: bool = True) -> dict[str, set[str]]:
    """Module -> modules of the room it imports, the door (the room itself) left out."""
    known = modules(root)
    found = {name: imports(p, known, typing=typing) for name, p in known.items()}
    return {name: imported - {name, root.name} for name, imported in found.items()}


def without(
    edges: dict[str, set[str]], allowed: Collection[tuple[str, str]]
) -> dict[str, set[str]]:
    """The graph without some imports, each of which must be there."""
    for one, other in allowed:
        assert other in edges[one], f"{one} no longer imports {other}: take it off the list"
    return {name: {i for i in to if (name, i) not in allowed} for name, to in edges.items()}


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


def strangers(edges: dict[str, set[str]], families: set[str]) -> dict[str, set[str]]:
    """Module -> families it imports although it is of the engine, or of another family."""

    def home(name: str) -> str:
        return name.split(".")[1] if "." in name else ""

    return {
        name: foreign
        for name, imported in edges.items()
        if (foreign := ({home(i) for i in imported} & families) - {home(name)})
    }
