"""Options of `scaling`."""

from __future__ import annotations

import argparse

from verify.commands.options import names, shared


def add(p: argparse.ArgumentParser) -> None:
    """Add them."""
    p.add_argument("claim", help="name of a claim that has a law (gradient, hessian.closed, ...)")
    p.add_argument("--over", type=names, default=("L",), help="axes: L, m or L,m (default L)")
    p.add_argument("--groups", type=names, help="activations (default the family's own)")
    shared(p, "--seed")
