"""`python -m verify.attack`: see `verify.attack.cli`."""

import sys

from verify.attack.cli import main

if __name__ == "__main__":
    sys.exit(main())
