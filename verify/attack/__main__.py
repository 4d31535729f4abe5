"""Entry point of `python -m verify.attack`: `--help` loads no work."""

import sys

from verify.commands.main import run

if __name__ == "__main__":
    sys.exit(run("attack", sys.argv[1:], "python -m verify.attack"))
