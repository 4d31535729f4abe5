"""The site: `make docs` builds it into docs/_build/html."""

from __future__ import annotations

import importlib
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from docutils import nodes
from latex2mathml.converter import convert

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

project = "Plumbline"
author = "The Plumbline developers"
copyright = "the Plumbline developers, MIT license"

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
    "sphinx_copybutton",
    "sphinx_gallery.gen_gallery",
]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
exclude_patterns = ["_build"]
html_theme = "furo"
html_math_renderer = "mathml"  # browsers draw it themselves: no script from elsewhere
html_title = "Plumbline"
html_baseurl = ""
templates_path: list[str] = []

myst_enable_extensions = ["dollarmath", "amsmath", "deflist"]
myst_heading_anchors = 3
# Links to files of the repository that are no pages (sources, tests) are left as they are.
suppress_warnings = ["ref.python", "myst.xref_missing", "myst.header", "config.cache"]

autosummary_generate = True
autodoc_typehints = "none"
autodoc_member_order = "bysource"
autodoc_default_options = {"members": True}
napoleon_google_docstring = True
napoleon_numpy_docstring = True
napoleon_use_ivar = True  # a list of attributes, none of which is described twice
copybutton_prompt_text = "$ "
copybutton_only_copy_prompt_lines = False

sphinx_gallery_conf = {
    "examples_dirs": str(ROOT / "examples" / "gallery"),
    "gallery_dirs": "gallery",
    "filename_pattern": r"plot_",
    "within_subsection_order": "FileNameSortKey",
    "download_all_examples": False,
    "show_memory": False,
    "min_reported_time": 1,
    "remove_config_comments": True,
    "abort_on_example_error": True,  # a page without its output is no page
}

_DOOR = """{room}
{line}

.. automodule:: {room}
   :no-members:

.. currentmodule:: {room}

.. autosummary::
   :toctree: generated
   :nosignatures:

{names}
"""


def write_doors() -> None:
    """One page for each room: everything that its door exports and that has a docstring."""
    folder = ROOT / "docs" / "api"
    folder.mkdir(exist_ok=True)
    for room in ("bounds", "numerics", "verify"):
        door = importlib.import_module(room)
        speaks = [
            name
            for name in door.__all__
            if callable(getattr(door, name)) or isinstance(getattr(door, name), ModuleType)
        ]
        names = "\n".join(f"   {name}" for name in speaks)
        page = _DOOR.format(room=room, line="=" * len(room), names=names)
        (folder / f"{room}.rst").write_text(page, encoding="utf-8")


def plain(app: Any, what: str, name: str, item: Any, options: Any, lines: list[str]) -> None:
    """Docstrings are plain text with `code`: bars and stars are mathematics, no markup."""
    example = False
    for k, line in enumerate(lines):
        example = line.lstrip().startswith(">>>") or (example and bool(line.strip()))
        if not example:
            lines[k] = _escaped(line)


def _escaped(line: str) -> str:
    """One line with code as literals and the markup of everything else taken away."""
    pieces = re.split(r"(`+[^`]+`+)", line)  # text and code in turn
    for k, piece in enumerate(pieces):
        if k % 2:
            glued = pieces[k + 1][:1].isalnum()  # "`Claim`s"
            pieces[k] = "``" + piece.strip("`") + "``" + ("\\ " if glued else "")
        else:
            pieces[k] = re.sub(r"(?<!\\)([|*`])", r"\\\1", piece)
    return "".join(pieces)


def inline_math(translator: Any, node: Any) -> None:
    translator.body.append(convert(node.astext()))
    raise nodes.SkipNode


def block_math(translator: Any, node: Any) -> None:
    translator.body.append(convert(node.astext(), display="block"))
    raise nodes.SkipNode


def setup(app: Any) -> None:
    app.add_html_math_renderer("mathml", (inline_math, None), (block_math, None))
    app.connect("autodoc-process-docstring", plain, priority=400)  # before napoleon


write_doors()  # before Sphinx looks which pages there are
