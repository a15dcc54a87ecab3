"""Lists the user's jobs, as far as the service can list them."""

from __future__ import annotations

from typing import NamedTuple

from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.domain.jobs import Job
from bspsa_widgets.domain.systems import SYSTEMS
from bspsa_widgets.errors import BspsaError, ServiceFailure

MOST_PROJECTS = 20  # of a system, if projects are listed one by one


class JobList(NamedTuple):
    """Jobs that could be listed, and errors.

    Attributes:
        jobs: jobs, in no order.
        failed: errors by the label of the system whose jobs could not be listed completely.
    """

    jobs: list[Job]
    failed: dict[str, ServiceFailure]


async def list_by_system(client: ServiceAccountClient, hpc: str = "", project: str = "") -> JobList:
    """List the jobs; if that fails, system by system and project by project.

    One broken job makes every list fail that contains it.

    Args:
        client: client of the service.
        hpc: id of the HPC system; empty for all.
        project: id of the project; empty for all.

    Returns:
        the jobs and the errors.

    Raises:
        BspsaError: no list could be read.
    """
    try:
        return JobList(await client.jobs(hpc, project), {})
    except ServiceFailure as error:
        failure = error
    found: list[Job] = []
    failed: dict[str, ServiceFailure] = {}
    has_list = False
    for system in [SYSTEMS[hpc]] if hpc in SYSTEMS else SYSTEMS.values():
        try:
            if hpc:
                raise failure
            found += await client.jobs(system.id)
            has_list = True
        except ServiceFailure as error:
            jobs, broken = await _by_project(client, system.id, project, error)
            has_list = has_list or jobs is not None
            found += jobs or []
            if broken is not None:
                failed[system.label] = broken
    if not has_list:
        raise next(iter(failed.values()), failure)
    return JobList(found, failed)


async def _by_project(
    client: ServiceAccountClient, hpc: str, project: str, failure: ServiceFailure
) -> tuple[list[Job] | None, ServiceFailure | None]:
    """Return the jobs of the projects that can be listed (None for none), and the error."""
    if failure.status != 500:
        return None, failure
    try:
        quotas = await client.quotas(hpc)
    except BspsaError:
        return None, failure  # it may be the token's fault
    names = sorted({quota.project for quota in quotas if quota.hpc == hpc})[:MOST_PROJECTS]
    found: list[Job] | None = None
    broken: list[str] = []
    for name in [] if project else names:
        try:
            if len(names) == 1:
                raise failure  # same list as the system's, which has failed
            found = (found or []) + await client.jobs(hpc, name)
        except BspsaError:
            broken.append(name)
    if found is not None and not broken:
        return found, None
    return found, _one_broken(", ".join(broken) or project)


def _one_broken(projects: str) -> ServiceFailure:
    where = f" in {projects}" if projects else ""
    return ServiceFailure(
        f"The service failed at listing your jobs{where} (500). One broken job among them can do "
        "this.",
        status=500,
        advice="Jobs that are known here are looked at one by one. If it goes on, ask EBRAINS "
        "support to remove the broken job.",
    )
