"""Run the Python snippets of README.md and docs/*.md and put what they print below them.

A snippet is a ```python block directly followed by a ```text block; those of one page share a
session, from top to bottom. `python docs/render.py [PAGE ...]` rewrites the text blocks, and
tests/test_docs.py fails where one is not what its snippet prints.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SNIPPET = re.compile(r"(```python\n(?P<code>.*?)```\n\n```text\n)(?P<output>.*?)(```)", re.DOTALL)

_SESSION = """
import contextlib, io, json, sys
names, outputs = {"__name__": "__main__"}, []
for code in json.load(sys.stdin):
    buffer = io.StringIO()
    with contextlib.redirect_stdout(buffer):
        exec(code, names)
    outputs.append(buffer.getvalue())
json.dump(outputs, sys.stdout)
"""


def pages() -> list[Path]:
    """The pages that hold at least one snippet with its output.

    The tutorial is not among them: it quotes examples/tutorial.py, which has a test of its own.
    """
    every = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    found = [page for page in every if SNIPPET.search(page.read_text(encoding="utf-8"))]
    return [page for page in found if page.name != "tutorial.md"]


def printed(codes: list[str]) -> list[str]:
    """What each snippet prints, all in one fresh process at the root of the checkout."""
    done = subprocess.run(
        [sys.executable, "-c", _SESSION],
        cwd=ROOT,
        input=json.dumps(codes),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"a snippet failed:\n{done.stderr}")
    found: list[str] = json.loads(done.stdout)
    return found


def render(text: str, run: Callable[[list[str]], list[str]] = printed) -> str:
    """The page with every text block replaced by what its snippet prints now."""
    outputs = iter(run([found["code"] for found in SNIPPET.finditer(text)]))
    return SNIPPET.sub(lambda found: found[1] + next(outputs) + found[4], text)


if __name__ == "__main__":
    for page in map(Path, sys.argv[1:]) if len(sys.argv) > 1 else pages():
        page.write_text(render(page.read_text(encoding="utf-8")), encoding="utf-8")
