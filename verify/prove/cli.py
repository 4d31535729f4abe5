"""`prove`: decide the claims of a Python file on their whole domains."""

from __future__ import annotations

import argparse
import sys

from verify.errors import VerifyError
from verify.exits import guarded, of_verdicts
from verify.families import selected
from verify.own.load import load_claims
from verify.prove.api import prove
from verify.verdict import Verdict

__all__ = ["run_command"]


def run_command(options: argparse.Namespace) -> int:
    """Prove each claim; returns the exit code."""
    return guarded(options.command, lambda: _run(options), "what was proved is stored")


def _run(options: argparse.Namespace) -> int:
    claims = load_claims(options.claims)
    box = dict(_interval(text) for text in options.box) or None
    found: list[Verdict] = []
    chosen = selected(options.only, claims, "--only")
    for name, claim in chosen.items():
        if len(chosen) > 1 and claim.quantity.formula is None:
            sys.stdout.write(f"{name}: not run (its left side is no formula)\n")
            found.append(Verdict.NOT_RUN)
            continue
        proof = prove(claim, box=box, seconds=options.seconds, boxes=options.boxes)
        sys.stdout.write(f"{proof}\n")
        if options.out is not None and proof.certificate is not None:
            path = proof.certificate.save(options.out / f"{name}.json")
            sys.stdout.write(f"wrote {path}\n")
        found.append(proof.verdict)
    return of_verdicts(found)


def _interval(text: str) -> tuple[str, tuple[str, str]]:
    """NAME=LOW,HIGH as `prove` takes it; the ends are formulas."""
    name, _, ends = text.partition("=")
    low, _, high = ends.partition(",")
    if not (name and low and high):
        raise VerifyError("--box", repr(text), "NAME=LOW,HIGH")
    return name.strip(), (low.strip(), high.strip())
