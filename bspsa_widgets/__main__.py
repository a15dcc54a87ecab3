"""`python -m bspsa_widgets` is the command `bspsa`."""

import sys

from bspsa_widgets.cli import main

if __name__ == "__main__":
    sys.exit(main())
