"""How long jobs are kept once they are over, as in `30d`: for ever, where nobody says."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Final

from bspsa_widgets.service.service_file import read_file, wrong_file

_UNITS: Final = {"h": "hours", "d": "days", "w": "weeks"}
_SHAPE: Final = re.compile(r"([1-9][0-9]{0,3})([hdw])")


def parse_keep(given: object) -> timedelta:
    """From `12h`, `30d`, `8w`: hours, days or weeks, 1 to 9999 of them.

    Raises:
        ValueError: it is none of these; the message is for the user.
    """
    found = _SHAPE.fullmatch(given) if isinstance(given, str) else None
    if found is None:
        raise ValueError(
            f"{given!r} is not how long jobs can be kept: use 1 to 9999 hours, days or weeks,"
            " as in 12h, 30d or 8w"
        )
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def read_keep(directory: Path) -> timedelta | None:
    """What `keep` in the directory's `service.toml` says; None: for ever.

    Raises:
        LocalServiceError: the file cannot be read, or says what cannot be.
    """
    given = read_file(directory).get("keep")
    try:
        return None if given is None else parse_keep(given)
    except ValueError as error:
        raise wrong_file(directory, f"keep = {error}") from error


def words_of(keep: timedelta) -> str:
    """As in `30 days`, `1 hour`."""
    hours = keep // timedelta(hours=1)
    count, unit = (hours, "hour") if hours % 24 else (hours // 24, "day")
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"
