"""False if a page of the documentation shows output that its code does not print."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import pytest

PAGES = ("notation", "derivations", "scaling")
DOCS = Path(__file__).parents[2] / "docs"
BLOCK = re.compile(r"```python\n(.*?)```\n(?:\n```text\n(.*?)```\n)?", re.DOTALL)


def with_output(text: str) -> str:
    """The page with the output of every python block after it, run in order in one namespace."""
    space: dict[str, object] = {}

    def run(match: re.Match[str]) -> str:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(match[1], space)
        shown = f"```python\n{match[1]}```\n"
        return shown + (f"\n```text\n{printed.getvalue()}```\n" if printed.getvalue() else "")

    return BLOCK.sub(run, text)


@pytest.mark.parametrize("page", PAGES)
def test_the_page_shows_what_its_code_prints(page):
    text = (DOCS / f"{page}.md").read_text()
    assert "```text" in text
    assert with_output(text) == text
