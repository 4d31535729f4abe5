"""Entry point of `python -m verify.campaign`."""

import sys

from verify.campaign.cli import main

if __name__ == "__main__":
    sys.exit(main())
