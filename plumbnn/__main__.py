"""`python -m plumbnn`: the console script without its script."""

import sys

from verify.commands.main import main

if __name__ == "__main__":
    sys.exit(main())
