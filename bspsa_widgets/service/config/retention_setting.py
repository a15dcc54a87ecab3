"""How long jobs are kept once they are over, as in `30d`."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Final

EXAMPLES: Final = "1 to 9999 hours, days or weeks, as in 12h, 30d or 8w"
_UNITS: Final = {"h": "hours", "d": "days", "w": "weeks"}
_SHAPE: Final = re.compile(r"([1-9][0-9]{0,3})([hdw])")


def parse_keep(given: object) -> timedelta:
    """Return the time that is meant by `12h`, `30d`, `8w`: 1 to 9999 hours, days or weeks.

    Raises:
        ValueError: it is none of these; the message is for the user.
    """
    found = _SHAPE.fullmatch(given) if isinstance(given, str) else None
    if found is None:
        raise ValueError(f"{given!r} is not how long jobs can be kept: use {EXAMPLES}")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def words_of(keep: timedelta) -> str:
    """Return the time in words, as in `30 days`, `1 hour`."""
    hours = keep // timedelta(hours=1)
    count, unit = (hours, "hour") if hours % 24 else (hours // 24, "day")
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"
