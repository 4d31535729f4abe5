"""Run the Python snippets of README.md and docs/*.md and put what they print below them.

A snippet is a ```python block directly followed by a ```text block; `python docs/render.py`
rewrites the text blocks, and tests/test_docs.py fails where one is not what its snippet prints.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SNIPPET = re.compile(r"(```python\n(?P<code>.*?)```\n\n```text\n)(?P<output>.*?)(```)", re.DOTALL)


def pages() -> list[Path]:
    """The pages that hold at least one snippet with its output."""
    every = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    return [page for page in every if SNIPPET.search(page.read_text(encoding="utf-8"))]


def printed(code: str) -> str:
    """What a snippet prints in a fresh process at the root of the checkout."""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"a snippet failed:\n{code}\n{done.stderr}")
    return done.stdout


def render(text: str) -> str:
    """The page with every text block replaced by what its snippet prints now."""
    return SNIPPET.sub(lambda found: found[1] + printed(found["code"]) + found[4], text)


if __name__ == "__main__":
    for page in pages():
        page.write_text(render(page.read_text(encoding="utf-8")), encoding="utf-8")
