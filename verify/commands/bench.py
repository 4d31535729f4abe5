"""`bench`: the benchmarks of the checkout, which are not installed."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence

from verify.exits import Exit


def main(arguments: Sequence[str], *, prog: str) -> int:
    """`bench claims ...` runs benchmarks.claims, anything else benchmarks."""
    claims = bool(arguments) and arguments[0] == "claims"
    name = "benchmarks.claims" if claims else "benchmarks"
    try:
        module = importlib.import_module(f"{name}.__main__")
    except ModuleNotFoundError as error:
        if error.name != "benchmarks":
            raise
        sys.stderr.write(f"{prog}: run it in the root of a checkout, where benchmarks/ is\n")
        return Exit.USAGE
    return int(module.main(arguments[claims:]) or 0)
