"""The setting of how long jobs are kept after their end, such as `30d`."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Final

EXAMPLES: Final = "1 to 9999 hours, days or weeks, as in 12h, 30d or 8w"
_UNITS: Final = {"h": "hours", "d": "days", "w": "weeks"}
_SHAPE: Final = re.compile(r"([1-9][0-9]{0,3})([hdw])")


def parse_keep(value: object) -> timedelta:
    """Return the duration in a text such as `12h`, `30d` or `8w`.

    Args:
        value: 1 to 9999 hours, days or weeks.

    Returns:
        The duration.

    Raises:
        ValueError: it is not such a text; the message is for the user.
    """
    found = _SHAPE.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError(f"{value!r} is not how long jobs can be kept: use {EXAMPLES}")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def duration_text(keep: timedelta) -> str:
    """Return a duration in words, such as `30 days` or `1 hour`.

    Args:
        keep: the duration, in whole hours.

    Returns:
        The words.
    """
    hours = keep // timedelta(hours=1)
    count, unit = (hours, "hour") if hours % 24 else (hours // 24, "day")
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"
