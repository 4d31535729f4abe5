"""How a report was made: versions, commit, command."""

from __future__ import annotations

import argparse
import platform
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from verify.campaign.plan import statement_digest
from verify.claim import Claim
from verify.effort import Effort
from verify.report import document as parts
from verify.report.model import Report
from verify.version import installed, own_version

__all__ = ["commit", "made", "work"]


def made(report: Report) -> parts.Made:
    """The line under the title."""
    return parts.Made(
        command=report.command,
        date=time.strftime("%Y-%m-%d", time.gmtime(time.time() - report.seconds)),
        commit=report.commit,
        seed=report.seed,
        effort=report.effort.name,
        device=report.device,
        only=report.only,
        seconds=round(report.seconds, 1),
        versions=parts.Versions(
            plumbline=own_version(),
            python=platform.python_version(),
            torch=installed("torch") or "",
            numpy=installed("numpy") or "",
            sympy=installed("sympy") or "",
            flint=installed("python-flint"),
            z3=installed("z3-solver"),
        ),
    )


def work(
    options: argparse.Namespace, effort: Effort, chosen: Mapping[str, Claim]
) -> dict[str, Any]:
    """All that decides what a report finds: kept work of anything else is of no use to it."""
    return {
        "effort": effort.name,
        "seed": options.seed,
        "device": options.device,
        "only": options.only,
        "run": str(options.run),
        "commit": commit(),
        "versions": [own_version(), *map(installed, ("torch", "numpy", "sympy"))],
        "claims": {name: statement_digest(claim) for name, claim in chosen.items()},
    }


def commit() -> str | None:
    """The commit of the checkout this runs from, with "+" where files were changed; None where
    there is no checkout or no git."""
    root = Path(__file__).resolve().parents[2]
    if not (root / ".git").exists():
        return None
    try:
        found = subprocess.run(
            ["git", "-C", str(root), "describe", "--always", "--dirty=+", "--abbrev=10"],
            capture_output=True, text=True, check=False, timeout=5,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return None
    return found.stdout.strip() or None
