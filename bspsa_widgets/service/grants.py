"""Quotas as people give them: hours in a project."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import Final

from bspsa_widgets.errors import InvalidInput
from bspsa_widgets.service.catalogue import PROJECTS, LocalProject

MOST_HOURS: Final = 1_000_000

_TYPED = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?|\.[0-9]{1,9}")
_NAMES: Final = ", ".join(project.name for project in PROJECTS)


def project_called(name: str) -> LocalProject:
    """A project by its name alone. Raises ValueError, in words."""
    for project in PROJECTS:
        if project.name == name:
            return project
    raise ValueError(f"{name!r:.60} is not a project; there are {_NAMES}")


def seconds_of(hours: object) -> int:
    """A quota in whole seconds. Raises ValueError, in words."""
    # A bool is an int to Python; nan is not within anything.
    if isinstance(hours, bool) or not (isinstance(hours, int | float) and 0 <= hours <= MOST_HOURS):
        raise ValueError(f"{hours!r:.60} is not a number of hours from 0 to {MOST_HOURS}")
    return round(hours * 3600)


def typed_grants(texts: Iterable[str]) -> dict[LocalProject, int]:
    """Seconds by project, from texts such as `bsp_nsg_01=20.5`.

    Raises:
        InvalidInput: of field `hours`.
    """
    found: dict[LocalProject, int] = {}
    for text in texts:
        name, _, hours = text.partition("=")
        try:
            project = project_called(name)
            seconds = seconds_of(float(hours) if _TYPED.fullmatch(hours) else hours)
        except ValueError as error:
            raise _wrong(f"{error}.") from None
        if project in found:
            raise _wrong(f"{name} is named twice.")
        found[project] = seconds
    return found


def typed_projects(names: Iterable[str]) -> frozenset[LocalProject]:
    """Projects by their names. Raises InvalidInput, of field `without`."""
    try:
        return frozenset(project_called(name) for name in names)
    except ValueError as error:
        raise InvalidInput("without", f"{error}.", allowed="Give one of these.") from None


def _wrong(problem: str) -> InvalidInput:
    example = f"Give a project and its hours, as in {PROJECTS[0].name}=20.5"
    return InvalidInput("hours", problem, allowed=example)


def in_hours(seconds: int) -> float:
    """For people: two digits after the point, and never more left than there is."""
    return math.floor(seconds / 36) / 100
