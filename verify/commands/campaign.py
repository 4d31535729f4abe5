"""Options of `campaign`."""

from __future__ import annotations

import argparse
from pathlib import Path

from verify.commands.options import count, counts, names, shared
from verify.exits import EPILOG

_COMMANDS = (
    ("status", "how far it is and what came out"),
    ("results", "one line for each finished item"),
    ("counterexamples", "write what was refuted as counterexample files"),
)


def add(p: argparse.ArgumentParser) -> None:
    """Add them."""
    commands = p.add_subparsers(dest="what", required=True, metavar="run|status|results|...")
    work = commands.add_parser("run", help="begin a campaign, or go on with it", epilog=EPILOG)
    _plan(work)
    work.add_argument("--limit", type=count, metavar="N", help="stop after N items")
    work.add_argument("--jobs", type=count, metavar="N", help="processes on this machine (Dask)")
    work.add_argument("--scheduler", metavar="ADDRESS", help="a Dask scheduler, tcp://host:8786")
    work.add_argument("--patience", type=float, default=3600.0, metavar="SECONDS",
                      help="for one item, then its worker is restarted (%(default)s)")  # fmt: skip
    for name, text in _COMMANDS:
        command = commands.add_parser(name, help=text, epilog=EPILOG)
        command.add_argument("database", type=Path)
        if name == "counterexamples":
            command.add_argument("folder", type=Path)


def _plan(p: argparse.ArgumentParser) -> None:
    """What a campaign does; the defaults are those of `verify.campaign.plan.Plan`."""
    p.add_argument("database", type=Path, help="SQLite file; made if missing, resumed if not")
    shared(p, "--only", "--claims", "--resume", resume="an old database always goes on; with this "
           "a missing one is an error")  # fmt: skip
    p.add_argument("--depths", type=counts, help="default 1,2,3")
    p.add_argument("--widths", type=counts, help="default 2,4")
    p.add_argument("--input-dim", type=count, help="default 3")
    p.add_argument("--shape", type=counts, action="append", help="one more: d,m_1,...,m_L")
    p.add_argument("--activations", type=names, help="default tanh,gelu,cos")
    p.add_argument("--placements", type=names, help="inner, outer or both (default inner)")
    p.add_argument("--seeds", type=count, help="how many (default 2)")
    p.add_argument("--networks", type=count, help="for each item (default 16)")
    shared(p, "--evaluations", evaluations="of the attack on each item (default 400)")
