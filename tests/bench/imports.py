"""What an import costs in a kernel that has ipywidgets already."""

from __future__ import annotations

import subprocess
import sys

from tests.bench.figure import at_most

ROUNDS = 9
_MEASURE = """
import time, ipywidgets
start = time.perf_counter()
{statement}
print((time.perf_counter() - start) * 1000)
"""


def imports() -> None:
    """The package alone, and with its panel (which brings anywidget, httpx and pydantic)."""
    for statement in ("import bspsa_widgets", "from bspsa_widgets import JobSubmitter"):
        at_most(f"{statement}, after ipywidgets", _times(statement), 150, "ms")


def _times(statement: str) -> list[float]:
    command = [sys.executable, "-c", _MEASURE.format(statement=statement)]
    return [
        float(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
        for _ in range(ROUNDS)
    ]
