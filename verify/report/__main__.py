"""Entry point of `python -m verify.report`: `--help` loads no work."""

import sys

from verify.commands.main import run

if __name__ == "__main__":
    sys.exit(run("report", sys.argv[1:], "python -m verify.report"))
