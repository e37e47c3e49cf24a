"""``python -m skhpt`` is the command ``skhpt``."""

import sys

from skhpt.cli import main

if __name__ == "__main__":
    sys.exit(main())
