"""Entry point of `python -m verify.report`."""

import sys

from verify.report.cli import main

if __name__ == "__main__":
    sys.exit(main())
