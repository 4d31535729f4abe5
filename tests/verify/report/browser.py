"""Pages measured in headless Chromium: boxes, overlaps and contrast as a reader meets them."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

#: What runs in the page: how wide it is, which boxes overlap, which words are hard to read.
_SCRIPT = (Path(__file__).parent / "measure.js").read_text(encoding="utf-8")


def browser() -> str | None:
    """The Chromium of this machine, None where there is none."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


def measured(
    page: str, folder: Path, *, width: int, dark: bool = False, opened: bool = False
) -> dict[str, Any]:
    """What the script finds in a page shown at a width, folded or with everything opened."""
    if opened:
        page = page.replace("<details", "<details open")
    inner = page.replace("</body>", f"<script>{_SCRIPT}</script></body>")
    frame = f'<iframe style="border:0;width:{width}px;height:900px" srcdoc="{html.escape(inner)}">'
    file = folder / "frame.html"
    file.write_text(
        f'<!doctype html><body style="margin:0"><pre id="found"></pre>{frame}</iframe>',
        encoding="utf-8",
    )
    command = [
        str(browser()), "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom",
        f"--user-data-dir={folder / 'profile'}", "--virtual-time-budget=4000",
        f"--window-size={max(width, 500)},900",
        f"--blink-settings=preferredColorScheme={0 if dark else 1}", f"file://{file}",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    found = re.search(r'<pre id="found">(\{.*?\})</pre>', done.stdout, re.DOTALL)
    if found is None:
        raise RuntimeError(f"the browser found nothing:\n{done.stderr[-2000:]}")
    answer: dict[str, Any] = json.loads(html.unescape(found[1]))
    return answer
