"""README and docs show what their snippets print today, and nothing else."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
_spec = importlib.util.spec_from_file_location("render", ROOT / "docs" / "render.py")
render = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(render)


@pytest.mark.parametrize("page", render.pages(), ids=lambda p: p.name)
def test_every_output_in_the_docs_is_what_its_snippet_prints(page):
    text = page.read_text(encoding="utf-8")
    assert render.render(text) == text


def test_a_changed_output_would_be_noticed():
    page = "```python\nprint(1 + 1)\n```\n\n```text\n3\n```\n"
    assert render.render(page) == page.replace("3\n", "2\n")
