"""README and docs show what their snippets print today, and nothing else."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import json
import os
import traceback
from pathlib import Path

import pytest

import verify

ROOT = Path(__file__).resolve().parents[1]
_spec = importlib.util.spec_from_file_location("render", ROOT / "docs" / "render.py")
render = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(render)


def forked(codes: list[str]) -> list[str]:
    """What each snippet prints, in a child that finds the rooms already imported: four seconds
    less a page than in a fresh process, which is what `python docs/render.py` uses."""
    assert verify.claims()
    source, sink = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(source)
        _session(codes, sink)
    os.close(sink)
    with os.fdopen(source) as stream:
        found = json.load(stream)
    os.waitpid(child, 0)
    if isinstance(found, str):
        raise RuntimeError(f"a snippet failed:\n{found}")
    return found


def _session(codes: list[str], sink: int) -> None:
    found: list[str] | str = []
    try:
        os.chdir(ROOT)
        names = {"__name__": "__main__"}
        for code in codes:
            buffer = io.StringIO()
            with contextlib.redirect_stdout(buffer):
                exec(code, names)
            found.append(buffer.getvalue())
    except BaseException:  # noqa: BLE001  # a child must not go on as a second test process
        found = traceback.format_exc()
    finally:
        with os.fdopen(sink, "w") as stream:
            json.dump(found, stream)
        os._exit(0)


#: Pages whose snippets search or train for long.
LONG = (
    "depth.md",
    "derivations.md",
    "implicit.md",
    "notation.md",
    "own-models.md",
    "relu-two-layer.md",
    "scaling.md",
    "start.md",
)
PAGES = [
    pytest.param(page, id=page.name, marks=pytest.mark.slow if page.name in LONG else ())
    for page in render.pages()
]


@pytest.mark.parametrize("page", PAGES)
def test_every_output_in_the_docs_is_what_its_snippet_prints(page):
    text = page.read_text(encoding="utf-8")
    assert render.render(text, forked) == text


def test_a_changed_output_would_be_noticed():
    page = "```python\nprint(1 + 1)\n```\n\n```text\n3\n```\n"
    assert render.render(page, forked) == page.replace("3\n", "2\n")
    codes = ["print(1 + 1)\n", "print(3)\n"]
    assert render.printed(codes) == forked(codes) == ["2\n", "3\n"]


def test_a_snippet_that_fails_fails_the_page():
    page = "```python\nraise ValueError('ours')\n```\n\n```text\n3\n```\n"
    for run in (forked, render.printed):
        with pytest.raises(RuntimeError, match="ours"):
            render.render(page, run)
