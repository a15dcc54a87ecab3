"""`python -m bspsa_widgets` is the command `bspsa`."""

import sys

from bspsa_widgets.cli import bspsa

if __name__ == "__main__":
    sys.exit(bspsa())
