"""How a figure is printed."""

from __future__ import annotations

import statistics
from collections.abc import Sequence


def show(what: str, samples: Sequence[float], goal: float, unit: str) -> None:
    """One line: median, range and goal, all in `unit`."""
    middle = statistics.median(samples)
    reached = "reached" if middle <= goal else "MISSED"
    print(
        f"{what:<58} {middle:8.1f} {unit} (of {len(samples)}: {min(samples):.1f}–"
        f"{max(samples):.1f}); goal ≤ {goal:g} {unit}: {reached}",
        flush=True,
    )
