"""The systems and projects of the local service, with the real service's ids."""

from __future__ import annotations

from typing import NamedTuple

from bspsa_widgets.domain.systems import SYSTEMS

SYSTEM_NAMES = {"nsg": "NeuronScienceGateway", "pizdaint": "PizDaint-CSCS"}
USER = "local"  # owner of every job: the service is for the user who started it
QUOTA_SECONDS = 18_000_000  # of each project: 5000 h, the real service's default for a user


class LocalProject(NamedTuple):
    """A project.

    Attributes:
        id: its number.
        name: its name.
        hpc: id of its system, in lower case.
    """

    id: int
    name: str
    hpc: str


PROJECTS: tuple[LocalProject, ...] = tuple(
    LocalProject(number, name, hpc)
    for number, (hpc, name) in enumerate(
        ((hpc, name) for hpc in sorted(SYSTEM_NAMES) for name in SYSTEMS[hpc].projects), start=1
    )
)


def projects_of(hpc: str | None) -> tuple[LocalProject, ...]:
    """Return the projects of a system.

    Args:
        hpc: the system's id; None: all systems.

    Returns:
        The projects.
    """
    return tuple(project for project in PROJECTS if hpc in (None, project.hpc))


def find_project(hpc: str, name: str | None) -> LocalProject | None:
    """Return a project by its name.

    Args:
        hpc: the system's id.
        name: name of the project; None: the system's default project.

    Returns:
        The project; None if there is none.
    """
    project_name = SYSTEMS[hpc].default_project if name is None and hpc in SYSTEMS else name
    for project in projects_of(hpc):
        if project.name == project_name:
            return project
    return None
