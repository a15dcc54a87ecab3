"""How a figure is printed."""

from __future__ import annotations

import statistics
from collections.abc import Sequence


def at_most(what: str, samples: Sequence[float], goal: float, unit: str) -> bool:
    """One line: median, range and goal, all in `unit`; less is better. Whether it is reached."""
    return _show(what, samples, "≤", goal, unit, statistics.median(samples) <= goal)


def reached(what: str, samples: Sequence[float], goal: float, unit: str) -> bool:
    """The same, where more is better."""
    return _show(what, samples, "≥", goal, unit, statistics.median(samples) >= goal)


def _show(
    what: str, samples: Sequence[float], sign: str, goal: float, unit: str, met: bool
) -> bool:
    middle = statistics.median(samples)
    places = 3 if max(goal, middle) < 3 else 1
    print(
        f"{what:<62} {middle:8.{places}f} {unit} (of {len(samples)}: {min(samples):.{places}f}–"
        f"{max(samples):.{places}f}); goal {sign} {goal:g} {unit}: "
        f"{'reached' if met else 'MISSED'}",
        flush=True,
    )
    return met
