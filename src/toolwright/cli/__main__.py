"""`python -m toolwright.cli` is `toolwright`."""

import sys

from toolwright.cli import main

if __name__ == "__main__":
    sys.exit(main())
