"""Entry point of `python -m verify.counterexample`: `--help` loads no work."""

import sys

from verify.commands.main import run

if __name__ == "__main__":
    sys.exit(run("counterexample", sys.argv[1:], "python -m verify.counterexample"))
