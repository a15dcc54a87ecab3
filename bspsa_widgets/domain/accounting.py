"""Projects and quotas. The service counts in seconds and kilobytes; people in hours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict

from bspsa_widgets.domain.clean_text import clean_text
from bspsa_widgets.domain.jobs import number


class Project(BaseModel):
    """A project on an HPC system.

    Attributes:
        name: as in URLs.
        hpc: system id, lower case.
        hours: hours of the whole project; None if not given.
        hours_left: hours left to the whole project; None if not given.
        user_hours: hours that each user gets; None if not given.
        raw: the whole object as the service sent it.

    Example:
        >>> Project.parse({"name": "bsp_nsg_01", "hpc": "NSG", "time_left": 7200}).hours_left
        2.0
    """

    model_config = ConfigDict(frozen=True)

    name: str
    hpc: str
    hours: float | None
    hours_left: float | None
    user_hours: float | None
    raw: dict[str, Any]

    @classmethod
    def parse(cls, answer: object) -> Project:
        """Return a project from decoded JSON.

        Args:
            answer: decoded JSON object of the service.

        Returns:
            The project.

        Raises:
            ValueError: if it has no name or no system.
        """
        found = _object(answer)
        return cls(
            name=_name(found, "name"),
            hpc=_name(found, "hpc").lower(),
            hours=_hours(found.get("init_time")),
            hours_left=_hours(found.get("time_left")),
            user_hours=_hours(found.get("user_time")),
            raw=found,
        )


class Quota(BaseModel):
    """The hours that a user has left in a project. Approximate: the service loses some deductions.

    Attributes:
        project: name of the project.
        hpc: system id, lower case.
        hours_left: hours; None if not given.
        raw: the whole object as the service sent it.

    Example:
        >>> Quota.parse({"project_name": "p", "project_hpc": "NSG", "time_left": 7200}).hours_left
        2.0
    """

    model_config = ConfigDict(frozen=True)

    project: str
    hpc: str
    hours_left: float | None
    raw: dict[str, Any]

    @classmethod
    def parse(cls, answer: object) -> Quota:
        """Return a quota from decoded JSON.

        Args:
            answer: decoded JSON object of the service.

        Returns:
            The quota.

        Raises:
            ValueError: if it names no project or no system.
        """
        found = _object(answer)
        return cls(
            project=_name(found, "project_name"),
            hpc=_name(found, "project_hpc").lower(),
            hours_left=_hours(found.get("time_left")),
            raw=found,
        )


def _object(answer: object) -> dict[str, Any]:
    if not isinstance(answer, Mapping):
        raise ValueError("not an object")
    return {str(key): value for key, value in answer.items()}


def _name(found: Mapping[str, Any], key: str) -> str:
    value = found.get(key)
    if not isinstance(value, str) or not value:
        raise ValueError(f"it has no {key}")
    return clean_text(value)


def _hours(seconds: object) -> float | None:
    found = number(seconds)
    return None if found is None else found / 3600
