"""What Windows keeps for its devices, by Microsoft's list; the same on each Python version."""

from __future__ import annotations

_NUMBERED = [f"{port}{number}" for port in ("COM", "LPT") for number in "123456789¹²³"]
_DEVICES = frozenset(["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", *_NUMBERED])


def is_reserved(name: str) -> bool:
    """Whether a file name means a device there, whatever its suffix."""
    return name.partition(".")[0].rstrip(" ").upper() in _DEVICES
