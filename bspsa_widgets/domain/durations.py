"""Times as people read them: quick to import, for commands that send nothing."""

from __future__ import annotations


def lasting(seconds: float) -> str:
    """45 → "45 s", 185 → "3 min 05 s", 7500 → "2 h 05 min"; never less than 0 s."""
    whole = max(0, int(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02} min"
