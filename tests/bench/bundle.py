"""What a browser has to fetch."""

from __future__ import annotations

import gzip
from pathlib import Path

from tests.bench.figure import at_most

STATIC = Path(__file__).parents[2] / "bspsa_widgets" / "static"


def bundle() -> None:
    """The view's JS, gzipped."""
    for script in sorted(STATIC.glob("*.js")):
        size = len(gzip.compress(script.read_bytes(), 9)) / 1000
        at_most(f"{script.name}, gzipped", [size], 60, "kB")
