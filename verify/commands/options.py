"""The options that commands share: each word means one thing everywhere.

--only PATTERN: claims by name. --claims FILE.py: claims of one's own. --seed, --device, --out.
--data-dir DIR: where data files lie. --resume: go on with what was interrupted.
"""

from __future__ import annotations

import argparse
from pathlib import Path

__all__ = ["count", "counts", "names", "shared"]

_SHARED: dict[str, dict[str, object]] = {
    "--only": {"metavar": "PATTERN", "help": "claims whose name contains or matches PATTERN"},
    "--claims": {"metavar": "FILE.py", "type": Path, "help": "a Python file with your own claims"},
    "--device": {"default": "cpu", "help": "cpu or cuda (default cpu)"},
    "--data-dir": {"metavar": "DIR", "type": Path, "help": "folder with the official data files"},
    "--evaluations": {"metavar": "N", "type": int, "help": "candidates each attack may look at"},
    "--resume": {"action": "store_true", "help": "go on with what Ctrl-C or a crash interrupted"},
}


def shared(parser: argparse._ActionsContainer, *names: str, **helps: str) -> None:
    """Add options of the shared vocabulary; helps: what one does in this command, by its name
    with underscores."""
    for name in names:
        if name == "--seed":
            parser.add_argument(
                name, type=seed, default=0, metavar="N", help="same seed, same results (default 0)"
            )
            continue
        settings = dict(_SHARED[name])
        settings["help"] = helps.get(name.strip("-").replace("-", "_"), settings["help"])
        parser.add_argument(name, **settings)  # type: ignore[arg-type]


def seed(text: str) -> int:
    """A seed."""
    value = int(text)
    if not 0 <= value < 2**31:
        raise argparse.ArgumentTypeError("a seed is an integer from 0 to 2**31 - 1")
    return value


def count(text: str) -> int:
    """A whole number above 0."""
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number above 0")
    return int(text)


def counts(text: str) -> tuple[int, ...]:
    """Whole numbers with commas."""
    return tuple(count(part) for part in text.split(","))


def names(text: str) -> tuple[str, ...]:
    """Names with commas."""
    return tuple(text.split(","))
