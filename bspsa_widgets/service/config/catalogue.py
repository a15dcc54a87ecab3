"""The systems and projects that the local service offers, with the real service's ids."""

from __future__ import annotations

from typing import NamedTuple

from bspsa_widgets.domain.systems import SYSTEMS

SYSTEM_NAMES = {"nsg": "NeuronScienceGateway", "pizdaint": "PizDaint-CSCS"}
USER = "local"  # owns every job: the service is for the one person who started it
QUOTA_SECONDS = 18_000_000  # in each project: 5000 h, the real service's default for a user


class LocalProject(NamedTuple):
    """A project: its number, its name, and its system's id in lower case."""

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
    """The projects of a system; of all where `hpc` is None."""
    return tuple(project for project in PROJECTS if hpc in (None, project.hpc))


def find_project(hpc: str, name: str | None) -> LocalProject | None:
    """The project called `name` (None: the system's default); None where there is none."""
    wanted = SYSTEMS[hpc].default_project if name is None and hpc in SYSTEMS else name
    for project in projects_of(hpc):
        if project.name == wanted:
            return project
    return None
