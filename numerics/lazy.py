"""A door that loads what stands behind it when it is first asked for (PEP 562)."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from plumbnn.arguments import Refusal, at_the_door

__all__ = ["lazy_door"]


class _Door(ModuleType):
    """A package whose public names are loaded when they are asked for.

    A public name may also be that of a submodule (`verify.check` is a function of the module
    `verify.check`): what the import system assigns when the submodule is loaded must not hide it.
    """

    _origins: dict[str, tuple[str, str]]
    _refusal: Refusal

    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(value, ModuleType) and name in self._origins and self._origins[name][1]:
            return
        super().__setattr__(name, value)

    def __getattr__(self, name: str) -> Any:
        if name not in self._origins:
            return self._submodule(name)
        module, attribute = self._origins[name]
        found = importlib.import_module(module)
        public = getattr(found, attribute) if attribute else found
        self.__dict__[name] = at_the_door(public, self.__name__, self._refusal)
        return self.__dict__[name]

    def _submodule(self, name: str) -> ModuleType:
        """A module of the package that nothing has imported yet."""
        whole = f"{self.__name__}.{name}"
        if name.startswith("_") or importlib.util.find_spec(whole) is None:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        return importlib.import_module(whole)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self._origins})


def lazy_door(package: str, refusal: Refusal) -> None:
    """Serve the names that a package's `__init__` imports under `if TYPE_CHECKING:` on demand;
    functions refuse what their annotations do not admit (`plumbnn.arguments`).

    Type checkers read these imports, and so does this: one list, of which nothing is loaded before
    it is used. Call it at the end of the `__init__`, as `lazy_door(__name__, RoomsError)`.
    """
    module = sys.modules[package]
    source = Path(str(module.__file__)).read_text(encoding="utf-8")
    origins: dict[str, tuple[str, str]] = {}
    for block in ast.parse(source).body:
        if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING":
            for node in block.body:
                if isinstance(node, ast.ImportFrom):
                    origins |= _names(node, package)
    module.__class__ = _Door
    module.__dict__["_origins"], module.__dict__["_refusal"] = origins, refusal


def _names(node: ast.ImportFrom, package: str) -> dict[str, tuple[str, str]]:
    """Public name -> (module, attribute), the attribute empty for a module itself."""
    home = str(node.module)
    return {
        alias.asname or alias.name: (f"{home}.{alias.name}", "")
        if home == package
        else (home, alias.name)
        for alias in node.names
    }
