"""What a browser has to fetch."""

from __future__ import annotations

import gzip
from pathlib import Path

from tests.bench.figure import at_most

STATIC = Path(__file__).parents[2] / "bspsa_widgets" / "static"


def bundle() -> None:
    """The views' JS, gzipped: each by itself, and both."""
    sizes = {
        script.name: len(gzip.compress(script.read_bytes(), 9)) / 1000
        for script in sorted(STATIC.glob("*.js"))
    }
    for name, size in sizes.items():
        at_most(f"{name}, gzipped", [size], 60, "kB")
    at_most("all scripts, gzipped", [sum(sizes.values())], 80, "kB")
