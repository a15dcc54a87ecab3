"""Durations as people read them. Quick to import, for commands that send nothing."""

from __future__ import annotations


def lasting(seconds: float) -> str:
    """Return a duration as text: 45 → "45 s", 185 → "3 min 05 s", 7500 → "2 h 05 min".

    Args:
        seconds: the duration; a negative one counts as 0.

    Returns:
        Text with one or two units.
    """
    whole = max(0, int(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02} min"
