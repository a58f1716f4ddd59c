"""``python -m csi`` does what the command ``csi`` does."""

import sys

from csi.cli import main

if __name__ == "__main__":
    sys.exit(main())
